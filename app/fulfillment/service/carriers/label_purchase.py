"""Calls carriers to buy and void labels, between two transactions.

The parcel is registered at no cost, and the carrier's reference is stored; then the label is bought. If the
process ends in between, or the carrier does not respond, the label's row has the state, and the sweeper
continues: a label is bought once, and one that is no longer needed is voided.
"""

import asyncio
from datetime import datetime, timedelta
from uuid import UUID

import structlog

from app.core import clock
from app.core.actor import SYSTEM, Actor
from app.core.characters import harmless_line
from app.core.database import update_each, update_where
from app.core.links import LONGEST, is_link
from app.core.problems import ProblemCode
from app.core.refusals import Invalid
from app.core.spelling import LONGEST_TRACKING_NUMBER, tracking_number
from app.core.uow import UnitOfWork, command
from app.fulfillment import lifecycle as life
from app.fulfillment import queries
from app.fulfillment.carrier_adapters import (
    Address,
    Bought,
    Carrier,
    CarrierRefuses,
    CarrierSilent,
    Parcel,
    UnreadableAnswer,
)
from app.fulfillment.events import FulfillmentLabelBought, FulfillmentLabelFailed
from app.fulfillment.lifecycle import LabelStatus
from app.fulfillment.models import CarrierAccount, FulfillmentOrder, Label, Package
from app.fulfillment.service.carriers.accounts import adapter_for
from app.fulfillment.service.carriers.calling import PATIENCE, call
from app.fulfillment.service.event_fields import event_fields
from app.fulfillment.service.locking import locked_with_order
from app.fulfillment.service.saving import save
from app.inventory.locations import queries as locations
from app.orders import queries as orders

ASK_AGAIN_AFTER = timedelta(seconds=90)  # longer than PATIENCE; doubled after each attempt
SELDOM = timedelta(hours=6)
LONGEST_REFERENCE = 120
AT_ONCE = 40
TOGETHER = 8  # concurrent calls

_log = structlog.get_logger("labels")


async def parcel_of(row: FulfillmentOrder, package: Package, label: Label | None = None) -> Parcel:
    """A package as a carrier's parcel, for a label or, without one, for its rates.

    Raises:
        Invalid: the sender's or recipient's address is missing.
    """
    (location,) = await locations.locations_by_id([row.location_id])
    (order,) = await orders.orders_by_id([row.order_id])
    assert location is not None
    assert order is not None
    if location.address is None:
        raise Invalid(
            f"The location {location.code} has no address. Enter one (locationUpdate).",
            "id",
            code=ProblemCode.NOT_POSSIBLE_NOW,
        )
    if order.shipping_address is None:
        raise Invalid("The order has no shipping address.", "id", code=ProblemCode.NOT_POSSIBLE_NOW)
    sides = (package.length_mm, package.width_mm, package.height_mm)
    return Parcel(
        # A carrier that recognizes repeated requests by the reference must not take the label that is bought
        # after another one was voided for the voided one.
        reference=f"{row.number}/{package.position}/{(label or package).id.hex[-8:]}",
        sender=Address.from_json(location.address),
        recipient=Address.from_json(order.shipping_address),
        weight_grams=package.weight_grams or 0,
        sides_mm=None if None in sides else sides,  # type: ignore[arg-type]
    )


async def process_label(label: Label, by: Actor = SYSTEM) -> None:
    """Call the carrier for a label to buy or void. Repeated calls have no further effect."""
    now = clock.now()
    pause = min(SELDOM, ASK_AGAIN_AFTER * 2 ** min(label.attempts, 12))
    if not await _claim(label, now, now + pause):
        return  # claimed by another process
    (account,) = await queries.accounts_by_id([label.account_id])
    assert account is not None
    try:
        async with asyncio.timeout(PATIENCE):
            carrier = adapter_for(account)
            if label.status is LabelStatus.VOIDING:
                if label.carrier_reference:
                    await call(account, carrier.void(label.carrier_reference))
                await _note_voided(by, label.id)
            else:
                await _buy(by, carrier, account, label)
    except TimeoutError:
        await _note_problem(by, label.id, "The carrier did not respond in time.")
    except CarrierSilent as silence:
        await _note_problem(by, label.id, str(silence))
    except (CarrierRefuses, Invalid) as refusal:
        # An earlier request, whose response was lost, may have bought the label.
        may_be_bought = bool(label.carrier_reference)
        await _note_refusal(by, label.id, account.code, str(refusal), may_be_bought=may_be_bought)


async def _claim(label: Label, now: datetime, next_at: datetime) -> bool:
    """Reserve a label for one request to its carrier until `next_at`; False if another request has it."""
    changed = await update_where(
        Label,
        "attempts = attempts + 1, next_at = $4",
        "id = $1 AND attempts = $2 AND next_at <= $3 AND status = $5 AND carrier_reference = $6",
        label.id,
        label.attempts,
        now,
        next_at,
        label.status,
        label.carrier_reference,
    )
    return changed == 1


async def _buy(by: Actor, carrier: Carrier, account: CarrierAccount, label: Label) -> None:
    reference = label.carrier_reference
    if not reference:
        (row,) = await queries.by_id([label.fulfillment_order_id])
        package = await queries.package_by_id(label.package_id)
        if row is None or package is None:
            return  # unpacked meanwhile: its label is voided
        reference = await call(account, carrier.prepare(await parcel_of(row, package, label)))
        _check_reference(reference)
        if not await _note_reference(by, label.id, reference):
            return  # not wanted any more, and not paid
    bought = await call(account, carrier.buy(reference, label.service))
    if not _number_of(bought):
        raise UnreadableAnswer(f"{account.name} sent a label without a tracking number.")
    await _note_bought(by, label.id, account.code, bought)


