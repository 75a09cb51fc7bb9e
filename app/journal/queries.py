"""Queries of the journal: who may read the events of each kind of subject."""

from collections.abc import Callable, Iterator
from typing import Any

from tortoise.expressions import Q, RawSQL, Subquery
from tortoise.queryset import QuerySet

from app.access.permissions import Permission
from app.catalog import queries as catalog
from app.core.actor import Actor
from app.core.journal.event import Event
from app.core.journal.models import JournalEntry
from app.core.scope import NEVER, Grant
from app.customers import queries as customers
from app.fulfillment import queries as fulfillment
from app.inventory.counts import queries as counts
from app.inventory.locations import queries as locations
from app.inventory.receiving import queries as receiving
from app.inventory.stock import queries as inventory
from app.inventory.transfers import queries as transfers
from app.orders import queries as orders
from app.payments import queries as payments
from app.promotions import queries as promotions
from app.stored_value import queries as stored_value
from app.suppliers import queries as suppliers

Condition = Callable[[Actor], Q]
_SUBJECT = RawSQL('"journal_entry"."subject_id"')


def _about(rows: Callable[[Actor], QuerySet[Any]]) -> Condition:
    """Events about rows that an actor may read.

    Each event's subject is looked up by id, so the cost depends on the size of the page, not on the number of
    readable rows.
    """
    return lambda actor: Q(subject_id__in=Subquery(rows(actor).filter(id=_SUBJECT).values("id")))


def _of_channel(permission: Permission, column: str = "channel_id") -> Condition:
    """Events of a channel as a whole, for callers with a permission in it."""
    return lambda actor: actor.scope_of(permission).rows(column, None) or Q()


def _price_lists(actor: Actor) -> QuerySet[Any]:
    return catalog.price_lists(actor, Permission.CHANNELS_MANAGE)


# By kind of subject. None: it belongs to all channels and locations, or to several that the journal does not
# name; only callers with an unlimited permission to read the journal see these events.
SUBJECTS: dict[str, Condition | None] = {
    "account_mapping": None,
    "account_request": None,
    "accounting_period": None,
    "api_token": None,
    "back_in_stock_request": _of_channel(Permission.CUSTOMERS_VIEW),
    "blocked_buyer": None,
    "box": _about(fulfillment.boxes_visible_to),
    "carrier": _about(fulfillment.carriers_visible_to),
    "channel": _of_channel(Permission.EVENTS_VIEW, "subject_id"),
    "customer": _about(customers.visible_to),
    "discount": _about(promotions.discounts_visible_to),
    "incoming_stock": _about(inventory.incoming_visible_to),
    "location": _about(locations.locations_visible_to),
    "manifest": _about(fulfillment.manifests_visible_to),
    "message_rule": _of_channel(Permission.CHANNELS_MANAGE),
    "message_suppression": None,
    "message_template": _of_channel(Permission.CHANNELS_MANAGE),
    "order": _about(orders.visible_to),
    "order_rule": _of_channel(Permission.ORDERS_VIEW),
    "payment_gateway": None,
    "payout": _about(payments.payouts_visible_to),
    "price_list": _about(_price_lists),
    "product": _about(catalog.visible_to),
    "purchase_order": _about(suppliers.orders_visible_to),
    "receipt": _about(receiving.receipts_visible_to),
    "reservation": None,
    "role": None,
    "session": None,
    "staff": None,
    "stock": None,
    "stock_count": _about(counts.counts_visible_to),
    "stored_value": _about(stored_value.visible_to),
    "supplier": _about(suppliers.suppliers_visible_to),
    "supplier_return": _about(suppliers.returns_visible_to),
    "tax_class": None,
    "tax_rate": None,
    "transfer": _about(transfers.transfers_visible_to),
}


def visible_to(actor: Actor) -> QuerySet[JournalEntry]:
    """The entries that an actor may read: all, or those about subjects that it could read.

    Both the permission to read the journal and the one for the kind of subject must hold for the subject.
    """
    rows, scope = JournalEntry.filter(position__isnull=False), actor.scope_of(Permission.EVENTS_VIEW)
    if scope.is_everywhere:
        return rows
    # An actor with all permissions in the scope in which this actor may read the journal.
    reader = Actor(
        actor.kind, actor.id, grants=tuple(Grant(frozenset(Permission), area) for area in scope.areas)
    )
    is_narrower = not {grant.area for grant in actor.grants} <= set(scope.areas)
    found = [NEVER]
    for kind, condition in SUBJECTS.items():
        if condition is not None:
            seen = condition(actor) & condition(reader) if is_narrower else condition(actor)
            found.append(Q(subject_kind=kind) & seen)
    return rows.filter(Q(*found, join_type=Q.OR))


def refuse_unknown_kinds() -> None:
    """Check that `SUBJECTS` has every kind of subject.

    Raises:
        TypeError: some are missing.
    """
    unknown = sorted({kind for kind in _kinds(Event) if kind not in SUBJECTS})
    if unknown:
        raise TypeError(f"app.journal.queries does not handle these kinds: {', '.join(unknown)}")


def _kinds(base: type[Event]) -> Iterator[str]:
    for each in base.__subclasses__():
        if "subject_kind" in vars(each):
            yield each.subject_kind
        yield from _kinds(each)
