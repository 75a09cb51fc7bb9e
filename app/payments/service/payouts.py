"""Payouts: stored with their lines, compared with transactions and disputes, and closed."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from app.core.characters import harmless_line
from app.core.database import delete_where, insert, insert_if_new, one_at_a_time, update_each
from app.core.ids import new_id
from app.core.problems import ProblemCode
from app.core.refusals import AlreadyExists, Invalid, Problems
from app.core.texts import LONGEST_REMARK, checked_note
from app.core.uow import UnitOfWork, command
from app.core.versions import refuse_stale, touch
from app.payments import payouts as rules
from app.payments import queries
from app.payments.events import PayoutClosed, PayoutFailed, PayoutRecorded
from app.payments.gateways.protocol import PaidOut
from app.payments.lifecycle import PayoutLineKind, PayoutStatus
from app.payments.models import PaymentGateway
from app.payments.payout_models import Payout, PayoutLine
from app.payments.payouts import Line

MOST_LINES = 2_000
LONGEST_REFERENCE, LONGEST_GATEWAY = 120, 40
_TURN = "payouts"  # a transaction is a line of one payout: payouts are compared one after the other


@dataclass(frozen=True, slots=True)
class PayoutData:
    """A payout that staff import."""

    gateway: str
    reference: str
    currency: str
    arrival_on: date
    total_minor: int
    lines: Sequence[Line]


@command
async def import_payout(uow: UnitOfWork, data: PayoutData) -> Payout:
    """Store a payout with its lines. It is closed at once if its lines add up and each is found.

    Raises:
        Invalid, ValidationFailed: a gateway or reference that is missing or too long, no lines or too many, a
            line whose amount contradicts its kind.
        AlreadyExists: the gateway has a payout with this reference.
    """
    _check(data)
    await one_at_a_time(_TURN)
    payout = _new(uow, data.gateway.strip(), data.reference.strip(), None)
    payout.currency, payout.arrival_on, payout.total_minor = data.currency, data.arrival_on, data.total_minor
    if not await insert_if_new(payout):
        raise AlreadyExists("A payout of the gateway with this reference is already recorded.", "reference")
    await _take(uow, payout, data.lines)
    return payout


@command
async def store_reported(uow: UnitOfWork, account: PaymentGateway, said: PaidOut) -> None:
    """Store a payout that a gateway reports. Until it is closed, its lines are replaced by those that the
    gateway reports now, and compared again."""
    await one_at_a_time(_TURN)
    payout = _new(uow, account.code, said.reference, account.id)
    payout.currency, payout.arrival_on, payout.total_minor = said.currency, said.arrival_on, said.total_minor
    is_new = await insert_if_new(payout)
    if not is_new:
        known = await queries.payout_of(account.code, said.reference)
        assert known is not None
        payout = await queries.locked_payout(known.id)
        if payout.account_id is None:
            return
        if payout.status is PayoutStatus.CLOSED:
            await _return(uow, payout, said)
            return
        payout.arrival_on, payout.total_minor = said.arrival_on, said.total_minor
        await delete_where(PayoutLine, "payout_id = $1", payout.id)
    await _take(uow, payout, [_harmless(each) for each in said.lines], is_new=is_new)
    await _return(uow, payout, said)


async def _return(uow: UnitOfWork, payout: Payout, said: PaidOut) -> None:
    """Record that the bank has returned a payout, if the gateway reports it for the first time."""
    if not said.has_failed or payout.failed_at is not None:
        return
    payout.failed_at = uow.at
    touch(payout, uow.at)
    await update_each([payout], "failed_at", "version", "updated_at")
    uow.announce(
        PayoutFailed(subject_id=payout.id, **_told(payout, await queries.lines_of_payout(payout.id)))
    )
    uow.book([payout])


@command
async def compare(uow: UnitOfWork, payout_id: UUID, *, expected_version: int | None = None) -> Payout:
    """Compare the lines of an open payout again with the transactions and disputes, some of which may be new.

    Raises:
        NotFound, StaleVersion.
        Invalid: the payout is closed.
    """
    await one_at_a_time(_TURN)
    payout = await _open_payout(uow, payout_id, expected_version)
    rows = await queries.lines_of_payout(payout.id)
    for row in rows:
        row.transaction_id = row.dispute_id = row.problem = None
    await update_each(rows, "transaction_id", "dispute_id", "problem")
    await _compare(uow, payout, rows)
    await update_each(rows, "transaction_id", "dispute_id", "problem")
    await _save(uow, payout, rows)
    return payout


@command
async def close(
    uow: UnitOfWork, payout_id: UUID, note: str, *, expected_version: int | None = None
) -> Payout:
    """Accept an open payout as it is, with the lines that need a look.

    Raises:
        NotFound, StaleVersion.
        Invalid: the payout is closed; the note is empty or too long.
    """
    payout = await _open_payout(uow, payout_id, expected_version)
    text = checked_note(note.strip(), "note", longest=LONGEST_REMARK)
    if not text:
        raise Invalid("Enter why the payout is closed.", "note", code=ProblemCode.REQUIRED)
    payout.note, payout.closed_by = text, uow.actor.name
    await _close(uow, payout, await queries.lines_of_payout(payout.id))
    touch(payout, uow.at)
    await update_each([payout], "status", "closed_at", "note", "closed_by", "version", "updated_at")
    return payout


async def _open_payout(uow: UnitOfWork, id: UUID, expected_version: int | None) -> Payout:
    payout = await queries.payout_for_change(uow.actor, id)
    refuse_stale(payout, expected_version)
    if payout.status is not PayoutStatus.OPEN:
        raise Invalid("The payout is closed.", "id", code=ProblemCode.NOT_POSSIBLE_NOW)
    return payout


def _new(uow: UnitOfWork, gateway: str, reference: str, account_id: UUID | None) -> Payout:
    return Payout(
        id=new_id(),
        account_id=account_id,
        gateway=gateway,
        reference=reference,
        status=PayoutStatus.OPEN,
        recorded_by=uow.actor.name,
        created_at=uow.at,
        updated_at=uow.at,
    )


async def _take(uow: UnitOfWork, payout: Payout, lines: Sequence[Line], *, is_new: bool = True) -> None:
    """Store the lines of a stored payout, with the remainder as a line of its own, and compare them."""
    rest = rules.remainder(payout.total_minor, lines)
    named = [*lines, Line(PayoutLineKind.UNEXPLAINED, "", rest)] if rest else list(lines)
    rows = [_row(payout, position, line) for position, line in enumerate(named, 1)]
    await _compare(uow, payout, rows)
    await insert(rows)
    if is_new:
        uow.announce(PayoutRecorded(subject_id=payout.id, **_told(payout, rows)))
    await _save(uow, payout, rows)


def _row(payout: Payout, position: int, line: Line) -> PayoutLine:
    return PayoutLine(
        id=new_id(),
        payout_id=payout.id,
        position=position,
        kind=line.kind,
        reference=line.reference.strip(),
        amount_minor=line.amount_minor,
        fee_minor=line.fee_minor,
        currency=payout.currency,
        own_minor=line.own_minor,
        own_currency=line.own_currency,
    )


async def _compare(uow: UnitOfWork, payout: Payout, rows: Sequence[PayoutLine]) -> None:
    """Set what each line is about, or its problem."""
    found = await queries.payout_candidates(payout, rows)
    taken: Counter[tuple[PayoutLineKind, UUID]] = Counter()
    for row in rows:
        line = Line(row.kind, row.reference, row.amount_minor, row.fee_minor, row.own_minor, row.own_currency)
        own = found.get((row.kind, row.reference), [])
        seen = [each.as_candidate(is_taken=bool(taken[row.kind, each.id])) for each in own]
        row.problem = rules.problem_of(line, payout.currency, seen)
        if row.problem is None and own:
            taken[row.kind, own[0].id] += 1
            if row.kind in rules.DISPUTES:
                row.dispute_id = own[0].id
            else:
                row.transaction_id = own[0].id


async def _save(uow: UnitOfWork, payout: Payout, rows: Sequence[PayoutLine]) -> None:
    """Close a payout if nothing of it needs a look, and write it."""
    payout.fee_minor = sum(row.fee_minor for row in rows)
    if all(row.problem is None for row in rows):
        await _close(uow, payout, rows)
    touch(payout, uow.at)
    await update_each(
        [payout],
        "arrival_on",
        "total_minor",
        "fee_minor",
        "status",
        "closed_at",
        "version",
        "updated_at",
    )


async def _close(uow: UnitOfWork, payout: Payout, rows: Sequence[PayoutLine]) -> None:
    payout.status, payout.closed_at = PayoutStatus.CLOSED, uow.at
    uow.book([payout])
    uow.announce(PayoutClosed(subject_id=payout.id, **_told(payout, rows)))


def _told(payout: Payout, rows: Sequence[PayoutLine]) -> dict[str, Any]:
    sums: Counter[PayoutLineKind] = Counter()
    for row in rows:
        sums[row.kind] += row.amount_minor
    return {
        "gateway": payout.gateway,
        "reference": payout.reference,
        "currency": payout.currency,
        "arrival_on": payout.arrival_on.isoformat(),
        "total_minor": payout.total_minor,
        "fee_minor": sum(row.fee_minor for row in rows),
        "amounts_minor": {kind.value: minor for kind, minor in sums.items()},
    }


def _harmless(line: Line) -> Line:
    reference = harmless_line(line.reference).strip()[:LONGEST_REFERENCE]
    return Line(line.kind, reference, line.amount_minor, line.fee_minor, line.own_minor, line.own_currency)


def _check(data: PayoutData) -> None:
    problems = Problems()
    for name, text, longest in (
        ("gateway", data.gateway, LONGEST_GATEWAY),
        ("reference", data.reference, LONGEST_REFERENCE),
    ):
        if not 1 <= len(text.strip()) <= longest:
            problems.add(
                f"This must have 1 to {longest} characters.",
                name,
                code=ProblemCode.WRONG_LENGTH,
                minimum=1,
                maximum=longest,
            )
    if not 1 <= len(data.lines) <= MOST_LINES:
        problems.add(
            f"List 1 to {MOST_LINES:,} lines.",
            "lines",
            code=ProblemCode.WRONG_COUNT,
            minimum=1,
            maximum=MOST_LINES,
        )
    for index, line in enumerate(data.lines):
        _check_line(line, str(index), problems)
    problems.refuse()


def _check_line(line: Line, index: str, problems: Problems) -> None:
    if len(line.reference.strip()) > LONGEST_REFERENCE:
        problems.add(
            f"This must have at most {LONGEST_REFERENCE} characters.",
            "lines",
            index,
            "reference",
            code=ProblemCode.TOO_LONG,
            maximum=LONGEST_REFERENCE,
        )
    if rules.is_wrong_way(line):
        way = "positive" if line.kind in rules.ADDS else "negative"
        problems.add(
            f"The amount of a line of this kind is {way}: it is how the line changes the balance.",
            "lines",
            index,
            "amount",
            code=ProblemCode.CONTRADICTION,
            field="kind",
        )
