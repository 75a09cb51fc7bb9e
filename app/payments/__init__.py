"""Money that moves for orders.

Owns the record of what was paid and given back. Promises that an order's paid amount is the sum of its
transactions, and that no more is given back than came in. Refuses to change what was written down: a
mistake is put right by another transaction.
"""
