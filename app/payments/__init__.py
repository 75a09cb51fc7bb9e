"""Payments and refunds of orders.

Owns the record of payments and refunds. An order's paid amount is the sum of its transactions, and refunds
never exceed payments. Transactions are never changed: a mistake is corrected by another transaction.
"""
