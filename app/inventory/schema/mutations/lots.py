"""Lots and serial numbers in what changes stock."""

from collections.abc import Sequence
from datetime import date
from typing import Annotated, Any

import strawberry

from app.catalog.lifecycle import Tracking
from app.catalog.schema import Variant
from app.catalog.schema.terms import MANAGE_ALL as MANAGE_CATALOG
from app.core.graphql.changes import cannot_be_null
from app.core.graphql.errors import mutation
from app.core.graphql.scalars import ExpectedVersion, arg, doc
from app.core.ids import row_id
from app.inventory import service
from app.inventory.service.naming import LotData


@strawberry.input(description="Units of a lot, or one with a serial number.")
class StockLotInput:
    number: str = doc("The lot's number, or the serial number.")
    quantity: int = doc("How many pieces; of a serial number it is one.", default=1)
    expires_on: date | None = doc(
        "The last day on which it may be used; asked for where a new lot of what expires comes in.",
        default=None,
    )


def lots_of(given: Sequence[StockLotInput]) -> tuple[LotData, ...]:
    """The lots that were named."""
    return tuple(LotData(**vars(each)) for each in given)


@strawberry.input(description="By what the units of a variant are told apart.")
class VariantTrackingSetInput:
    id: strawberry.ID = doc("The variant.")
    tracking: Tracking = doc("By lot, by serial number, or not at all.")
    tracks_expiry: bool | None = doc(
        "Whether each lot must say when it expires; left out, as before, and not with NONE.",
        default=strawberry.UNSET,
    )


@strawberry.type
class TrackingMutation:
    @mutation("VariantTrackingSetResult", Variant, policy=MANAGE_CATALOG)
    async def variant_tracking_set(
        self,
        info: strawberry.Info,
        input: Annotated[VariantTrackingSetInput, arg("Variant and tracking.")],
        expected_version: ExpectedVersion = None,
    ) -> Any:
        """Say by what the units of a variant are told apart; possible while none are there.

        From then on whatever comes, leaves or is counted says which lots or serial numbers it is of.
        """
        if input.tracks_expiry is None:
            raise cannot_be_null("tracks_expiry")
        return await service.set_tracking(
            info.context.actor,
            row_id(input.id, "Variant", "id"),
            input.tracking,
            tracks_expiry=None if input.tracks_expiry is strawberry.UNSET else input.tracks_expiry,
            expected_version=expected_version,
        )
