"""GraphQL types, queries and mutations of stock counts."""
