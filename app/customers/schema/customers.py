"""Customers: the type, its filter, queries and mutations."""

from datetime import date, datetime
from functools import partial
from typing import Annotated, Any

import strawberry

from app.access.permissions import Permission
from app.core import refusals
from app.core.contact import normalized_email
from app.core.graphql.conditions import conditions
from app.core.graphql.empty import none_if_empty
from app.core.graphql.errors import mutation
from app.core.graphql.filters import DateTimeFilter, StringFilter, combined, string_q
from app.core.graphql.node import After, Before, Connection, First, Last, Node, connection
from app.core.graphql.once import Idempotent
from app.core.graphql.policy import SIGNED_IN, field, needs, query
from app.core.graphql.scalars import (
    ExpectedVersion,
    Metadata,
    Money,
    arg,
    doc,
    money,
    serves,
)
from app.core.ids import row_id
from app.core.pagination import Order, PageArgs
from app.core.search import EntryKind, KeyFilter
from app.customers import models, queries, service
from app.customers.schema.addresses import Address, CustomerAddress
from app.customers.schema.inputs import CustomerCreateInput, CustomerUpdateInput, service_fields

VIEW = needs(Permission.CUSTOMERS_VIEW)
# Customers and the list of blocked buyers belong to all channels.
MANAGE = needs(Permission.CUSTOMERS_MANAGE, everywhere=True)
NEWEST = Order(("created_at", "id"), descending=True)


@strawberry.type(description="A customer.")
class Customer(Node):
    is_type_of = serves(models.Customer)

    email: str | None = doc("Email address in lowercase; null if the customer has none.")
    name: str | None = none_if_empty("Name of the customer; null if unknown.")
    phone: str | None = none_if_empty("Phone number in E.164 format; null if unknown.")
    metadata: Metadata = doc("Custom JSON data, visible to everyone who can see the customer.")
    external_reference: str | None = doc("Key of the customer in an external system; null if there is none.")
    version: int = doc(
        "Version number; increases with every change. Pass it as `expectedVersion` to detect concurrent "
        "edits."
    )
    created_at: datetime = doc("Date and time of creation.")
    updated_at: datetime = doc("Date and time of the last change.")

    @field(VIEW)
    def tags(self, root: strawberry.Parent[Any], info: strawberry.Info) -> list[str] | None:
        """Tags for grouping customers; null for callers other than staff."""
        return list(root.tags)

    @field(VIEW)
    def has_account(self, root: strawberry.Parent[Any], info: strawberry.Info) -> bool | None:
        """Whether the customer can sign in with a password; null for callers other than staff."""
        return root.is_active and root.password_hash is not None

    @field(VIEW)
    def note(self, root: strawberry.Parent[Any], info: strawberry.Info) -> str | None:
        """Internal staff note; null for callers other than staff."""
        return root.note or None

    @field(VIEW)
    def born_on(self, root: strawberry.Parent[Any], info: strawberry.Info) -> date | None:
        """Date of birth; null if unknown, or for callers other than staff."""
        return root.born_on

    @field(VIEW)
    def credit_limit(self, root: strawberry.Parent[Any], info: strawberry.Info) -> Money | None:
        """Credit limit: the amount the customer can owe before their orders are put on hold. Null for no
        limit, or for callers other than staff."""
        if root.credit_limit_minor is None:
            return None
        return money(root.credit_limit_minor, root.credit_currency)

    @field(VIEW)
    def private_metadata(self, root: strawberry.Parent[Any], info: strawberry.Info) -> Metadata | None:
        """Custom JSON data for staff; null for callers other than staff."""
        return root.private_metadata

    @field()
    async def default_address(self, root: strawberry.Parent[Any], info: strawberry.Info) -> Address | None:
        """Default shipping address; null if there is none."""
        return await _entry(info, root.default_shipping_id)

    @field()
    async def default_billing_address(
        self, root: strawberry.Parent[Any], info: strawberry.Info
    ) -> Address | None:
        """Default billing address; null if there is none."""
        return await _entry(info, root.default_billing_id)

    @field()
    async def addresses(self, root: strawberry.Parent[Any], info: strawberry.Info) -> list[CustomerAddress]:
        """Address book, newest entry first: at most 100 entries, each address once, however often it was
        saved."""
        rows = await info.context.load(queries.addresses_by_customer, root.id)
        return [CustomerAddress.of_entry(row, root) for row in rows]


async def _entry(info: strawberry.Info, id: Any) -> Address | None:
    row = None if id is None else await info.context.load(queries.entries_by_id, id)
    return Address.of(row.address) if row is not None else None


