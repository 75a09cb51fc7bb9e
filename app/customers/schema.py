"""Customers in the graph."""

from collections.abc import Mapping
from datetime import date, datetime
from typing import Annotated, Any

import strawberry
from tortoise.expressions import Q

from app.access.permissions import Permission
from app.core import refusals
from app.core.actor import Actor
from app.core.contact import kept_email
from app.core.graphql.changes import changes_of
from app.core.graphql.empty import none_if_empty
from app.core.graphql.errors import mutation
from app.core.graphql.filters import DateTimeFilter, StringFilter, combined, range_q, string_q
from app.core.graphql.node import After, Before, Connection, First, Last, Node, connection
from app.core.graphql.policy import SIGNED_IN, field, needs, query
from app.core.graphql.scalars import (
    CountryCode,
    ExpectedVersion,
    IdempotencyKey,
    Metadata,
    Money,
    MoneyInput,
    Text,
    arg,
    doc,
    money,
    serves,
)
from app.core.ids import row_id, to_global
from app.core.money import Money as MoneyValue
from app.core.money import checked_currency
from app.core.pagination import Order, PageArgs
from app.core.search import EntryKind, KeyFilter
from app.customers import blocking, models, queries, service
from app.customers.contact import AddressData, place_key
from app.customers.service import CustomerData

VIEW = needs(Permission.CUSTOMERS_VIEW)
# Whoever may do one of these knows addresses better than the address data do.
_OVERRULE = (Permission.ORDERS_MANAGE, Permission.CUSTOMERS_MANAGE, Permission.STOCK_MANAGE)
# Customers, and the list of blocked buyers, belong to all channels.
MANAGE = needs(Permission.CUSTOMERS_MANAGE, everywhere=True)
VIEW_BLOCKED = needs(Permission.CUSTOMERS_VIEW, everywhere=True)
NEWEST = Order(("created_at", "id"), descending=True)


@strawberry.type(description="A postal address.")
class Address:
    name: str = doc("Name of the recipient.")
    company: str | None = none_if_empty("Company name; null for a private address.")
    line1: str = doc("Street and house number.")
    line2: str | None = none_if_empty("Apartment, floor or building; null if not given.")
    city: str = doc("City or town.")
    region: str | None = none_if_empty(
        "State, province or county, as written in the country; null if there is none."
    )
    postal_code: str | None = none_if_empty("Postal code; null where the country has none.")
    country: CountryCode = doc("Two-letter ISO 3166-1 country code.")
    phone: str | None = none_if_empty("Phone number for the carrier, in E.164 format; null if not given.")
    latitude: float | None = doc("Latitude in degrees north (WGS 84), if known.", default=None)
    longitude: float | None = doc("Longitude in degrees east (WGS 84), if known.", default=None)

    unverified: list[str] = doc(
        "Fields that were stored as entered because they do not match the known data of the country: "
        "`region`, `postalCode`. Empty if all fields are valid or staff accepted the address.",
        default_factory=list,
    )
    accept_as_written: bool = doc(
        "Whether staff accepted the address although a field could not be verified.",
        default=False,
        name="isAcceptedAsWritten",
    )

    @classmethod
    def of(cls, stored: Mapping[str, Any] | None) -> "Address | None":
        return cls(**stored) if stored else None


@strawberry.type(description="An entry of a customer's address book.")
class CustomerAddress(Address):
    row: strawberry.Private[Any] = None
    is_default: bool = doc("Whether this is the default shipping address.", default=False)

    @field()
    def id(self) -> strawberry.ID:
        """ID of the entry, for `customerAddressRemove`."""
        return strawberry.ID(to_global("CustomerAddress", self.row.id))


