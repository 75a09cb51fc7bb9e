"""Suppliers: purchase prices and purchase orders.

Owns suppliers, their items, and purchase orders. Ordered goods are registered in inventory as incoming stock,
so that they can be promised to buyers, and goods are received at the agreed cost. What should be purchased is
calculated in `planning`.
"""
