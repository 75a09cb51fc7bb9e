"""Ordergraph: an order management system as a GraphQL API.

One package per domain; `core` is the lowest layer, `web` and `main` are the highest. docs/architecture.md
describes the layers.
"""
