"""Updating draft purchase orders."""

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from app.core.database import among, delete_where, insert, update_each
from app.core.days import checked_coming_day
from app.core.problems import ProblemCode
from app.core.refusals import AlreadyExists, Invalid, Problems
from app.core.steps import LifecycleStep
from app.core.texts import LONGEST_REMARK, checked_note, checked_reference
from app.core.uow import UnitOfWork, command
from app.core.versions import differing, write_changes
from app.inventory.stock import queries as inventory
from app.suppliers import lifecycle, queries
from app.suppliers.conditions import PERMISSIONS
from app.suppliers.events import PurchaseOrderUpdated
from app.suppliers.models import PurchaseOrder, PurchaseOrderLine, Supplier
from app.suppliers.service.lines import MOST_LINES, PurchaseItem, check_items, lines_for
from app.suppliers.service.ordering import locked_for_goods, one_at_a_time

_COLUMNS = ("quantity", "unit", "unit_quantity", "cost_minor", "expected_on")


@command
async def update_purchase_order(
    uow: UnitOfWork,
    id: UUID,
    changes: Mapping[str, Any],
    *,
    lines: Sequence[Mapping[str, Any]] = (),
    removed: Sequence[str] = (),
    expected_version: int | None = None,
) -> PurchaseOrder:
    """Update a draft. `lines` update those with their SKU or are added; `removed` are SKUs to remove.

    A line has its `sku` and what changes: `quantity`, `unit`, `cost_minor` (None: the supplier's price) and
    `expected_on`. With another unit the quantity is required, and the cost is the given one or the
    supplier's.

    Raises:
        NotFound, StaleVersion; IllegalTransition: it was sent or cancelled.
        Invalid, ValidationFailed: invalid values, a new line without a quantity, or no line would be left.
        AlreadyExists: another purchase order has this external reference.
    """
    await one_at_a_time()  # drafts count as ordered: concurrent replenishment runs wait
    order = await locked_for_goods(uow, PERMISSIONS[LifecycleStep.EDIT], id, expected_version)
    lifecycle.lifecycle.move(order, lifecycle.edit)
    written = differing(order, await _checked(changes, order))
    (supplier,) = await queries.suppliers_by_id([order.supplier_id])
    assert supplier is not None
    changed = await _change_lines(order, supplier, lines, removed)
    if written or changed:
        await write_changes(order, written, uow.at)
        names = sorted({name.removesuffix("_id") for name in written} | ({"lines"} if changed else set()))
        uow.announce(PurchaseOrderUpdated(subject_id=order.id, number=order.number, changed=names))
    return order


async def _checked(changes: Mapping[str, Any], order: PurchaseOrder) -> dict[str, Any]:
    written = dict(changes)
    problems = Problems()
    if "note" in written:
        with problems.caught():
            checked_note(written["note"], "note", longest=LONGEST_REMARK)
    if written.get("expected_on") is not None and written["expected_on"] != order.expected_on:
        with problems.caught():
            checked_coming_day(written["expected_on"], "expected_on")
    with problems.caught():
        if "external_reference" in written:
            written["external_reference"] = checked_reference(
                written["external_reference"], "external_reference"
            )
    problems.refuse()
    if "location" in written:
        written["location_id"] = written.pop("location").id
    reference = written.get("external_reference")
    if reference not in (None, order.external_reference) and await queries.order_reference_is_taken(
        reference
    ):
        raise AlreadyExists(
            "Another purchase order already has this external reference.", "external_reference"
        )
    return written


async def _change_lines(
    order: PurchaseOrder, supplier: Supplier, given: Sequence[Mapping[str, Any]], removed: Sequence[str]
) -> bool:
    """Write the changes of lines; return whether there are any."""
    lines = await queries.lines_of(order.id)
    skus = await inventory.skus_of(line.variant_id for line in lines)
    by_sku = {skus[line.variant_id]: line for line in lines}
    gone = _gone(by_sku, given, removed)
    items = [_item(by_sku.get(row["sku"]), row, index) for index, row in enumerate(given)]
    problems = Problems()
    check_items(problems, items, order.currency)
    problems.refuse()
    rows = await lines_for(order.id, supplier, items)
    known = {line.variant_id: line for line in lines}
    new = [row for row in rows if row.variant_id not in known]
    left = len(lines) - len(gone) + len(new)
    if not 1 <= left <= MOST_LINES:
        raise Invalid(
            f"A purchase order must have 1 to {MOST_LINES} lines. To remove it, cancel it.",
            "removed" if not left else "lines",
            code=ProblemCode.WRONG_COUNT,
            minimum=1,
            maximum=MOST_LINES,
        )
    await delete_where(PurchaseOrderLine, among("id", 1), [line.id for line in gone])
    last = max(line.position for line in lines)
    for position, row in enumerate(new, last + 1):
        row.position = position
    await insert(new)
    changed = []
    for row in rows:
        line = known.get(row.variant_id)
        if line is not None and any(getattr(line, name) != getattr(row, name) for name in _COLUMNS):
            for name in _COLUMNS:
                setattr(line, name, getattr(row, name))
            changed.append(line)
    await update_each(changed, *_COLUMNS)
    return bool(gone or new or changed)


def _gone(
    by_sku: Mapping[str, PurchaseOrderLine], given: Sequence[Mapping[str, Any]], removed: Sequence[str]
) -> list[PurchaseOrderLine]:
    problems = Problems()
    for index, sku in enumerate(removed):
        at = ("removed", str(index))
        if sku in removed[:index]:
            problems.add("This SKU is listed twice.", *at, code=ProblemCode.REPEATED)
        elif any(row["sku"] == sku for row in given):
            problems.add(
                "This SKU cannot be changed and removed in the same request.",
                *at,
                code=ProblemCode.CONTRADICTION,
                field="lines",
            )
        elif sku not in by_sku:
            problems.add("This SKU is not part of the purchase order.", *at, code=ProblemCode.NOT_FOUND)
    problems.refuse()
    return [by_sku[sku] for sku in removed]


def _item(line: PurchaseOrderLine | None, row: Mapping[str, Any], index: int) -> PurchaseItem:
    """A line after the update, in its new unit."""
    unit = row.get("unit", line.unit if line is not None else None)
    stays = line is not None and unit == line.unit
    if "quantity" not in row and not stays:
        raise Invalid(
            "The quantity is required for a new line and when the unit changes.",
            "lines",
            str(index),
            "quantity",
            code=ProblemCode.REQUIRED,
        )
    if line is None or not stays:
        now: dict[str, Any] = {"expected_on": line.expected_on if line is not None else None}
    else:
        now = {
            "quantity": line.quantity // line.unit_quantity,
            "cost_minor": line.cost_minor,
            "unit": line.unit,
            "expected_on": line.expected_on,
        }
    return PurchaseItem(**(now | dict(row)))
