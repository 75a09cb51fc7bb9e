"""Promotions: discount codes and their uses.

Owns the discount codes of channels with their values and validity, and counts their uses. Never more orders
use a code than its limit allows. Imports channels, catalog and customers; the discount of an order is
calculated in orders.
"""
