"""Commands of purchasing."""
