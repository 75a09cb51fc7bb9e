"""Requests of buyers to be told when a variant is available again in a channel.

A guest confirms the address by mail; a signed-in customer does not have to. A scheduled job compares the
waiting requests with the available stock, so changes of stock do nothing for them, and every cause counts:
receipts, cancellations, counts, locations of channels, expired carts.
"""
