"""The nouns of orders."""

from collections.abc import Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Annotated, Any
from uuid import UUID

import strawberry

from app.access.permissions import Permission
from app.catalog import queries as catalog
from app.catalog.schema import Variant
from app.channels import queries as channels
from app.channels.schema import Channel
from app.core.database import values_of
from app.core.graphql.empty import none_if_empty
from app.core.graphql.levels import level_field
from app.core.graphql.next_steps import NextStep
from app.core.graphql.node import After, Before, Connection, Last, Node, list_connection
from app.core.graphql.policy import AROUND_IT, OWN_SCOPE, field, needs
from app.core.graphql.scalars import CurrencyCode, Metadata, Money, arg, doc, graphql_enum, money, serves
from app.core.journal.cursors import event_cursor
from app.core.journal.entry import Entry
from app.core.journal.event import facts_for
from app.core.pagination import Order as Sort
from app.core.pagination import PageArgs
from app.customers import queries as customers
from app.customers.schema import Address, Customer
from app.orders import models, queries
from app.orders.amounts import due
from app.orders.estimating import is_shipping_known, is_tax_known, is_total_estimated
from app.orders.lifecycle import (
    CancelReason,
    FulfillmentStatus,
    OrderStatus,
    PaymentStatus,
    ReturnStatus,
    TrackingStage,
)
from app.orders.schema.next_steps import give_tokens, steps_of_orders
from app.orders.timeline import title_for_staff

graphql_enum(OrderStatus, "An order's own status.")
graphql_enum(PaymentStatus, "How far the payment is.")
graphql_enum(FulfillmentStatus, "How far the sending is.")
graphql_enum(ReturnStatus, "What comes back.")
graphql_enum(TrackingStage, "The stage that the buyer is shown.")
graphql_enum(CancelReason, "Why an order was cancelled.")

VIEW = needs(Permission.ORDERS_VIEW)
# For fields of an order, which may also be reached with its token, or by placing it.
VIEW_IT = needs(Permission.ORDERS_VIEW, channel="channel_id")
FirstLines = Annotated[
    int | None, arg("How many lines from the start; 100 at most, and when nothing is said.")
]
_IN_ORDER = Sort(("position",))


@strawberry.type(description="A SKU, how many of it, and at what price.")
class OrderLine(Node):
    is_type_of = serves(models.OrderLine)

    position: int = doc("Its place in the order, from 1.")
    sku: str = doc("The SKU, as it was when ordered.")
    product_name: str = doc("The product's name, as it was when ordered.")
    variant_name: str | None = none_if_empty("The variant's name, as it was when ordered; null for none.")
    quantity: int = doc("How many were ordered.")
    quantity_cancelled: int = doc("How many of them were cancelled.")
    quantity_shipped: int = doc("How many of them have left.")
    quantity_delivered: int = doc("How many of them have arrived.")
    quantity_returned: int = doc("How many of them came back.")
    metadata: Metadata = doc("Whatever the buyer's shop keeps with it.")

    @level_field(Variant | None, reach=OWN_SCOPE)
    async def variant(roots: Sequence[Any], info: strawberry.Info) -> list[Any]:
        """What was ordered, as the catalogue shows it today; null where it shows it to the caller no more.
        The line keeps the SKU and the names."""
        return await catalog.visible_variants(values_of(roots, "variant_id"), info.context.actor)

    @level_field(Money)
    async def unit_price(roots: Sequence[Any], info: strawberry.Info) -> list[Money]:
        """What one unit costs, before discounts: by the price lists, or as staff set it (see `listPrice`)."""
        return await _amounts(roots, info, "unit_price_minor")

    @level_field(Money)
    async def discount(roots: Sequence[Any], info: strawberry.Info) -> list[Money]:
        """What is taken off the line, by codes and by staff."""
        return await _amounts(roots, info, "discount_minor")

    @level_field(Decimal | None)
    async def tax_rate(roots: Sequence[Any], info: strawberry.Info) -> list[Decimal | None]:
        """The tax rate as a fraction; null in a cart that does not say where it goes."""
        await with_order(roots, info)
        return [line.tax_rate if is_tax_known(line.owner) else None for line in roots]

    @level_field(Money | None)
    async def tax(roots: Sequence[Any], info: strawberry.Info) -> list[Money | None]:
        """The tax in or on the line; null in a cart that does not say where it goes."""
        amounts = await _amounts(roots, info, "tax_minor")
        return [
            amount if is_tax_known(line.owner) else None for line, amount in zip(roots, amounts, strict=True)
        ]

    @level_field(Money)
    async def total(roots: Sequence[Any], info: strawberry.Info) -> list[Money]:
        """What the line costs, after discount, with tax: in a cart that does not say where it goes, that of
        the channel's default country."""
        return await _amounts(roots, info, "total_minor")


