"""GraphQL types, queries and mutations of receipts."""
