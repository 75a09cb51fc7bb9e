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
    name: str = doc("For whom.")
    company: str | None = none_if_empty("At which company; null for a private address.")
    line1: str = doc("Street and number.")
    line2: str | None = none_if_empty("Flat, floor, building; null if there is nothing to say.")
    city: str = doc("The town.")
    region: str | None = none_if_empty("State, province or county, as the country writes it; null for none.")
    postal_code: str | None = none_if_empty("The postal code; null where the country has none.")
    country: CountryCode = doc("ISO 3166-1 code of two letters.")
    phone: str | None = none_if_empty("A number for the carrier, in E.164; null if none was given.")
    latitude: float | None = doc("Degrees north (WGS 84), where they are known.", default=None)
    longitude: float | None = doc("Degrees east (WGS 84), where they are known.", default=None)

    unverified: list[str] = doc(
        "The parts that were kept as they were written because they match nothing that is known of the "
        "country: `region`, `postalCode`. Empty where all is well, or staff accepted it.",
        default_factory=list,
    )
    accept_as_written: bool = doc(
        "Whether staff have accepted it although a part could not be verified.",
        default=False,
        name="isAcceptedAsWritten",
    )

    @classmethod
    def of(cls, stored: Mapping[str, Any] | None) -> "Address | None":
        return cls(**stored) if stored else None


@strawberry.type(description="An entry of a customer's address book.")
class CustomerAddress(Address):
    row: strawberry.Private[Any] = None
    is_default: bool = doc("Whether it is where to send to, unless something else is said.", default=False)

    @field()
    def id(self) -> strawberry.ID:
        """What `customerAddressRemove` takes the entry out by."""
        return strawberry.ID(to_global("CustomerAddress", self.row.id))


