"""Customers: who buys, and where they live.

Owns customers and their addresses, checks addresses by each country's own rules, and turns a signed-in
customer into an actor. Promises that an e-mail address belongs to one customer at most. A guest order
needs no customer: the order keeps its own copy of what it was told.
"""
