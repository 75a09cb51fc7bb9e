"""Creating and updating suppliers and their items."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any
from uuid import UUID

from app.catalog import queries as catalog
from app.catalog.models import Variant
from app.core.contact import checked_email
from app.core.database import among, delete_where, insert, update_each, update_where
from app.core.ids import new_id
from app.core.money import Money, checked_currency
from app.core.problems import ProblemCode
from app.core.refusals import AlreadyExists, Invalid, NotFound, Problems
from app.core.texts import checked_reference
from app.core.uow import UnitOfWork, command
from app.core.versions import refuse_stale, write_changes
from app.inventory.location_kinds import LocationKind
from app.inventory.locations.models import Location
from app.suppliers import queries
from app.suppliers.events import SupplierCreated, SupplierUpdated
from app.suppliers.models import Supplier, SupplierItem

CODE = re.compile(r"^[a-z0-9][a-z0-9-]{0,39}\Z")
LARGEST_COST = 10**12
LARGEST_PACK = 1_000_000
MOST_DAYS = 730
MOST_ITEMS = 1_000


@dataclass(frozen=True, slots=True)
class SupplierData:
    code: str
    name: str
    currency: str
    email: str | None = None
    lead_days: int = 14
    lead_deviation_days: int = 0
    external_reference: str | None = None
    over_receipt_percent: int | None = None  # None: the company's default
    location: Location | None = None  # from which they ship to buyers


@dataclass(frozen=True, slots=True)
class ItemData:
    """A supplier's price of a SKU: per piece, in minor units of its currency."""

    sku: str
    cost_minor: int
    supplier_sku: str = ""
    pack_quantity: int = 1
    min_quantity: int = 1
    lead_days: int | None = None
    is_preferred: bool = False


@command
async def create_supplier(uow: UnitOfWork, data: SupplierData) -> Supplier:
    """Create a supplier.

    Raises:
        ValidationFailed: an invalid code, currency, address or lead time.
        AlreadyExists: the code or the external reference is taken.
    """
    problems = Problems()
    if not CODE.match(data.code):
        problems.add(
            "The code must have 1 to 40 lowercase letters, digits and hyphens.",
            "code",
            code=ProblemCode.MALFORMED,
            maximum=40,
        )
    with problems.caught():
        data = replace(data, currency=checked_currency(data.currency, "currency"))
    with problems.caught():
        data = replace(
            data, external_reference=checked_reference(data.external_reference, "external_reference")
        )
    _check(problems, {"name": data.name, "email": data.email, "lead_days": data.lead_days})
    _check(problems, {"lead_deviation_days": data.lead_deviation_days})
    _check(problems, {"over_receipt_percent": data.over_receipt_percent})
    _check_location(problems, data.location)
    problems.refuse_if_any()
    taken = await queries.is_taken(data.code, data.external_reference)
    if taken is not None:
        raise AlreadyExists("This value is already used by another supplier.", taken)
    supplier = Supplier(
        id=new_id(),
        code=data.code,
        name=data.name,
        email=data.email,
        currency=data.currency,
        lead_days=data.lead_days,
        lead_deviation_days=data.lead_deviation_days,
        external_reference=data.external_reference,
        over_receipt_percent=data.over_receipt_percent,
        location_id=data.location.id if data.location else None,
        created_at=uow.at,
        updated_at=uow.at,
    )
    await insert([supplier])
    uow.is_new(supplier.id)
    uow.announce(SupplierCreated(subject_id=supplier.id, code=supplier.code))
    return supplier


def _check(problems: Problems, values: dict[str, Any]) -> None:
    if "name" in values and not 1 <= len(values["name"].strip()) <= 120:
        problems.add(
            "The name must have 1 to 120 characters.",
            "name",
            code=ProblemCode.WRONG_LENGTH,
            minimum=1,
            maximum=120,
        )
    if values.get("email") is not None:
        with problems.caught():
            checked_email(values["email"], "email")
    percent = values.get("over_receipt_percent")
    if percent is not None and not 0 <= percent <= 100:
        problems.add(
            "The percentage must be between 0 and 100.",
            "over_receipt_percent",
            code=ProblemCode.NOT_IN_RANGE,
            minimum=0,
            maximum=100,
        )
    for name in ("lead_days", "lead_deviation_days"):
        if name in values and not 0 <= values[name] <= MOST_DAYS:
            problems.add(
                f"This must be between 0 and {MOST_DAYS} days.",
                name,
                code=ProblemCode.NOT_IN_RANGE,
                minimum=0,
                maximum=MOST_DAYS,
            )


def _check_location(problems: Problems, location: Location | None) -> None:
    if location is not None and location.kind is not LocationKind.DROP_SHIP:
        problems.add("The location must have the kind DROP_SHIP.", "location", code=ProblemCode.WRONG_KIND)


@command
async def update_supplier(
    uow: UnitOfWork, id: UUID, changes: dict[str, Any], *, expected_version: int | None = None
) -> Supplier:
    """Update a supplier; its code and currency never change.

    Raises:
        NotFound, StaleVersion, ValidationFailed.
    """
    supplier = await queries.locked_supplier(uow.actor, id, "id")
    refuse_stale(supplier, expected_version)
    problems = Problems()
    _check(problems, changes)
    written = dict(changes)
    if "location" in written:
        place = written.pop("location")
        _check_location(problems, place)
        written["location_id"] = place.id if place else None
    problems.refuse_if_any()
    await write_changes(supplier, written, uow.at)
    uow.announce(SupplierUpdated(subject_id=supplier.id, changed=sorted(changes)))
    return supplier


