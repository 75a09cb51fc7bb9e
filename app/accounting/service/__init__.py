"""Commands of accounting, and what writes the entries of facts."""
