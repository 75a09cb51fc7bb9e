"""Labels of carriers. The carrier is asked between two transactions, never in one.

First a row says that a label is wanted. Then the carrier is told of the parcel, at no cost, and its reference
is stored. Then the label is bought. If the process ends anywhere in between, or the carrier does not answer,
the row says how far it was, and the sweeper goes on from there: a label is bought once, and one that nobody
needs any more is given back.
"""

import asyncio
from collections.abc import Sequence
from datetime import timedelta
from uuid import UUID

import structlog

from app.core import clock
from app.core.actor import SYSTEM, Actor
from app.core.database import insert, update_each
from app.core.ids import new_id
from app.core.refusals import IllegalTransition, Invalid, Problems
from app.core.work import Work, verb
from app.fulfillment import lifecycle as life
from app.fulfillment import queries
from app.fulfillment.carriers import CARRIERS, Bought, Carrier, CarrierRefuses, CarrierSilent, Parcel, Rate
from app.fulfillment.events import FulfillmentLabelBought, FulfillmentLabelFailed, FulfillmentLabelsVoided
from app.fulfillment.lifecycle import FulfillmentOrderStatus, LabelStatus
from app.fulfillment.models import CarrierAccount, FulfillmentOrder, Label, Package
from app.fulfillment.refusals import CarrierSaysNo, NoAnswerYet, NotReleasable
from app.fulfillment.service.accounts import reached
from app.fulfillment.service.locking import locked_with_order
from app.fulfillment.service.releasing import save
from app.fulfillment.service.telling import told
from app.inventory import queries as stock
from app.orders import queries as orders

PATIENCE = 75.0  # seconds for all that is asked about one label
ASK_AGAIN_AFTER = timedelta(seconds=90)  # longer than that; and twice as long after each try
SELDOM = timedelta(hours=6)
AT_ONCE = 40
TOGETHER = 8  # carriers that are asked at the same time

_log = structlog.get_logger("labels")


async def rates_for(row: FulfillmentOrder, account: CarrierAccount) -> list[tuple[Package, list[Rate]]]:
    """What a carrier's services take for each package of a fulfillment order.

    Raises:
        IllegalTransition: it is not packed.
        Invalid, ValidationFailed: packages that nobody has weighed, or an address that is missing.
        CarrierSaysNo, NoAnswerYet.
    """
    _refuse_unpacked(row, "ask for rates")
    packages = await queries.packages_of([row.id])
    _refuse_unweighed(account, packages)
    carrier = reached(account)
    found = []
    for package in packages:
        try:
            found.append((package, await carrier.rates(await _parcel(row, package))))
        except CarrierRefuses as refusal:
            raise CarrierSaysNo(str(refusal), "carrier") from refusal
        except CarrierSilent as silence:
            raise NoAnswerYet(f"{silence} Ask again.", "carrier") from silence
    return found


async def buy_labels(
    actor: Actor, id: UUID, account: CarrierAccount, service: str = "", *, expected_version: int | None = None
) -> FulfillmentOrder:
    """Buy a label for each package of a fulfillment order that has none; "" takes the cheapest service.

    Raises:
        NotFound, StaleVersion.
        IllegalTransition: it is not packed.
        NotReleasable: its order is on hold.
        Invalid, ValidationFailed: no package lacks one; one is not weighed; the carrier sells none.
        CarrierSaysNo: it would not; its words are with the package's label.
        NoAnswerYet: it did not answer. It is asked again by itself.
    """
    wanted = await _want(actor, id, account, service, expected_version=expected_version)
    for label in wanted:
        await settle(label, actor)
    settled = [
        label for label in await queries.labels_by_package([each.package_id for each in wanted]) if label
    ]
    for label in settled:
        if label.status is LabelStatus.FAILED:
            raise CarrierSaysNo(label.problem, "carrier")
    for label in settled:
        if label.status is LabelStatus.PENDING:
            problem = label.problem or "The carrier is being asked."
            raise NoAnswerYet(f"{problem} It is asked again by itself.", "carrier")
    (row,) = await queries.by_id([id])
    assert row is not None
    return row


