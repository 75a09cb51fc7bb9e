"""Transfers of stock between locations."""
