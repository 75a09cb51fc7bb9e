"""Of what an order's amounts are made: taxes by rate, shipping, what was cancelled, and what a cart lacks."""

from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

import strawberry
from strawberry.utils.str_converters import to_camel_case

from app.channels.lifecycle import TaxRounding
from app.core.graphql.empty import none_if_empty
from app.core.graphql.extending import extends
from app.core.graphql.levels import level_field
from app.core.graphql.policy import field
from app.core.graphql.problems import ProblemValues
from app.core.graphql.scalars import CountryCode, Money, doc, graphql_enum, money
from app.core.ids import to_global
from app.orders import queries
from app.orders.cart import CartWarningCode, SetAside
from app.orders.editing import live
from app.orders.estimating import is_shipping_known, is_tax_known
from app.orders.lifecycle import CancelReason
from app.orders.proration import TaxWorth, merged_taxes, prorated
from app.orders.recorded import CancelledLine, cancelled_tax, cancelled_taxes, shares_recorded, terms_of
from app.orders.schema.types import VIEW_IT, Order

graphql_enum(CartWarningCode, "Why a part of a cart is set aside, for programs.")


@strawberry.type(description="What is taxed at one rate, and its tax.")
class OrderTax:
    name: str | None = none_if_empty("The tax's name, as on the invoice; null where no rate is known.")
    rate: Decimal = doc("The rate as a fraction: 0.2 is twenty percent.")
    net: Money = doc("What is taxed, without the tax.")
    tax: Money = doc("The tax.")

    @classmethod
    def of(cls, worth: TaxWorth, currency: str) -> "OrderTax":
        return cls(
            name=worth.name,
            rate=worth.rate,
            net=money(worth.net_minor, currency),
            tax=money(worth.tax_minor, currency),
        )


@strawberry.type(description="Units of a line that were cancelled, and what they were worth.")
class OrderCancellationLine:
    line_id: strawberry.ID = doc("The line.")
    sku: str = doc("Its SKU.")
    quantity: int = doc("How many of it were cancelled.")
    amount: Money = doc("What of the total need not be paid for them, with tax.")
    tax: Money = doc("The tax in that amount.")


@strawberry.type(description="What was cancelled of an order at one time, or taken out of it by an edit.")
class OrderCancellation:
    row: strawberry.Private[Any]
    currency: strawberry.Private[str]
    lines_of_order: strawberry.Private[Sequence[Any]]
    channel_id: strawberry.Private[UUID]

    @field()
    def at(self) -> datetime:
        """When."""
        return self.row.at

    @field()
    def reason(self) -> CancelReason:
        """Why."""
        return self.row.reason

    @field(VIEW_IT)
    def note(self, info: strawberry.Info) -> str | None:
        """More about why; null for others than staff, and where nothing was noted."""
        return self.row.note or None

    @field()
    def lines(self) -> list[OrderCancellationLine]:
        """The units that were cancelled."""
        by_id = {line.id: line for line in self.lines_of_order}
        return [
            OrderCancellationLine(
                line_id=strawberry.ID(to_global("OrderLine", each.line_id)),
                sku=by_id[each.line_id].sku,
                quantity=each.quantity,
                amount=money(each.amount_minor, self.currency),
                tax=money(cancelled_tax(each, by_id[each.line_id]), self.currency),
            )
            for each in CancelledLine.recorded(self.row)
        ]

    @field()
    def amount(self) -> Money:
        """What of the total need not be paid because of it, with tax; shipping goes with the last units."""
        return money(self.row.amount_minor, self.currency)

    @field()
    def tax(self) -> Money:
        """The tax in that amount."""
        return money(sum(each.tax_minor for each in self._taxes()), self.currency)

    @field()
    def taxes(self) -> list[OrderTax]:
        """That tax by rate, the highest first: what a credit note says."""
        return [OrderTax.of(each, self.currency) for each in self._taxes()]

    def _taxes(self) -> Sequence[TaxWorth]:
        return cancelled_taxes(self.row, self.lines_of_order)


@strawberry.type(
    description="A part of a cart that it cannot have now. It is set aside, and is part of the cart again as "
    "soon as it fits."
)
class CartWarning:
    code: CartWarningCode = doc("What is set aside and why, for programs.")
    message: str = doc("The same for people, in English.")
    path: list[str] = doc("The field of the cart that it is about: `lines`, `discountCodes`, …")
    values: ProblemValues | None = doc("What a sentence about it needs; null when the code says it all.")