@strawberry.input(description="A postal address. The required fields depend on the country.")
class AddressInput:
    name: str = doc("Name of the recipient.")
    line1: str = doc("Street and house number.")
    city: str = doc("City or town.")
    country: CountryCode = doc("Two-letter ISO 3166-1 country code.")
    company: str | None = doc("Company name.", default=None)
    line2: str | None = doc("Apartment, floor or building.", default=None)
    region: str | None = doc("State, province or county.", default=None)
    postal_code: str | None = doc("Postal code.", default=None)
    phone: str | None = doc("Phone number for the carrier.", default=None)
    latitude: float | None = doc("Latitude in degrees north (WGS 84), if known.", default=None)
    longitude: float | None = doc("Longitude in degrees east (WGS 84), if known.", default=None)
    accept_as_written: bool = doc(
        "Accept the region, postal code and city as entered, without validating them against the "
        "country. Staff only.",
        default=False,
    )

    def data(self, by: Actor) -> AddressData:
        """What the address says; `by` is whoever sent it, of whom only staff may overrule what is known.

        Raises:
            Forbidden: a buyer says that it is to be accepted as it is written.
        """
        if self.accept_as_written and not any(by.may(each) for each in _OVERRULE):
            raise refusals.Forbidden("Only staff accept an address as it is written.")
        given: dict[str, Any] = {name: "" if value is None else value for name, value in vars(self).items()}
        return AddressData(**given | {"latitude": self.latitude, "longitude": self.longitude})


@strawberry.type(description="A customer.")
class Customer(Node):
    is_type_of = serves(models.Customer)

    email: str | None = doc("Email address in lowercase.")
    name: str | None = none_if_empty("Name of the customer; null if unknown.")
    phone: str | None = none_if_empty("Phone number in E.164 format; null if unknown.")
    metadata: Metadata = doc("Custom JSON data of the store.")
    external_reference: str | None = doc("Key of the customer in an external system.")
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
    def default_address(self, root: strawberry.Parent[Any]) -> Address | None:
        """Default shipping address."""
        return Address.of(root.default_address)

    @field()
    async def addresses(self, root: strawberry.Parent[Any], info: strawberry.Info) -> list[CustomerAddress]:
        """Address book, newest entry first. Each address is listed once, however often it was saved."""
        rows = await info.context.load(queries.addresses_by_customer, root.id)
        default = place_key(root.default_address) if root.default_address else None
        return [
            CustomerAddress(**row.address, row=row, is_default=place_key(row.address) == default)
            for row in rows
        ]


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


@strawberry.input(description="Input for creating a customer.")
class CustomerCreateInput:
    email: str | None = doc("Email address.", default=None)
    name: Text = doc("Name of the person.", default="")
    phone: Text = doc("Phone number, starting with + and the country code.", default="")
    address: AddressInput | None = doc("First entry of the address book.", default=None)
    note: Text = doc("Internal staff note.", default="")
    born_on: date | None = doc("Date of birth, for goods with a minimum age.", default=None)
    credit_limit: MoneyInput | None = doc(
        "Credit limit: the amount the customer can owe before their orders are put on hold.", default=None
    )
    tags: list[str] = doc("Tags for grouping customers.", default_factory=list)
    metadata: Metadata | None = doc("Custom JSON data of the store.", default=None)
    private_metadata: Metadata | None = doc("Custom JSON data, visible to staff only.", default=None)
    external_reference: str | None = doc("Key in an external system, unique.", default=None)

    def data(self, by: Actor) -> CustomerData:
        address = self.address.data(by) if self.address else None
        said = vars(self) | {"address": address, "credit_limit": _limit(self.credit_limit)}
        kept: dict[str, Any] = {
            "metadata": self.metadata or {},
            "private_metadata": self.private_metadata or {},
        }
        return CustomerData(**(said | kept))


@strawberry.input(description="Input for updating a customer; omitted fields keep their values.")
class CustomerUpdateInput:
    id: strawberry.ID = doc("The customer.")
    email: str | None = doc("Email address; null for none.", default=strawberry.UNSET)
    name: str | None = doc("Name of the person.", default=strawberry.UNSET)
    phone: str | None = doc("Phone number.", default=strawberry.UNSET)
    address: AddressInput | None = doc(
        "Default address, added to the address book; null for no default address.", default=strawberry.UNSET
    )
    note: str | None = doc("Internal staff note.", default=strawberry.UNSET)
    born_on: date | None = doc("Date of birth; null if unknown.", default=strawberry.UNSET)
    credit_limit: MoneyInput | None = doc(
        "Credit limit: the amount the customer can owe before their orders are put on hold; null for no "
        "limit.",
        default=strawberry.UNSET,
    )
    tags: list[str] | None = doc("Tags for grouping customers.", default=strawberry.UNSET)
    metadata: Metadata | None = doc("Custom JSON data of the store.", default=strawberry.UNSET)
    private_metadata: Metadata | None = doc(
        "Custom JSON data, visible to staff only.", default=strawberry.UNSET
    )
    external_reference: str | None = doc(
        "Key in an external system, unique; null for none.", default=strawberry.UNSET
    )


