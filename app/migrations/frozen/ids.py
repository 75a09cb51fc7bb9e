"""Identities of rows that migrations write, as of migration 0023."""

from uuid import UUID

import uuid_utils


def new_id() -> UUID:
    """A UUIDv7."""
    return UUID(int=uuid_utils.uuid7().int)
