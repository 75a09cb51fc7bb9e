"""Labels of packages: rates, buying and voiding.

Carriers are called between two transactions: a row first records that a label is wanted, and the result is
stored afterwards, see `label_purchase`.
"""

import asyncio
from collections.abc import Sequence
from uuid import UUID

from app.core.actor import Actor
from app.core.database import insert, update_each
from app.core.ids import new_id
from app.core.problems import ProblemCode
from app.core.refusals import IllegalTransition, Invalid, Problems
from app.core.steps import LifecycleStep
from app.core.uow import UnitOfWork, command
from app.fulfillment import lifecycle as life
from app.fulfillment import queries
from app.fulfillment.carrier_adapters import CarrierRefuses, CarrierSilent, Rate
from app.fulfillment.conditions import refuse_pickup
from app.fulfillment.events import FulfillmentLabelsVoided
from app.fulfillment.lifecycle import FulfillmentOrderStatus, LabelStatus
from app.fulfillment.models import CarrierAccount, FulfillmentOrder, Label, Package
from app.fulfillment.refusals import CarrierNotResponding, CarrierRejected, NotReleasable
from app.fulfillment.service.carriers.accounts import adapter_for
from app.fulfillment.service.carriers.calling import PATIENCE, call
from app.fulfillment.service.carriers.label_purchase import parcel_of, process_label
from app.fulfillment.service.event_fields import event_fields
from app.fulfillment.service.locking import locked_with_order
from app.fulfillment.service.saving import save


async def rates_for(row: FulfillmentOrder, account: CarrierAccount) -> list[tuple[Package, list[Rate]]]:
    """A carrier's rates for each package of a fulfillment order.

    Raises:
        IllegalTransition: it is not packed.
        Invalid, ValidationFailed: a package without weight, or a missing address.
        CarrierRejected, CarrierNotResponding.
    """
    _refuse_unpacked(row, LifecycleStep.REQUEST_RATES)
    packages = await queries.packages_of([row.id])
    _refuse_unweighed(account, packages)
    carrier = adapter_for(account)
    parcels = [(package, await parcel_of(row, package)) for package in packages]
    try:
        async with asyncio.timeout(PATIENCE):
            rates = [(package, await call(account, carrier.rates(parcel))) for package, parcel in parcels]
    except CarrierRefuses as refusal:
        raise CarrierRejected(str(refusal), "carrier") from refusal
    except TimeoutError as error:
        raise CarrierNotResponding("The carrier did not respond in time. Try again.", "carrier") from error
    except CarrierSilent as silence:
        raise CarrierNotResponding(f"{silence} Try again.", "carrier") from silence
    return [(package, sorted(offered, key=_price)) for package, offered in rates]


def _price(rate: Rate) -> tuple[str, int, str]:
    return rate.amount.currency, rate.amount.minor, rate.service


async def buy_labels(
    actor: Actor, id: UUID, account: CarrierAccount, service: str = "", *, expected_version: int | None = None
) -> FulfillmentOrder:
    """Buy a label for each package of a fulfillment order without one; "" takes the cheapest service.

    Repeated calls do not buy labels twice.

    Raises:
        NotFound, StaleVersion.
        IllegalTransition: it is not packed.
        NotReleasable: its order is on hold.
        Invalid, ValidationFailed: a package without weight; the carrier sells no labels.
        CarrierRejected: it refused; its message is stored with the package's label.
        CarrierNotResponding: it did not respond. It is called again automatically.
    """
    wanted = await _request_labels(actor, id, account, service, expected_version=expected_version)
    for label in wanted:
        await process_label(label, actor)
    settled = [
        label for label in await queries.labels_by_package([each.package_id for each in wanted]) if label
    ]
    for label in settled:
        # A label that was refused is voided if an earlier request may have bought it.
        if label.status is LabelStatus.FAILED or (label.status is LabelStatus.VOIDING and label.problem):
            raise CarrierRejected(label.problem, "carrier")
    for label in settled:
        if label.status is LabelStatus.PENDING:
            problem = label.problem or "The request to the carrier is in progress."
            raise CarrierNotResponding(f"{problem} The request is repeated automatically.", "carrier")
    (row,) = await queries.by_id([id])
    assert row is not None
    return row


