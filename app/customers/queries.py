"""Queries of the customers domain."""

from collections.abc import Callable, Collection, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from tortoise.expressions import Q
from tortoise.queryset import QuerySet

from app.access import queries as access
from app.access.models import Staff
from app.access.permissions import Permission
from app.core.actor import Actor, ActorKind
from app.core.contact import domains_of, normalized_email, without_tag
from app.core.database import among, fetch, rows_by_id, uuid_of
from app.core.ids import fingerprint
from app.core.loading import grouped, in_order
from app.core.refusals import NotFound
from app.core.scope import NEVER, Scope
from app.core.search import EntryKind, KeyFilter, entry_q, search_q
from app.customers.contact import place_key
from app.customers.lifecycle import OF_OTHER_ADDRESSES, DeletionStatus
from app.customers.models import (
    AccountDeletion,
    AccountRequest,
    BlockedBuyer,
    Customer,
    CustomerAddress,
    CustomerIdentity,
)

# Returns the condition for customers with orders in a scope. Set by `wiring`, because orders are a higher
# layer.
BoughtIn = Callable[[Scope], Q]
_bought_in: list[BoughtIn] = []


def set_purchase_condition(condition: BoughtIn) -> None:
    """Set the function for customers with orders in a scope."""
    _bought_in[:] = [condition]


def visible_to(actor: Actor) -> QuerySet[Customer]:
    """The customers that an actor may see: staff see all, a customer sees itself, others none.

    Customers belong to all channels. A caller with a limited permission sees those with an order within its
    limits.
    """
    if actor.is_customer:
        return Customer.filter(id=actor.id)
    scope = actor.scope_of(Permission.CUSTOMERS_VIEW)
    if scope.is_everywhere:
        return Customer.all()
    if scope.is_nowhere or not _bought_in:
        return Customer.filter(NEVER)
    return Customer.filter(_bought_in[0](scope))


def every() -> QuerySet[Customer]:
    """All customers, for callers who may order on behalf of any of them."""
    return Customer.all()


async def locked(id: UUID, actor: Actor, *path: str) -> Customer:
    """A customer for an update; the row is locked until the transaction ends.

    Raises:
        NotFound: it does not exist, or the actor may not see and change it.
    """
    if not may_write(actor, id):
        raise NotFound.of("customer", *(path or ("id",)))
    found = await visible_to(actor).select_for_update().get_or_none(id=id)
    if found is None:
        raise NotFound.of("customer", *(path or ("id",)))
    return found


async def by_email(email: str) -> Customer | None:
    """The customer with an e-mail address in any spelling."""
    return await Customer.get_or_none(email=normalized_email(email)) if email else None


def found_by(search: str | None) -> Q:
    """The search condition for customers: see `searching`."""
    return search_q("customer_search", "customer_id", search)


def with_entry(kind: EntryKind, given: KeyFilter | None) -> Q:
    """The condition that a customer has a search entry of a kind that matches a filter."""
    return entry_q("customer_search", "customer_id", kind, given)


async def by_reference(reference: str) -> Customer | None:
    return await Customer.get_or_none(external_reference=reference)


async def customers_by_id(ids: list[UUID]) -> Sequence[Customer | None]:
    """Batch: the customer of each id."""
    return in_order(ids, await rows_by_id(Customer, ids))


def blocked_buyers() -> QuerySet[BlockedBuyer]:
    return BlockedBuyer.all()


def blocked_as(email: str) -> list[str]:
    """The block list entries that match a normalized e-mail address."""
    return list(dict.fromkeys([email, without_tag(email), *("@" + name for name in domains_of(email))]))


async def blocked_buyer(email: str) -> BlockedBuyer | None:
    return await BlockedBuyer.get_or_none(email=email)


async def addresses_by_customer(ids: list[UUID]) -> list[list[CustomerAddress]]:
    """Batch: the address book of each customer, newest entry first, each address once."""
    return [
        list({place_key(row.address): row for row in reversed(book)}.values())[::-1]
        for book in await complete_address_books(ids)
    ]


async def complete_address_books(ids: list[UUID]) -> list[list[CustomerAddress]]:
    """Batch: all saved entries of each customer's address book, newest first, including repeats."""
    rows = await CustomerAddress.filter(customer_id__in=ids).order_by("-created_at", "-id")
    return grouped(ids, rows, "customer_id")


async def default_address(customer: Customer) -> dict[str, Any] | None:
    """The default shipping address of a customer."""
    if customer.default_shipping_id is None:
        return None
    entry = await book_entry(customer.default_shipping_id)
    return entry.address if entry is not None else None


