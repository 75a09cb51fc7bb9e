"""Gift cards and store credit in GraphQL."""

from app.stored_value.schema.mutations import StoredValueMutation
from app.stored_value.schema.queries import StoredValueQuery
from app.stored_value.schema.types import CustomerStoreCredit, StoredValue, StoredValueEntry

__all__ = [
    "CustomerStoreCredit",
    "StoredValue",
    "StoredValueEntry",
    "StoredValueMutation",
    "StoredValueQuery",
]
