"""Creation and cancellation of transfers."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from app.access.permissions import Permission
from app.catalog.models import Variant
from app.core.database import insert
from app.core.days import checked_coming_day
from app.core.ids import new_id
from app.core.problems import ProblemCode
from app.core.refusals import AlreadyExists, Problems
from app.core.steps import LifecycleStep
from app.core.texts import LONGEST_REMARK, checked_note, checked_reference
from app.core.uow import UnitOfWork, command
from app.core.versions import refuse_stale, write_changes
from app.inventory.location_kinds import LocationKind
from app.inventory.locations.models import Location
from app.inventory.stock.lifecycle import ClaimantKind, ReservationPriority
from app.inventory.stock.refusals import InsufficientStock
from app.inventory.stock.service.levels import (
    checked_quantity,
    stocked_variants,
)
from app.inventory.stock.service.releasing import release
from app.inventory.stock.service.reserving import reserve_at
from app.inventory.stock.service.units_of_measure import in_pieces
from app.inventory.transfers import lifecycle, queries
from app.inventory.transfers.events import TransferCancelled, TransferCreated
from app.inventory.transfers.models import Transfer, TransferLine
from app.inventory.transfers.service.permissions import refuse_away_from

MOST_LINES = 500


@dataclass(frozen=True, slots=True)
class TransferItem:
    """A quantity of a SKU to transfer, in pieces or in a unit such as a carton."""

    sku: str
    quantity: int
    unit: str | None = None


@dataclass(slots=True)
class TransferData:
    source: Location
    destination: Location
    lines: Sequence[TransferItem]
    expected_on: date | None = None
    note: str = ""
    external_reference: str | None = None


@command
async def create_transfer(uow: UnitOfWork, data: TransferData) -> Transfer:
    """Create a draft transfer. Its goods are reserved at the source.

    Raises:
        NotFound: a SKU does not exist.
        Invalid, ValidationFailed: source and destination are equal, a supplier's location, or invalid
            quantities.
        InsufficientStock: every SKU with too little available stock at the source.
        AlreadyExists: another transfer has this external reference.
    """
    _refuse_bad(data)
    if data.external_reference and await queries.transfer_reference_is_taken(data.external_reference):
        raise AlreadyExists("Another transfer already has this external reference.", "external_reference")
    variants = await stocked_variants(
        [(line.sku, ("lines", str(i), "sku")) for i, line in enumerate(data.lines)]
    )
    pieces = [
        await _pieces(variant, line, index)
        for index, (line, variant) in enumerate(zip(data.lines, variants, strict=True))
    ]
    transfer = await _insert(uow, data, variants, pieces)
    demand = {variant.id: units for variant, units in zip(variants, pieces, strict=True)}
    await _reserve(uow, transfer, variants, demand)
    uow.is_new(transfer.id)
    uow.announce(
        TransferCreated(
            subject_id=transfer.id,
            source_id=data.source.id,
            destination_id=data.destination.id,
            units=sum(demand.values()),
        )
    )
    return transfer


async def _pieces(variant: Variant, line: TransferItem, index: int) -> int:
    units = await in_pieces(variant, line.quantity, line.unit, "lines", str(index))
    return checked_quantity(units, "lines", str(index), "quantity")


async def _insert(
    uow: UnitOfWork, data: TransferData, variants: Sequence[Variant], pieces: Sequence[int]
) -> Transfer:
    transfer = Transfer(
        id=new_id(),
        source_id=data.source.id,
        destination_id=data.destination.id,
        expected_on=data.expected_on,
        note=data.note,
        external_reference=data.external_reference,
        created_at=uow.at,
        updated_at=uow.at,
    )
    await insert([transfer])
    await insert(
        [
            TransferLine(
                id=new_id(),
                transfer_id=transfer.id,
                position=i,
                variant_id=variant.id,
                quantity=units,
            )
            for i, (units, variant) in enumerate(zip(pieces, variants, strict=True), 1)
        ]
    )
    return transfer


async def _reserve(
    uow: UnitOfWork, transfer: Transfer, variants: Sequence[Variant], demand: Mapping[UUID, int]
) -> None:
    """Reserve the units of a transfer at its source.

    Raises:
        InsufficientStock: with the path of the first line that falls short.
    """
    try:
        await reserve_at(
            uow,
            location_id=transfer.source_id,
            demand=demand,
            claimant=transfer.id,
            claimant_kind=ClaimantKind.TRANSFER,
            priority=ReservationPriority.TRANSFER,
        )
    except InsufficientStock as refusal:
        short = [variant.sku for variant in variants].index(refusal.shortages[0].sku)
        refusal.path = ("lines", str(short), "quantity")
        raise


def _refuse_bad(data: TransferData) -> None:
    problems = Problems()
    _check_ends(data, problems)
    if not 1 <= len(data.lines) <= MOST_LINES:
        problems.add(
            f"A transfer must have 1 to {MOST_LINES} lines.",
            "lines",
            code=ProblemCode.WRONG_COUNT,
            minimum=1,
            maximum=MOST_LINES,
        )
    if data.expected_on is not None:
        with problems.caught():
            checked_coming_day(data.expected_on, "expected_on")
    with problems.caught():
        data.external_reference = checked_reference(data.external_reference, "external_reference")
    with problems.caught():
        checked_note(data.note, "note", longest=LONGEST_REMARK)
    _check_lines(data.lines, problems)
    problems.refuse()


def _check_ends(data: TransferData, problems: Problems) -> None:
    if data.source.id == data.destination.id:
        problems.add(
            "The source and the destination must be different locations.",
            "destination",
            code=ProblemCode.CONTRADICTION,
            field="source",
        )
    for name in ("source", "destination"):
        if getattr(data, name).kind is LocationKind.DROP_SHIP:
            problems.add(
                "Stock at this location belongs to the supplier. Create a purchase order instead.",
                name,
                code=ProblemCode.WRONG_KIND,
            )


def _check_lines(lines: Sequence[TransferItem], problems: Problems) -> None:
    seen = set()
    for index, line in enumerate(lines):
        with problems.caught("lines", str(index)):
            checked_quantity(line.quantity, "quantity")
        if line.sku in seen:
            problems.add(
                "This SKU is listed twice.",
                "lines",
                str(index),
                "sku",
                code=ProblemCode.REPEATED,
            )
        seen.add(line.sku)


@command
async def cancel_transfer(uow: UnitOfWork, id: UUID, *, expected_version: int | None = None) -> Transfer:
    """Cancel a transfer that was not shipped; its goods are released.

    Raises:
        NotFound, StaleVersion, IllegalTransition.
    """
    transfer = await queries.locked_transfer(Permission.STOCK_MANAGE, uow.actor, id, "id")
    await refuse_away_from(uow, transfer, LifecycleStep.CANCEL)
    refuse_stale(transfer, expected_version)
    lifecycle.transfer_lifecycle.move(transfer, lifecycle.cancel_transfer)
    await release(uow, claimant=transfer.id)
    await write_changes(transfer, {"status": transfer.status}, uow.at)
    uow.announce(TransferCancelled(subject_id=transfer.id))
    return transfer
