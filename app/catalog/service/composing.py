"""Components of bundles and kits, and units of measure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

from app.catalog import queries
from app.catalog.events import VariantUpdated
from app.catalog.gtin import digits_of, gtin_is_valid, gtin_of
from app.catalog.lifecycle import Composition, Tracking
from app.catalog.models import Component, Variant, VariantUnit
from app.catalog.service.naming import refuse_taken_barcode
from app.core.database import delete_where, insert
from app.core.ids import new_id
from app.core.problems import ProblemCode
from app.core.refusals import Invalid, Problems
from app.core.uow import UnitOfWork, command
from app.core.versions import refuse_stale, write_changes

MOST_PARTS = 50
MOST_UNITS = 20
LARGEST = 1_000_000


@command
async def set_components(
    uow: UnitOfWork,
    id: UUID,
    composition: Composition,
    parts: Mapping[str, int],
    *,
    is_stocked: bool,
    expected_version: int | None = None,
) -> Variant:
    """Replace the components of a variant: make it a bundle or a kit, or a simple variant again.

    `is_stocked` returns whether the variant itself has stock: then it can become neither a bundle nor a
    different kit.

    Raises:
        NotFound, StaleVersion.
        ValidationFailed: invalid components.
    """
    variant = await queries.locked_variant(id)
    refuse_stale(variant, expected_version)
    found = await _checked_parts(variant, composition, parts, is_stocked)
    await delete_where(Component, "whole_id = $1", variant.id)
    await insert(
        [
            Component(id=new_id(), whole_id=variant.id, part_id=found[sku].id, quantity=quantity)
            for sku, quantity in parts.items()
        ]
    )
    await write_changes(variant, {"composition": composition}, uow.at)
    uow.announce(VariantUpdated(subject_id=variant.product_id, sku=variant.sku, changed=["components"]))
    return variant


async def _checked_parts(
    variant: Variant, composition: Composition, parts: Mapping[str, int], is_stocked: bool
) -> dict[str, Variant]:
    problems = Problems()
    if composition is Composition.SINGLE and parts:
        problems.add(
            "A single thing has no components.",
            "components",
            code=ProblemCode.NOT_APPLICABLE,
            field="composition",
        )
    if composition is not Composition.SINGLE and not 1 <= len(parts) <= MOST_PARTS:
        problems.add(
            f"It is made of 1 to {MOST_PARTS} components.",
            "components",
            code=ProblemCode.WRONG_COUNT,
            minimum=1,
            maximum=MOST_PARTS,
        )
    if composition is Composition.BUNDLE and is_stocked:
        problems.add(
            "It has stock of its own: make it a KIT, or a new SKU.",
            "composition",
            code=ProblemCode.NOT_POSSIBLE_NOW,
        )
    if variant.composition is Composition.KIT and is_stocked:
        problems.add(
            "Kits of it are there: take them apart or send them first.",
            "components",
            code=ProblemCode.NOT_POSSIBLE_NOW,
        )
    if composition is Composition.BUNDLE and variant.tracking is not Tracking.NONE:
        problems.add(
            "It is kept by lot or serial number: a bundle has no units of its own.",
            "composition",
            code=ProblemCode.CONTRADICTION,
            field="tracking",
        )
    if composition is not Composition.SINGLE and not variant.tracks_stock:
        problems.add("A service or a fee is made of nothing.", "composition", code=ProblemCode.NOT_APPLICABLE)
    if composition is Composition.BUNDLE and await queries.is_component(variant.id):
        problems.add(
            "It is a component itself, and a bundle is not made of bundles.",
            "composition",
            code=ProblemCode.NOT_POSSIBLE_NOW,
        )
    found = await queries.variants_by_sku(list(parts))
    for index, (sku, quantity) in enumerate(parts.items()):
        part, path = found.get(sku), ("components", str(index))
        if part is None:
            problems.add("There is no such SKU.", *path, "sku", code=ProblemCode.NOT_FOUND)
        elif part.id == variant.id:
            problems.add(
                "Nothing is made of itself.", *path, "sku", code=ProblemCode.CONTRADICTION, field="sku"
            )
        elif await queries.contains_component(part.id, variant.id):
            problems.add(
                "This is made of it: a kit cannot be a part of itself.",
                *path,
                "sku",
                code=ProblemCode.CONTRADICTION,
                field="sku",
            )
        elif part.composition is Composition.BUNDLE or not part.tracks_stock:
            problems.add(
                "A component is a thing that has stock of its own.", *path, "sku", code=ProblemCode.WRONG_KIND
            )
        if not 1 <= quantity <= LARGEST:
            problems.add(
                f"A quantity is 1 to {LARGEST}.",
                *path,
                "quantity",
                code=ProblemCode.NOT_IN_RANGE,
                minimum=1,
                maximum=LARGEST,
            )
    problems.refuse_if_any()
    return found


@dataclass(frozen=True, slots=True)
class UnitData:
    code: str
    quantity: int
    barcode: str | None = None


@command
async def set_units(
    uow: UnitOfWork, id: UUID, units: Sequence[UnitData], *, expected_version: int | None = None
) -> Variant:
    """Replace the units of measure of a variant.

    Raises:
        NotFound, StaleVersion.
        ValidationFailed: invalid units.
    """
    variant = await queries.locked_variant(id)
    refuse_stale(variant, expected_version)
    if len(units) > MOST_UNITS:
        raise Invalid(
            f"There can be {MOST_UNITS} units at the most.",
            "units",
            code=ProblemCode.TOO_MANY,
            maximum=MOST_UNITS,
        )
    problems, codes = Problems(), set[str]()
    for index, unit in enumerate(units):
        path = ("units", str(index))
        if not 1 <= len(unit.code.strip()) <= 20 or unit.code in codes:
            problems.add(
                "A unit has a code of 1 to 20 characters, another one for each.",
                *path,
                "code",
                code=ProblemCode.WRONG_LENGTH,
                minimum=1,
                maximum=20,
            )
        codes.add(unit.code)
        if not 1 <= unit.quantity <= LARGEST:
            problems.add(
                f"A unit is 1 to {LARGEST} pieces.",
                *path,
                "quantity",
                code=ProblemCode.NOT_IN_RANGE,
                minimum=1,
                maximum=LARGEST,
            )
        if unit.barcode is not None and not gtin_is_valid(digits_of(unit.barcode)):
            problems.add(
                "This is no GTIN: its check digit is wrong.",
                *path,
                "barcode",
                code=ProblemCode.MALFORMED_BARCODE,
            )
        elif unit.barcode is not None:
            with problems.caught():
                await refuse_taken_barcode(unit.barcode, variant.id, *path, "barcode")
            others = (variant.barcode, *(other.barcode for other in units[:index]))
            if gtin_of(unit.barcode) in {gtin_of(other) for other in others if other is not None}:
                problems.add(
                    "Another unit of this SKU has this barcode.", *path, "barcode", code=ProblemCode.TAKEN
                )
    problems.refuse_if_any()
    await delete_where(VariantUnit, "variant_id = $1", variant.id)
    await insert(
        [
            VariantUnit(
                id=new_id(),
                variant_id=variant.id,
                code=unit.code.strip(),
                quantity=unit.quantity,
                barcode=digits_of(unit.barcode) if unit.barcode is not None else None,
            )
            for unit in units
        ]
    )
    await write_changes(variant, {}, uow.at)
    uow.announce(VariantUpdated(subject_id=variant.product_id, sku=variant.sku, changed=["units"]))
    return variant
