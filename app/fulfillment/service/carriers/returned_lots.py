"""The lots and serial numbers in a returned parcel, from records and from input."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from uuid import UUID

from app.catalog import queries as catalog
from app.catalog.lifecycle import Tracking
from app.core.problems import ProblemCode
from app.core.refusals import Problems
from app.fulfillment.contents import Content, Lots, deal
from app.fulfillment.lifecycle import Resolution
from app.fulfillment.models import FulfillmentLine, Package
from app.inventory.stock import queries as stock
from app.inventory.stock.lifecycle import StockBucket
from app.inventory.stock.service.lot_numbers import LotData


@dataclass(frozen=True, slots=True)
class ReturnedLine:
    """Units of a SKU in a parcel that came back. What is None is as its parcel says."""

    sku: str
    quantity: int
    lots: Sequence[LotData] = ()
    bucket: StockBucket | None = None
    resolution: Resolution | None = None


@dataclass(slots=True)
class ReturnedShipment:
    """A shipment's parcels with what is in each, while what came back is read."""

    order_id: UUID
    packages: Sequence[Package]
    parts: Mapping[UUID, FulfillmentLine]
    contents: dict[UUID, list[Content]]
    problems: Problems = field(default_factory=Problems)

    def others_of(self, content: Content) -> list[Content]:
        """The same line in other parcels."""
        return [
            each
            for own in self.contents.values()
            for each in own
            if each is not content and each.line_id == content.line_id
        ]


async def lots_of_shares(
    shipment: ReturnedShipment, line: ReturnedLine, shares: Sequence[tuple[Content, int]], at: tuple[str, ...]
) -> list[Lots]:
    """The lots of each share of a returned line; problems are noted."""
    if not line.lots:
        return [await _unnamed(shipment, content, units, at) for content, units in shares]
    if any(content.lots for content, _ in shares):
        return _named(shipment, _as_known(shipment, line, shares), shares, at)
    if await _tracking(shipment, shares[0][0]) is Tracking.NONE:
        shipment.problems.add(
            f"{line.sku[:80]!r} is not tracked by lot or serial number.",
            *at,
            "lots",
            code=ProblemCode.NOT_APPLICABLE,
        )
    named = _added_up(line.lots)  # no lots are recorded for these parcels
    return [deal(named, units) for _, units in shares]


def _as_known(
    shipment: ReturnedShipment, line: ReturnedLine, shares: Sequence[tuple[Content, int]]
) -> ReturnedLine:
    """A line whose lots are named as they left, where they are typed in other capitals."""
    own = [each for content, _ in shares for each in (content, *shipment.others_of(content))]
    known = {number.upper(): number for each in own for number in each.lots}
    known |= {number: number for each in own for number in each.lots}
    lots = []
    for lot in line.lots:
        number = lot.number.strip()
        lots.append(replace(lot, number=known.get(number) or known.get(number.upper()) or number))
    return replace(line, lots=lots)


def _added_up(lots: Sequence[LotData]) -> Lots:
    found: Lots = {}
    for lot in lots:
        found[lot.number.strip()] = found.get(lot.number.strip(), 0) + lot.quantity
    return found


def _named(
    shipment: ReturnedShipment, line: ReturnedLine, shares: Sequence[tuple[Content, int]], at: tuple[str, ...]
) -> list[Lots]:
    """Assign the named lots to the shares.

    Which lot is in which parcel of a shipment becomes known when one is opened: a lot recorded in another
    parcel is swapped with one recorded in this one.
    """
    unassigned, chosen = _added_up(line.lots), [Lots() for _ in shares]
    if any(lot.quantity < 1 for lot in line.lots) or sum(unassigned.values()) != line.quantity:
        shipment.problems.add(
            "The quantities of the lots do not add up to the quantity of the line.",
            *at,
            "lots",
            code=ProblemCode.CONTRADICTION,
            field="quantity",
        )
        return chosen
    for (content, units), own in zip(shares, chosen, strict=True):
        known = content.kept_lots
        for number in list(unassigned):
            _pass(
                unassigned,
                own,
                number,
                min(unassigned[number], known.get(number, 0), units - sum(own.values())),
            )
    for (content, units), own in zip(shares, chosen, strict=True):
        for number in list(unassigned):
            for other in shipment.others_of(content):
                some = min(
                    unassigned.get(number, 0), other.kept_lots.get(number, 0), units - sum(own.values())
                )
                if some > 0:
                    _swap(content, other, number, some, own)
                    _pass(unassigned, own, number, some)
    if unassigned:
        _refuse_unsent(shipment.problems, line, unassigned, at)
    return chosen