@strawberry.input(description="Filter conditions for customers.")
class CustomerFilter:
    email: StringFilter | None = doc("Filter by email address.", default=None)
    name: StringFilter | None = doc("Filter by name.", default=None)
    phone: KeyFilter | None = doc(
        "Filter by phone number, of the customer or of one of their addresses.", default=None
    )
    postal_code: KeyFilter | None = doc("Filter by the postal code of an address.", default=None)
    tags: KeyFilter | None = doc("Filter by tag.", default=None)
    external_reference: StringFilter | None = doc("Filter by key in an external system.", default=None)
    created_at: DateTimeFilter | None = doc("Filter by creation time.", default=None)
    updated_at: DateTimeFilter | None = doc("Filter by time of the last change.", default=None)
    and_: list["CustomerFilter"] | None = doc(
        "Additional conditions, all of which must match.", default=None, name="and"
    )
    or_: list["CustomerFilter"] | None = doc(
        "Additional conditions, at least one of which must match.", default=None, name="or"
    )
    not_: "CustomerFilter | None" = doc("Condition that must not match.", default=None, name="not")


_conditions = conditions(
    CustomerFilter,
    models.Customer,
    email=lambda given: string_q("email", given, spelled=normalized_email),
    phone=partial(queries.with_entry, EntryKind.PHONE),
    postal_code=partial(queries.with_entry, EntryKind.POSTAL_CODE),
    tags=partial(queries.with_entry, EntryKind.TAG),
)


@strawberry.type
class CustomerQuery:
    @query(SIGNED_IN)
    async def customer(
        self,
        info: strawberry.Info,
        id: Annotated[strawberry.ID | None, arg("ID of the customer.")] = None,
        email: Annotated[str | None, arg("Email address of the customer.")] = None,
    ) -> Customer | None:
        """A customer by ID or email address. Customers can read only their own record."""
        rows = queries.visible_to(info.context.actor)
        if id is not None:
            return await rows.get_or_none(id=row_id(id, "Customer", "id"))  # type: ignore[return-value]
        return await rows.get_or_none(email=normalized_email(email or ""))  # type: ignore[return-value]

    @query(VIEW)
    async def customers(
        self,
        info: strawberry.Info,
        filter: Annotated[CustomerFilter | None, arg("Filter conditions for customers.")] = None,
        search: Annotated[
            str | None,
            arg(
                "Full-text search, ignoring case, accents and punctuation: part of a name, an email "
                "address, a phone number in any format, a postal code, a company, a tag, or an "
                "external reference. All words must match."
            ),
        ] = None,
        first: First = None,
        after: After = None,
        last: Last = None,
        before: Before = None,
    ) -> Connection[Customer]:
        """Customers, newest first. Callers limited to certain channels or locations see the customers with an
        order in these."""
        rows = queries.visible_to(info.context.actor).filter(combined(filter, _conditions))
        if search and search.strip():
            rows = rows.filter(queries.found_by(search))
        return await connection(rows, PageArgs(NEWEST, first, after, last, before))


@strawberry.type
class CustomerMutation:
    @mutation(
        "CustomerCreateResult",
        Customer,
        policy=MANAGE,
        refuses=(refusals.AlreadyExists,),
        once=models.Customer,
    )
    async def customer_create(
        self,
        info: strawberry.Info,
        input: Annotated[CustomerCreateInput, arg("The new customer.")],
    ) -> Idempotent:
        """Create a customer."""
        data = input.data(info.context.actor)
        return Idempotent(
            lambda uow: service.create(uow, data),
            request=data,
        )

    @mutation(
        "CustomerUpdateResult",
        Customer,
        policy=SIGNED_IN,
        refuses=(refusals.AlreadyExists,),
    )
    async def customer_update(
        self,
        info: strawberry.Info,
        input: Annotated[CustomerUpdateInput, arg("The changes.")],
        expected_version: ExpectedVersion = None,
    ) -> models.Customer:
        """Update a customer. Customers can change their own name, phone number and address."""
        actor = info.context.actor
        changes = service_fields(input, actor)
        id = row_id(input.id, "Customer", "id")
        is_own = actor.is_customer and actor.id == id
        if not is_own:
            MANAGE.check(actor)
        elif not set(changes) <= {"name", "phone", "address"}:
            raise refusals.Forbidden("You can change only your name, phone number and address.")
        return await service.update(actor, id, changes, expected_version=expected_version)