@command
async def _request_labels(
    uow: UnitOfWork, id: UUID, account: CarrierAccount, service: str, *, expected_version: int | None = None
) -> list[Label]:
    """Write down which packages are to have a label; returns what the carrier is to be asked about."""
    _refuse_service(account, service)
    order, row = await locked_with_order(uow, id, expected_version=expected_version)
    refuse_pickup(row)
    _refuse_unpacked(row, LifecycleStep.BUY_LABELS)
    if order.open_holds:
        raise NotReleasable.held(row.number, "id")
    packages = await queries.packages_of([row.id])
    known = {label.package_id: label for label in await queries.labels_of_work(row.id)}
    if any(label.account_id != account.id for label in known.values()):
        raise Invalid(
            "The packages have labels of another carrier. Void them first (fulfillmentLabelVoid).",
            "carrier",
            code=ProblemCode.NOT_POSSIBLE_NOW,
        )
    # A tracking number entered by hand belongs to a label bought elsewhere.
    lacking = [each for each in packages if each.id not in known and not each.tracking_number]
    _refuse_unweighed(account, lacking)
    made = [_label(uow, package, account, service) for package in lacking]
    await insert(made)
    for package in lacking:
        package.carrier = account.code
    await update_each(lacking, "carrier")
    pending = [label for label in known.values() if label.status is LabelStatus.PENDING]
    if not made and not pending and len(known) < len(packages):
        text = (
            "The packages have manually entered tracking numbers. Unpack the fulfillment "
            "order to buy labels instead."
        )
        raise Invalid(text, "id", code=ProblemCode.NO_CHANGE)
    if not made:
        return pending  # the others exist already
    await save(uow, row)
    return [*pending, *made]


def _label(uow: UnitOfWork, package: Package, account: CarrierAccount, service: str) -> Label:
    return Label(
        id=new_id(),
        package_id=package.id,
        fulfillment_order_id=package.fulfillment_order_id,
        account_id=account.id,
        service=service,
        asked_at=uow.at,
        next_at=uow.at,
        created_at=uow.at,
        updated_at=uow.at,
    )


def _refuse_service(account: CarrierAccount, service: str) -> None:
    """Raises Invalid: the carrier sells no labels, or the name of the service is too long."""
    if not account.kind.adapter.SELLS_LABELS:
        raise Invalid(
            ("This carrier has no integration for labels. Enter the tracking numbers when you ship."),
            "carrier",
            code=ProblemCode.WRONG_KIND,
        )
    if len(service) > 60:
        raise Invalid(
            "The service must have at most 60 characters.", "service", code=ProblemCode.TOO_LONG, maximum=60
        )


def _refuse_unpacked(row: FulfillmentOrder, step: LifecycleStep) -> None:
    if row.status is not FulfillmentOrderStatus.PACKED:
        raise IllegalTransition(step, row.status.value, life.lifecycle.names_from(row.status))


def _refuse_unweighed(account: CarrierAccount, packages: Sequence[Package]) -> None:
    problems = Problems()
    if account.kind.adapter.NEEDS_WEIGHT:
        for package in packages:
            if package.weight_grams is None:
                text = (
                    f"Package {package.position} has no weight. Unpack the fulfillment "
                    "order, and pack it with weights."
                )
                problems.add(text, "id", code=ProblemCode.NOT_POSSIBLE_NOW)
    problems.refuse_if_any()


async def drop_labels(uow: UnitOfWork, row: FulfillmentOrder) -> list[Label]:
    """Void the labels of a locked fulfillment order whose packages are unpacked or not shipped."""
    found = await queries.labels_of_work(row.id)
    for label in found:
        if label.status is LabelStatus.BOUGHT:
            label.attempts, label.next_at = 0, uow.at  # a label that is being bought is checked first
        life.labels.move(label, life.drop_label)
        label.asked_at = label.updated_at = uow.at
    await update_each(found, "status", "asked_at", "next_at", "attempts", "updated_at")
    return found


@command
async def void_labels(uow: UnitOfWork, id: UUID, *, expected_version: int | None = None) -> FulfillmentOrder:
    """Void the labels of a packed fulfillment order; it stays packed.

    Raises:
        NotFound, StaleVersion.
        IllegalTransition: it is not packed.
    """
    _, row = await locked_with_order(uow, id, expected_version=expected_version)
    _refuse_unpacked(row, LifecycleStep.VOID_LABELS)
    labelled = {label.package_id for label in await drop_labels(uow, row)}
    if not labelled:
        return row
    packages = [each for each in await queries.packages_of([row.id]) if each.id in labelled]
    for package in packages:
        package.carrier, package.tracking_number, package.tracking_url = "", None, ""
    await update_each(packages, "carrier", "tracking_number", "tracking_url")
    await save(uow, row)
    uow.announce(FulfillmentLabelsVoided(**event_fields(row), labels=len(labelled)))
    return row
