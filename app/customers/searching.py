"""Search entries of customers."""

from collections.abc import Sequence
from typing import Any

from app.core.search.entries import Entries, EntryKind, entries_of
from app.customers.models import Customer


def entries_for(customer: Customer, addresses: Sequence[dict[str, Any]] = ()) -> Entries:
    """The search entries of a customer, including those of the address book."""

    def of_addresses(part: str) -> list[str | None]:
        return [address.get(part) for address in addresses]

    return set().union(
        entries_of(EntryKind.EMAIL, customer.email),
        entries_of(EntryKind.PHONE, customer.phone, *of_addresses("phone")),
        entries_of(EntryKind.POSTAL_CODE, *of_addresses("postal_code")),
        entries_of(EntryKind.NAME, customer.name, *of_addresses("name")),
        entries_of(EntryKind.COMPANY, *of_addresses("company")),
        entries_of(EntryKind.REFERENCE, customer.external_reference),
        entries_of(EntryKind.TAG, *customer.tags),
    )
