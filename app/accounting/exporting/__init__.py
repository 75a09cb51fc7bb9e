"""Files of the ledger for other programs: one module for each format, and what they are made from.

The formats are pure: `begin` and `end` return the text around the entries, and `entry` that of one entry.
"""
