"""GraphQL types, queries and mutations of locations."""
