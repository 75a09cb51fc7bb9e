"""Mutations of stock levels, lots and incoming stock."""
