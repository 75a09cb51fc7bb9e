"""Commands of bank statements: importing files, matching entries with orders, and closing entries."""
