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

    `is_stocked` is whether units of the variant itself are on hand, reserved or incoming: then it cannot
    become a bundle, and the components of a kit cannot change.

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
            "A SINGLE variant has no components.",
            "components",
            code=ProblemCode.NOT_APPLICABLE,
            field="composition",
        )
    if composition is not Composition.SINGLE and not 1 <= len(parts) <= MOST_PARTS:
        problems.add(
            f"A bundle or kit must have 1 to {MOST_PARTS} components.",
            "components",
            code=ProblemCode.WRONG_COUNT,
            minimum=1,
            maximum=MOST_PARTS,
        )
    if composition is Composition.BUNDLE and is_stocked:
        problems.add(
            (
                "The variant has stock of its own, which a bundle cannot have. Make it a KIT, or "
                "create a new SKU."
            ),
            "composition",
            code=ProblemCode.NOT_POSSIBLE_NOW,
        )
    if variant.composition is Composition.KIT and is_stocked:
        problems.add(
            "There are assembled kits of this variant. Disassemble or ship them first.",
            "components",
            code=ProblemCode.NOT_POSSIBLE_NOW,
        )
    if composition is Composition.BUNDLE and variant.tracking is not Tracking.NONE:
        problems.add(
            (
                "A variant that is tracked by lot or serial number cannot be a bundle, because a "
                "bundle has no units of its own."
            ),
            "composition",
            code=ProblemCode.CONTRADICTION,
            field="tracking",
        )
    if composition is not Composition.SINGLE and not variant.tracks_stock:
        problems.add(
            "A variant without stock tracking cannot have components.",
            "composition",
            code=ProblemCode.NOT_APPLICABLE,
        )
    if composition is Composition.BUNDLE and await queries.is_component(variant.id):
        problems.add(
            "The variant is a component of another one, so it cannot be a bundle.",
            "composition",
            code=ProblemCode.NOT_POSSIBLE_NOW,
        )
    found = await queries.variants_by_sku(list(parts))
    for index, (sku, quantity) in enumerate(parts.items()):
        part, path = found.get(sku), ("components", str(index))
        if part is None:
            problems.add("There is no variant with this SKU.", *path, "sku", code=ProblemCode.NOT_FOUND)
        elif part.id == variant.id:
            problems.add(
                "A variant cannot be a component of itself.",
                *path,
                "sku",
                code=ProblemCode.CONTRADICTION,
                field="sku",
            )
        elif await queries.contains_component(part.id, variant.id):
            problems.add(
                "This component contains the kit itself. A kit cannot be part of itself.",
                *path,
                "sku",
                code=ProblemCode.CONTRADICTION,
                field="sku",
            )
        elif part.composition is Composition.BUNDLE or not part.tracks_stock:
            problems.add("A component must have stock of its own.", *path, "sku", code=ProblemCode.WRONG_KIND)
        if not 1 <= quantity <= LARGEST:
            problems.add(
                f"The quantity must be between 1 and {LARGEST}.",
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
            f"A variant can have at most {MOST_UNITS} units of measure.",
            "units",
            code=ProblemCode.TOO_MANY,
            maximum=MOST_UNITS,
        )
    problems, codes = Problems(), set[str]()
    for index, unit in enumerate(units):
        path = ("units", str(index))
        if not 1 <= len(unit.code.strip()) <= 20 or unit.code in codes:
            problems.add(
                ("The code of a unit of measure must have 1 to 20 characters and be unique for the variant."),
                *path,
                "code",
                code=ProblemCode.WRONG_LENGTH,
                minimum=1,
                maximum=20,
            )
        codes.add(unit.code)
        if not 1 <= unit.quantity <= LARGEST:
            problems.add(
                f"The number of pieces in a unit must be between 1 and {LARGEST}.",
                *path,
                "quantity",
                code=ProblemCode.NOT_IN_RANGE,
                minimum=1,
                maximum=LARGEST,
            )
        if unit.barcode is not None and not gtin_is_valid(digits_of(unit.barcode)):
            problems.add(
                "A GTIN must have 8, 12, 13 or 14 digits and a valid check digit.",
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
                    "Another unit of measure of this SKU has the same barcode.",
                    *path,
                    "barcode",
                    code=ProblemCode.TAKEN,
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
