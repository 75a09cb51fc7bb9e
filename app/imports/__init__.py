"""Bringing in the history of other systems: a package for each kind of source."""
