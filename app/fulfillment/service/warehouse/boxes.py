"""Boxes, and the proposal of boxes for an order."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from app.access.permissions import Permission
from app.catalog import queries as catalog
from app.catalog.models import Variant
from app.channels.service import checked_code
from app.core.database import insert
from app.core.ids import new_id
from app.core.problems import ProblemCode
from app.core.refusals import Forbidden, Problems
from app.core.uow import UnitOfWork, command
from app.core.versions import refuse_stale, write_changes
from app.fulfillment import queries
from app.fulfillment.cartonizing import Carton, Item, propose
from app.fulfillment.events import BoxSet
from app.fulfillment.models import Box, FulfillmentLine, FulfillmentOrder
from app.fulfillment.service.warehouse.packing import LONGEST, ContentData, PackageData

SIDES = ("length_mm", "width_mm", "height_mm")
HEAVIEST_BOX = 10_000_000  # grams


@dataclass(frozen=True, slots=True)
class BoxData:
    """A box: inner millimetres, grams."""

    code: str
    name: str
    length_mm: int
    width_mm: int
    height_mm: int
    most_grams: int
    empty_grams: int = 0
    is_active: bool = True


@command
async def change_box(
    uow: UnitOfWork, code: str, changes: Mapping[str, Any], *, expected_version: int | None = None
) -> Box:
    """Create a box, or update the given fields of the one with this code.

    Raises:
        What `set_box` raises; Invalid: a new box lacks a field.
    """
    box = await queries.locked_box(code)
    now: dict[str, Any] = {}
    if box is not None:
        now = {name: getattr(box, name) for name in BoxData.__slots__ if name != "code"}
    problems = Problems()
    for name in ("name", *SIDES, "most_grams"):
        if name not in {*now, *changes}:
            problems.add("This field is required for a new box.", name, code=ProblemCode.REQUIRED)
    problems.refuse()
    return await set_box(uow, BoxData(code, **(now | dict(changes))), expected_version=expected_version)


@command
async def set_box(uow: UnitOfWork, data: BoxData, *, expected_version: int | None = None) -> Box:
    """Create a box, or replace the one with this code.

    Raises:
        Forbidden.
        StaleVersion.
        Invalid, ValidationFailed: invalid dimensions.
    """
    if not uow.actor.scope_of(Permission.CARRIERS_MANAGE).is_everywhere:
        raise Forbidden(
            f"This needs the permission {Permission.CARRIERS_MANAGE} for all channels and locations."
        )
    _check(data)
    values = {name: getattr(data, name) for name in BoxData.__slots__ if name != "code"}
    box = await queries.locked_box(data.code)
    if box is None:
        box = Box(id=new_id(), code=data.code, created_at=uow.at, updated_at=uow.at, **values)
        await insert([box])
        uow.is_new(box.id)
    else:
        refuse_stale(box, expected_version)
        await write_changes(box, values, uow.at)
    uow.announce(BoxSet(subject_id=box.id, code=box.code))
    return box


def _check(data: BoxData) -> None:
    problems = Problems()
    with problems.caught():
        checked_code(data.code, "code")
    if not 1 <= len(data.name.strip()) <= 120:
        problems.add(
            "The name must have 1 to 120 characters.",
            "name",
            code=ProblemCode.WRONG_LENGTH,
            minimum=1,
            maximum=120,
        )
    for name in SIDES:
        if not 1 <= getattr(data, name) <= LONGEST:
            problems.add(
                f"The dimension must be between 1 and {LONGEST:,} millimeters.",
                name,
                code=ProblemCode.NOT_IN_RANGE,
                minimum=1,
                maximum=LONGEST,
            )
    if not 1 <= data.most_grams <= HEAVIEST_BOX:
        problems.add(
            f"The maximum weight must be between 1 and {HEAVIEST_BOX:,} grams.",
            "most_grams",
            code=ProblemCode.NOT_IN_RANGE,
            minimum=1,
            maximum=HEAVIEST_BOX,
        )
    if not 0 <= data.empty_grams <= HEAVIEST_BOX:
        problems.add(
            f"The weight of the empty box must be between 0 and {HEAVIEST_BOX:,} grams.",
            "empty_grams",
            code=ProblemCode.NOT_IN_RANGE,
            minimum=0,
            maximum=HEAVIEST_BOX,
        )
    problems.refuse_if_any()


async def proposed_packages(row: FulfillmentOrder) -> list[PackageData]:
    """The proposed boxes of a fulfillment order with their weights. See cartonizing."""
    (found,) = await proposals([row.id])
    return found


async def proposals(ids: list[UUID]) -> list[list[PackageData]]:
    """Batch: the proposed packages of each fulfillment order."""
    by_order = await queries.lines_by_fulfillment_order(ids)
    wanted = {part.variant_id for parts in by_order for part in parts}
    variants = {found.id: found for found in await catalog.variants_by_id(list(wanted)) if found}
    cartons = [
        Carton(box.code, (box.length_mm, box.width_mm, box.height_mm), box.empty_grams, box.most_grams)
        for box in await queries.boxes_in_use()
    ]
    return [_packed(parts, variants, cartons) for parts in by_order]


def _packed(
    parts: Sequence[FulfillmentLine], variants: Mapping[UUID, Variant], cartons: Sequence[Carton]
) -> list[PackageData]:
    units: dict[str, int] = {}
    for part in parts:
        units[part.sku] = units.get(part.sku, 0) + part.quantity
    of_sku = {part.sku: variants[part.variant_id] for part in parts}
    items = [_item(sku, quantity, of_sku[sku]) for sku, quantity in units.items()]
    return [
        PackageData(
            contents=[ContentData(sku, quantity) for sku, quantity in sorted(each.contents.items())],
            box=each.carton.code if each.carton else "",
            weight_grams=each.gross_grams or None,
            length_mm=each.carton.sides[0] if each.carton else None,
            width_mm=each.carton.sides[1] if each.carton else None,
            height_mm=each.carton.sides[2] if each.carton else None,
        )
        for each in propose(items, cartons)
    ]


def _item(sku: str, quantity: int, variant: Variant) -> Item:
    length, width, height = variant.length_mm, variant.width_mm, variant.height_mm
    if length is None or width is None or height is None:
        return Item(sku, quantity, None, variant.weight_grams)
    return Item(sku, quantity, (length, width, height), variant.weight_grams)
