"""GraphQL types of orders."""

from collections.abc import Sequence
from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

import strawberry

from app.access.permissions import Permission
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
from app.customers.schema.addresses import Address
from app.customers.schema.customers import Customer
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
from app.orders.schema.lines import OrderLine
from app.orders.schema.next_steps import give_tokens, steps_of_orders
from app.orders.timeline import title_for_staff

graphql_enum(OrderStatus, "Status of an order.")
graphql_enum(PaymentStatus, "Payment status of an order.")
graphql_enum(FulfillmentStatus, "Fulfillment status, derived from the order's lines.")
graphql_enum(ReturnStatus, "Return status of an order.")
graphql_enum(TrackingStage, "Tracking stage shown to the buyer.")
graphql_enum(CancelReason, "Reason for cancelling an order.")

VIEW = needs(Permission.ORDERS_VIEW)
# For fields of an order, which can also be reached with its token or by placing it.
VIEW_IT = needs(Permission.ORDERS_VIEW, channel="channel_id")
FirstLines = Annotated[int | None, arg("Number of lines to return from the start, up to 100; default 100.")]
_IN_ORDER = Sort(("position",))


@strawberry.type(description="Shipping method of an order, as it was when it was selected.")
class OrderShippingMethod:
    code: str = doc("Code of the shipping method in the channel.")
    name: str = doc("Name of the shipping method shown to the buyer.")


@strawberry.type(description="An event in the history of an order.")
class OrderEvent:
    entry: strawberry.Private[Entry]
    row: strawberry.Private[Any] = None  # the order, shared by all subscribers to the event

    @property
    def channel_id(self) -> UUID | None:
        """Channel in which the order was placed."""
        return self.entry.channel_id

    @field()
    def cursor(self) -> str:
        """Cursor of the event in the stream; pass it as `after` to resume from it."""
        return event_cursor(self.entry)

    @field()
    def number(self) -> int:
        """Sequence number among the events of the order: 1, 2, 3, without gaps."""
        return self.entry.number

    @field()
    def name(self) -> str:
        """Event name, such as `order_placed`."""
        return self.entry.name

    @field()
    def title(self) -> str:
        """Description of the event for people."""
        return title_for_staff(self.entry.name)

    @field()
    def at(self) -> datetime:
        """Date and time of the event."""
        return self.entry.at

    @field(VIEW_IT)
    def actor(self, info: strawberry.Info) -> str | None:
        """Name of the user or app that caused the event, or its kind if it has no name; null for callers
        other than staff."""
        return self.entry.actor_label or self.entry.actor_kind

    @field(VIEW_IT)
    def facts(self, info: strawberry.Info) -> Metadata | None:
        """Data recorded with the event; null for callers other than staff."""
        return Metadata(facts_for(self.entry.name, self.entry.payload, info.context.actor.may))

    @field(reach=AROUND_IT)
    async def order(self, info: strawberry.Info) -> "Order":
        """The order in its current state."""
        if self.row is not None:
            return self.row
        return await info.context.load(queries.orders_by_id, self.entry.subject_id)


