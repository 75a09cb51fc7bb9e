"""Fulfilment: the work of locations, from what was allocated to what has arrived.

Owns fulfillment orders (the work of one location for one order), pick lists, packages, shipments and what
carriers say of them. Promises that no unit is worked on twice, that what has left the building left the
books in the same transaction, and that each step can be undone until it has left. Tells orders how far
they are; knows nothing of money.
"""
