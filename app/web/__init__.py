"""HTTP endpoints other than GraphQL: tracking page and widget, GraphiQL, health checks and request logs."""