async def _amounts(lines: Sequence[Any], info: strawberry.Info, column: str) -> list[Money]:
    """A column of lines as money, in the currencies of their orders."""
    await with_order(lines, info)
    return [money(getattr(line, column), line.currency) for line in lines]


async def with_order(lines: Sequence[Any], info: strawberry.Info) -> None:
    """Put their orders on lines, where they are not there yet."""
    if any(line.currency is None for line in lines):
        orders = await info.context.load_many(queries.orders_by_id, [line.order_id for line in lines])
        for line, order in zip(lines, orders, strict=True):
            line.currency, line.owner = order.currency, order


@strawberry.type(description="How an order is sent, as it was when it was chosen.")
class OrderShippingMethod:
    code: str = doc("The method's code in the channel.")
    name: str = doc("What the buyer was shown.")


@strawberry.type(description="Something that happened to an order.")
class OrderEvent:
    entry: strawberry.Private[Entry]
    row: strawberry.Private[Any] = None  # the order, where all who watch the event share one

    @property
    def channel_id(self) -> UUID | None:
        """Where its order was placed."""
        return self.entry.channel_id

    @field()
    def cursor(self) -> str:
        """Its place in the stream: give it as `after` to go on from here."""
        return event_cursor(self.entry)

    @field()
    def number(self) -> int:
        """Its number among the order's events: 1, 2, 3 with no gap."""
        return self.entry.number

    @field()
    def name(self) -> str:
        """What happened, for programs: `order_placed`."""
        return self.entry.name

    @field()
    def title(self) -> str:
        """What happened, for people."""
        return title_for_staff(self.entry.name)

    @field()
    def at(self) -> datetime:
        """When."""
        return self.entry.at

    @field(VIEW_IT)
    def actor(self, info: strawberry.Info) -> str | None:
        """Who did it; null for others than staff."""
        return self.entry.actor_label or self.entry.actor_kind

    @field(VIEW_IT)
    def facts(self, info: strawberry.Info) -> Metadata | None:
        """The facts that were written down; null for others than staff."""
        return Metadata(facts_for(self.entry.name, self.entry.payload, info.context.actor.may))

    @field(reach=AROUND_IT)
    async def order(self, info: strawberry.Info) -> "Order":
        """The order as it is now."""
        if self.row is not None:
            return self.row
        return await info.context.load(queries.orders_by_id, self.entry.subject_id)