@strawberry.type(description="An order; a cart is an order in the status DRAFT.")
class Order(Node):
    is_type_of = serves(models.Order)

    number: str | None = doc("Order number shown to people; null for drafts.")
    status: OrderStatus = doc("Status of the order.")
    payment_status: PaymentStatus = doc("Payment status of the order.")
    fulfillment_status: FulfillmentStatus = doc("Fulfillment status, derived from the order's lines.")
    return_status: ReturnStatus = doc(
        "Return status of the order. Always NONE: returns requested by buyers are not supported yet."
    )
    tracking_stage: TrackingStage = doc("Tracking stage shown to the buyer.")
    is_delayed: bool = doc("Whether the order will arrive later than promised.")
    email: str | None = none_if_empty("Email address of the buyer; null in a cart without one.")
    phone: str | None = none_if_empty("Phone number of the buyer in E.164 format; null if not given.")
    payment_gateway: str | None = none_if_empty(
        "Payment gateway chosen for the order; null if none is chosen."
    )
    purchase_order_number: str | None = none_if_empty("The buyer's purchase order number; null if not given.")
    gift_note: str | None = none_if_empty("Note for the recipient of a gift; null if there is none.")
    language: str | None = none_if_empty(
        "Language of messages to the buyer (BCP 47); null for a draft without one."
    )
    discount_codes: list[str] = doc("Discount codes applied to the order.")
    note: str | None = none_if_empty("Note from the buyer; null if there is none.")
    metadata: Metadata = doc("Custom JSON data, visible to everyone who can see the order.")
    external_reference: str | None = doc(
        "Key in an external system, unique in the channel; null if there is none."
    )
    currency: CurrencyCode = doc("Currency of all amounts of the order.")
    prices_include_tax: bool = doc("Whether the prices of the order include tax.")
    reserved_until: datetime | None = doc(
        "Time until which a draft reserves stock; null if it reserves none."
    )
    placed_at: datetime | None = doc("Time at which the order was placed; null for a draft.")
    confirmed_at: datetime | None = doc("Time at which the order was confirmed; null before.")
    cancelled_at: datetime | None = doc("Time of cancellation; null if not cancelled.")
    cancel_reason: CancelReason | None = doc("Reason for cancellation; null if not cancelled.")
    version: int = doc(
        "Version number; increases with every change. Pass it as `expectedVersion` to detect concurrent "
        "edits."
    )
    created_at: datetime = doc("Date and time of creation.")
    updated_at: datetime = doc("Date and time of the last change.")

    @field(VIEW_IT)
    def tags(self, root: strawberry.Parent[Any], info: strawberry.Info) -> list[str] | None:
        """Tags for grouping orders; null for callers other than staff."""
        return list(root.tags)

    @field(VIEW_IT)
    def priority(self, root: strawberry.Parent[Any], info: strawberry.Info) -> int | None:
        """Priority from 0 to 9, the highest is processed first; null for callers other than staff."""
        return int(root.priority)

    @field(VIEW_IT)
    def private_metadata(self, root: strawberry.Parent[Any], info: strawberry.Info) -> Metadata | None:
        """Custom JSON data for staff; null for callers other than staff."""
        return Metadata(root.private_metadata)

    @field()
    def tracking_token(self, root: strawberry.Parent[Any]) -> str:
        """Secret of the tracking link. For a placed order, it gives access to the tracking status and to
        nothing else; for a draft, it is accepted in the same way as `accessToken`."""
        return queries.tracking_token(root.id, root.tracking_generation)

    @level_field(str | None)
    async def access_token(roots: Sequence[Any], info: strawberry.Info) -> list[Any]:
        """Secret with which a guest reads the cart or order and changes the cart: see `order(token:)`. It is
        for the buyer only, because it gives access to amounts and addresses; share `trackingUrl` instead.
        Null for staff who can see orders but not change them."""
        given = await give_tokens(info.context.actor, roots)
        return [
            queries.access_token(root) if is_given else None
            for root, is_given in zip(roots, given, strict=True)
        ]

    @field()
    def tracking_url(self, root: strawberry.Parent[Any], info: strawberry.Info) -> str:
        """URL of the public tracking page of the order."""
        token = queries.tracking_token(root.id, root.tracking_generation)
        return f"{info.context.base_url}/track/{token}"

    @level_field(Channel, reach=AROUND_IT)
    async def channel(roots: Sequence[Any], info: strawberry.Info) -> list[Any]:
        """Channel in which the order was placed."""
        return await info.context.load_many(channels.channels_by_id, [root.channel_id for root in roots])

    @level_field(Customer | None, reach=OWN_SCOPE)
    async def customer(roots: Sequence[Any], info: strawberry.Info) -> list[Any]:
        """Customer of the order; null for a guest, and for callers who cannot see customers."""
        actor = info.context.actor
        scope, ids = actor.scope_of(Permission.CUSTOMERS_VIEW), values_of(roots, "customer_id")
        if not scope.is_everywhere:
            sees = await queries.are_within(scope, roots)
            ids = [id if id == actor.id or seen else None for id, seen in zip(ids, sees, strict=True)]
        return await info.context.load_present(customers.customers_by_id, ids)

    @field()
    def shipping_address(self, root: strawberry.Parent[Any]) -> Address | None:
        """Shipping address; for a placed order that is picked up, the address of the location, with the name
        of the buyer and the location as company. Null in a cart without one."""
        return Address.of(root.shipping_address)

    @field()
    def billing_address(self, root: strawberry.Parent[Any]) -> Address | None:
        """Billing address; null in a cart without one."""
        return Address.of(root.billing_address)

    @field()
    def shipping_method(self, root: strawberry.Parent[Any]) -> OrderShippingMethod | None:
        """Shipping method; null in a cart without a selected method, in channels without shipping methods,
        and for an order that is picked up."""
        if not root.shipping_method:
            return None
        name = root.shipping_method_name or root.shipping_method
        return OrderShippingMethod(code=root.shipping_method, name=name)

    @field()
    def subtotal(self, root: strawberry.Parent[Any]) -> Money:
        """Sum of the lines before discounts."""
        return money(root.subtotal_minor, root.currency)

    @field()
    def discount(self, root: strawberry.Parent[Any]) -> Money:
        """Discount on the lines."""
        return money(root.discount_minor, root.currency)

    @field()
    def shipping(self, root: strawberry.Parent[Any]) -> Money | None:
        """Shipping cost after `shippingDiscount`, or the price of the pick-up; null in a cart without a
        shipping method or pick-up location, unless all of its items are gift cards, so nothing is shipped."""
        return money(root.shipping_minor, root.currency) if is_shipping_known(root) else None

    @field()
    def tax(self, root: strawberry.Parent[Any]) -> Money | None:
        """Tax on lines and shipping, whether or not it is included in the prices; null in a cart whose
        destination is unknown. An estimate while `isTaxEstimated` is true."""
        return money(root.tax_minor, root.currency) if is_tax_known(root) else None

    @field()
    def total(self, root: strawberry.Parent[Any]) -> Money:
        """Total of the order. An estimate while `isTotalEstimated` is true: unknown shipping costs are left
        out, and the tax of `destination` is used, or of the channel's default country if there is none."""
        return money(root.total_minor, root.currency)

    @field()
    def is_total_estimated(self, root: strawberry.Parent[Any]) -> bool:
        """Whether the total can still change, as in a cart without a shipping method or address."""
        return is_total_estimated(root)

    @field()
    def amount_cancelled(self, root: strawberry.Parent[Any]) -> Money:
        """Part of the total that is no longer due because it was cancelled."""
        return money(root.cancelled_minor, root.currency)

    @field()
    def amount_paid(self, root: strawberry.Parent[Any]) -> Money:
        """Amount paid, less refunds."""
        return money(root.paid_minor, root.currency)

    @field()
    def amount_credited(self, root: strawberry.Parent[Any]) -> Money:
        """Amount refunded on a paid order without a cancellation; it does not become due again."""
        return money(root.credited_minor, root.currency)

    @field()
    def amount_due(self, root: strawberry.Parent[Any]) -> Money:
        """Amount still to be paid; negative if a refund is due."""
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
        """Order lines, in the order of the input."""
        size = 100 if first is None and last is None else first
        asked = PageArgs(_IN_ORDER, size, after, last, before)
        found = await queries.lines_of_each(roots)
        for root, rows in zip(roots, found, strict=True):
            for row in rows:
                row.currency, row.owner = root.currency, root
        return [list_connection(rows, asked) for rows in found]

    @level_field(list[OrderEvent])
    async def events(roots: Sequence[Any], info: strawberry.Info) -> list[list[OrderEvent]]:
        """Timeline of events, oldest first. Staff see all events; buyers see those shown on the tracking
        page."""
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
        """Next steps of the order's life cycle. A step that the caller cannot take now has a reason.

        CANCEL is checked for the whole order and RELEASE for all of its holds: if one of them is not
        possible, single lines may still be cancelled, or single holds released.
        """
        return await steps_of_orders(roots, info)
