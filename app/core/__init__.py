"""What has no business meaning and everything stands on.

Money, life cycles, refusals, the unit of work, the journal, idempotency, the bus, ids, the clock,
keyset pages, loaders and the GraphQL machinery. Knows no domain.
"""