async def entries_by_id(ids: list[UUID]) -> Sequence[CustomerAddress | None]:
    """Batch: the address book entry of each id."""
    return in_order(ids, await rows_by_id(CustomerAddress, ids))


async def book_entry(id: UUID) -> CustomerAddress | None:
    return await CustomerAddress.get_or_none(id=id)


def may_write(actor: Actor, customer_id: UUID) -> bool:
    """Whether an actor may change a customer: staff who manage all customers, and the customer itself."""
    manages = actor.scope_of(Permission.CUSTOMERS_MANAGE).is_everywhere
    return manages or (actor.is_customer and actor.id == customer_id)


async def actors_of(ids: Collection[UUID]) -> dict[UUID, Actor]:
    """The actors of signed-in customers who may still sign in."""
    rows = await fetch(
        f"SELECT id, name, email FROM customer WHERE {among('id', 1)} AND is_active",  # noqa: S608
        list(ids),
    )
    people = ((uuid_of(row["id"]), row["name"] or row["email"] or "") for row in rows)
    return {id: Actor(ActorKind.CUSTOMER, id, label) for id, label in people}


async def ids_by_reference(references: Sequence[str]) -> dict[str, UUID]:
    """The ids of the customers with one of the references."""
    rows = await Customer.filter(external_reference__in=list(references)).values_list(
        "external_reference", "id"
    )
    return dict(rows)


async def requests_in_hour(mailbox: str, hour: datetime) -> int:
    """The number of account requests of a mailbox in an hour."""
    return await AccountRequest.filter(mailbox=mailbox, hour=hour).count()


async def account_request(id: UUID) -> AccountRequest | None:
    return await AccountRequest.get_or_none(id=id)


async def locked_request(token: str) -> AccountRequest | None:
    """The account request of a token; the row is locked until the transaction ends."""
    return await AccountRequest.select_for_update().get_or_none(token_hash=fingerprint(token))


async def account_of(request: AccountRequest) -> Customer | Staff | None:
    """The person of an account request, if they may sign in and still have the address; locked.

    A change of the address, and notices, are sent to an address that need not be the person's.
    """
    is_told = request.purpose in OF_OTHER_ADDRESSES
    if request.staff_id is not None:
        if is_told:
            return await Staff.select_for_update().get_or_none(id=request.staff_id, is_active=True)
        return await access.locked_staff_by_email(request.staff_id, request.email)
    rows = Customer.select_for_update().filter(id=request.customer_id, is_active=True)
    return await (rows if is_told else rows.filter(email=request.email)).get_or_none()


def deletions_visible_to(actor: Actor) -> QuerySet[AccountDeletion]:
    """Requests to delete an account: all for callers who see all customers, to a customer its own."""
    if actor.is_customer:
        return AccountDeletion.filter(customer_id=actor.id)
    if actor.scope_of(Permission.CUSTOMERS_VIEW).is_everywhere:
        return AccountDeletion.all()
    return AccountDeletion.filter(NEVER)


async def deletion(id: UUID, actor: Actor, *, locks: bool = False) -> AccountDeletion:
    """A request to delete an account, for who manages all customers; locked if requested.

    Raises:
        NotFound: it does not exist, or the actor may not answer it.
    """
    found = None
    if actor.scope_of(Permission.CUSTOMERS_MANAGE).is_everywhere:
        rows = deletions_visible_to(actor)
        found = await (rows.select_for_update() if locks else rows).get_or_none(id=id)
    if found is None:
        raise NotFound.of("request", "id")
    return found


async def open_deletion(customer_id: UUID) -> AccountDeletion | None:
    return await AccountDeletion.get_or_none(customer_id=customer_id, status=DeletionStatus.OPEN)


async def locked_customer_of_identity(issuer: str, subject: str) -> Customer | None:
    """The customer of a person at an OpenID provider; the row is locked until the transaction ends."""
    known = await CustomerIdentity.get_or_none(issuer=issuer, subject=subject)
    if known is None:
        return None
    return await Customer.select_for_update().get_or_none(id=known.customer_id)


async def locked_by_email(email: str) -> Customer | None:
    """The customer with a normalized e-mail address; the row is locked until the transaction ends."""
    return await Customer.select_for_update().get_or_none(email=email)


async def has_identity(customer_id: UUID) -> bool:
    """Whether a customer can sign in with an OpenID provider."""
    return await CustomerIdentity.exists(customer_id=customer_id)


async def holder_of(actor: Actor, *, locks: bool = False) -> Customer | Staff | None:
    """The row of a signed-in person with the password; locked if requested."""
    model: type[Customer] | type[Staff] = Staff if actor.kind is ActorKind.STAFF else Customer
    rows = model.select_for_update() if locks else model.all()
    return await rows.get_or_none(id=actor.id, is_active=True)
