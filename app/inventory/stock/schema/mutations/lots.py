"""Lots and serial numbers in inputs."""

from collections.abc import Sequence
from datetime import date
from typing import Annotated

import strawberry

from app.catalog.lifecycle import Tracking
from app.catalog.models import Variant as VariantRow
from app.catalog.schema import Variant
from app.catalog.schema.terms import MANAGE_ALL as MANAGE_CATALOG
from app.core.graphql.changes import cannot_be_null
from app.core.graphql.errors import mutation
from app.core.graphql.scalars import ExpectedVersion, arg, doc
from app.core.ids import row_id
from app.inventory.stock.service import lot_tracking
from app.inventory.stock.service.lot_numbers import LotData


@strawberry.input(description="Units of a lot, or a unit with a serial number.")
class StockLotInput:
    number: str = doc("Lot number or serial number.")
    quantity: int = doc("Number of pieces; 1 for a serial number.", default=1)
    expires_on: date | None = doc(
        "Expiry date: the last day on which the lot can be used. Required when a new lot of a "
        "variant with expiry dates is received.",
        default=None,
    )


def lots_of(given: Sequence[StockLotInput]) -> tuple[LotData, ...]:
    """The lots in the input."""
    return tuple(LotData(**vars(each)) for each in given)


@strawberry.input(description="Tracking of the units of a variant by lot or serial number.")
class VariantTrackingSetInput:
    id: strawberry.ID = doc("The variant.")
    tracking: Tracking = doc("Tracking by lot, by serial number, or none.")
    tracks_expiry: bool | None = doc(
        "Whether each lot must have an expiry date; unchanged if omitted. Not allowed with NONE.",
        default=strawberry.UNSET,
    )


@strawberry.type
class TrackingMutation:
    @mutation("VariantTrackingSetResult", Variant, policy=MANAGE_CATALOG)
    async def variant_tracking_set(
        self,
        info: strawberry.Info,
        input: Annotated[VariantTrackingSetInput, arg("Variant and type of tracking.")],
        expected_version: ExpectedVersion = None,
    ) -> VariantRow:
        """Set whether the units of a variant are tracked by lot or by serial number; only possible while no
        units are in stock. From then on, every receipt, shipment and count must state the lots or serial
        numbers."""
        if input.tracks_expiry is None:
            raise cannot_be_null("tracks_expiry")
        return await lot_tracking.set_tracking(
            info.context.actor,
            row_id(input.id, "Variant", "id"),
            input.tracking,
            tracks_expiry=None if input.tracks_expiry is strawberry.UNSET else input.tracks_expiry,
            expected_version=expected_version,
        )
