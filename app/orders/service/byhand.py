"""Prices and discounts set by an edit of an order, validated against the existing ones."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol
from uuid import UUID

from app.catalog import queries as catalog
from app.catalog.pricing import choose
from app.channels.models import Channel
from app.core.problems import ProblemCode
from app.core.refusals import Problems
from app.orders.adjusting import NONE, Adjustments
from app.orders.models import OrderLine
from app.orders.service.adjusting import Adjusted, Adjusting, AdjustmentData


class EditedLine(Protocol):
    """The edit of a line."""

    line_id: UUID | None
    sku: str | None
    adjust: AdjustmentData | None


@dataclass(slots=True)
class ManualPrices:
    """The prices and discounts set or removed by staff."""

    setting: Adjusting
    lines: dict[UUID, Adjustments] = field(default_factory=dict[UUID, Adjustments])
    list_prices: dict[UUID, int | None] = field(default_factory=dict[UUID, "int | None"])
    events: list[Adjusted] = field(default_factory=list[Adjusted])
    freed: dict[UUID, int] = field(default_factory=dict[UUID, int])  # index in the input, by line

    def note_new(self, line: OrderLine, adjusted: Adjustments) -> None:
        """Note what was set on an added line; its row contains it already."""
        self.lines[line.id], self.list_prices[line.id] = adjusted, line.list_price_minor
        self.events.append(Adjusted(line.sku, line.list_price_minor, NONE, adjusted))

    async def prices(
        self,
        channel: Channel,
        lines: Sequence[OrderLine],
        bought: Mapping[str, int],
        today: Mapping[UUID, int],
        problems: Problems,
    ) -> dict[UUID, int]:
        """The changed unit prices: today's prices, replaced by those that were set.

        Where a set price was removed and there is no current one, the recorded price of the price lists
        applies, else the present price.
        """
        found = dict(today) | {
            line.id: price.unit_price_minor
            for line in lines
            if line.id in self.lines and (price := self.lines[line.id].price) is not None
        }
        back = {line.id: line for line in lines if line.id in self.freed and line.id not in today}
        unknown = [line.sku for line in back.values() if line.list_price_minor is None]
        offered = await catalog.offered(unknown, channel.id) if unknown else {}
        for id, line in back.items():
            listed = line.list_price_minor
            if listed is None and line.sku in offered:
                now = choose(offered[line.sku].prices, bought[line.sku], self.setting.at)
                listed = now.amount_minor if now else None
            if listed is None:
                text = "This item has no price in the price lists. Set a unit price."
                at = ("lines", str(self.freed[id]), "unit_price")
                problems.add(text, *at, code=ProblemCode.NO_PRICE, given=line.sku[:80])
            else:
                found[id] = listed
        return {
            line.id: found[line.id]
            for line in lines
            if found.get(line.id) not in (None, line.unit_price_minor)
        }


def set_manual_prices(
    lines: Sequence[OrderLine], edits: Sequence[EditedLine], setting: Adjusting, problems: Problems
) -> ManualPrices:
    """The values that an edit sets on existing lines; problems are noted."""
    found = ManualPrices(setting)
    by_id = {line.id: line for line in lines}
    for index, edit in enumerate(edits):
        line = by_id.get(edit.line_id) if edit.line_id else None
        if line is None or edit.adjust is None or (edit.sku and edit.sku != line.sku):
            continue  # for new lines, see `note_new`
        path = ("lines", str(index))
        before = Adjustments.of(line)
        after = setting.adjusted(before, edit.adjust, problems, *path)
        if after == before:
            continue
        if after.price != before.price and line.quantity_cancelled:
            text = "Units of this line were cancelled at its current price. Set a discount instead."
            problems.add(text, *path, "unit_price", code=ProblemCode.NOT_POSSIBLE_NOW)
            continue
        if after.price != before.price and line.is_gift_card and line.quantity_shipped:
            text = "Gift cards of this line were issued at its current price. Add another line instead."
            problems.add(text, *path, "unit_price", code=ProblemCode.NOT_POSSIBLE_NOW)
            continue
        listed = line.list_price_minor if before.price else line.unit_price_minor
        if before.price and not after.price:
            found.freed[line.id] = index
        found.lines[line.id] = after
        found.list_prices[line.id] = listed if after.price else None
        found.events.append(Adjusted(line.sku, listed, before, after))
    return found