def _check_reference(reference: str) -> None:
    """Raises CarrierRefuses: the carrier's reference is empty or too long to be stored."""
    if not 1 <= len(reference) <= LONGEST_REFERENCE:
        raise CarrierRefuses(f"The carrier's reference must have 1 to {LONGEST_REFERENCE} characters.")


def _number_of(bought: Bought) -> str:
    return tracking_number(harmless_line(bought.tracking_number))[:LONGEST_TRACKING_NUMBER]


def _link(url: str) -> str:
    """A web address as stored; "" if it is none."""
    return url if len(url) <= LONGEST and is_link(url) else ""


async def _locked(uow: UnitOfWork, label_id: UUID) -> tuple[FulfillmentOrder, Label]:
    """A label and its fulfillment order, locked after their order."""
    known = await queries.label(label_id)
    _, row = await locked_with_order(uow, known.fulfillment_order_id)
    return row, await queries.locked_label(label_id)


@command
async def _note_reference(uow: UnitOfWork, label_id: UUID, reference: str) -> bool:
    """Store the carrier's reference of a parcel; return whether its label is still wanted."""
    _, label = await _locked(uow, label_id)
    label.carrier_reference, label.updated_at = reference, uow.at
    await update_each([label], "carrier_reference", "updated_at")
    return label.status is LabelStatus.PENDING


@command
async def _note_bought(uow: UnitOfWork, label_id: UUID, carrier: str, bought: Bought) -> None:
    """Store a bought label on its package; one that is no longer needed is voided."""
    row, label = await _locked(uow, label_id)
    label.tracking_number, label.problem = _number_of(bought), ""
    label.tracking_url, label.label_url = _link(bought.tracking_url), _link(bought.label_url)
    label.service = harmless_line(bought.service)[:60]
    if bought.cost is not None:
        label.cost_minor, label.cost_currency = bought.cost.minor, bought.cost.currency
    package = await queries.package_by_id(label.package_id)
    if label.status is LabelStatus.PENDING and package is not None:
        life.labels.move(label, life.buy_label)
        package.tracking_number, package.tracking_url = label.tracking_number, label.tracking_url
        await update_each([package], "tracking_number", "tracking_url")
        await save(uow, row)
        uow.announce(
            FulfillmentLabelBought(
                **event_fields(row),
                package_id=package.id,
                carrier=carrier,
                tracking_number=label.tracking_number or "",
            )
        )
    elif label.status in (LabelStatus.FAILED, LabelStatus.VOIDED):
        _drop(uow, label)
    label.updated_at = uow.at
    await update_each(
        [label],
        "status", "tracking_number", "tracking_url", "label_url", "service", "problem", "cost_minor",
        "cost_currency", "attempts", "asked_at", "next_at", "updated_at",
    )  # fmt: skip


@command
async def _note_voided(uow: UnitOfWork, label_id: UUID) -> None:
    _, label = await _locked(uow, label_id)
    if label.status is LabelStatus.VOIDING:
        life.labels.move(label, life.void_label)
        label.problem, label.updated_at = "", uow.at
        await update_each([label], "status", "problem", "updated_at")


@command
async def _note_problem(uow: UnitOfWork, label_id: UUID, problem: str) -> None:
    _, label = await _locked(uow, label_id)
    label.problem, label.updated_at = problem[:500], uow.at
    await update_each([label], "problem", "updated_at")


@command
async def _note_refusal(
    uow: UnitOfWork, label_id: UUID, carrier: str, problem: str, *, may_be_bought: bool
) -> None:
    """Record a carrier's refusal.

    A label that an earlier request may have bought is voided. One that the carrier will not void stays to be
    voided, with the message.
    """
    row, label = await _locked(uow, label_id)
    if label.status is LabelStatus.PENDING:
        life.labels.move(label, life.fail_label)
        package = await queries.package_by_id(label.package_id)
        if package is not None:
            package.carrier = ""
            await update_each([package], "carrier")
        await save(uow, row)
        uow.announce(
            FulfillmentLabelFailed(
                **event_fields(row), package_id=label.package_id, carrier=carrier, problem=problem[:500]
            )
        )
        if may_be_bought:
            _drop(uow, label)
    label.problem, label.updated_at = problem[:500], uow.at
    await update_each([label], "status", "problem", "attempts", "asked_at", "next_at", "updated_at")


def _drop(uow: UnitOfWork, label: Label) -> None:
    """Have the carrier void a label, at once; the caller saves it."""
    life.labels.move(label, life.drop_label)
    label.attempts, label.asked_at, label.next_at = 0, uow.at, uow.at


async def process_due_labels() -> int:
    """Ask carriers again about labels whose result is unknown, some at a time; returns how many."""
    due = await queries.due_labels(clock.now(), AT_ONCE)
    for start in range(0, len(due), TOGETHER):
        await asyncio.gather(*(_process_or_log(label) for label in due[start : start + TOGETHER]))
    return len(due)


async def _process_or_log(label: Label) -> None:
    """Ask about one label; an error is logged, and the others are asked about."""
    try:
        await process_label(label)
    except Exception as error:
        _log.warning("label.failed", label=str(label.id), error=type(error).__name__, exc_info=error)
