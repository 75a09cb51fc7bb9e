"""Packing picked units into packages."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from app.core.database import delete_where
from app.core.ids import new_id
from app.core.problems import ProblemCode
from app.core.refusals import Problems
from app.core.spelling import tracking_number, tracking_number_problem
from app.core.uow import UnitOfWork, command
from app.fulfillment import lifecycle as life
from app.fulfillment import queries
from app.fulfillment.contents import MOST_PACKAGES, Content, write
from app.fulfillment.events import FulfillmentPacked, FulfillmentUnpacked
from app.fulfillment.models import FulfillmentLine, FulfillmentOrder, Package
from app.fulfillment.service.carriers.labels import drop_labels
from app.fulfillment.service.event_fields import event_fields
from app.fulfillment.service.locking import locked_work
from app.fulfillment.service.progress import report_progress
from app.fulfillment.service.saving import changed
from app.fulfillment.service.warehouse.scanning import Codes, Scanned
from app.orders.service import indexing

MOST_NAMED = 20  # choices listed in a refusal
HEAVIEST = 1_000_000  # grams
LONGEST = 10_000  # millimetres


@dataclass(frozen=True, slots=True)
class ContentData:
    sku: str
    quantity: int


@dataclass(frozen=True, slots=True)
class PackageData:
    """A package: its content (omitted: everything that is in no other), grams and millimetres."""

    contents: Sequence[ContentData] | None = None
    box: str = ""
    weight_grams: int | None = None
    length_mm: int | None = None
    width_mm: int | None = None
    height_mm: int | None = None
    tracking_number: str | None = None


@command
async def pack(
    uow: UnitOfWork, id: UUID, packages: Sequence[PackageData], *, expected_version: int | None = None
) -> FulfillmentOrder:
    """Pack all picked units; without packages, everything goes into one.

    Raises:
        NotFound, StaleVersion, IllegalTransition.
        ValidationFailed: contents other than the picked units, invalid dimensions, or an unknown box.
    """
    known = await locked_work(uow, id, expected_version=expected_version)
    row = known.row
    life.lifecycle.move(row, life.pack)
    await refuse_unknown_boxes(packages)
    made = packages_of(row, await known.own_lines(), packages)
    known.new.append(made)
    row.packed_at = uow.at
    known.changes.append(changed(uow, row, "packed_at"))
    numbers = [package.tracking_number for package in made if package.tracking_number]
    if numbers:
        await indexing.index_parcels(row.order_id, numbers)
    uow.announce(FulfillmentPacked(**event_fields(row), packages=len(made)))
    await report_progress(uow, known.order, known)
    await known.write()
    return row


@command
async def unpack(uow: UnitOfWork, id: UUID, *, expected_version: int | None = None) -> FulfillmentOrder:
    """Unpack all packages of a fulfillment order.

    Raises:
        NotFound, StaleVersion, IllegalTransition.
    """
    known = await locked_work(uow, id, expected_version=expected_version)
    row = known.row
    life.lifecycle.move(row, life.unpack)
    await open_packages(uow, row)
    row.packed_at = None
    known.changes.append(changed(uow, row, "packed_at"))
    uow.announce(FulfillmentUnpacked(**event_fields(row)))
    await report_progress(uow, known.order, known)
    await known.write()
    return row


async def open_packages(uow: UnitOfWork, row: FulfillmentOrder) -> None:
    """Unpack the packages of a locked fulfillment order; their labels are voided."""
    await drop_labels(uow, row)
    await delete_where(Package, "fulfillment_order_id = $1 AND shipment_id IS NULL", row.id)


async def refuse_unknown_boxes(packages: Sequence[PackageData]) -> None:
    """Check that the boxes of packages are active; any code is accepted if no boxes are configured.

    Raises:
        ValidationFailed: some are not.
    """
    if not any(package.box for package in packages):
        return
    codes = [box.code for box in await queries.boxes_in_use()]
    problems = Problems()
    for index, package in enumerate(packages):
        if package.box and codes and package.box.lower() not in codes:
            problems.add(
                (f"There is no active box {package.box[:40]!r}. Create it (boxSet), or omit the box."),
                "packages",
                str(index),
                "box",
                code=ProblemCode.UNKNOWN_CHOICE,
                choices=codes[:MOST_NAMED],
            )
    problems.refuse_if_any()


def packages_of(
    row: FulfillmentOrder, parts: Sequence[FulfillmentLine], packages: Sequence[PackageData]
) -> list[Package]:
    """The packages of a fulfillment order as rows, validated against its lines.

    Raises:
        ValidationFailed: contents other than the lines', or invalid dimensions.
    """
    problems = Problems()
    given = packages or [PackageData()]
    if len(given) > MOST_PACKAGES:
        problems.add(
            f"List at most {MOST_PACKAGES} packages.",
            "packages",
            code=ProblemCode.TOO_MANY,
            maximum=MOST_PACKAGES,
        )
        problems.refuse_if_any()
    left = {part.id: part.quantity for part in parts}
    made = []
    for index, data in enumerate(given):
        path = ("packages", str(index))
        _check_measures(data, problems, *path)
        if data.contents is not None:
            contents = _contents(parts, data.contents, left, problems, *path)
            made.append(_row(row, data, contents, index))
        else:
            made.append(_row(row, data, [], index))
    loose = [(number, data) for number, data in enumerate(given) if data.contents is None]
    if len(loose) > 1:
        problems.add(
            "Only one package can omit its contents.",
            "packages",
            str(loose[1][0]),
            "contents",
            code=ProblemCode.REPEATED,
        )
    elif loose:
        made[loose[0][0]].contents = [_content(part, left[part.id]) for part in parts if left[part.id]]
        left = dict.fromkeys(left, 0)
    _check_complete(parts, left, made, problems)
    problems.refuse_if_any()
    return made


def _check_complete(
    parts: Sequence[FulfillmentLine], left: Mapping[UUID, int], made: Sequence[Package], problems: Problems
) -> None:
    """Add a problem for each line with units in no package, and for each package without contents."""
    for part in parts:
        if left[part.id]:
            problems.add(
                f"{left[part.id]} units of {part.sku} are not in any package.",
                "packages",
                code=ProblemCode.NOT_ENOUGH,
                available=left[part.id],
            )
    for index, package in enumerate(made):
        if not package.contents:
            problems.add(
                "This package is empty.", "packages", str(index), "contents", code=ProblemCode.REQUIRED
            )


def _contents(
    parts: Sequence[FulfillmentLine],
    given: Sequence[ContentData],
    left: dict[UUID, int],
    problems: Problems,
    *path: str,
) -> list[dict[str, Any]]:
    codes = Codes.of(parts)
    found = []
    for index, each in enumerate(given):
        own, _ = codes.find(each.sku) or Scanned(())
        free = sum(left[part.id] for part in own)
        if not own:
            problems.add(
                f"{each.sku[:80]!r} is not in this fulfillment order.",
                *path,
                "contents",
                str(index),
                code=ProblemCode.NOT_FOUND,
            )
            continue
        if not 1 <= each.quantity <= free:
            problems.add(
                f"Only {free} units of it are not packed yet.",
                *path,
                "contents",
                str(index),
                "quantity",
                code=ProblemCode.NOT_ENOUGH,
                available=free,
            )
            continue
        quantity = each.quantity
        for part in own:
            units = min(quantity, left[part.id])
            if units:
                left[part.id] -= units
                quantity -= units
                found.append(_content(part, units))
    return found


def _content(part: FulfillmentLine, units: int) -> dict[str, Any]:
    return write([Content(part.id, part.sku, part.name, units)])[0]


def _check_measures(data: PackageData, problems: Problems, *path: str) -> None:
    if data.weight_grams is not None and not 1 <= data.weight_grams <= HEAVIEST:
        problems.add(
            f"The weight must be between 1 and {HEAVIEST:,} grams.",
            *path,
            "weight_grams",
            code=ProblemCode.NOT_IN_RANGE,
            minimum=1,
            maximum=HEAVIEST,
        )
    for name in ("length_mm", "width_mm", "height_mm"):
        value = getattr(data, name)
        if value is not None and not 1 <= value <= LONGEST:
            problems.add(
                f"The dimension must be between 1 and {LONGEST:,} millimeters.",
                *path,
                name,
                code=ProblemCode.NOT_IN_RANGE,
                minimum=1,
                maximum=LONGEST,
            )
    if len(data.box) > 40:
        problems.add(
            "The code of the box must have at most 40 characters.",
            *path,
            "box",
            code=ProblemCode.TOO_LONG,
            maximum=40,
        )
    if data.tracking_number is not None:
        problem = tracking_number_problem(data.tracking_number, *path, "tracking_number")
        if problem:
            problems.note(problem)


def _row(row: FulfillmentOrder, data: PackageData, contents: list[dict[str, Any]], index: int) -> Package:
    return Package(
        id=new_id(),
        fulfillment_order_id=row.id,
        position=index + 1,
        box=data.box.lower(),  # the stored form of box codes
        weight_grams=data.weight_grams,
        length_mm=data.length_mm,
        width_mm=data.width_mm,
        height_mm=data.height_mm,
        contents=contents,
        tracking_number=tracking_number(data.tracking_number) if data.tracking_number else None,
    )
