"""Orders: what was promised to whom.

Owns orders from the first line of a cart to the end, their lines, numbers, totals, notes and timeline,
and the public view that a tracking link shows. Promises that an order's totals are those of its lines to
the minor unit, that what it sells is reserved in the same transaction that places it, and that each
change writes one event, numbered without a gap. Knows nothing of how money moves or parcels travel.
"""