@command
async def change_supplier_items(
    uow: UnitOfWork, id: UUID, rows: Sequence[Mapping[str, Any]], *, removed: Sequence[str] = ()
) -> Supplier:
    """Update some values of a supplier's items; the others stay. See `set_supplier_items`.

    Raises:
        What `set_supplier_items` raises; Invalid: a new item has no cost.
    """
    supplier = await queries.locked_supplier(uow.actor, id, "id")
    variants = await catalog.variants_by_sku([row["sku"] for row in rows])
    known = await queries.items_of(supplier.id, [variant.id for variant in variants.values()])
    items = []
    for index, row in enumerate(rows):
        variant = variants.get(row["sku"])
        item = known.get(variant.id) if variant else None
        now = {name: getattr(item, name) for name in _COLUMNS} if item else {}
        if variant is not None and "cost_minor" not in {*now, *row}:
            raise Invalid(
                "The cost is required for a new item.",
                "items",
                str(index),
                "unit_cost",
                code=ProblemCode.REQUIRED,
            )
        items.append(ItemData(**({"cost_minor": 0} | now | dict(row))))
    return await set_supplier_items(uow, id, items, removed=removed)


@command
async def set_supplier_items(
    uow: UnitOfWork, id: UUID, items: Sequence[ItemData], *, removed: Sequence[str] = ()
) -> Supplier:
    """Set a supplier's prices of some SKUs, and remove those that it no longer sells.

    A supplier that becomes the preferred one of a SKU replaces the previous one.

    Raises:
        NotFound: the supplier or a SKU does not exist.
        ValidationFailed: invalid costs or quantities, or a repeated SKU.
    """
    supplier = await queries.locked_supplier(uow.actor, id, "id")
    _refuse_bad(items, supplier.currency)
    variants = await _variants([*(item.sku for item in items)], "items")
    for index, sku in enumerate(removed):
        if any(item.sku == sku for item in items):
            raise Invalid(
                "This SKU cannot be set and removed in the same request.",
                "removed",
                str(index),
                code=ProblemCode.CONTRADICTION,
                field="items",
            )
    gone = await _variants(removed, "removed")
    await delete_where(
        SupplierItem,
        f"supplier_id = $1 AND {among('variant_id', 2)}",
        supplier.id,
        [variant.id for variant in gone],
    )
    known = await queries.items_of(supplier.id, [variant.id for variant in variants])
    new, changed = [], []
    for item, variant in zip(items, variants, strict=True):
        row = known.get(variant.id)
        if row is None:
            row = SupplierItem(id=new_id(), supplier_id=supplier.id, variant_id=variant.id, cost_minor=0)
            new.append(row)
        else:
            changed.append(row)
        for name in _COLUMNS:
            setattr(row, name, getattr(item, name))
    await insert(new)
    await update_each(changed, *_COLUMNS)
    preferred = [v.id for item, v in zip(items, variants, strict=True) if item.is_preferred]
    await _prefer_only(preferred, supplier.id)
    uow.announce(SupplierUpdated(subject_id=supplier.id, changed=["items"]))
    return supplier


async def _prefer_only(variant_ids: Sequence[UUID], supplier_id: UUID) -> None:
    """Make one supplier the only preferred one of some variants."""
    await queries.lock_variants(variant_ids)
    is_other = f"supplier_id <> $1 AND is_preferred AND {among('variant_id', 2)}"
    await update_where(SupplierItem, "is_preferred = FALSE", is_other, supplier_id, list(variant_ids))


_COLUMNS = ("cost_minor", "supplier_sku", "pack_quantity", "min_quantity", "lead_days", "is_preferred")


def _refuse_bad(items: Sequence[ItemData], currency: str) -> None:
    if len(items) > MOST_ITEMS:
        raise Invalid(
            f"At most {MOST_ITEMS} at once.", "items", code=ProblemCode.TOO_MANY, maximum=MOST_ITEMS
        )
    problems, seen = Problems(), set[str]()
    for index, item in enumerate(items):
        at = ("items", str(index))
        if item.sku in seen:
            problems.add("This SKU is listed twice.", *at, "sku", code=ProblemCode.REPEATED)
        seen.add(item.sku)
        if not 0 <= item.cost_minor <= LARGEST_COST:
            problems.add(
                "The cost must not be negative or too large.",
                *at,
                "unit_cost",
                "amount",
                code=ProblemCode.TOO_SMALL if item.cost_minor < 0 else ProblemCode.TOO_LARGE,
                minimum_amount=Money(0, currency),
                maximum_amount=Money(LARGEST_COST, currency),
            )
        for name in ("pack_quantity", "min_quantity"):
            if not 1 <= getattr(item, name) <= LARGEST_PACK:
                problems.add(
                    f"The quantity must be between 1 and {LARGEST_PACK} pieces.",
                    *at,
                    name,
                    code=ProblemCode.NOT_IN_RANGE,
                    minimum=1,
                    maximum=LARGEST_PACK,
                )
        if item.lead_days is not None and not 0 <= item.lead_days <= MOST_DAYS:
            problems.add(
                f"This must be between 0 and {MOST_DAYS} days.",
                *at,
                "lead_days",
                code=ProblemCode.NOT_IN_RANGE,
                minimum=0,
                maximum=MOST_DAYS,
            )
        if len(item.supplier_sku) > 80:
            problems.add(
                "This must have at most 80 characters.",
                *at,
                "supplier_sku",
                code=ProblemCode.TOO_LONG,
                maximum=80,
            )
    problems.refuse_if_any()


async def _variants(skus: Sequence[str], name: str) -> list[Variant]:
    found = await catalog.variants_by_sku(list(skus))
    for index, sku in enumerate(skus):
        if sku not in found:
            raise NotFound.of("SKU", name, str(index), "sku")
    return [found[sku] for sku in skus]