@strawberry.input(description="A postal address. Which parts are needed depends on the country.")
class AddressInput:
    name: str = doc("For whom.")
    line1: str = doc("Street and number.")
    city: str = doc("The town.")
    country: CountryCode = doc("ISO 3166-1 code of two letters.")
    company: str | None = doc("At which company.", default=None)
    line2: str | None = doc("Flat, floor, building.", default=None)
    region: str | None = doc("State, province or county.", default=None)
    postal_code: str | None = doc("The postal code.", default=None)
    phone: str | None = doc("A number for the carrier.", default=None)
    latitude: float | None = doc("Degrees north (WGS 84), where they are known.", default=None)
    longitude: float | None = doc("Degrees east (WGS 84), where they are known.", default=None)
    accept_as_written: bool = doc(
        "Take region, postal code and town as they are, whatever is known of the country. For staff only.",
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


@strawberry.type(description="Somebody who buys.")
class Customer(Node):
    is_type_of = serves(models.Customer)

    email: str | None = doc("The e-mail address, in small letters.")
    name: str | None = none_if_empty("The name; null if it is not known.")
    phone: str | None = none_if_empty("The phone number in E.164; null if it is not known.")
    metadata: Metadata = doc("Whatever the shop keeps with it.")
    external_reference: str | None = doc("The key in another system.")
    version: int = doc("Goes up with each change; see `expectedVersion`.")
    created_at: datetime = doc("Since when.")
    updated_at: datetime = doc("When it last changed.")

    @field(VIEW)
    def tags(self, root: strawberry.Parent[Any], info: strawberry.Info) -> list[str] | None:
        """Words that staff group customers by; null for others."""
        return list(root.tags)

    @field(VIEW)
    def note(self, root: strawberry.Parent[Any], info: strawberry.Info) -> str | None:
        """What staff noted; null for others."""
        return root.note or None

    @field(VIEW)
    def born_on(self, root: strawberry.Parent[Any], info: strawberry.Info) -> date | None:
        """The date of birth, where somebody said; null for others than staff."""
        return root.born_on

    @field(VIEW)
    def credit_limit(self, root: strawberry.Parent[Any], info: strawberry.Info) -> Money | None:
        """What they may owe at most before orders are held; null: no limit, or the caller is not staff."""
        if root.credit_limit_minor is None:
            return None
        return money(root.credit_limit_minor, root.credit_currency)

    @field(VIEW)
    def private_metadata(self, root: strawberry.Parent[Any], info: strawberry.Info) -> Metadata | None:
        """Whatever staff keep with it; null for others."""
        return root.private_metadata

    @field()
    def default_address(self, root: strawberry.Parent[Any]) -> Address | None:
        """Where to send to, unless something else is said."""
        return Address.of(root.default_address)

    @field()
    async def addresses(self, root: strawberry.Parent[Any], info: strawberry.Info) -> list[CustomerAddress]:
        """The address book, the newest entry first; each address once, however often it was saved."""
        rows = await info.context.load(queries.addresses_by_customer, root.id)
        default = place_key(root.default_address) if root.default_address else None
        return [
            CustomerAddress(**row.address, row=row, is_default=place_key(row.address) == default)
            for row in rows
        ]


@strawberry.input(description="Which customers.")
class CustomerFilter:
    email: StringFilter | None = doc("By e-mail address.", default=None)
    name: StringFilter | None = doc("By name.", default=None)
    phone: KeyFilter | None = doc("By a phone number, their own or one of an address.", default=None)
    postal_code: KeyFilter | None = doc("By the postal code of an address.", default=None)
    tags: KeyFilter | None = doc("With such a tag.", default=None)
    external_reference: StringFilter | None = doc("By key in another system.", default=None)
    created_at: DateTimeFilter | None = doc("By when they came.", default=None)
    updated_at: DateTimeFilter | None = doc("By when they last changed.", default=None)
    and_: list["CustomerFilter"] | None = doc("All of these too.", default=None, name="and")
    or_: list["CustomerFilter"] | None = doc("At least one of these too.", default=None, name="or")
    not_: "CustomerFilter | None" = doc("And not this.", default=None, name="not")


@strawberry.input(description="A new customer.")
class CustomerCreateInput:
    email: str | None = doc("The e-mail address.", default=None)
    name: Text = doc("The name.", default="")
    phone: Text = doc("A phone number; begin with + and the country's code.", default="")
    address: AddressInput | None = doc("The first entry of the address book.", default=None)
    note: Text = doc("A note for staff.", default="")
    born_on: date | None = doc("The date of birth, for goods that are sold from an age on.", default=None)
    credit_limit: MoneyInput | None = doc("What they may owe before orders are held.", default=None)
    tags: list[str] = doc("Words to group by.", default_factory=list)
    metadata: Metadata | None = doc("Whatever the shop keeps with it.", default=None)
    private_metadata: Metadata | None = doc("Whatever staff keep with it.", default=None)
    external_reference: str | None = doc("The key in another system, unique.", default=None)

    def data(self, by: Actor) -> CustomerData:
        address = self.address.data(by) if self.address else None
        said = vars(self) | {"address": address, "credit_limit": _limit(self.credit_limit)}
        kept: dict[str, Any] = {
            "metadata": self.metadata or {},
            "private_metadata": self.private_metadata or {},
        }
        return CustomerData(**(said | kept))


@strawberry.input(description="Changes of a customer; what is left out stays.")
class CustomerUpdateInput:
    id: strawberry.ID = doc("The customer.")
    email: str | None = doc("The e-mail address; null for none.", default=strawberry.UNSET)
    name: str | None = doc("The name.", default=strawberry.UNSET)
    phone: str | None = doc("A phone number.", default=strawberry.UNSET)
    address: AddressInput | None = doc(
        "Added to the address book, as the default; null for no default.", default=strawberry.UNSET
    )
    note: str | None = doc("A note for staff.", default=strawberry.UNSET)
    born_on: date | None = doc("The date of birth; null for unknown.", default=strawberry.UNSET)
    credit_limit: MoneyInput | None = doc("What they may owe; null for no limit.", default=strawberry.UNSET)
    tags: list[str] | None = doc("Words to group by.", default=strawberry.UNSET)
    metadata: Metadata | None = doc("Whatever the shop keeps with it.", default=strawberry.UNSET)
    private_metadata: Metadata | None = doc("Whatever staff keep with it.", default=strawberry.UNSET)
    external_reference: str | None = doc(
        "The key in another system, unique; null for none.", default=strawberry.UNSET
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


@strawberry.type(description="An e-mail address, or a domain (`@example.com`), whose orders are held.")
class BlockedBuyer(Node):
    is_type_of = serves(models.BlockedBuyer)

    email: str = doc("The address, or the domain with its @.")
    reason: str = doc("Why.")
    blocked_by: str = doc("Who did it.")
    created_at: datetime = doc("Since when.")


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
        """The e-mail addresses and domains whose orders are held, the newest first."""
        return await connection(queries.blocked_buyers(), PageArgs(NEWEST, first, after, last, before))

    @query(SIGNED_IN)
    async def customer(
        self,
        info: strawberry.Info,
        id: Annotated[strawberry.ID | None, arg("The customer's id.")] = None,
        email: Annotated[str | None, arg("The customer's e-mail address.")] = None,
    ) -> Customer | None:
        """A customer by id or e-mail address. A customer finds only itself."""
        rows = queries.visible_to(info.context.actor)
        if id is not None:
            return await rows.get_or_none(id=row_id(id, "Customer", "id"))  # type: ignore[return-value]
        return await rows.get_or_none(email=kept_email(email or ""))  # type: ignore[return-value]

    @query(VIEW)
    async def customers(
        self,
        info: strawberry.Info,
        filter: Annotated[CustomerFilter | None, arg("Which customers.")] = None,
        search: Annotated[
            str | None,
            arg(
                "What somebody knows of them, whatever the case, accents and punctuation: part of a name, an "
                "e-mail address, a phone number in any spelling, a postal code, a company, a tag, the key in "
                "another system. Each word must be found."
            ),
        ] = None,
        first: First = None,
        after: After = None,
        last: Last = None,
        before: Before = None,
    ) -> Connection[Customer]:
        """The customers, the newest first. Who is limited to some channels or locations finds those with an
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
        """Add a customer."""
        data = input.data(info.context.actor)
        return await info.context.once_row(
            idempotency_key, "customerCreate", data, lambda work: service.create(work, data), models.Customer
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
        """Change a customer. A customer may change its own name, phone and address."""
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
        email: Annotated[str, arg("An e-mail address, or `@example.com` for everybody there.")],
        reason: Annotated[str, arg("Why; up to 500 characters.")],
    ) -> Any:
        """Have every new order of an e-mail address or a domain held."""
        return await blocking.block(info.context.actor, email, reason)

    @mutation("BuyerUnblockResult", BlockedBuyer, policy=MANAGE)
    async def buyer_unblock(
        self,
        info: strawberry.Info,
        email: Annotated[str, arg("The address or the domain, as it was blocked.")],
    ) -> Any:
        """Take an address or a domain off the list; what is held already stays so until it is released."""
        return await blocking.unblock(info.context.actor, email)
