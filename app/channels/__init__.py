"""Channels: where the company sells, and under which terms.

Owns channels, their shipping methods, and the table of tax rates. The currency of a channel never changes.
Imports access, and no catalog.
"""