@verb
async def _want(
    work: Work, id: UUID, account: CarrierAccount, service: str, *, expected_version: int | None = None
) -> list[Label]:
    """Write down which packages are to have a label; returns what the carrier is to be asked about."""
    if not CARRIERS[account.kind].SELLS_LABELS:
        raise Invalid("Labels of this carrier are had by hand: give tracking numbers on shipping.", "carrier")
    if len(service) > 60:
        raise Invalid("A service has 60 characters at the most.", "service")
    order, row = await locked_with_order(work, id, expected_version=expected_version)
    _refuse_unpacked(row, "buy labels")
    if order.open_holds:
        raise NotReleasable.held(row.number, "id")
    packages = await queries.packages_of([row.id])
    _refuse_unweighed(account, packages)
    known = {label.package_id: label for label in await queries.labels_of_work(row.id)}
    if any(label.account_id != account.id for label in known.values()):
        raise Invalid(
            "It has labels of another carrier. Give these back first (fulfillmentLabelVoid).", "carrier"
        )
    made = [
        Label(
            id=new_id(),
            package_id=package.id,
            fulfillment_order_id=row.id,
            account_id=account.id,
            service=service,
            asked_at=work.at,
            next_at=work.at,
            created_at=work.at,
            updated_at=work.at,
        )
        for package in packages
        if package.id not in known
    ]
    await insert(made)
    lacking = [package for package in packages if package.id not in known]
    for package in lacking:
        package.carrier = account.code
    await update_each(lacking, "carrier")
    pending = [label for label in known.values() if label.status is LabelStatus.PENDING]
    if not made and not pending:
        raise Invalid("Each of its packages has a label already.", "id")
    await save(work, row)
    return [*pending, *made]


def _refuse_unpacked(row: FulfillmentOrder, step: str) -> None:
    if row.status is not FulfillmentOrderStatus.PACKED:
        raise IllegalTransition(step, row.status.value, life.lifecycle.names_from(row.status))


def _refuse_unweighed(account: CarrierAccount, packages: Sequence[Package]) -> None:
    problems = Problems()
    if CARRIERS[account.kind].NEEDS_WEIGHT:
        for package in packages:
            if package.weight_grams is None:
                text = f"Package {package.position} is not weighed: unpack it, and pack it with its weight."
                problems.add(text, "id")
    problems.refuse_if_any()


async def _parcel(row: FulfillmentOrder, package: Package) -> Parcel:
    (location,) = await stock.locations_by_id([row.location_id])
    (order,) = await orders.orders_by_id([row.order_id])
    assert location is not None
    assert order is not None
    if location.address is None:
        raise Invalid(f"The location {location.code} has no address: give it one (locationUpdate).", "id")
    if order.shipping_address is None:
        raise Invalid("The order has no address to send to.", "id")
    sides = (package.length_mm, package.width_mm, package.height_mm)
    return Parcel(
        # Another package that is packed for the same order later is another parcel.
        reference=f"{row.number}/{package.position}/{package.id.hex[-8:]}",
        sender=location.address,
        recipient=order.shipping_address,
        weight_grams=package.weight_grams or 0,
        sides_mm=None if None in sides else sides,  # type: ignore[arg-type]
    )


async def settle(label: Label, by: Actor = SYSTEM) -> None:
    """Ask the carrier about a label that is wanted, or is to be given back. Twice does no harm."""
    now = clock.now()
    pause = min(SELDOM, ASK_AGAIN_AFTER * 2 ** min(label.attempts, 12))
    if not await queries.claim_label(label, now, now + pause):
        return  # somebody else is asking
    (account,) = await queries.accounts_by_id([label.account_id])
    assert account is not None
    try:
        async with asyncio.timeout(PATIENCE):
            carrier = reached(account)
            if label.status is LabelStatus.VOIDING:
                if label.carrier_reference:
                    await carrier.void(label.carrier_reference)
                await _note_voided(by, label.id)
            else:
                await _buy(by, carrier, account, label)
    except TimeoutError:
        await _note_problem(by, label.id, "The carrier takes too long.")
    except CarrierSilent as silence:
        await _note_problem(by, label.id, str(silence))
    except (CarrierRefuses, Invalid) as refusal:
        await _note_refusal(by, label.id, account.code, str(refusal))


async def _buy(by: Actor, carrier: Carrier, account: CarrierAccount, label: Label) -> None:
    reference = label.carrier_reference
    if not reference:
        (row,) = await queries.by_id([label.fulfillment_order_id])
        package = await queries.package_by_id(label.package_id)
        if row is None or package is None:
            return  # opened meanwhile: its label is to be given back
        reference = await carrier.prepare(await _parcel(row, package))
        if not await _note_reference(by, label.id, reference):
            return  # nobody wants it any more, and nothing was paid
    await _note_bought(by, label.id, account.code, await carrier.buy(reference, label.service))


async def _locked(work: Work, label_id: UUID) -> tuple[FulfillmentOrder, Label]:
    """A label and its fulfillment order, locked after their order."""
    known = await queries.label(label_id)
    _, row = await locked_with_order(work, known.fulfillment_order_id)
    return row, await queries.locked_label(label_id)


@verb
async def _note_reference(work: Work, label_id: UUID, reference: str) -> bool:
    """Store the carrier's reference of a parcel; whether its label is still wanted."""
    _, label = await _locked(work, label_id)
    label.carrier_reference, label.updated_at = reference, work.at
    await update_each([label], "carrier_reference", "updated_at")
    return label.status is LabelStatus.PENDING


