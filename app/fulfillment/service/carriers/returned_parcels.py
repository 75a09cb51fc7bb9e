"""The contents of returned parcels, from records and from input."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

from app.core.problems import ProblemCode
from app.core.refusals import Problems
from app.fulfillment.contents import MOST_PACKAGES, Content, Lots, deal, of_sku, read, write
from app.fulfillment.lifecycle import Resolution, ShipmentStage
from app.fulfillment.models import FulfillmentLine, Package
from app.fulfillment.service.carriers.returned_lots import (
    ReturnedLine,
    ReturnedShipment,
    lots_of_shares,
    unrecorded_lots,
)
from app.fulfillment.service.carriers.shipment_status import has_unknown_contents, is_returned
from app.inventory.locations.models import Location
from app.inventory.stock.lifecycle import StockBucket

MOST_LINES = 1_000
AWAY = (StockBucket.OUTSIDE, StockBucket.RESERVED)


@dataclass(frozen=True, slots=True)
class ReturnedParcel:
    """A parcel that came back. Without lines: all that was in it."""

    package_id: UUID
    lines: Sequence[ReturnedLine] = ()
    bucket: StockBucket | None = None
    resolution: Resolution | None = None
    location: Location | None = None


@dataclass(frozen=True, slots=True)
class ReturnedUnits:
    """Units of a fulfillment line that came back in a parcel; `path` is where the input says so, or could."""

    package: Package
    line_id: UUID
    units: int
    lots: Lots
    bucket: StockBucket | None
    resolution: Resolution | None
    location: Location | None
    path: tuple[str, ...]


async def read_returned_parcels(
    order_id: UUID,
    packages: Sequence[Package],
    waiting: Sequence[Package],
    parts: Mapping[UUID, FulfillmentLine],
    parcels: Sequence[ReturnedParcel],
) -> list[ReturnedUnits]:
    """What came back in some parcels; none named means all that are `waiting` to be put away.

    The packages' contents are changed accordingly, and left to be written.

    Raises:
        Invalid, ValidationFailed: parcels that are not of the shipment, were not returned or are put away;
            more
            than was in one; lots that were not shipped; or unknown contents.
    """
    given = parcels or [ReturnedParcel(package.id) for package in waiting]
    shipment = ReturnedShipment(
        order_id, packages, parts, {each.id: read(each.contents) for each in packages}
    )
    chosen = _chosen(shipment, given)
    # All that is not put away comes back at once: it need not be known what is in which.
    together = {each.id for each in packages if not is_returned(each)} <= {
        package.id for _, package, _ in chosen
    }
    opened: list[ReturnedUnits] = []
    for parcel, package, path in chosen:
        if has_unknown_contents(packages) and not together:
            if not parcel.lines:
                shipment.problems.add(
                    (
                        "The contents of the packages of this shipment are not recorded. Enter "
                        "the contents of this package."
                    ),
                    *path,
                    "lines",
                    code=ProblemCode.REQUIRED,
                )
                continue
            _assign_contents(shipment, package, parcel.lines)
        if parcel.lines:
            opened += await _listed_lines(shipment, parcel, package, path)
        else:
            opened += await _all(shipment, parcel, package, path)
    shipment.problems.refuse()
    for package in packages:
        package.contents = write(shipment.contents[package.id])
    return opened


def _chosen(
    shipment: ReturnedShipment, given: Sequence[ReturnedParcel]
) -> list[tuple[ReturnedParcel, Package, tuple[str, ...]]]:
    by_id = {package.id: package for package in shipment.packages}
    found: list[tuple[ReturnedParcel, Package, tuple[str, ...]]] = []
    seen: set[UUID] = set()
    problems = shipment.problems
    if len(given) > MOST_PACKAGES:
        problems.add(
            f"List at most {MOST_PACKAGES} packages.",
            "packages",
            code=ProblemCode.TOO_MANY,
            maximum=MOST_PACKAGES,
        )
        problems.refuse()
    for index, parcel in enumerate(given):
        path = ("packages", str(index))
        package = by_id.get(parcel.package_id)
        at = (*path, "package_id")
        if package is None:
            problems.add("This package does not belong to the shipment.", *at, code=ProblemCode.NOT_FOUND)
        elif package.id in seen:
            problems.add("This package is listed twice.", *at, code=ProblemCode.REPEATED)
        elif package.stage is not ShipmentStage.RETURNED_TO_SENDER:
            problems.add(
                f"Package {package.position} is {package.stage.value.replace('_', ' ')}. Only packages in "
                "RETURNED_TO_SENDER can be received back. Record that stage first (shipmentTrackingRecord).",
                *at,
                code=ProblemCode.NOT_POSSIBLE_NOW,
            )
        elif is_returned(package):
            problems.add("This package is already put away.", *at, code=ProblemCode.NOT_POSSIBLE_NOW)
        else:
            seen.add(package.id)
            found.append((parcel, package, path))
    return found


def _assign_contents(shipment: ReturnedShipment, package: Package, lines: Sequence[ReturnedLine]) -> None:
    """Move contents between the packages of a shipment so that one has the units that were found in it."""
    # What came back is known.
    loose = [each for own in shipment.contents.values() for each in own if not each.returned]
    own: list[Content] = [each for each in shipment.contents[package.id] if each.returned]
    rest = [each for each in shipment.contents[package.id] if not each.returned]
    for line in lines:
        units = line.quantity
        for each in of_sku(loose, line.sku):
            some = min(units, each.quantity)
            if some > 0:
                own.append(Content(each.line_id, each.sku, each.name, some, lots=deal(each.lots, some)))
                each.quantity -= some
                units -= some
    others = [each for each in shipment.packages if each is not package]
    heir = next((each for each in others if not shipment.contents[each.id]), others[0] if others else package)
    for id, contents in shipment.contents.items():
        shipment.contents[id] = [each for each in contents if each.quantity]
    rest = [each for each in rest if each.quantity]
    shipment.contents[package.id] = own
    shipment.contents[heir.id] = [*shipment.contents[heir.id], *rest]


async def _all(
    shipment: ReturnedShipment, parcel: ReturnedParcel, package: Package, path: tuple[str, ...]
) -> list[ReturnedUnits]:
    opened = []
    for index, content in enumerate(each for each in shipment.contents[package.id] if each.kept):
        at = (*path, "lines", str(index))
        lots = content.kept_lots or await unrecorded_lots(shipment, content, content.kept, at)
        opened.append(_take(package, parcel, None, content, content.kept, lots, at))
    check_bucket(shipment.problems, parcel.bucket, *path)
    return opened


async def _listed_lines(
    shipment: ReturnedShipment, parcel: ReturnedParcel, package: Package, path: tuple[str, ...]
) -> list[ReturnedUnits]:
    problems, opened = shipment.problems, list[ReturnedUnits]()
    check_bucket(problems, parcel.bucket, *path)
    if len(parcel.lines) > MOST_LINES:
        problems.add(
            f"List at most {MOST_LINES:,} lines.",
            *path,
            "lines",
            code=ProblemCode.TOO_MANY,
            maximum=MOST_LINES,
        )
        return opened
    for index, line in enumerate(parcel.lines):
        at = (*path, "lines", str(index))
        check_bucket(problems, line.bucket, *at)
        own = of_sku(shipment.contents[package.id], line.sku)
        free = sum(each.kept for each in own)
        if not own:
            problems.add(
                f"{line.sku[:80]!r} was not in this package.",
                *at,
                "sku",
                code=ProblemCode.NOT_FOUND,
                given=line.sku[:80],
            )
        elif not 1 <= line.quantity <= free:
            problems.add(
                f"Only {free} units in this package are not put away yet.",
                *at,
                "quantity",
                code=ProblemCode.NOT_ENOUGH,
                available=free,
            )
        else:
            opened += await _line(shipment, parcel, package, line, own, at)
    return opened


def check_bucket(problems: Problems, bucket: StockBucket | None, *path: str) -> None:
    """Returned goods are available or set aside."""
    if bucket in AWAY:
        problems.add(
            (
                "The stock state of returned units must be AVAILABLE, DAMAGED, QUARANTINED or "
                "IN_QUALITY_CHECK."
            ),
            *path,
            "bucket",
            code=ProblemCode.UNKNOWN_CHOICE,
            choices=["AVAILABLE", "DAMAGED", "QUARANTINED", "IN_QUALITY_CHECK"],
        )


async def _line(
    shipment: ReturnedShipment,
    parcel: ReturnedParcel,
    package: Package,
    line: ReturnedLine,
    own: Sequence[Content],
    at: tuple[str, ...],
) -> list[ReturnedUnits]:
    shares: list[tuple[Content, int]] = []
    left = line.quantity
    for content in own:
        units = min(left, content.kept)
        if units:
            shares.append((content, units))
            left -= units
    lots = await lots_of_shares(shipment, line, shares, at)
    return [
        _take(package, parcel, line, content, units, some, at)
        for (content, units), some in zip(shares, lots, strict=True)
    ]


def _take(
    package: Package,
    parcel: ReturnedParcel,
    line: ReturnedLine | None,
    content: Content,
    units: int,
    lots: Lots,
    path: tuple[str, ...],
) -> ReturnedUnits:
    content.returned += units
    for number, some in lots.items():
        content.returned_lots[number] = content.returned_lots.get(number, 0) + some
        content.lots.setdefault(number, 0)
        content.lots[number] = max(content.lots[number], content.returned_lots[number])
    return ReturnedUnits(
        package,
        content.line_id,
        units,
        lots,
        (line.bucket if line else None) or parcel.bucket,
        (line.resolution if line else None) or parcel.resolution,
        parcel.location,
        path,
    )
