"""What an edit of an order must not do with gift cards."""

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from app.channels.models import ShippingMethod
from app.core.problems import ProblemCode
from app.core.refusals import Problems
from app.orders.gift_cards import (
    is_only_gift_cards,
    note_bad_line,
    payable_with_stored_value,
    refuse_stored_value,
)
from app.orders.models import Order, OrderLine
from app.stored_value import queries as stored_value


def note_bad_gift_cards(
    order: Order,
    lines: Sequence[OrderLine],
    after: Sequence[OrderLine],
    wanted: Mapping[UUID, int],
    prices: Mapping[UUID, int],
    shipping: dict[str, Any] | None,
    method: ShippingMethod | None,
    problems: Problems,
) -> None:
    """Note gift cards without a worth, and goods that are added to an order of gift cards and cannot be
    shipped."""
    known = {line.id for line in lines}
    for line in (each for each in after if each.id in known):
        note_bad_line(
            problems,
            "lines",
            is_gift_card=line.is_gift_card,
            quantity=wanted[line.id],
            unit_price_minor=prices.get(line.id, line.unit_price_minor),
            recipient=None,
        )
    if not is_only_gift_cards(lines) or is_only_gift_cards(after) or order.pickup is not None:
        return
    if shipping is None:
        text = "Enter a shipping address: the order is no longer one of gift cards only."
        problems.add(text, "shipping_address", code=ProblemCode.REQUIRED)
    if method is None and not order.shipping_method:
        text = "Choose a shipping method: the order is no longer one of gift cards only."
        problems.add(text, "shipping_method", code=ProblemCode.REQUIRED)


async def refuse_gift_cards_for_stored_value(order: Order, lines: Sequence[OrderLine]) -> None:
    """Raise Invalid if gift cards or store credit that paid for the order would pay for gift cards after an
    edit."""
    if not any(line.is_gift_card for line in lines):
        return
    spent = await stored_value.spent_for(order.id)
    if spent > payable_with_stored_value(order, lines):
        raise refuse_stored_value(["lines"])
