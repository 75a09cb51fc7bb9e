"""Reads of the customers domain."""

from collections.abc import Sequence
from uuid import UUID

from tortoise.expressions import Q
from tortoise.queryset import QuerySet

from app.access.permissions import Permission
from app.core.actor import Actor, ActorKind
from app.core.contact import domains_of, kept_email, without_tag
from app.core.database import rows_by_id
from app.core.loading import grouped, in_order
from app.core.refusals import NotFound
from app.core.search import EntryKind, KeyFilter, entry_q, search_q
from app.customers.models import BlockedBuyer, Customer, CustomerAddress


def visible_to(actor: Actor) -> QuerySet[Customer]:
    """The customers that an actor may see: staff all, a customer itself, others none."""
    if actor.may(Permission.CUSTOMERS_VIEW):
        return Customer.all()
    if actor.is_customer:
        return Customer.filter(id=actor.id)
    return Customer.filter(id__in=[])


async def locked(id: UUID, actor: Actor) -> Customer:
    """A customer, its row locked until the transaction ends.

    Raises:
        NotFound: there is none that this actor may see.
    """
    found = await visible_to(actor).select_for_update().get_or_none(id=id)
    if found is None:
        raise NotFound.of("customer", "id")
    return found


async def by_email(email: str) -> Customer | None:
    """The customer of an e-mail address, however it is spelled."""
    return await Customer.get_or_none(email=kept_email(email)) if email else None


def found_by(search: str | None) -> Q:
    """Customers by whatever people know of them: see `searching`."""
    return search_q("customer_search", "customer_id", search)


def with_entry(kind: EntryKind, given: KeyFilter | None) -> Q:
    """Customers that have an entry of a kind that a filter fits."""
    return entry_q("customer_search", "customer_id", kind, given)


async def by_reference(reference: str) -> Customer | None:
    return await Customer.get_or_none(external_reference=reference)


async def customers_by_id(ids: list[UUID]) -> Sequence[Customer | None]:
    """Batch: the customer of each id."""
    return in_order(ids, await rows_by_id(Customer, ids))


def blocked_buyers() -> QuerySet[BlockedBuyer]:
    return BlockedBuyer.all()


def blocked_as(email: str) -> list[str]:
    """The entries of the block list that an e-mail address, in its kept form, falls under."""
    return list(dict.fromkeys([email, without_tag(email), *("@" + name for name in domains_of(email))]))


async def blocked_buyer(email: str) -> BlockedBuyer | None:
    return await BlockedBuyer.get_or_none(email=email)


async def addresses_by_customer(ids: list[UUID]) -> list[list[CustomerAddress]]:
    """Batch: the address book of each customer, the newest entry first."""
    rows = await CustomerAddress.filter(customer_id__in=ids).order_by("-created_at")
    return grouped(ids, rows, "customer_id")


async def actor_of(id: UUID) -> Actor | None:
    """The actor that a signed-in customer is, if it is still welcome."""
    found = await Customer.get_or_none(id=id, is_active=True)
    return Actor(ActorKind.CUSTOMER, found.id, found.name or found.email or "") if found else None


async def ids_by_reference(references: Sequence[str]) -> dict[str, UUID]:
    """The ids of the customers that have one of the references."""
    rows = await Customer.filter(external_reference__in=list(references)).values_list(
        "external_reference", "id"
    )
    return dict(rows)
