"""Statements of banks: their entries are matched to orders, and what cannot be matched is listed for staff.

`camt` reads the files and `matching` decides; both are pure. `service` stores the entries and records the
payments of matched ones. An entry is stored once, however many files contain it.
"""
