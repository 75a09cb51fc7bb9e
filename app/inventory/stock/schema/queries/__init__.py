"""Queries of stock levels, movements, lots and incoming stock."""
