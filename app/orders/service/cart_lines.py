"""Adding, changing and removing lines of a draft. The other lines are priced anew but keep their ids."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from typing import Any
from uuid import UUID

from app.channels import queries as channels
from app.channels.models import Channel
from app.core.problems import ProblemCode
from app.core.refusals import Problems
from app.core.uow import UnitOfWork, command
from app.core.versions import refuse_stale
from app.orders import queries
from app.orders.adjusting import NONE
from app.orders.cart import CartContents
from app.orders.conditions import refuse_unless_draft
from app.orders.gift_cards import GiftRecipient
from app.orders.models import Order, OrderLine
from app.orders.service.adjusting import AdjustmentData, may_adjust
from app.orders.service.drafting import write_content
from app.orders.service.faults import LineData
from app.orders.service.merging import merged
from app.orders.service.pricing import MOST_UNITS, OrderData


@dataclass(frozen=True, slots=True)
class LineChange:
    """Changes of a line; None: unchanged."""

    line_id: UUID
    quantity: int | None = None
    metadata: dict[str, Any] | None = None
    adjust: AdjustmentData | None = None
    recipient: GiftRecipient | None = None
    removes_recipient: bool = False


@dataclass(frozen=True, slots=True)
class OpenedCart:
    """A locked draft with its content."""

    order: Order
    channel: Channel
    data: OrderData
    had: CartContents
    lines: list[OrderLine]

    def line(self, id: UUID) -> LineData | None:
        return next((line for line in self.data.lines if line.id == id), None)


async def _opened(uow: UnitOfWork, id: UUID, token: str | None, expected_version: int | None) -> OpenedCart:
    order = await queries.locked_draft(uow.actor, id, token, "id")
    refuse_stale(order, expected_version)
    refuse_unless_draft(order, "id")
    channel = await channels.by_id(order.channel_id, uow.actor, "id")
    own = await queries.lines(order.id)
    data = merged(uow.actor, order, channel, own, OrderData(channel.code), frozenset())
    return OpenedCart(order, channel, data, CartContents.in_cart(order, (line.sku for line in own)), own)


@command
async def add_lines(
    uow: UnitOfWork,
    id: UUID,
    lines: Sequence[LineData],
    *,
    token: str | None = None,
    expected_version: int | None = None,
) -> Order:
    """Add units to a draft.

    They are added to the line with the same SKU, metadata and recipient, unless staff set a price or
    discount on that line or set one now; otherwise they become a new line.

    Raises:
        NotFound, StaleVersion, IllegalTransition, ValidationFailed, InsufficientStock: of an added SKU.
    """
    cart = await _opened(uow, id, token, expected_version)
    problems = Problems()
    _refuse_none(lines, "lines", problems)
    for line in lines:
        _check_quantity(line.quantity, problems, *line.path)
    problems.refuse_if_any()
    for line in lines:
        add_line(cart.data.lines, line)
    skus = frozenset(line.sku for line in lines)
    had = replace(cart.had, skus=cart.had.skus - skus)
    return await write_content(uow, cart.order, cart.channel, cart.data, had, cart.lines, must_have=skus)


def add_line(lines: list[LineData], new: LineData) -> None:
    """Add a line to others: to the one with the same SKU, metadata and recipient, or as a line of its own."""
    same = next(
        (
            line
            for line in lines
            if line.sku == new.sku
            and line.metadata == new.metadata
            and line.recipient == new.recipient
            and line.kept == new.kept == NONE
            and line.adjust is new.adjust is None
        ),
        None,
    )
    if same is None:
        lines.append(new)
    else:
        same.quantity += new.quantity
        same.place = new.place


@command
async def change_lines(
    uow: UnitOfWork,
    id: UUID,
    changes: Sequence[LineChange],
    *,
    token: str | None = None,
    expected_version: int | None = None,
) -> Order:
    """Change lines of a draft.

    Raises:
        NotFound, StaleVersion, IllegalTransition, ValidationFailed.
        InsufficientStock: of a SKU whose quantity was increased.
    """
    cart = await _opened(uow, id, token, expected_version)
    is_staff = may_adjust(uow.actor, cart.channel.id)
    problems = Problems()
    _refuse_none(changes, "lines", problems)
    seen: set[UUID] = set()
    raised: set[str] = set()
    for index, change in enumerate(changes):
        path = ("lines", str(index))
        line = _named(cart, change.line_id, seen, problems, *path, "line_id")
        if change.quantity is not None:
            _check_quantity(change.quantity, problems, *path)
        if line is None:
            continue
        line.place = index
        if change.quantity is not None:
            if change.quantity > line.quantity:
                raised.add(line.sku)
            if not is_staff:
                line.kept = line.kept.for_units(change.quantity, line.quantity)
            line.quantity = change.quantity
        if change.metadata is not None:
            line.metadata = change.metadata
        line.adjust = change.adjust
        if change.recipient is not None or change.removes_recipient:
            line.recipient = change.recipient
    problems.refuse_if_any()
    return await _written(uow, cart, raised)


@command
async def remove_lines(
    uow: UnitOfWork,
    id: UUID,
    line_ids: Sequence[UUID],
    *,
    token: str | None = None,
    expected_version: int | None = None,
) -> Order:
    """Remove lines of a draft.

    Raises:
        NotFound, StaleVersion, IllegalTransition, ValidationFailed.
    """
    cart = await _opened(uow, id, token, expected_version)
    problems = Problems()
    _refuse_none(line_ids, "line_ids", problems)
    seen: set[UUID] = set()
    for index, line_id in enumerate(line_ids):
        _named(cart, line_id, seen, problems, "line_ids", str(index))
    problems.refuse_if_any()
    cart.data.lines = [line for line in cart.data.lines if line.id not in seen]
    return await _written(uow, cart, ())


async def _written(uow: UnitOfWork, cart: OpenedCart, must_have: Collection[str]) -> Order:
    return await write_content(
        uow, cart.order, cart.channel, cart.data, cart.had, cart.lines, must_have=must_have
    )


def _named(
    cart: OpenedCart, line_id: UUID, seen: set[UUID], problems: Problems, *path: str
) -> LineData | None:
    """The line with an id; a problem is noted if there is none, or if it was named before."""
    line = cart.line(line_id)
    if line is None:
        problems.add("The cart has no line with this ID.", *path, code=ProblemCode.NOT_FOUND)
    elif line_id in seen:
        problems.add("This line is listed twice.", *path, code=ProblemCode.REPEATED)
    seen.add(line_id)
    return line


def _refuse_none(given: Sequence[Any], name: str, problems: Problems) -> None:
    if not given:
        problems.add("At least one line is required.", name, code=ProblemCode.REQUIRED)


def _check_quantity(quantity: int, problems: Problems, *path: str) -> None:
    if not 1 <= quantity <= MOST_UNITS:
        problems.add(
            f"The quantity must be between 1 and {MOST_UNITS}. To remove a line, use orderDraftLineRemove.",
            *path,
            "quantity",
            code=ProblemCode.NOT_IN_RANGE,
            minimum=1,
            maximum=MOST_UNITS,
        )