_CAN_BE_NULL = ("email", "address", "born_on", "credit_limit", "external_reference")


def said_of(given: Any, by: Actor) -> dict[str, Any]:
    """What an input says of a customer, in the service's words.

    Raises:
        Invalid: null for what must have a value.
    """
    said = changes_of(given, nullable=_CAN_BE_NULL, besides=("id",))
    if said.get("address") is not None:
        said["address"] = said["address"].data(by)
    if "credit_limit" in said:
        said["credit_limit"] = _limit(said["credit_limit"])
    return said


def _limit(given: MoneyInput | None) -> MoneyValue | None:
    if given is None:
        return None
    currency = checked_currency(given.currency, "credit_limit", "currency")
    return MoneyValue.of(given.amount, currency, "credit_limit", "amount")


def _conditions(given: CustomerFilter) -> Q:
    return (
        string_q("email", given.email, spelled=kept_email)
        & string_q("name", given.name)
        & string_q("external_reference", given.external_reference)
        & range_q("created_at", given.created_at)
        & range_q("updated_at", given.updated_at)
        & queries.with_entry(EntryKind.PHONE, given.phone)
        & queries.with_entry(EntryKind.POSTAL_CODE, given.postal_code)
        & queries.with_entry(EntryKind.TAG, given.tags)
    )


@strawberry.type(
    description="A blocked email address or domain (`@example.com`). Orders from it are put on hold."
)
class BlockedBuyer(Node):
    is_type_of = serves(models.BlockedBuyer)

    email: str = doc("The email address, or the domain including the @.")
    reason: str = doc("Reason.")
    blocked_by: str = doc("Name of the user or app that did this.")
    created_at: datetime = doc("Date and time of creation.")


@strawberry.type
class CustomerQuery:
    @query(VIEW_BLOCKED)
    async def blocked_buyers(
        self,
        info: strawberry.Info,
        first: First = None,
        after: After = None,
        last: Last = None,
        before: Before = None,
    ) -> Connection[BlockedBuyer]:
        """Email addresses and domains whose orders are put on hold, newest first."""
        return await connection(queries.blocked_buyers(), PageArgs(NEWEST, first, after, last, before))

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
        return await rows.get_or_none(email=kept_email(email or ""))  # type: ignore[return-value]

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
    )
    async def customer_create(
        self,
        info: strawberry.Info,
        input: Annotated[CustomerCreateInput, arg("The new customer.")],
        idempotency_key: IdempotencyKey = None,
    ) -> Any:
        """Create a customer."""
        data = input.data(info.context.actor)
        return await info.context.once_row(
            idempotency_key, "customerCreate", data, lambda uow: service.create(uow, data), models.Customer
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
    ) -> Any:
        """Update a customer. Customers can change their own name, phone number and address."""
        actor = info.context.actor
        changes = said_of(input, actor)
        id = row_id(input.id, "Customer", "id")
        is_own = actor.is_customer and actor.id == id
        if not is_own:
            MANAGE.check(actor)
        elif not set(changes) <= {"name", "phone", "address"}:
            raise refusals.Forbidden("You may change your name, phone and address only.")
        return await service.update(actor, id, changes, expected_version=expected_version)

    @mutation("BuyerBlockResult", BlockedBuyer, policy=MANAGE, refuses=(refusals.AlreadyExists,))
    async def buyer_block(
        self,
        info: strawberry.Info,
        email: Annotated[str, arg("Email address, or `@example.com` for every address of the domain.")],
        reason: Annotated[str, arg("Reason, up to 500 characters.")],
    ) -> Any:
        """Block an email address or domain: every new order from it is put on hold."""
        return await blocking.block(info.context.actor, email, reason)

    @mutation("BuyerUnblockResult", BlockedBuyer, policy=MANAGE)
    async def buyer_unblock(
        self,
        info: strawberry.Info,
        email: Annotated[str, arg("Email address or domain, as it was blocked.")],
    ) -> Any:
        """Unblock an email address or domain. Existing holds remain until they are released."""
        return await blocking.unblock(info.context.actor, email)
