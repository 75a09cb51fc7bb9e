"""Accounting: a double-entry ledger of orders, payments, stored value and stock.

`postings` builds the entries of facts and `recognition` computes the revenue of an order; both are pure.
`service` writes the entries in the transaction of the fact. Entries are never changed or deleted.
"""
