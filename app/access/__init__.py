"""Access: who may see and do what.

Owns staff and their roles, API tokens, sessions of staff and customers, and the permissions that the
API checks. Promises that no secret is stored as it is, that what is revoked stops within two seconds,
and that a failed sign-in tells nothing about why. Knows no domain above it.
"""
