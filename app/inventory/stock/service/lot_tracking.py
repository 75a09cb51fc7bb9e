"""Setting how the units of a variant are tracked."""

from uuid import UUID

from app.catalog.lifecycle import Composition, Tracking
from app.catalog.models import Variant
from app.catalog.service import variants
from app.core.database import update_each, update_where
from app.core.problems import ProblemCode
from app.core.refusals import Invalid
from app.core.uow import UnitOfWork, command
from app.inventory.stock import queries
from app.inventory.stock.models import Lot


@command
async def set_tracking(
    uow: UnitOfWork,
    id: UUID,
    tracking: Tracking,
    *,
    tracks_expiry: bool | None = None,
    expected_version: int | None = None,
) -> Variant:
    """Set how the units of a variant are tracked, while it has no stock.

    `tracks_expiry` None leaves it unchanged.

    Raises:
        NotFound, StaleVersion.
        Invalid: it has no stock of its own, there is stock without lots, or expiry without lots.
    """
    variant = await variants.lock_variant(id, expected_version)
    if tracks_expiry is None:
        tracks_expiry = variant.tracks_expiry and tracking is not Tracking.NONE
    if (variant.tracking, variant.tracks_expiry) == (tracking, tracks_expiry):
        return variant
    if not variant.tracks_stock or variant.composition is Composition.BUNDLE:
        raise Invalid("It has no stock of its own.", "tracking", code=ProblemCode.NOT_STOCKED)
    if tracks_expiry and tracking is Tracking.NONE:
        raise Invalid(
            "Expiry dates require tracking by LOT or SERIAL.",
            "tracks_expiry",
            code=ProblemCode.CONTRADICTION,
            field="tracking",
        )
    levels = await queries.locked_levels_of_variant(variant.id)
    if await queries.is_stocked(variant.id):
        raise Invalid(
            (
                "Units of the variant are on hand, reserved or in transit. Tracking can be "
                "changed only without any."
            ),
            "tracking",
            code=ProblemCode.NOT_POSSIBLE_NOW,
        )
    for level in levels:
        level.is_tracked = tracking is not Tracking.NONE
    await update_each(levels, "is_tracked")
    # Nothing of the variant is anywhere: the numbers that it had become numbers of the new kind.
    is_other = "variant_id = $1 AND is_serial <> $2"
    await update_where(Lot, "is_serial = $2, units = 0", is_other, variant.id, tracking is Tracking.SERIAL)
    changes = {"tracking": tracking, "tracks_expiry": tracks_expiry}
    return await variants.change_variant(uow, variant, changes)
