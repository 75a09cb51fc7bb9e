"""What is served beside the graph: the tracking page and widget, GraphiQL, health and logs of requests."""
