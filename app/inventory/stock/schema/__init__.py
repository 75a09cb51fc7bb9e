"""GraphQL types, queries, mutations and subscriptions of stock."""