@extends(Order)
class OrderParts:
    @field()
    def warnings(self, root: strawberry.Parent[Any]) -> list[CartWarning]:
        """What is set aside of a cart, and why; empty for what is placed."""
        return [
            CartWarning(
                code=each.code,
                message=each.message,
                path=[to_camel_case(part) for part in each.path],
                values=ProblemValues(
                    given=each.given,
                    maximum=None if each.maximum is None else Decimal(each.maximum),
                    country=None if each.country is None else CountryCode(each.country),
                    minimum_amount=None
                    if each.minimum_minor is None
                    else money(each.minimum_minor, root.currency),
                )
                if each.given
                else None,
            )
            for each in SetAside.of(root).warnings
        ]

    @field()
    def tax_rounding(self, root: strawberry.Parent[Any]) -> TaxRounding:
        """How its tax is rounded, as its channel said when it was placed."""
        return root.tax_rounding

    @field()
    def shipping_discount(self, root: strawberry.Parent[Any]) -> Money | None:
        """What a code takes off the price of shipping: without it `shipping` would be so much more; null in a
        cart that has no shipping method yet."""
        return money(root.shipping_discount_minor, root.currency) if is_shipping_known(root) else None

    @field()
    def shipping_tax(self, root: strawberry.Parent[Any]) -> Money | None:
        """The tax in or on shipping; null in a cart without a shipping method, or that does not say where it
        goes."""
        return money(root.shipping_tax_minor, root.currency) if _is_shipping_taxed(root) else None

    @level_field(Decimal | None)
    async def shipping_tax_rate(roots: Sequence[Any], info: strawberry.Info) -> list[Decimal | None]:
        """The rate of that tax as a fraction; null where shipping shares several rates of the goods, and in a
        cart where it is not known yet."""
        older = [root.id for root in roots if root.shipping_taxes is None]
        lines = await info.context.load_many(queries.lines_by_order, older) if older else []
        rates = {id: [line.tax_rate for line in own] for id, own in zip(older, lines, strict=True)}
        return [
            _shipping_rate(root, rates.get(root.id, ())) if _is_shipping_taxed(root) else None
            for root in roots
        ]

    @level_field(list[OrderTax])
    async def taxes(roots: Sequence[Any], info: strawberry.Info) -> list[Any]:
        """Its tax by rate, the highest first, of lines and shipping: together they are `tax`. Empty in a cart
        that does not say where it goes."""
        ids = [root.id for root in roots]
        lines = await info.context.load_many(queries.lines_by_order, ids)
        cancelled = [root.id for root in roots if root.cancelled_minor]
        rows = dict(zip(cancelled, await queries.cancellations_by_order(cancelled), strict=True))
        return [
            [OrderTax.of(each, root.currency) for each in _taxes(root, own, rows.get(root.id, ()))]
            if is_tax_known(root)
            else []
            for root, own in zip(roots, lines, strict=True)
        ]

    @level_field(list[OrderCancellation])
    async def cancellations(roots: Sequence[Any], info: strawberry.Info) -> list[Any]:
        """What was cancelled of it, the first first: together they are `amountCancelled`."""
        ids = [root.id for root in roots]
        found = await queries.cancellations_by_order(ids)
        lines = await info.context.load_many(queries.lines_by_order, ids)
        return [
            [
                OrderCancellation(
                    row=row, currency=root.currency, lines_of_order=own, channel_id=root.channel_id
                )
                for row in rows
            ]
            for root, rows, own in zip(roots, found, lines, strict=True)
        ]


def _is_shipping_taxed(order: Any) -> bool:
    """Whether it is known what sending an order costs, and which tax applies to it."""
    return is_shipping_known(order) and is_tax_known(order)


def _shipping_rate(order: Any, rates: Sequence[Decimal]) -> Decimal | None:
    shares = shares_recorded(order, rates)
    found = {each.tax_rate for each in shares if each.amount_minor} or {each.tax_rate for each in shares}
    return found.pop() if len(found) == 1 else None


def _taxes(order: Any, lines: Sequence[Any], cancelled: Sequence[Any]) -> Sequence[TaxWorth]:
    """The taxes of what is left of an order, and of what was cancelled of it."""
    units = [live(line) for line in lines]
    left = prorated(terms_of(order, lines), units, with_shipping=any(units))
    gone = [each for row in cancelled for each in cancelled_taxes(row, lines)]
    return merged_taxes([*left.taxes, *gone])
