"""Floods of a server, sent from a separate process while a visitor browses."""
