"""Commands on what suppliers send straight to the buyer: requests, and the suppliers' answers."""
