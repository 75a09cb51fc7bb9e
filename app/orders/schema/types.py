"""The nouns of orders."""

from datetime import date, datetime
from decimal import Decimal
from typing import Any

import strawberry

from app.access.permissions import Permission
from app.catalog import queries as catalog
from app.catalog.schema import Variant
from app.channels import queries as channels
from app.channels.schema import Channel
from app.core.graphql.node import After, Before, Connection, First, Last, Node, list_connection
from app.core.graphql.policy import field, needs
from app.core.graphql.scalars import CurrencyCode, Metadata, Money, doc, graphql_enum, money, serves
from app.core.journal.entry import Entry
from app.core.pagination import Order as Sort
from app.core.pagination import PageArgs
from app.customers import queries as customers
from app.customers.schema import Address, Customer
from app.orders import models, queries
from app.orders.events import STAFF_TITLES
from app.orders.lifecycle import (
    CancelReason,
    FulfillmentStatus,
    OrderStatus,
    PaymentStatus,
    ReturnStatus,
    TrackingStage,
    lifecycle,
)
from app.orders.schema.cursors import event_cursor

graphql_enum(OrderStatus, "An order's own status.")
graphql_enum(PaymentStatus, "How far the payment is.")
graphql_enum(FulfillmentStatus, "How far the sending is.")
graphql_enum(ReturnStatus, "What comes back.")
graphql_enum(TrackingStage, "The stage that the buyer is shown.")
graphql_enum(CancelReason, "Why an order was cancelled.")

VIEW = needs(Permission.ORDERS_VIEW)
_IN_ORDER = Sort(("position",))


@strawberry.type(description="A SKU, how many of it, and at what price.")
class OrderLine(Node):
    is_type_of = serves(models.OrderLine)

    position: int = doc("Its place in the order, from 1.")
    sku: str = doc("The SKU, as it was when ordered.")
    product_name: str = doc("The product's name, as it was when ordered.")
    variant_name: str = doc("The variant's name, as it was when ordered; may be empty.")
    quantity: int = doc("How many were ordered.")
    quantity_cancelled: int = doc("How many of them were cancelled.")
    quantity_shipped: int = doc("How many of them have left.")
    quantity_returned: int = doc("How many of them came back.")
    tax_rate: Decimal = doc("The tax rate as a fraction.")
    metadata: Metadata = doc("Whatever the buyer's shop keeps with it.")

    @field()
    async def variant(self, root: strawberry.Parent[Any], info: strawberry.Info) -> Variant:
        """What was ordered, as the catalogue shows it today."""
        return await info.context.load(catalog.variants_by_id, root.variant_id)

    @field()
    async def unit_price(self, root: strawberry.Parent[Any], info: strawberry.Info) -> Money:
        """What one unit costs, before discounts."""
        return money(root.unit_price_minor, await _currency(root, info))

    @field()
    async def discount(self, root: strawberry.Parent[Any], info: strawberry.Info) -> Money:
        """What is taken off the line."""
        return money(root.discount_minor, await _currency(root, info))

    @field()
    async def tax(self, root: strawberry.Parent[Any], info: strawberry.Info) -> Money:
        """The tax in or on the line."""
        return money(root.tax_minor, await _currency(root, info))

    @field()
    async def total(self, root: strawberry.Parent[Any], info: strawberry.Info) -> Money:
        """What the line costs, after discount, with tax."""
        return money(root.total_minor, await _currency(root, info))


async def _currency(line: Any, info: strawberry.Info) -> str:
    if line.currency is None:
        line.currency = (await info.context.load(queries.orders_by_id, line.order_id)).currency
    return str(line.currency)


