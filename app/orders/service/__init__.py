"""Commands of orders, one module for each kind."""
