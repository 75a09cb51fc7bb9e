"""Inventory: how much of what is where, and for whom it is kept.

Owns locations, stock levels, the ledger of stock movements and reservations. Promises that a level is
the sum of its movements, that what is reserved is the sum of the open reservations, and that nothing is
sold twice, whatever the number of processes: the database itself refuses it. Knows no orders: a
reservation names a claimant by kind and id.
"""
