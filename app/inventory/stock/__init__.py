"""Stock levels, the ledger of movements, reservations, lots, incoming stock, backlog and value.

A level is the sum of its movements, and its reserved quantity is the sum of its open reservations. CHECK
constraints of the database prevent overselling, whatever the number of processes.
"""
