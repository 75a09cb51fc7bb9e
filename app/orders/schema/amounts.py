"""Amounts of orders in GraphQL: taxes by rate, shipping, cancellations, and warnings of carts."""

from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

import strawberry
from strawberry.utils.str_converters import to_camel_case

from app.channels.lifecycle import TaxRounding
from app.core.graphql.empty import none_if_empty
from app.core.graphql.levels import level_field
from app.core.graphql.policy import field
from app.core.graphql.problems import ProblemValues
from app.core.graphql.scalars import CountryCode, Money, doc, graphql_enum, money
from app.core.ids import to_global
from app.orders import queries
from app.orders.cart import CartWarningCode, SetAside
from app.orders.estimating import is_shipping_known, is_tax_known
from app.orders.lifecycle import CancelReason
from app.orders.proration import ProratedTax, merged_taxes
from app.orders.recorded import CancelledLine, cancelled_tax, cancelled_taxes, remaining, shares_recorded
from app.orders.schema.types import VIEW_IT

graphql_enum(CartWarningCode, "Machine-readable reason why a part of a cart is ignored.")


@strawberry.type(description="Taxable amount and tax at one tax rate.")
class OrderTax:
    name: str | None = none_if_empty("Name of the tax as shown on the invoice; null if no rate is known.")
    rate: Decimal = doc("Tax rate as a fraction; 0.2 is twenty percent.")
    net: Money = doc("Taxable amount, excluding tax.")
    tax: Money = doc("Tax amount.")

    @classmethod
    def of(cls, worth: ProratedTax, currency: str) -> "OrderTax":
        return cls(
            name=worth.name,
            rate=worth.rate,
            net=money(worth.net_minor, currency),
            tax=money(worth.tax_minor, currency),
        )


@strawberry.type(description="Cancelled units of a line and their value.")
class OrderCancellationLine:
    line_id: strawberry.ID = doc("ID of the order line.")
    sku: str = doc("SKU of the line.")
    quantity: int = doc("Number of units cancelled.")
    amount: Money = doc("Part of the total that is no longer due for these units, including tax.")
    tax: Money = doc("Tax included in the amount.")


@strawberry.type(description="A cancellation of units of an order, or their removal by an edit.")
class OrderCancellation:
    row: strawberry.Private[Any]
    currency: strawberry.Private[str]
    lines_of_order: strawberry.Private[Sequence[Any]]
    channel_id: strawberry.Private[UUID]

    @field()
    def at(self) -> datetime:
        """Date and time of the cancellation."""
        return self.row.at

    @field()
    def reason(self) -> CancelReason:
        """Reason."""
        return self.row.reason

    @field(VIEW_IT)
    def note(self, info: strawberry.Info) -> str | None:
        """Additional explanation; null for callers other than staff, and if there is none."""
        return self.row.note or None

    @field()
    def lines(self) -> list[OrderCancellationLine]:
        """Cancelled units."""
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
        """Part of the total that is no longer due because of this cancellation, including tax; shipping is
        included with the last units."""
        return money(self.row.amount_minor, self.currency)

    @field()
    def tax(self) -> Money:
        """Tax included in the amount."""
        return money(sum(each.tax_minor for each in self._taxes()), self.currency)

    @field()
    def taxes(self) -> list[OrderTax]:
        """Tax included in the amount, by rate, highest rate first, as needed for a credit note."""
        return [OrderTax.of(each, self.currency) for each in self._taxes()]

    def _taxes(self) -> Sequence[ProratedTax]:
        return cancelled_taxes(self.row, self.lines_of_order)


@strawberry.type(
    description="A problem with a part of a cart. The part is ignored until it becomes valid again."
)
class CartWarning:
    code: CartWarningCode = doc("Machine-readable code of the warning.")
    message: str = doc("Warning message in English for people.")
    path: list[str] = doc("Path of the cart field concerned: `lines`, `discountCodes`, …")
    line_id: strawberry.ID | None = doc(
        "ID of the line that is ignored, for `orderDraftLineUpdate` and `orderDraftLineRemove`; null if the "
        "warning does not concern a single line."
    )
    values: ProblemValues | None = doc(
        "Values for building a localized message; null if the code needs none."
    )


@strawberry.type
class OrderParts:
    @field()
    def warnings(self, root: strawberry.Parent[Any]) -> list[CartWarning]:
        """Warnings about parts of a cart that are ignored, with the reasons; empty for placed orders."""
        return [
            CartWarning(
                code=each.code,
                message=each.message,
                path=[to_camel_case(part) for part in each.path],
                line_id=strawberry.ID(to_global("OrderLine", UUID(each.line_id))) if each.line_id else None,
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
        """Tax rounding of the order, taken from the channel when the order was placed."""
        return root.tax_rounding

    @field()
    def shipping_discount(self, root: strawberry.Parent[Any]) -> Money | None:
        """Discount on the shipping cost from a discount code; without it, `shipping` would be higher by this
        amount. Null in a cart without a shipping method."""
        return money(root.shipping_discount_minor, root.currency) if is_shipping_known(root) else None

    @field()
    def shipping_tax(self, root: strawberry.Parent[Any]) -> Money | None:
        """Tax on shipping, whether or not it is included in the price; null in a cart without a shipping
        method or with an unknown destination."""
        return money(root.shipping_tax_minor, root.currency) if _is_shipping_taxed(root) else None

    @level_field(Decimal | None)
    async def shipping_tax_rate(roots: Sequence[Any], info: strawberry.Info) -> list[Decimal | None]:
        """Tax rate of shipping as a fraction; null if shipping is taxed proportionally at several rates of
        the goods, and in a cart where the rate is not known yet."""
        older = [root.id for root in roots if root.shipping_taxes is None]
        lines = await info.context.load_many(queries.lines_by_order, older) if older else []
        rates = {id: [line.tax_rate for line in own] for id, own in zip(older, lines, strict=True)}
        return [
            _shipping_rate(root, rates.get(root.id, ())) if _is_shipping_taxed(root) else None
            for root in roots
        ]

    @level_field(list[OrderTax])
    async def taxes(roots: Sequence[Any], info: strawberry.Info) -> list[Any]:
        """Tax on lines and shipping by rate, highest rate first; the sum is `tax`. Empty in a cart whose
        destination is unknown."""
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
        """Cancellations of the order, oldest first; the sum is `amountCancelled`."""
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
    """Whether the shipping price and its tax are known."""
    return is_shipping_known(order) and is_tax_known(order)


def _shipping_rate(order: Any, rates: Sequence[Decimal]) -> Decimal | None:
    shares = shares_recorded(order, rates)
    found = {each.tax_rate for each in shares if each.amount_minor} or {each.tax_rate for each in shares}
    return found.pop() if len(found) == 1 else None


def _taxes(order: Any, lines: Sequence[Any], cancelled: Sequence[Any]) -> Sequence[ProratedTax]:
    """The taxes of what remains of an order, and of what was cancelled."""
    left = remaining(order, lines)
    gone = [each for row in cancelled for each in cancelled_taxes(row, lines)]
    return merged_taxes([*left.taxes, *gone])
