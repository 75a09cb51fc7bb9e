"""How fast Ordergraph is, beside what the database could do at best."""
