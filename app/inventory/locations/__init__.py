"""Locations, the channels that sell from them, and the sourcing policies of channels."""
