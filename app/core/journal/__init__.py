"""The journal: one append-only table of what happened.

Each event is one row, written in the transaction that made it true: who, to what, when, and with which
facts. A subject's events are numbered 1, 2, 3 with no gap. Timeline, audit, webhooks and subscriptions
are readers of this table and of nothing else.
"""
