"""GraphQL framework: context, policies, typed errors, limits, pagination and transports."""
