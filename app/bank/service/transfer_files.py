"""Files with transfers for the bank: created, sent and cancelled."""

from collections.abc import Sequence
from datetime import UTC, date, datetime, time, timedelta
from uuid import UUID

from app.access import sealing
from app.bank import queries, sepa
from app.bank.lifecycle import BankTransferFileStatus, BankTransferStatus
from app.bank.transfer_models import BankAccount, BankTransfer, BankTransferFile
from app.core.actor import Actor
from app.core.database import insert, update_each
from app.core.ids import new_id
from app.core.problems import ProblemCode
from app.core.refusals import Invalid, NotFound
from app.core.uow import UnitOfWork, command
from app.core.versions import refuse_stale, touch, write_changes
from app.inventory.locations.clocks import company_day
from app.orders import queries as orders
from app.payments import queries as payments

T, F = BankTransferStatus, BankTransferFileStatus
MOST_TRANSFERS = 1_000  # of one file
LONGEST_AHEAD = timedelta(days=60)


@command
async def create(
    uow: UnitOfWork,
    account_id: UUID,
    *,
    transfer_ids: Sequence[UUID] | None = None,
    executes_on: date | None = None,
) -> BankTransferFile:
    """Put waiting transfers into a file: the given ones, or the oldest, up to 1,000.

    Raises:
        NotFound. Invalid: the account is not active; the day is past or too far ahead; no transfer waits, or
            one of the given is in a file or has ended.
    """
    account = await queries.account_by_id(account_id)
    if not account.is_active:
        raise Invalid("The account is not active.", "account_id", code=ProblemCode.NOT_POSSIBLE_NOW)
    day = _day(uow, executes_on)
    rows = await _waiting(transfer_ids)
    id = new_id()
    order = await _order(uow, id, account, day, rows)
    file = BankTransferFile(
        id=id,
        account_id=account.id,
        message_id=order.id,
        status=F.CREATED,
        currency=sepa.CURRENCY,
        executes_on=day,
        transfer_count=len(rows),
        total_minor=order.total_minor,
        content=sealing.seal({"xml": sepa.written(order)}),
        created_by=uow.actor.name,
        created_at=uow.at,
        updated_at=uow.at,
    )
    await insert([file])
    await _move(uow, rows, T.FILED, file.id)
    return file


def _day(uow: UnitOfWork, wanted: date | None) -> date:
    """The day of execution; today in the company's time zone if none is wanted."""
    today = company_day(uow.at)
    day = wanted or today
    if not today <= day <= today + LONGEST_AHEAD:
        first, last = (datetime.combine(each, time.min, UTC) for each in (today, today + LONGEST_AHEAD))
        raise Invalid(
            f"Choose a day from {today} to {today + LONGEST_AHEAD}.",
            "executes_on",
            code=ProblemCode.OUT_OF_RANGE,
            earliest=first,
            latest=last,
        )
    return day


async def _waiting(ids: Sequence[UUID] | None) -> list[BankTransfer]:
    if ids is None:
        rows = await queries.locked_waiting(MOST_TRANSFERS)
        if not rows:
            raise Invalid("No transfer waits for a file.", "transfer_ids", code=ProblemCode.NO_CHANGE)
        return rows
    if not 1 <= len(ids) <= MOST_TRANSFERS:
        raise Invalid(
            f"List 1 to {MOST_TRANSFERS:,} transfers.",
            "transfer_ids",
            code=ProblemCode.WRONG_COUNT,
            minimum=1,
            maximum=MOST_TRANSFERS,
        )
    if len(set(ids)) < len(ids):
        raise Invalid("List each transfer once.", "transfer_ids", code=ProblemCode.REPEATED)
    found = {row.id: row for row in await queries.locked_transfers(ids)}
    for index, id in enumerate(ids):
        row = found.get(id)
        if row is None:
            raise NotFound.of("bank transfer", "transfer_ids", str(index))
        if row.status is not T.WAITING:
            raise Invalid(
                f"The transfer is {row.status.value}. Only waiting ones can be put into a file.",
                "transfer_ids",
                str(index),
                code=ProblemCode.NOT_POSSIBLE_NOW,
            )
    return list(found.values())


async def _order(
    uow: UnitOfWork, id: UUID, account: BankAccount, day: date, rows: Sequence[BankTransfer]
) -> sepa.Order:
    refunds = await payments.transactions_by_id([row.transaction_id for row in rows])
    found = await orders.orders_by_id([refund.order_id for refund in refunds if refund is not None])
    numbers = {order.id: order.number for order in found if order is not None}
    credits = []
    for row, refund in zip(rows, refunds, strict=True):
        assert refund is not None
        payee = sepa.Party(row.account_holder, sealing.unseal(row.creditor)["iban"])
        text = f"Refund {numbers[refund.order_id]}"
        credits.append(sepa.Credit(row.end_to_end_id, payee, row.amount_minor, text))
    debtor = sepa.Party(account.name, account.iban, account.bic)
    return sepa.Order(sepa.lettered(id), uow.at, day, debtor, credits)


async def _move(
    uow: UnitOfWork, rows: Sequence[BankTransfer], status: BankTransferStatus, file_id: UUID | None
) -> None:
    for row in rows:
        row.status, row.file_id = status, file_id
        touch(row, uow.at)
    await update_each(rows, "status", "file_id", "version", "updated_at")


@command
async def mark_sent(
    uow: UnitOfWork, file_id: UUID, *, expected_version: int | None = None
) -> BankTransferFile:
    """Record that the bank has a file.

    Raises:
        NotFound, StaleVersion. Invalid: it was sent before, or is cancelled.
    """
    file = await _created(file_id, expected_version)
    await write_changes(file, {"status": F.SENT, "sent_at": uow.at}, uow.at)
    return file


@command
async def cancel(uow: UnitOfWork, file_id: UUID, *, expected_version: int | None = None) -> BankTransferFile:
    """Cancel a file that the bank does not have; its transfers wait for another one.

    Raises:
        NotFound, StaleVersion. Invalid: it was sent, or is cancelled.
    """
    file = await _created(file_id, expected_version)
    await _move(uow, await queries.locked_transfers_of_file(file.id), T.WAITING, None)
    await write_changes(file, {"status": F.CANCELLED, "cancelled_at": uow.at}, uow.at)
    return file


async def _created(file_id: UUID, expected_version: int | None) -> BankTransferFile:
    file = await queries.locked_transfer_file(file_id)
    refuse_stale(file, expected_version)
    if file.status is not F.CREATED:
        raise Invalid(
            f"The file is {file.status.value}, not created.", "id", code=ProblemCode.NOT_POSSIBLE_NOW
        )
    return file


async def content(actor: Actor, file_id: UUID) -> tuple[str, str]:
    """The name and the content of a file.

    Raises:
        NotFound: it does not exist, the actor may not see it, or it is cancelled and must not be sent.
    """
    file = await queries.transfer_files_visible_to(actor).get_or_none(id=file_id)
    if file is None or file.status is F.CANCELLED:
        raise NotFound.of("bank transfer file", "id")
    return f"{file.message_id}.xml", sealing.unseal(file.content)["xml"]
