"""Commands of the catalog, one module for each kind."""
