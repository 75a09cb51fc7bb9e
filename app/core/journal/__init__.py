"""The journal: one append-only table of domain events.

Each event is one row, written in the transaction of its change: actor, subject, time and facts. The events of
a subject are numbered 1, 2, 3 without gaps. Timeline, audit, webhooks and subscriptions read only this table.
"""
