"""Shipping: packages are handed to a carrier, and their units leave stock in the same transaction."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from urllib.parse import quote
from uuid import UUID

from app.access.permissions import Permission
from app.core.database import Change, insert
from app.core.days import checked_coming_day
from app.core.ids import new_id
from app.core.links import checked_link
from app.core.money import Money
from app.core.problems import ProblemCode
from app.core.refusals import Invalid, Problems
from app.core.spelling import tracking_number, tracking_number_problem
from app.core.uow import UnitOfWork, command
from app.fulfillment import lifecycle as life
from app.fulfillment import queries
from app.fulfillment.conditions import refuse_labels, refuse_ship
from app.fulfillment.contents import MOST_PACKAGES
from app.fulfillment.events import FulfillmentShipped
from app.fulfillment.lifecycle import LabelStatus, ShipmentStage
from app.fulfillment.models import FulfillmentLine, FulfillmentOrder, Label, Package, Shipment
from app.fulfillment.service.event_fields import event_fields
from app.fulfillment.service.locking import locked_work
from app.fulfillment.service.progress import report_progress
from app.fulfillment.service.saving import changed
from app.fulfillment.service.warehouse.issuing import issue_stock
from app.fulfillment.service.warehouse.packing import (
    PackageData,
    packages_of,
    refuse_unknown_boxes,
)
from app.orders.service import promising
from app.suppliers.service import drop_shipping

LONGEST_URL = 500
BY_HAND = "manual"  # no integrated carrier


@dataclass(frozen=True, slots=True)
class ShipData:
    """The shipping data.

    `tracking_numbers` are in the order of the packages; `packages` if it is not packed.
    """

    carrier: str = BY_HAND
    service: str = ""
    tracking_numbers: Sequence[str] = ()
    tracking_url: str = ""
    cost: Money | None = None
    expected_on: date | None = None
    packages: Sequence[PackageData] = ()


@command
async def ship(
    uow: UnitOfWork,
    id: UUID,
    data: ShipData,
    *,
    permission: Permission = Permission.FULFILLMENT_MANAGE,
    expected_version: int | None = None,
) -> FulfillmentOrder:
    """Record that a fulfillment order was shipped. Its units leave stock, and the buyer is notified.

    A fulfillment order that is only released counts as picked and packed. `permission` is the one required: a
    supplier has another one than a warehouse.

    Raises:
        NotFound, StaleVersion, IllegalTransition.
        NotReleasable: the order is on hold.
        ValidationFailed: invalid shipping data.
        InsufficientStock: its units are not in stock.
    """
    _check(data)
    known = await locked_work(uow, id, permission=permission, expected_version=expected_version)
    row = known.row
    refuse_ship(row, known.order)
    parts = await known.own_lines()
    packages = known.packages[row.id] = await packages_to_ship(row, parts, data)
    if data.carrier != BY_HAND:
        data = replace(data, carrier=await queries.carrier_code(data.carrier))
    data = await _as_labelled(packages, data)
    life.lifecycle.move(row, life.ship)
    has_lots = await issue_stock(uow, row, parts, packages)
    made = shipment_of(uow, row, data)
    add_packages(made, packages, data)
    row.shipped_at, row.carrier = uow.at, made.carrier
    known.new.append([made])
    columns = ("shipment_id", "carrier", "stage", "tracking_number", "tracking_url")
    known.changes += [
        Change(packages, (*columns, "contents") if has_lots else columns),
        changed(uow, row, "shipped_at", "carrier"),
    ]
    if row.purchase_order_id is not None:
        await drop_shipping.finish_drop_ship(uow, row.purchase_order_id)
    await _announce(uow, row, made, packages, parts)
    await report_progress(uow, known.order, known)
    await known.write()
    if data.expected_on is not None and known.order.promised_on != data.expected_on:
        await promising.arrives_on(uow, known.order, data.expected_on)
    return row


def _check(data: ShipData) -> None:
    problems = Problems()
    for name, value, longest in (
        ("carrier", data.carrier, 40),
        ("service", data.service, 60),
    ):
        if len(value) > longest:
            problems.add(
                f"This must have at most {longest} characters.",
                name,
                code=ProblemCode.TOO_LONG,
                maximum=longest,
            )
    if not data.carrier.strip():
        problems.add(
            "Enter the carrier; `manual` if none is configured.",
            "carrier",
            code=ProblemCode.REQUIRED,
        )
    with problems.caught():
        checked_link(data.tracking_url, "tracking_url", longest=400)
    for index, number in enumerate(data.tracking_numbers):
        problem = tracking_number_problem(number, "tracking_numbers", str(index))
        if problem:
            problems.note(problem)
    with problems.caught():
        if data.expected_on is not None:
            checked_coming_day(data.expected_on, "expected_on")
    if data.cost is not None and data.cost.minor < 0:
        problems.add(
            "The cost must not be negative.", "cost", "amount", code=ProblemCode.TOO_SMALL, minimum=0
        )
    problems.refuse_if_any()


async def packages_to_ship(
    row: FulfillmentOrder, parts: Sequence[FulfillmentLine], data: ShipData
) -> list[Package]:
    """The packages to ship: the packed ones, else the given ones, else one."""
    there = await queries.packages_of([row.id])
    if there and data.packages:
        raise Invalid(
            "The fulfillment order is already packed. Unpack it first to pack it differently.",
            "packages",
            code=ProblemCode.NOT_POSSIBLE_NOW,
        )
    if not there:
        await refuse_unknown_boxes(data.packages)
        there = packages_of(row, parts, data.packages)
        if row.is_drop_ship and not data.packages:
            most = min(MOST_PACKAGES, sum(part.quantity for part in parts))
            there += _more_parcels(row, len(there), len(data.tracking_numbers), most)
        await insert(there)
    if len(data.tracking_numbers) > len(there):
        raise Invalid(
            f"There are only {len(there)} packages.",
            "tracking_numbers",
            str(len(there)),
            code=ProblemCode.TOO_MANY,
            maximum=len(there),
        )
    return there


def _more_parcels(row: FulfillmentOrder, there: int, numbers: int, most: int) -> list[Package]:
    """Additional parcels for which a supplier gave a tracking number; their contents are unknown."""
    if numbers > most:
        raise Invalid(
            (
                f"There can be at most {most} package{'s' if most != 1 else ''}, because no "
                "more units are shipped."
            ),
            "tracking_numbers",
            code=ProblemCode.TOO_MANY,
            maximum=most,
        )
    return [
        Package(id=new_id(), fulfillment_order_id=row.id, position=position, contents=[])
        for position in range(there + 1, numbers + 1)
    ]


async def _as_labelled(packages: Sequence[Package], data: ShipData) -> ShipData:
    """The shipping data of labelled packages: the carrier, service and cost of their labels.

    Raises:
        Invalid: a label is being bought, or the labels are of another carrier.
        ValidationFailed: a package is given another number than that of its label.
    """
    carriers = {package.carrier for package in packages if package.carrier}
    if not carriers:
        return data
    labelled = await queries.labels_by_package([each.id for each in packages])
    refuse_labels(packages, labelled)
    labels = [label for label in labelled if label]
    (carrier,) = carriers
    if data.carrier not in (BY_HAND, carrier):
        text = f"The packages have labels of {carrier}. Void them first (fulfillmentLabelVoid)."
        raise Invalid(text, "carrier", code=ProblemCode.UNKNOWN_CHOICE, choices=[carrier])
    _refuse_other_numbers(labelled, data)
    costs = [
        Money(label.cost_minor, label.cost_currency)
        for label in labels
        if label.cost_minor is not None and label.cost_currency is not None
    ]
    one_currency = len({cost.currency for cost in costs}) == 1 and len(costs) == len(packages)
    total = sum(costs[1:], costs[0]) if one_currency else None
    service = labels[0].service if labels else ""
    return replace(data, carrier=carrier, service=data.service or service, cost=data.cost or total)


def _refuse_other_numbers(labels: Sequence[Label | None], data: ShipData) -> None:
    """Refuse a tracking number that differs from that of a bought label, whose events would be lost.

    Raises:
        ValidationFailed: a number differs from the label's.
    """
    problems = Problems()
    for index, (label, given) in enumerate(zip(labels, data.tracking_numbers, strict=False)):
        if label is None or label.status is not LabelStatus.BOUGHT:
            continue
        if tracking_number(given) != label.tracking_number:
            problems.add(
                (
                    f"This package has a label with the tracking number {label.tracking_number}. "
                    "Omit the number, or void the label first (fulfillmentLabelVoid)."
                ),
                "tracking_numbers",
                str(index),
                code=ProblemCode.CONTRADICTION,
                field="tracking_numbers",
            )
    problems.refuse_if_any()


def add_packages(shipment: Shipment, packages: Sequence[Package], data: ShipData) -> None:
    """Assign packages to their shipment, with their tracking numbers and the addresses of tracking pages."""
    for index, package in enumerate(packages):
        if index < len(data.tracking_numbers):
            package.tracking_number = tracking_number(data.tracking_numbers[index])
        package.shipment_id, package.carrier = shipment.id, shipment.carrier
        package.stage = ShipmentStage.LABEL_CREATED
        if data.tracking_url:
            number = quote(package.tracking_number or "", safe="")
            package.tracking_url = data.tracking_url.strip().replace("{number}", number)[:LONGEST_URL]


async def _announce(
    uow: UnitOfWork,
    row: FulfillmentOrder,
    made: Shipment,
    packages: Sequence[Package],
    parts: Sequence[FulfillmentLine],
) -> None:
    """Announce the shipment; webhooks of its carrier that came before it are processed after the commit."""
    numbers = [package.tracking_number for package in packages if package.tracking_number]
    if numbers and await queries.pending_messages(numbers):
        uow.defer("carrier.messages", made.id)
    uow.announce(
        FulfillmentShipped(
            **event_fields(row),
            shipment_id=made.id,
            carrier=made.carrier,
            tracking_numbers=numbers,
            units=sum(part.quantity for part in parts),
        )
    )


def shipment_of(uow: UnitOfWork, row: FulfillmentOrder, data: ShipData) -> Shipment:
    return Shipment(
        id=new_id(),
        number=row.number,
        order_id=row.order_id,
        fulfillment_order_id=row.id,
        channel_id=row.channel_id,
        location_id=row.location_id,
        carrier=data.carrier,
        service=data.service.strip(),
        stage=ShipmentStage.LABEL_CREATED,
        cost_minor=data.cost.minor if data.cost else None,
        cost_currency=data.cost.currency if data.cost else None,
        shipped_at=uow.at,
        expected_on=data.expected_on or row.promised_on,
        created_at=uow.at,
        updated_at=uow.at,
    )
