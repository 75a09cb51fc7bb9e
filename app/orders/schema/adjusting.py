"""Prices and discounts set on lines by staff, in GraphQL."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

import strawberry

from app.core.graphql.levels import level_field
from app.core.graphql.policy import field
from app.core.graphql.scalars import Money, MoneyInput, doc, money
from app.core.money import Money as MoneyValue
from app.core.money import checked_currency
from app.orders.adjusting import Adjustments, GivenDiscount, SetPrice
from app.orders.schema.lines import with_order
from app.orders.schema.types import VIEW, VIEW_IT
from app.orders.service.adjusting import AdjustmentData

UNIT_PRICE = (
    "Unit price, in the channel's currency, that replaces the price from the price lists; null for "
    "the price from the price lists. Requires the permission ORDERS_MANAGE. If omitted, an earlier "
    "manual price is kept."
)
DISCOUNT = (
    "Discount on the line, applied before discount codes; null for none. Requires the permission "
    "ORDERS_MANAGE. If omitted, an earlier manual discount is kept."
)
REASON = (
    "Reason for `unitPrice` or `discount`, required with either of them. Up to 500 characters; "
    "visible to staff, not to the buyer."
)


@strawberry.input(description="A discount set by staff on a line: a percentage or an amount.")
class OrderLineDiscountInput:
    percent: Decimal | None = doc("Percentage off the line: greater than 0, up to 100.", default=None)
    amount: MoneyInput | None = doc(
        "Amount off the whole line, in the currency of the order, limited to the price of the line.",
        default=None,
    )


@dataclass(frozen=True)
class AdjustmentFields:
    """The input fields that set a price or discount of a line."""

    unit_price: MoneyInput | None
    discount: OrderLineDiscountInput | None
    reason: str

    def data(self, *path: str) -> AdjustmentData | None:
        """The input under the names of the service; None if nothing was set.

        Raises:
            Invalid: an amount is not valid in its currency.
        """
        given = {"unit_price": self.unit_price, "discount": self.discount}
        sent = frozenset(name for name, value in given.items() if value is not strawberry.UNSET)
        if not sent:
            return None
        discount = self.discount if "discount" in sent else None
        return AdjustmentData(
            sent,
            amount(self.unit_price, *path, "unit_price") if "unit_price" in sent else None,
            discount.percent if discount else None,
            amount(discount.amount, *path, "discount", "amount") if discount else None,
            has_discount=discount is not None,
            reason=self.reason,
        )


def amount(given: MoneyInput | None, *path: str) -> MoneyValue | None:
    """An amount in its own currency.

    Raises:
        Invalid: the currency does not exist, or the amount has too many decimals.
    """
    if given is None:
        return None
    currency = checked_currency(given.currency, *path, "currency")
    return MoneyValue.of(given.amount, currency, *path, "amount")


@strawberry.type(description="A price or discount set by staff on a line.")
class OrderLineAdjustment:
    row: strawberry.Private[SetPrice | GivenDiscount]
    currency: strawberry.Private[str]

    @field()
    def unit_price(self) -> Money | None:
        """Unit price; null for a discount."""
        return money(self.row.unit_price_minor, self.currency) if isinstance(self.row, SetPrice) else None

    @field()
    def percent(self) -> Decimal | None:
        """Percentage off the line; null for a price, and for a fixed amount."""
        return self.row.percent if isinstance(self.row, GivenDiscount) else None

    @field()
    def amount(self) -> Money | None:
        """Amount off the line; null for a price, and for a percentage."""
        if isinstance(self.row, SetPrice) or self.row.amount_minor is None:
            return None
        return money(self.row.amount_minor, self.currency)

    @field()
    def reason(self) -> str:
        """Reason."""
        return self.row.reason

    @field()
    def set_by(self) -> str:
        """Name of the user or app that set it."""
        return self.row.by

    @field()
    def set_at(self) -> datetime:
        """Date and time at which it was set."""
        return datetime.fromisoformat(self.row.at)


@strawberry.type
class OrderLineAdjustments:
    @level_field(Money | None)
    async def list_price(roots: Sequence[Any], info: strawberry.Info) -> list[Money | None]:
        """Unit price from the price lists, if staff set a different `unitPrice`; null otherwise, and if the
        price lists contained no price."""
        await with_order(roots, info)
        return [
            None if line.list_price_minor is None else money(line.list_price_minor, line.currency)
            for line in roots
        ]

    @level_field(list[OrderLineAdjustment] | None, VIEW)
    async def adjustments(roots: Sequence[Any], info: strawberry.Info) -> list[Any]:
        """Price and discount set by staff on the line, with their reasons; null for callers other
        than staff."""
        await with_order(roots, info)
        actor = info.context.actor
        return [
            [
                OrderLineAdjustment(row=each, currency=line.currency)
                for each in (adjusted.price, adjusted.discount)
                if each is not None
            ]
            if VIEW_IT.shows(actor, line.owner)
            else None
            for line, adjusted in ((line, Adjustments.of(line)) for line in roots)
        ]
