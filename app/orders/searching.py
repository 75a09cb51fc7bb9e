"""Search entries of orders."""

from typing import Any

from app.core.folding import one_line
from app.core.search.entries import Entries, EntryKind, entries_of
from app.orders.models import Order

# The fields that search entries are made of, named as in the events' `changed`.
SEARCHED = frozenset(
    {
        "email", "phone", "shipping_address", "billing_address", "purchase_order_number", "tags",
        "external_reference",
    }
)  # fmt: skip
_PARTS = ("phone", "postal_code", "name", "company")  # of addresses
_MOST_TAGS = 50


def spellings(number: str) -> list[str]:
    """The stored spellings that a typed order number can mean: without #, as typed and in capitals."""
    quoted = one_line(number).lstrip("#").strip()
    return [quoted, quoted.upper()]


def searched_values(order: Order) -> tuple[Any, ...]:
    """The values from which the entries of an order are made: while they are equal, the entries are."""
    return (
        order.number,
        order.email,
        order.phone,
        order.purchase_order_number,
        order.external_reference,
        tuple(order.tags[:_MOST_TAGS]),
        *(tuple(map(address.get, _PARTS)) for address in _addresses(order)),
    )


def _addresses(order: Order) -> list[dict[str, Any]]:
    own = None if order.pickup and order.placed_at else order.shipping_address  # else the location's
    return [address for address in (own, order.billing_address) if address]


def entries_for(order: Order) -> Entries:
    """The search entries of an order, without its tracking numbers, which its parcels add."""
    addresses = _addresses(order)

    def of_addresses(part: str) -> list[str | None]:
        return [address.get(part) for address in addresses]

    return set().union(
        entries_of(EntryKind.NUMBER, order.number),
        entries_of(EntryKind.EMAIL, order.email),
        entries_of(EntryKind.PHONE, order.phone, *of_addresses("phone")),
        entries_of(EntryKind.POSTAL_CODE, *of_addresses("postal_code")),
        entries_of(EntryKind.NAME, *of_addresses("name")),
        entries_of(EntryKind.COMPANY, *of_addresses("company")),
        entries_of(EntryKind.PURCHASE_ORDER, order.purchase_order_number),
        entries_of(EntryKind.REFERENCE, order.external_reference),
        entries_of(EntryKind.TAG, *order.tags[:_MOST_TAGS]),
    )
