"""The journal for readers: events, their subjects, and who may read them.

Owns the API's list of events. Only callers who could read the subject of an event see the event: a caller
with a limited permission sees the events of its own channels and locations.
"""
