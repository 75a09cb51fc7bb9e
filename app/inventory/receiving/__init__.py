"""Receipts of goods, their costs and landed costs, reversals, and returns to suppliers."""
