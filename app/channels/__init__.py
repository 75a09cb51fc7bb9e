"""Channels: where the company sells, and on which terms.

Owns the channels, their shipping methods, and the table of tax rates. Promises that
a channel's currency never changes once it exists. Knows access, and nothing that is sold.
"""