@verb
async def _note_bought(work: Work, label_id: UUID, carrier: str, bought: Bought) -> None:
    """Put a label on its package; one that is not needed any more is given back."""
    row, label = await _locked(work, label_id)
    label.tracking_number, label.tracking_url = bought.tracking_number[:60], bought.tracking_url[:500]
    label.label_url, label.service, label.problem = bought.label_url[:500], bought.service[:60], ""
    if bought.cost is not None:
        label.cost_minor, label.cost_currency = bought.cost.minor, bought.cost.currency
    package = await queries.package_by_id(label.package_id)
    if label.status is LabelStatus.PENDING and package is not None:
        life.labels.move(label, life.buy_label)
        package.tracking_number, package.tracking_url = label.tracking_number, label.tracking_url
        await update_each([package], "tracking_number", "tracking_url")
        await save(work, row)
        work.announce(
            FulfillmentLabelBought(
                **told(row),
                package_id=package.id,
                carrier=carrier,
                tracking_number=label.tracking_number or "",
            )
        )
    elif label.status in (LabelStatus.FAILED, LabelStatus.VOIDED):
        life.labels.move(label, life.drop_label)
        label.attempts, label.asked_at, label.next_at = 0, work.at, work.at
    label.updated_at = work.at
    await update_each(
        [label],
        "status", "tracking_number", "tracking_url", "label_url", "service", "problem", "cost_minor",
        "cost_currency", "attempts", "asked_at", "next_at", "updated_at",
    )  # fmt: skip


@verb
async def _note_voided(work: Work, label_id: UUID) -> None:
    _, label = await _locked(work, label_id)
    if label.status is LabelStatus.VOIDING:
        life.labels.move(label, life.void_label)
        label.problem, label.updated_at = "", work.at
        await update_each([label], "status", "problem", "updated_at")


@verb
async def _note_problem(work: Work, label_id: UUID, problem: str) -> None:
    _, label = await _locked(work, label_id)
    label.problem, label.updated_at = problem[:500], work.at
    await update_each([label], "problem", "updated_at")


@verb
async def _note_refusal(work: Work, label_id: UUID, carrier: str, problem: str) -> None:
    """Note a carrier's no. What it will not take back stays to be given back, and says why it is not."""
    row, label = await _locked(work, label_id)
    if label.status is LabelStatus.PENDING:
        life.labels.move(label, life.fail_label)
        package = await queries.package_by_id(label.package_id)
        if package is not None:
            package.carrier = ""
            await update_each([package], "carrier")
        await save(work, row)
        work.announce(
            FulfillmentLabelFailed(
                **told(row), package_id=label.package_id, carrier=carrier, problem=problem[:500]
            )
        )
    label.problem, label.updated_at = problem[:500], work.at
    await update_each([label], "status", "problem", "updated_at")


async def drop_labels(work: Work, row: FulfillmentOrder) -> list[Label]:
    """Have the labels of a locked fulfillment order given back: its packages are opened, or not sent."""
    found = await queries.labels_of_work(row.id)
    for label in found:
        if label.status is LabelStatus.BOUGHT:
            label.attempts, label.next_at = 0, work.at  # one that is just being bought is asked for first
        life.labels.move(label, life.drop_label)
        label.asked_at = label.updated_at = work.at
    await update_each(found, "status", "asked_at", "next_at", "attempts", "updated_at")
    return found


@verb
async def void_labels(work: Work, id: UUID, *, expected_version: int | None = None) -> FulfillmentOrder:
    """Give the labels of a packed fulfillment order back; it stays packed.

    Raises:
        NotFound, StaleVersion.
        IllegalTransition: it is not packed.
    """
    _, row = await locked_with_order(work, id, expected_version=expected_version)
    _refuse_unpacked(row, "void labels")
    labelled = {label.package_id for label in await drop_labels(work, row)}
    if not labelled:
        return row
    packages = [each for each in await queries.packages_of([row.id]) if each.id in labelled]
    for package in packages:
        package.carrier, package.tracking_number, package.tracking_url = "", None, ""
    await update_each(packages, "carrier", "tracking_number", "tracking_url")
    await save(work, row)
    work.announce(FulfillmentLabelsVoided(**told(row), labels=len(labelled)))
    return row


async def settle_due() -> int:
    """Ask carriers again about labels of which nobody knows what came, some at a time; returns how many."""
    due = await queries.labels_to_settle(clock.now(), AT_ONCE)
    for start in range(0, len(due), TOGETHER):
        await asyncio.gather(*(_settle_or_log(label) for label in due[start : start + TOGETHER]))
    return len(due)


async def _settle_or_log(label: Label) -> None:
    """One label that nobody understands does not keep the others waiting."""
    try:
        await settle(label)
    except Exception as error:
        _log.warning("label.failed", label=str(label.id), error=type(error).__name__, exc_info=error)
