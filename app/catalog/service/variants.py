"""Creating and updating variants."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from app.catalog import queries
from app.catalog.events import VariantCreated, VariantUpdated
from app.catalog.gtin import digits_of, gtin_is_valid
from app.catalog.models import Product, Variant
from app.catalog.service.naming import SKU, refuse_taken_barcode, refuse_taken_reference
from app.catalog.service.shelving import index
from app.core.ids import new_id
from app.core.problems import ProblemCode
from app.core.refusals import AlreadyExists, Problems, Refusal
from app.core.texts import checked_reference
from app.core.uow import UnitOfWork, command
from app.core.versions import refuse_stale, write_changes

HEAVIEST = 100_000_000  # grams
LONGEST = 100_000  # millimetres
SIDES = ("length_mm", "width_mm", "height_mm")


@dataclass(slots=True)
class VariantData:
    sku: str
    name: str = ""
    barcode: str | None = None
    options: dict[str, Any] = field(default_factory=dict)
    weight_grams: int | None = None
    length_mm: int | None = None
    width_mm: int | None = None
    height_mm: int | None = None
    tracks_stock: bool = True
    is_gift_card: bool = False  # it tracks no stock then
    external_reference: str | None = None
    metadata: dict[str, Any] = field(default_factory=dict)
    private_metadata: dict[str, Any] = field(default_factory=dict)
    is_active: bool = True


@command
async def create_variant(uow: UnitOfWork, product_id: UUID, data: VariantData) -> Variant:
    """Add a variant to a product.

    Raises:
        NotFound: the product does not exist.
        ValidationFailed, AlreadyExists: their paths begin with `variant`.
    """
    product = await queries.locked_product(product_id)
    try:
        variant = await add_variant(uow, product, data, sort=0)
    except Refusal as refusal:
        raise refusal.under("variant") from None
    await index(product)
    return variant


async def add_variant(uow: UnitOfWork, product: Product, data: VariantData, *, sort: int) -> Variant:
    problems = Problems()
    note_problems(data, problems)
    problems.refuse_if_any()
    if await queries.sku_is_taken(data.sku):
        raise AlreadyExists(f"The SKU {data.sku!r} is taken.", "sku")
    await refuse_taken_reference(Variant, data.external_reference)
    if data.barcode is not None:
        await refuse_taken_barcode(data.barcode, None, "barcode")
    variant = await Variant.create(
        id=new_id(),
        product_id=product.id,
        sku=data.sku,
        name=data.name,
        barcode=digits_of(data.barcode) if data.barcode is not None else None,
        options=data.options,
        weight_grams=data.weight_grams,
        length_mm=data.length_mm,
        width_mm=data.width_mm,
        height_mm=data.height_mm,
        tracks_stock=data.tracks_stock and not data.is_gift_card,
        is_gift_card=data.is_gift_card,
        external_reference=data.external_reference,
        metadata=data.metadata,
        private_metadata=data.private_metadata,
        is_active=data.is_active,
        sort=sort,
        created_at=uow.at,
        updated_at=uow.at,
    )
    uow.announce(VariantCreated(subject_id=product.id, sku=variant.sku))
    return variant


def note_problems(data: VariantData, problems: Problems, *path: str) -> None:
    """Note the problems of a new variant."""
    if not SKU.match(data.sku):
        text = "A SKU must have 1 to 80 printable characters, without a space at the start or the end."
        problems.add(text, *path, "sku", code=ProblemCode.MALFORMED, minimum=1, maximum=80)
    if data.barcode is not None and not gtin_is_valid(digits_of(data.barcode)):
        text = "A GTIN must have 8, 12, 13 or 14 digits and a valid check digit."
        problems.add(text, *path, "barcode", code=ProblemCode.MALFORMED_BARCODE)
    with problems.caught(*path):
        data.external_reference = checked_reference(data.external_reference, "external_reference")
    note_bad_measures({name: getattr(data, name) for name in ("weight_grams", *SIDES)}, problems, *path)


def note_bad_measures(values: Mapping[str, Any], problems: Problems, *path: str) -> None:
    """Note the problems of weight and dimensions by field name; None is unknown and valid."""
    weight = values.get("weight_grams")
    if weight is not None and not 0 <= weight <= HEAVIEST:
        text, code = "The weight must be between 0 and 100,000,000 grams.", ProblemCode.NOT_IN_RANGE
        problems.add(text, *path, "weight_grams", code=code, minimum=0, maximum=HEAVIEST)
    for name in SIDES:
        side = values.get(name)
        if side is not None and not 1 <= side <= LONGEST:
            text, code = (
                f"The dimension must be between 1 and {LONGEST:,} millimeters.",
                ProblemCode.NOT_IN_RANGE,
            )
            problems.add(text, *path, name, code=code, minimum=1, maximum=LONGEST)


@command
async def update_variant(
    uow: UnitOfWork, id: UUID, changes: dict[str, Any], *, expected_version: int | None = None
) -> Variant:
    """Update a variant; its SKU never changes.

    Raises:
        NotFound, StaleVersion, Invalid.
    """
    variant = await lock_variant(id, expected_version)
    return await change_variant(uow, variant, await as_stored(variant, changes))


async def as_stored(variant: Variant, changes: Mapping[str, Any]) -> dict[str, Any]:
    """Changes of a variant as validated columns.

    Raises:
        Invalid, ValidationFailed: every invalid value.
        AlreadyExists: the barcode or the reference is taken.
    """
    problems = Problems()
    note_bad_measures(changes, problems)
    stored = dict(changes)
    if stored.get("barcode") is not None:
        stored["barcode"] = digits_of(stored["barcode"])
    if stored.get("barcode") is not None and not gtin_is_valid(stored["barcode"]):
        text = "A GTIN must have 8, 12, 13 or 14 digits and a valid check digit."
        problems.add(text, "barcode", code=ProblemCode.MALFORMED_BARCODE)
    note_bad_gift_card(variant, changes, problems)
    for name, what in (("sku", "SKU"), ("tracks_stock", "stock tracking")):
        if changes.get(name, getattr(variant, name)) != getattr(variant, name):
            problems.add(f"The {what} of a variant cannot be changed.", name, code=ProblemCode.NOT_CHANGEABLE)
    if "external_reference" in stored:
        with problems.caught():
            stored["external_reference"] = checked_reference(
                stored["external_reference"], "external_reference"
            )
    problems.refuse()
    if stored.get("barcode") is not None:
        await refuse_taken_barcode(stored["barcode"], variant.id, "barcode")
    reference = stored.get("external_reference", variant.external_reference)
    if reference != variant.external_reference:
        await refuse_taken_reference(Variant, reference)
    return stored


def note_bad_gift_card(variant: Variant, changes: Mapping[str, Any], problems: Problems) -> None:
    """Note that a variant with stock cannot become a gift card."""
    if changes.get("is_gift_card") and variant.tracks_stock:
        text = "A variant with stock tracking cannot become a gift card. Create another variant."
        problems.add(text, "is_gift_card", code=ProblemCode.CONTRADICTION, field="tracks_stock")


async def lock_variant(id: UUID, expected_version: int | None = None) -> Variant:
    """A variant for an update; the row is locked.

    Raises:
        NotFound, StaleVersion.
    """
    variant = await queries.locked_variant(id)
    refuse_stale(variant, expected_version)
    return variant


async def change_variant(uow: UnitOfWork, variant: Variant, changes: dict[str, Any]) -> Variant:
    """Write validated changes of a locked variant and record the event."""
    await write_changes(variant, changes, uow.at)
    uow.announce(VariantUpdated(subject_id=variant.product_id, sku=variant.sku, changed=sorted(changes)))
    return variant
