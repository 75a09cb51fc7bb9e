"""Access: authentication and authorization.

Owns staff and their roles, API tokens, sessions of staff and customers, and the permissions that the API
checks. Secrets are stored as hashes, a revoked token or session stops working within two seconds, and a
failed sign-in does not reveal the reason. Imports no higher domain.
"""
