"""The journal for those who read it: what happened, to what, and who may know of it.

Owns the API's list of events. Promises that an event is seen only by whoever could read what it is about:
a caller whose permission has limits sees the events of its own channels and locations and no others.
"""
