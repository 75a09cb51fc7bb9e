"""Promotions: discount codes, and who used them.

Owns the codes of a channel, what each takes off and from when to when, and counts their uses. Promises that
no more orders use a code than its limit says. Knows channels, the catalogue and customers; what a code takes
off an order is reckoned by orders.
"""
