"""Lots and serial numbers in inputs."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from tortoise.exceptions import IntegrityError

from app.catalog.lifecycle import Tracking
from app.catalog.models import Variant
from app.core.database import insert
from app.core.ids import new_id
from app.core.problems import ProblemCode
from app.core.refusals import Invalid, Problems
from app.core.transaction import TryAgain, savepoint
from app.core.uow import UnitOfWork
from app.inventory.locations import queries as locations
from app.inventory.locations.clocks import last_day
from app.inventory.stock import queries
from app.inventory.stock.lifecycle import StockBucket
from app.inventory.stock.lot_allocation import LotUnits, is_expired
from app.inventory.stock.models import Lot

MOST_LOTS = 1_000
NUMBER = re.compile(r"^[!-~]([ -~]{0,58}[!-~])?\Z")


@dataclass(frozen=True, slots=True)
class LotData:
    """Units of a lot as entered; a serial number has one unit."""

    number: str
    quantity: int = 1
    expires_on: date | None = None


async def known_lots(
    variant: Variant, given: Sequence[LotData], quantity: int, *path: str
) -> tuple[LotUnits, ...]:
    """The lots of units of a variant, by their numbers.

    Raises:
        Invalid, ValidationFailed: missing or wrong lots, or a variant without tracking.
    """
    return await _named(variant, given, quantity, *path)


async def received_lots(
    uow: UnitOfWork,
    variant: Variant,
    given: Sequence[LotData],
    quantity: int,
    bucket: StockBucket,
    location_id: UUID,
    *path: str,
) -> tuple[LotUnits, ...]:
    """The lots of units received at a location; new ones are created.

    Raises:
        Invalid, ValidationFailed: missing or wrong lots, a missing expiry date, or expired lots that are to
            be
            sold.
    """
    if variant.tracking is not Tracking.NONE:
        _refuse_bad(variant, given, quantity, *path)
        await _make_new(uow, variant, given, *path)
    lots = await _named(variant, given, quantity, *path)
    if bucket is StockBucket.AVAILABLE:
        await refuse_expired(uow, lots, location_id, *path)
    return lots


async def refuse_expired(uow: UnitOfWork, lots: Sequence[LotUnits], location_id: UUID, *path: str) -> None:
    """Check that units to be sold from a location have not expired there.

    Raises:
        Invalid: some have expired.
    """
    expiry = await queries.lots_with_expiry(lot.lot_id for lot in lots) if lots else {}
    if not any(day is not None and day < last_day(uow.at) for day in expiry.values()):
        return
    today = (await locations.days_of([location_id], uow.at))[location_id]
    for index, lot in enumerate(lots):
        if is_expired(expiry[lot.lot_id], today):
            raise Invalid(
                "The lot has expired. Its stock state can only be QUARANTINED or DAMAGED.",
                *path,
                "lots",
                str(index),
                "number",
                code=ProblemCode.UNKNOWN_CHOICE,
                choices=["QUARANTINED", "DAMAGED"],
            )


async def _named(
    variant: Variant, given: Sequence[LotData], quantity: int, *path: str
) -> tuple[LotUnits, ...]:
    if variant.tracking is Tracking.NONE:
        if given:
            raise Invalid(
                f"{variant.sku} is not tracked by lot or serial number.",
                *path,
                "lots",
                code=ProblemCode.NOT_APPLICABLE,
            )
        return ()
    _refuse_bad(variant, given, quantity, *path)
    found = await queries.lots_of_variant(variant.id, [each.number for each in given])
    for index, each in enumerate(given):
        if each.number not in found:
            raise Invalid(
                f"{variant.sku} has no such {_noun(variant)}.",
                *path,
                "lots",
                str(index),
                "number",
                code=ProblemCode.NOT_FOUND,
            )
    return tuple(LotUnits(found[each.number].id, each.quantity) for each in given)


def _noun(variant: Variant) -> str:
    return "serial number" if variant.tracking is Tracking.SERIAL else "lot"


def _refuse_bad(variant: Variant, given: Sequence[LotData], quantity: int, *path: str) -> None:
    noun = _noun(variant)
    if not given and quantity:
        raise Invalid(
            f"{variant.sku} is tracked by {noun}. List the {noun}s.", *path, "lots", code=ProblemCode.REQUIRED
        )
    if len(given) > MOST_LOTS:
        raise Invalid(
            f"At most {MOST_LOTS} at once.", *path, "lots", code=ProblemCode.TOO_MANY, maximum=MOST_LOTS
        )
    problems, seen = Problems(), set[str]()
    for index, each in enumerate(given):
        at = (*path, "lots", str(index))
        if not NUMBER.match(each.number):
            problems.add(
                (
                    "The number must have 1 to 60 printable characters, without a space at the "
                    "start or the end."
                ),
                *at,
                "number",
                code=ProblemCode.WRONG_LENGTH,
                minimum=1,
                maximum=60,
            )
        if each.number.casefold() in seen:
            problems.add(f"This {noun} is listed twice.", *at, "number", code=ProblemCode.REPEATED)
        seen.add(each.number.casefold())
        if variant.tracking is Tracking.SERIAL and each.quantity != 1:
            problems.add(
                "A serial number must have the quantity 1.",
                *at,
                "quantity",
                code=ProblemCode.NOT_IN_RANGE,
                minimum=1,
                maximum=1,
            )
        elif each.quantity < 1:
            problems.add(
                "The quantity must be at least 1.", *at, "quantity", code=ProblemCode.TOO_SMALL, minimum=1
            )
    problems.refuse_if_any()
    total = sum(each.quantity for each in given)
    if total != quantity:
        raise Invalid(
            f"The lots add up to {total} units, but the quantity is {quantity}.",
            *path,
            "lots",
            code=ProblemCode.CONTRADICTION,
            field="quantity",
        )


async def _make_new(uow: UnitOfWork, variant: Variant, given: Sequence[LotData], *path: str) -> None:
    """Create unknown lots, and check the expiry dates of known ones."""
    found = await queries.lots_of_variant(variant.id, [each.number for each in given])
    new = []
    for index, each in enumerate(given):
        at = (*path, "lots", str(index), "expires_on")
        known = found.get(each.number)
        if known is not None:
            if each.expires_on is not None and each.expires_on != known.expires_on:
                day = known.expires_on.isoformat() if known.expires_on else "never"
                raise Invalid(
                    f"This lot already exists with another expiry date: {day}.",
                    *at,
                    code=ProblemCode.NOT_CHANGEABLE,
                )
        elif variant.tracks_expiry and each.expires_on is None:
            raise Invalid(
                f"Enter the expiry date, which is required for {variant.sku}.", *at, code=ProblemCode.REQUIRED
            )
        else:
            new.append(each)
    rows = [
        Lot(
            id=new_id(),
            variant_id=variant.id,
            number=each.number,
            expires_on=each.expires_on,
            is_serial=variant.tracking is Tracking.SERIAL,
            created_at=uow.at,
        )
        for each in new
    ]
    try:
        if rows:
            await savepoint(lambda: insert(rows))
    except IntegrityError as error:
        raise TryAgain from error  # another transaction has just created it
