"""Planning: what should be bought or moved, when, and why.

Owns no rows. Reads demand from the ledger of stock and lead times from the suppliers, works out how much
should be where, and writes its suggestions as draft purchase orders and draft transfers, which people send.
"""
