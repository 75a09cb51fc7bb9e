"""Commands of notifications: queueing and sending messages."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from email.message import EmailMessage
from ipaddress import ip_address
from typing import Any
from urllib.parse import unquote, urlsplit
from uuid import UUID

import aiosmtplib
import structlog

from app.access.permissions import Permission
from app.core import clock
from app.core.actor import SYSTEM
from app.core.database import insert, update_each, update_where
from app.core.ids import new_id
from app.core.problems import ProblemCode
from app.core.refusals import IllegalTransition, Invalid, NotFound
from app.core.steps import LifecycleStep
from app.core.uow import UnitOfWork, command
from app.notifications import lifecycle, mailbox, queries
from app.notifications.back_in_stock.ending import reopen
from app.notifications.back_in_stock.wording import GoneAgain
from app.notifications.lifecycle import MessageKind, MessageStatus
from app.notifications.models import Message
from app.notifications.order_wording import NotNeeded
from app.notifications.suppressing import SUPPRESSED, suppress
from app.notifications.wording import worded
from app.orders import queries as orders
from app.orders.conditions import Right
from app.settings import settings

# The delays before the retries of a message; after the last one it has failed.
TRY_AGAIN_AFTER: Sequence[timedelta] = (
    timedelta(minutes=1),
    timedelta(minutes=5),
    timedelta(minutes=30),
    timedelta(hours=2),
    timedelta(hours=6),
    timedelta(hours=12),
    timedelta(hours=24),
)
LEASE = timedelta(minutes=2)  # the time for which a process holds a message that it sends
PATIENCE = 20.0  # seconds
AT_ONCE = 50
# SMTP (RFC 5321): no such mailbox, not local, a name that is not allowed.
NO_MAILBOX = frozenset({550, 551, 553})
# Enhanced codes (RFC 3463) of other subjects than the address: mailbox state, system, network, policy.
_NOT_THE_ADDRESS = ("5.2.", "5.3.", "5.4.", "5.5.", "5.6.", "5.7.")
NO_SERVER = "No mail server is configured (ORDERGRAPH_SMTP_URL). The message is sent once there is one."

_log = structlog.get_logger("notifications")


async def queue(
    uow: UnitOfWork, kind: MessageKind, address: str, subject_id: UUID, *, language: str = ""
) -> None:
    """Store a message in this transaction."""
    id = new_id()
    row = Message(
        id=id,
        kind=kind,
        cause=str(id),
        address=address,
        subject_id=subject_id,
        language=language,
        problem=start_problem(),
        next_at=uow.at,
        created_at=uow.at,
    )
    await insert([row])


def start_problem() -> str:
    """The problem of a new message: there is one if no mail server is configured."""
    return "" if can_send() else NO_SERVER


def has_server() -> bool:
    """Whether a mail server is configured."""
    return bool(settings().smtp_url.get_secret_value())


def can_send() -> bool:
    """Whether messages can be sent: to a mail server, or to the mailbox of development."""
    return has_server() or mailbox.is_used()


async def send_due() -> int:
    """Send the messages that are due; return the number of attempts. Sends nothing without a mail server
    or mailbox.
    """
    if not can_send():
        return 0
    found = await queries.due(clock.now(), AT_ONCE)
    for message in found:
        try:
            await _send(message)
        except Exception:  # an error in one message must not stop the others
            _log.exception("message.broken", id=str(message.id), kind=message.kind.value)
    return len(found)


async def _send(message: Message) -> None:
    if not await _claim(message, clock.now() + LEASE):
        return  # another process has claimed it
    try:
        if await queries.suppression_of(message.address) is not None:
            raise NotNeeded(SUPPRESSED)
        mail = await worded(message)
        if mail is None:
            raise NotNeeded("")
        await _hand_over(mail)
    except NotNeeded as why:
        await _note_dropped(SYSTEM, message.id, str(why), is_gone=isinstance(why, GoneAgain))
    except (aiosmtplib.SMTPException, OSError, ValueError) as error:
        _log.warning(
            "message.failed", id=str(message.id), kind=message.kind.value, error=type(error).__name__
        )
        problem = f"{type(error).__name__}: {error}"[:300]
        await _note_failed(SYSTEM, message.id, problem, is_final=is_hard_bounce(error))
    else:
        await _note_sent(SYSTEM, message.id, message.facts)


async def _claim(message: Message, until: datetime) -> bool:
    """Claim a message for sending; False if another process was first."""
    changes = "attempts = attempts + 1, next_at = $3, problem = CASE attempts WHEN 0 THEN '' ELSE problem END"
    is_free = "id = $1 AND attempts = $2 AND status = 'queued'"
    return bool(await update_where(Message, changes, is_free, message.id, message.attempts, until))


async def _hand_over(mail: EmailMessage) -> None:
    """Pass a mail to the server of `smtp_url`, or keep it in the mailbox of development.

    smtps:// is encrypted from the start, smtp:// if the server offers it; a password is never sent
    unencrypted, except to the local machine.
    """
    if not has_server():
        mailbox.store(mail)
        return
    server = urlsplit(settings().smtp_url.get_secret_value())
    is_encrypted = server.scheme == "smtps"
    must_encrypt = not is_encrypted and server.username is not None and not _is_here(server.hostname or "")
    await aiosmtplib.send(
        mail,
        hostname=server.hostname,
        port=server.port or (465 if is_encrypted else 587),
        username=unquote(server.username) if server.username else None,
        password=unquote(server.password) if server.password else None,
        use_tls=is_encrypted,
        start_tls=True if must_encrypt else None,
        timeout=PATIENCE,
    )


def _is_here(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def is_hard_bounce(error: Exception) -> bool:
    """Whether a server refused the recipient because the mailbox does not exist."""
    refused = error.recipients if isinstance(error, aiosmtplib.SMTPRecipientsRefused) else [error]
    return bool(refused) and all(
        isinstance(each, aiosmtplib.SMTPRecipientRefused)
        and each.code in NO_MAILBOX
        and not each.message.lstrip().startswith(_NOT_THE_ADDRESS)
        for each in refused
    )


@command
async def resend(uow: UnitOfWork, id: UUID) -> Message:
    """Queue a message to the buyer of an order again.

    Raises:
        NotFound: it does not exist, or the actor may not see it or change its order.
        Invalid: it is not about an order, or the order has no address.
        IllegalTransition: it is waiting to be sent.
    """
    found = await queries.message_of_order(id)
    unknown = NotFound.of("message about an order", "id")
    if found is None or found.order_id is None:
        raise unknown
    try:
        order = await orders.locked(uow.actor, found.order_id, Right(Permission.ORDERS_MANAGE), "id")
    except NotFound:
        raise unknown from None
    row = await queries.locked(id)
    if row.status is MessageStatus.QUEUED or await queries.is_queued(row.kind, order.id):
        raise IllegalTransition(LifecycleStep.SEND, MessageStatus.QUEUED.value, [])
    if not order.email:
        raise Invalid("The order has no email address.", "id", code=ProblemCode.NOT_POSSIBLE_NOW)
    again = Message(
        id=new_id(),
        kind=row.kind,
        # Gift cards go to their recipient again, who need not be the buyer.
        address=row.address if row.kind is MessageKind.GIFT_CARD_ISSUED else order.email,
        subject_id=row.subject_id,
        order_id=order.id,
        language=row.language,
        facts=row.facts,
        problem=start_problem(),
        next_at=uow.at,
        created_at=uow.at,
    )
    again.cause = str(again.id)
    await insert([again])
    return again


@command
async def drop_queued(uow: UnitOfWork, problem: str) -> int:
    """Drop all messages that are queued; return their number."""
    return await update_where(Message, "status = 'dropped', problem = $1", "status = 'queued'", problem)


@command
async def _note_dropped(uow: UnitOfWork, id: UUID, problem: str, *, is_gone: bool) -> None:
    row = await queries.locked(id)
    if is_gone:
        await reopen(uow, row.subject_id)
    lifecycle.lifecycle.move(row, lifecycle.drop)
    row.problem = problem
    await update_each([row], "status", "problem")


@command
async def _note_sent(uow: UnitOfWork, id: UUID, facts: Any) -> None:
    """Note that a message was sent; `facts` include what it told."""
    row = await queries.locked(id)
    lifecycle.lifecycle.move(row, lifecycle.send)
    row.sent_at, row.problem, row.facts = uow.at, "", facts
    await update_each([row], "status", "sent_at", "problem", "facts")


@command
async def _note_failed(uow: UnitOfWork, id: UUID, problem: str, *, is_final: bool) -> None:
    """Note a failed attempt. After a final one the address gets no messages any more."""
    row = await queries.locked(id)
    row.problem = problem
    if is_final:
        await suppress(uow, row.address, problem, row.id)
    if is_final or row.attempts > len(TRY_AGAIN_AFTER):
        lifecycle.lifecycle.move(row, lifecycle.give_up)
    else:
        row.next_at = uow.at + TRY_AGAIN_AFTER[row.attempts - 1]
    await update_each([row], "status", "next_at", "problem")
