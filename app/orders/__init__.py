"""Orders.

Owns orders from cart to completion: lines, numbers, totals, notes and timeline, and the public view of a
tracking link. The totals of an order are exactly those of its lines, its stock is reserved in the transaction
that places it, and each change writes one event, numbered without gaps. Imports no payments or fulfillment.
"""
