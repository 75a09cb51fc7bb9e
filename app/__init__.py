"""Ordergraph: an order management system as a GraphQL API.

The listing of this folder is the table of contents: one folder a domain, `core` beneath them all,
`web` and `main` above. docs/architecture.md explains the layers.
"""