def _refuse_unsent(problems: Problems, line: ReturnedLine, unassigned: Lots, at: tuple[str, ...]) -> None:
    """Add a problem for the first lot of which more came back than was sent."""
    number = next(iter(unassigned))
    index = next(n for n, lot in enumerate(line.lots) if lot.number.strip() == number)
    problems.add(
        (f"{number[:80]!r} was not shipped in this shipment in this quantity, or is already put away."),
        *at,
        "lots",
        str(index),
        "number",
        code=ProblemCode.NOT_ENOUGH,
        available=line.lots[index].quantity - unassigned[number],
        given=number[:80],
    )


def _pass(unassigned: Lots, own: Lots, number: str, units: int) -> None:
    if units > 0:
        own[number] = own.get(number, 0) + units
        unassigned[number] -= units
        if not unassigned[number]:
            del unassigned[number]


def _swap(content: Content, other: Content, number: str, units: int, keep: Mapping[str, int]) -> None:
    """Move units of a lot to a parcel from another, which gets other units in exchange."""
    free = {n: count - keep.get(n, 0) for n, count in content.kept_lots.items()}
    back = deal({n: count for n, count in free.items() if count > 0}, units)
    for number_back, some in back.items():
        content.lots[number_back] -= some
        other.lots[number_back] = other.lots.get(number_back, 0) + some
    content.lots[number] = content.lots.get(number, 0) + units
    other.lots[number] -= units


async def _unnamed(shipment: ReturnedShipment, content: Content, units: int, at: tuple[str, ...]) -> Lots:
    """The lots of units whose lots were not given."""
    known = content.kept_lots
    if not known:
        return await unrecorded_lots(shipment, content, units, at)
    if units == content.kept:
        return known
    if len(known) == 1:
        return dict.fromkeys(known, units)
    _require_lots(shipment.problems, known, at)
    return {}


async def unrecorded_lots(
    shipment: ReturnedShipment, content: Content, units: int, at: tuple[str, ...]
) -> Lots:
    """The lots of units that left before lots were recorded by parcel: those of the order in the ledger."""
    if await _tracking(shipment, content) is Tracking.NONE:
        return {}
    sent = await stock.lots_sold_to(shipment.order_id, shipment.parts[content.line_id].variant_id)
    found = await stock.lots_by_id([shelf.lot_id for shelf in sent])
    known = {lot.number: shelf.quantity for lot, shelf in zip(found, sent, strict=True) if lot}
    if len(known) == 1:
        return dict.fromkeys(known, units)
    if sum(known.values()) == units:
        return known
    if known:
        _require_lots(shipment.problems, known, at)
    return {}


async def _tracking(shipment: ReturnedShipment, content: Content) -> Tracking:
    part = shipment.parts[content.line_id]
    return await catalog.tracking_of(part.variant_id) if part.tracks_stock else Tracking.NONE


def _require_lots(problems: Problems, known: Mapping[str, int], at: tuple[str, ...]) -> None:
    listed = ", ".join(list(known)[:10])
    problems.add(
        (f"Units of several lots or serial numbers were shipped ({listed}). Enter those that were returned."),
        *at,
        "lots",
        code=ProblemCode.REQUIRED,
    )
