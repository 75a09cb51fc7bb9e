"""Planning: what should be purchased or transferred, when, and why.

Owns no rows. Reads demand from the stock ledger and lead times from suppliers, calculates target quantities,
and creates draft purchase orders and draft transfers, which people review and send.
"""