@strawberry.type(description="Something that happened to an order.")
class OrderEvent:
    entry: strawberry.Private[Entry]

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
        return STAFF_TITLES.get(self.entry.name, self.entry.name)

    @field()
    def at(self) -> datetime:
        """When."""
        return self.entry.at

    @field(VIEW)
    def actor(self, info: strawberry.Info) -> str | None:
        """Who did it; null for others than staff."""
        return self.entry.actor_label or self.entry.actor_kind

    @field(VIEW)
    def facts(self, info: strawberry.Info) -> Metadata | None:
        """The facts that were written down; null for others than staff."""
        return Metadata(self.entry.payload)

    @field()
    async def order(self, info: strawberry.Info) -> "Order":
        """The order as it is now."""
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
    email: str = doc("Where its news go; empty in a cart that did not say.")
    phone: str = doc("The buyer's number in E.164; may be empty.")
    shipping_method: str = doc("The code of its shipping method; may be empty.")
    shipping_method_name: str = doc("What the buyer was shown of it.")
    payment_gateway: str = doc("How it is to be paid; may be empty.")
    purchase_order_number: str = doc("The buyer's own number for it; may be empty.")
    discount_codes: list[str] = doc("The codes that it uses.")
    note: str = doc("What the buyer noted.")
    tags: list[str] = doc("Words to group it by.")
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

    @field(VIEW)
    def private_metadata(self, root: strawberry.Parent[Any], info: strawberry.Info) -> Metadata | None:
        """Whatever staff keep with it; null for others."""
        return Metadata(root.private_metadata)

    @field()
    def tracking_token(self, root: strawberry.Parent[Any]) -> str:
        """The secret of its tracking link. Whoever has it sees where the order stands, nothing more."""
        return queries.tracking_token(root.id, root.tracking_generation)

    @field()
    def tracking_url(self, root: strawberry.Parent[Any], info: strawberry.Info) -> str:
        """The page where the buyer can watch it."""
        token = queries.tracking_token(root.id, root.tracking_generation)
        return f"{info.context.base_url}/track/{token}"

    @field()
    async def channel(self, root: strawberry.Parent[Any], info: strawberry.Info) -> Channel:
        """Where it was placed."""
        return await info.context.load(channels.channels_by_id, root.channel_id)

    @field()
    async def customer(self, root: strawberry.Parent[Any], info: strawberry.Info) -> Customer | None:
        """Whose it is; null for a guest, and for callers who may not see customers."""
        actor = info.context.actor
        if root.customer_id is None or not (
            actor.may(Permission.CUSTOMERS_VIEW) or actor.id == root.customer_id
        ):
            return None
        return await info.context.load(customers.customers_by_id, root.customer_id)

    @field()
    def shipping_address(self, root: strawberry.Parent[Any]) -> Address | None:
        """Where it goes."""
        return Address.of(root.shipping_address)

    @field()
    def billing_address(self, root: strawberry.Parent[Any]) -> Address | None:
        """Who pays."""
        return Address.of(root.billing_address)

    @field()
    def subtotal(self, root: strawberry.Parent[Any]) -> Money:
        """The lines, before discounts."""
        return money(root.subtotal_minor, root.currency)

    @field()
    def discount(self, root: strawberry.Parent[Any]) -> Money:
        """What is taken off the lines."""
        return money(root.discount_minor, root.currency)

    @field()
    def shipping(self, root: strawberry.Parent[Any]) -> Money:
        """What sending it costs."""
        return money(root.shipping_minor, root.currency)

    @field()
    def tax(self, root: strawberry.Parent[Any]) -> Money:
        """The tax in or on lines and shipping."""
        return money(root.tax_minor, root.currency)

    @field()
    def total(self, root: strawberry.Parent[Any]) -> Money:
        """What is to be paid."""
        return money(root.total_minor, root.currency)

    @field()
    async def lines(
        self,
        root: strawberry.Parent[Any],
        info: strawberry.Info,
        first: First = None,
        after: After = None,
        last: Last = None,
        before: Before = None,
    ) -> Connection[OrderLine]:
        """What was ordered, in the order of the input. Up to 100 when nothing is said."""
        rows = await info.context.load(queries.lines_by_order, root.id)
        for row in rows:
            row.currency = root.currency
        size = 100 if first is None and last is None else first
        return list_connection(rows, PageArgs(_IN_ORDER, size, after, last, before))

    @field()
    async def events(self, root: strawberry.Parent[Any], info: strawberry.Info) -> list[OrderEvent]:
        """The timeline, from the beginning. Staff see everything; a buyer what the tracking page tells."""
        entries = await info.context.load(queries.events_by_order, root.id)
        if not info.context.actor.may(Permission.ORDERS_VIEW):
            entries = [entry for entry in entries if queries.buyer_sees(entry)]
        return [OrderEvent(entry=entry) for entry in entries]

    @field()
    def next_steps(self, root: strawberry.Parent[Any], info: strawberry.Info) -> list[str]:
        """What the caller can do with it from where it stands."""
        actor = info.context.actor
        may = {
            "place": actor.may(Permission.ORDERS_MANAGE)
            or (actor.is_customer and actor.id == root.customer_id),
            "confirm": actor.may(Permission.ORDERS_MANAGE),
            "cancel": actor.may(Permission.ORDERS_CANCEL),
        }
        return [step.name for step in lifecycle.steps_from(root.status) if may.get(step.name)]
