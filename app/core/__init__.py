"""Shared infrastructure without business meaning: money, life cycles, refusals, the unit of work, the
journal, idempotency, the bus, ids, the clock, keyset pagination, loaders and the GraphQL framework.

Imports no domain.
"""
