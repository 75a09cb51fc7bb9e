"""Finding, creating and locking the levels that a change of stock affects."""

from collections.abc import Iterable, Sequence
from uuid import UUID

from tortoise.exceptions import IntegrityError

from app.catalog import queries as catalog
from app.catalog.lifecycle import Composition, Tracking
from app.catalog.models import Variant
from app.core.database import update_each
from app.core.ids import new_id
from app.core.problems import ProblemCode
from app.core.refusals import Invalid, NotFound
from app.core.transaction import TryAgain, savepoint
from app.core.uow import UnitOfWork
from app.inventory.locations.models import Location
from app.inventory.stock import queries
from app.inventory.stock.models import StockLevel
from app.inventory.stock.service.level_changes import LARGEST


async def stocked_variant(sku: str, *path: str) -> Variant:
    """The variant of a SKU with stock.

    Raises:
        NotFound: the SKU does not exist.
        Invalid: it is a service or a fee.
    """
    return (await stocked_variants([(sku, path or ("sku",))]))[0]


async def stocked_variants(asked: Sequence[tuple[str, tuple[str, ...]]]) -> list[Variant]:
    """The variants of some SKUs, each with the path for refusals; see `stocked_variant`."""
    found = await catalog.variants_by_sku([sku for sku, _ in asked])
    variants = []
    for sku, path in asked:
        variant = found.get(sku)
        if variant is None:
            raise NotFound.of("SKU", *path)
        if not variant.tracks_stock:
            raise Invalid(
                "This variant is a service or fee, which has no stock.", *path, code=ProblemCode.NOT_STOCKED
            )
        if variant.composition is Composition.BUNDLE:
            raise Invalid(
                "This variant is a bundle, which has no stock of its own. Use its components.",
                *path,
                code=ProblemCode.NOT_STOCKED,
            )
        variants.append(variant)
    return variants


def checked_quantity(quantity: int, *path: str) -> int:
    """Validate a number of units to move.

    Raises:
        Invalid: it is below 1, or more than a level can hold.
    """
    if not 1 <= quantity <= LARGEST:
        raise Invalid(
            f"The quantity must be between 1 and {LARGEST}.",
            *path,
            code=ProblemCode.NOT_IN_RANGE,
            minimum=1,
            maximum=LARGEST,
        )
    return quantity


async def locked_level(uow: UnitOfWork, variant: Variant, location: Location) -> StockLevel:
    """The locked level of a variant at a location, created if missing."""
    levels = await locked_levels(uow, [variant.id], location.id)
    return levels[variant.id]


async def locked_levels(
    uow: UnitOfWork, variant_ids: Iterable[UUID], location_id: UUID
) -> dict[UUID, StockLevel]:
    """The levels of variants at one location, created if missing, locked in the common order."""
    wanted = list(dict.fromkeys(variant_ids))
    found = {level.variant_id: level for level in await queries.locked_levels(wanted, [location_id])}
    for variant_id in wanted:
        if variant_id not in found:
            found[variant_id] = await _made(uow, variant_id, location_id)
    return found


async def _made(uow: UnitOfWork, variant_id: UUID, location_id: UUID) -> StockLevel:
    level = StockLevel(
        id=new_id(), variant_id=variant_id, location_id=location_id, created_at=uow.at, updated_at=uow.at
    )
    try:
        await savepoint(level.save)
    except IntegrityError as error:
        raise TryAgain from error  # another transaction has just created it
    # Read only now: changing the tracking locks the variant, and inserting the level waits for that.
    if await catalog.tracking_of(variant_id) is not Tracking.NONE:
        level.is_tracked = True
        await update_each([level], "is_tracked")
    return level
