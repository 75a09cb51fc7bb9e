"""GraphQL types, queries and mutations of transfers."""
