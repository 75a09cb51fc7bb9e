"""The units of each SKU that were found when a transfer was received."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from uuid import UUID

from app.core.problems import ProblemCode
from app.core.refusals import Invalid
from app.inventory.stock import queries as stock
from app.inventory.stock.service.levels import stocked_variant
from app.inventory.stock.service.lot_numbers import LotData
from app.inventory.stock.service.units_of_measure import in_pieces
from app.inventory.transfers.models import TransferLine


@dataclass(frozen=True, slots=True)
class Arrived:
    """The received units of one SKU, in pieces or in a unit such as a carton.

    `surplus` is the number of received pieces that were not shipped.
    """

    sku: str
    received: int = 0
    damaged: int = 0
    missing: int = 0
    lots: Sequence[LotData] = ()  # the lots received in order; if omitted, the first to expire
    damaged_lots: Sequence[LotData] = ()  # the damaged lots
    unit: str | None = None
    surplus: int = 0
    position: int = 0  # index in the input


async def received_units(
    lines: Sequence[TransferLine],
    arrived: Sequence[Arrived] | None,
    is_complete: bool,
    accepts_more: bool,
) -> dict[UUID, Arrived]:
    """The received units of each variant; with `is_complete`, the rest is missing."""
    skus = await stock.skus_of(line.variant_id for line in lines)
    said = {each.sku: each for each in arrived or ()}
    names = [each.sku for each in arrived or ()]
    for index, sku in enumerate(names):
        if sku in names[:index]:
            twice = "This SKU is listed twice. Combine the two entries."
            raise Invalid(twice, "lines", str(index), "sku", code=ProblemCode.REPEATED)
    unknown = [i for i, each in enumerate(arrived or ()) if each.sku not in skus.values()]
    if unknown:
        raise Invalid(
            "This SKU is not part of the transfer.",
            "lines",
            str(unknown[0]),
            "sku",
            code=ProblemCode.NOT_FOUND,
        )
    found = {}
    for line in lines:
        sku = skus[line.variant_id]
        open_units = line.on_the_way
        index = names.index(sku) if sku in said else 0
        each = said.get(sku) or Arrived(sku, received=open_units if arrived is None else 0)
        each = replace(await _in_pieces(each, index), position=index)
        over = each.received + each.damaged + each.missing - open_units
        if accepts_more and 0 < over <= each.received and not each.lots:
            each = replace(each, surplus=over)
        refuse_more_than_sent(each, open_units)
        rest = open_units - (each.received - each.surplus) - each.damaged - each.missing
        missing = each.missing + (rest if is_complete else 0)
        found[line.variant_id] = replace(each, missing=missing)
    return found


def refuse_more_than_sent(each: Arrived, open_units: int) -> None:
    if min(each.received, each.damaged, each.missing) < 0:
        raise Invalid(
            "Quantities must not be negative.",
            "lines",
            str(each.position),
            code=ProblemCode.TOO_SMALL,
            minimum=0,
        )
    if each.received - each.surplus + each.damaged + each.missing > open_units:
        raise Invalid(
            (
                f"Only {open_units} units of {each.sku} are in transit. To accept more, set "
                "acceptOverReceipt; for tracked SKUs, add the units with stockAdjust and the "
                "reason FOUND."
            ),
            "lines",
            str(each.position),
            code=ProblemCode.NOT_ENOUGH,
            available=open_units,
        )


async def _in_pieces(each: Arrived, index: int) -> Arrived:
    """The received units in pieces.

    Raises:
        Invalid: the SKU has no such unit.
    """
    if each.unit is None:
        return each
    variant = await stocked_variant(each.sku, "lines", str(index), "sku")
    size = await in_pieces(variant, 1, each.unit, "lines", str(index))
    sizes = {name: getattr(each, name) * size for name in ("received", "damaged", "missing")}
    return replace(each, unit=None, **sizes)