@strawberry.type(description="An order, from the first line of a cart on.")
class Order(Node):
    is_type_of = serves(models.Order)

    number: str | None = doc("The number that people quote; drafts have none.")
    status: OrderStatus = doc("Its own status.")
    payment_status: PaymentStatus = doc("How far the payment is.")
    fulfillment_status: FulfillmentStatus = doc("How far the sending is.")
    return_status: ReturnStatus = doc("What comes back.")
    tracking_stage: TrackingStage = doc("The stage that the buyer is shown.")
    is_delayed: bool = doc("Whether it will arrive later than was promised.")
    email: str | None = none_if_empty("The buyer's e-mail address; null in a cart that did not say.")
    phone: str | None = none_if_empty("The buyer's number in E.164; null if none was given.")
    payment_gateway: str | None = none_if_empty("How it is to be paid; null if nobody said.")
    purchase_order_number: str | None = none_if_empty("The buyer's own number for it; null without one.")
    discount_codes: list[str] = doc("The codes that it uses.")
    note: str | None = none_if_empty("What the buyer noted; null if nothing.")
    metadata: Metadata = doc("Whatever the buyer's shop keeps with it.")
    external_reference: str | None = doc("Its key in another system, unique in the channel.")
    currency: CurrencyCode = doc("The currency of every amount in it.")
    prices_include_tax: bool = doc("Whether its prices have the tax in them.")
    promised_on: date | None = doc("The day by which it should arrive.")
    reserved_until: datetime | None = doc("Until when a draft keeps its stock.")
    placed_at: datetime | None = doc("When it was placed.")
    confirmed_at: datetime | None = doc("When nothing held it any more.")
    cancelled_at: datetime | None = doc("When it was cancelled.")
    cancel_reason: CancelReason | None = doc("Why it was cancelled.")
    version: int = doc("Goes up with each change; see `expectedVersion`.")
    created_at: datetime = doc("When it was begun.")
    updated_at: datetime = doc("When it last changed.")

    @field(VIEW_IT)
    def tags(self, root: strawberry.Parent[Any], info: strawberry.Info) -> list[str] | None:
        """Words that staff group it by; null for others."""
        return list(root.tags)

    @field(VIEW_IT)
    def priority(self, root: strawberry.Parent[Any], info: strawberry.Info) -> int | None:
        """0 to 9: the highest is worked on first; null for others than staff."""
        return int(root.priority)

    @field(VIEW_IT)
    def private_metadata(self, root: strawberry.Parent[Any], info: strawberry.Info) -> Metadata | None:
        """Whatever staff keep with it; null for others."""
        return Metadata(root.private_metadata)

    @field()
    def tracking_token(self, root: strawberry.Parent[Any]) -> str:
        """The secret of its tracking link. Whoever has it sees where the order stands, nothing more."""
        return queries.tracking_token(root.id, root.tracking_generation)

    @level_field(str | None)
    async def access_token(roots: Sequence[Any], info: strawberry.Info) -> list[Any]:
        """The secret with which a guest reads the cart or order and changes the cart: see `order(token:)`.

        It is for the buyer alone, since it shows amounts and addresses; share `trackingUrl` instead. Null for
        staff who may see orders but not change them.
        """
        given = await give_tokens(info.context.actor, roots)
        return [
            queries.access_token(root) if is_given else None
            for root, is_given in zip(roots, given, strict=True)
        ]

    @field()
    def tracking_url(self, root: strawberry.Parent[Any], info: strawberry.Info) -> str:
        """The page where the buyer can watch it."""
        token = queries.tracking_token(root.id, root.tracking_generation)
        return f"{info.context.base_url}/track/{token}"

    @level_field(Channel, reach=AROUND_IT)
    async def channel(roots: Sequence[Any], info: strawberry.Info) -> list[Any]:
        """Where it was placed."""
        return await info.context.load_many(channels.channels_by_id, [root.channel_id for root in roots])

    @level_field(Customer | None, reach=OWN_SCOPE)
    async def customer(roots: Sequence[Any], info: strawberry.Info) -> list[Any]:
        """Whose it is; null for a guest, and for callers who may not see customers."""
        actor = info.context.actor
        scope, ids = actor.scope_of(Permission.CUSTOMERS_VIEW), values_of(roots, "customer_id")
        if not scope.is_everywhere:
            sees = await queries.are_within(scope, roots)
            ids = [id if id == actor.id or seen else None for id, seen in zip(ids, sees, strict=True)]
        return await info.context.load_present(customers.customers_by_id, ids)

    @field()
    def shipping_address(self, root: strawberry.Parent[Any]) -> Address | None:
        """Where it goes."""
        return Address.of(root.shipping_address)

    @field()
    def billing_address(self, root: strawberry.Parent[Any]) -> Address | None:
        """Who pays."""
        return Address.of(root.billing_address)

    @field()
    def shipping_method(self, root: strawberry.Parent[Any]) -> OrderShippingMethod | None:
        """How it is sent; null in a cart that did not choose, and where the channel has no methods."""
        if not root.shipping_method:
            return None
        name = root.shipping_method_name or root.shipping_method
        return OrderShippingMethod(code=root.shipping_method, name=name)

    @field()
    def subtotal(self, root: strawberry.Parent[Any]) -> Money:
        """The lines, before discounts."""
        return money(root.subtotal_minor, root.currency)

    @field()
    def discount(self, root: strawberry.Parent[Any]) -> Money:
        """What is taken off the lines."""
        return money(root.discount_minor, root.currency)

    @field()
    def shipping(self, root: strawberry.Parent[Any]) -> Money | None:
        """What sending it costs, after `shippingDiscount`; null in a cart that has no shipping method yet."""
        return money(root.shipping_minor, root.currency) if is_shipping_known(root) else None

    @field()
    def tax(self, root: strawberry.Parent[Any]) -> Money | None:
        """The tax in or on lines and shipping; null in a cart that does not say where it goes."""
        return money(root.tax_minor, root.currency) if is_tax_known(root) else None

    @field()
    def total(self, root: strawberry.Parent[Any]) -> Money:
        """What is to be paid. An estimate while `isTotalEstimated`: without the shipping that is not known,
        and with the tax of the channel's default country."""
        return money(root.total_minor, root.currency)

    @field()
    def is_total_estimated(self, root: strawberry.Parent[Any]) -> bool:
        """Whether `shipping` or `tax` is not known yet, as in a cart without a method or an address."""
        return is_total_estimated(root)

    @field()
    def amount_cancelled(self, root: strawberry.Parent[Any]) -> Money:
        """What of the total need not be paid any more, because it was cancelled."""
        return money(root.cancelled_minor, root.currency)

    @field()
    def amount_paid(self, root: strawberry.Parent[Any]) -> Money:
        """What has come in, less what was given back."""
        return money(root.paid_minor, root.currency)

    @field()
    def amount_credited(self, root: strawberry.Parent[Any]) -> Money:
        """What was given back of a paid order although nothing was cancelled: it is not due again."""
        return money(root.credited_minor, root.currency)

    @field()
    def amount_due(self, root: strawberry.Parent[Any]) -> Money:
        """What is still to be paid; below zero it is to be given back."""
        return money(due(root), root.currency)

    @level_field(Connection[OrderLine])
    async def lines(
        roots: Sequence[Any],
        info: strawberry.Info,
        first: FirstLines = None,
        after: After = None,
        last: Last = None,
        before: Before = None,
    ) -> list[Any]:
        """What was ordered, in the order of the input."""
        size = 100 if first is None and last is None else first
        asked = PageArgs(_IN_ORDER, size, after, last, before)
        found = await queries.lines_by_order([root.id for root in roots])
        for root, rows in zip(roots, found, strict=True):
            for row in rows:
                row.currency, row.owner = root.currency, root
        return [list_connection(rows, asked) for rows in found]

    @level_field(list[OrderEvent])
    async def events(roots: Sequence[Any], info: strawberry.Info) -> list[list[OrderEvent]]:
        """The timeline, from the beginning. Staff see everything; a buyer what the tracking page tells."""
        actor = info.context.actor
        found = await queries.events_by_order([root.id for root in roots])
        shown = []
        for root, entries in zip(roots, found, strict=True):
            sees_all = VIEW_IT.shows(actor, root)
            shown.append(
                [OrderEvent(entry=entry) for entry in entries if sees_all or queries.buyer_sees(entry)]
            )
        return shown

    @level_field(list[NextStep])
    async def next_steps(roots: Sequence[Any], info: strawberry.Info) -> list[Any]:
        """What can be done with it from where it stands, and what cannot now and why.

        CANCEL and RELEASE are checked for the whole order and all of its holds. Single lines may be
        cancelled, and single holds released, where the whole cannot.
        """
        return await steps_of_orders(roots, info)
