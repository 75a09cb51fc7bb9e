"""Messages of payment gateways: authenticated, stored, then processed as wake-ups.

A message is not believed. It says which payment has changed, and the gateway is asked how that payment
stands. So messages can arrive late, several times or in any order.
"""

from collections.abc import Mapping, Sequence
from datetime import timedelta
from hashlib import sha256
from uuid import UUID

import orjson
import structlog

from app.core import clock
from app.core.actor import SYSTEM
from app.core.card_numbers import has_card_number, has_card_number_in
from app.core.characters import harmless_line
from app.core.database import insert_if_new, update_each, update_where
from app.core.ids import new_id
from app.core.refusals import NotFound
from app.core.uow import UnitOfWork, command
from app.payments import queries
from app.payments.gateways.protocol import GatewayRefuses, GatewaySilent, Notice
from app.payments.lifecycle import MessageOutcome, PaymentKind
from app.payments.models import GatewayMessage, Payment, PaymentGateway, PaymentTransaction
from app.payments.reconciling import Conflict
from app.payments.service import calling, reported_disputes, reported_payouts
from app.payments.service.accounts import adapter_for
from app.payments.service.noting import DELAYS

TRIED_FOR = timedelta(hours=48)
AT_ONCE = 100
LONGEST_CODE, LONGEST_ID, LONGEST_KIND, LONGEST_NOTE = 40, 120, 80, 500

_log = structlog.get_logger("payments")


async def receive(code: str, headers: Mapping[str, str], body: bytes) -> UUID | None:
    """Store a message received at a gateway's URL; return its id, or None if it is irrelevant or was stored
    before.

    Raises:
        NotFound: there is no such gateway.
        NotFromGateway: the message is not authentic.
        GatewaySilent: the gateway's package is not installed.
    """
    is_code = len(code) <= LONGEST_CODE and code.isprintable()
    account = await queries.gateway_of_webhook(code) if is_code else None
    if account is None:
        raise NotFound.of("gateway", "code")
    notice = adapter_for(account).read(headers, body)
    if notice is None:
        return None
    return await _store(SYSTEM, account, notice, body)


@command
async def _store(uow: UnitOfWork, account: PaymentGateway, notice: Notice, body: bytes) -> UUID | None:
    """Store a message; None if it is stored already. A body with a card number is not stored."""
    external_id = harmless_line(notice.external_id).strip()
    if not 1 <= len(external_id) <= LONGEST_ID or has_card_number(external_id):
        external_id = sha256(body).hexdigest()
    row = GatewayMessage(
        id=new_id(),
        account_id=account.id,
        external_id=external_id,
        reference=_storable(notice.reference, LONGEST_ID),
        dispute_reference=_storable(notice.dispute, LONGEST_ID),
        payout_reference=_storable(notice.payout, LONGEST_ID),
        kind=_storable(notice.kind, LONGEST_KIND),
        amount_minor=notice.amount_minor,
        currency=_storable(notice.currency.upper(), 3),
        transaction_id=_uuid(notice.key),
        body=_text_of(body),
        received_at=uow.at,
        next_at=uow.at,
    )
    return row.id if await insert_if_new(row) else None


def _uuid(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None


def _storable(text: str, longest: int) -> str:
    line = harmless_line(text).strip()[:longest]
    return "" if has_card_number(line) else line


def _text_of(body: bytes) -> str:
    """The body as stored: "" if it contains the number of a payment card or cannot be read."""
    try:
        text, content = body.decode(), orjson.loads(body)
    except ValueError:
        return ""
    return "" if "\0" in text or has_card_number(text) or has_card_number_in(content) else text


async def process(message_id: UUID) -> None:
    """Ask the gateway about what a stored message concerns. Repeated calls have no further effect."""
    message = await queries.message(message_id)
    if message is None or message.done_at is not None or not await _claim(message):
        return
    (account,) = await queries.gateways_by_id([message.account_id])
    assert account is not None
    try:
        is_known = await _ask(message, account)
    except Conflict as conflict:
        await _note(SYSTEM, message_id, MessageOutcome.CONFLICT, str(conflict))
    except (GatewaySilent, GatewayRefuses) as error:
        await _note(SYSTEM, message_id, MessageOutcome.WAITING, str(error))
    except Exception as error:
        _log.warning("message.failed", message=str(message_id), error=type(error).__name__, exc_info=error)
        text = f"It cannot be processed ({type(error).__name__}). See the log."
        await _note(SYSTEM, message_id, MessageOutcome.WAITING, text)
    else:
        outcome = MessageOutcome.DONE if is_known else MessageOutcome.UNKNOWN
        await _note(SYSTEM, message_id, outcome, "" if is_known else "No payment has this reference.")


async def _ask(message: GatewayMessage, account: PaymentGateway) -> bool:
    """Ask the gateway about the payment, dispute or payout of a message; return whether the payment is known.

    Raises:
        GatewaySilent, GatewayRefuses.
        Conflict: it contradicts what is recorded.
    """
    gateway = adapter_for(account)
    if message.payout_reference:
        await reported_payouts.look(gateway, account, message.payout_reference)
        return True
    payment = await queries.payment_of(account.id, message.reference, message.transaction_id)
    if payment is not None:
        _refuse_other_amount(message, payment, (await queries.transactions_by_payment([payment.id]))[0])
        await calling.look(gateway, account, payment)
    if message.dispute_reference:
        payment = await reported_disputes.look(gateway, account, message.dispute_reference)
    return payment is not None


def _refuse_other_amount(
    message: GatewayMessage, payment: Payment, rows: Sequence[PaymentTransaction]
) -> None:
    asked = {row.amount_minor for row in rows if row.kind is PaymentKind.AUTHORIZE}
    total = sum(row.amount_minor for row in rows if row.kind is PaymentKind.AUTHORIZE)
    if message.amount_minor is not None and (
        message.currency not in ("", payment.currency) or message.amount_minor not in {*asked, total}
    ):
        raise Conflict(
            f"The message is about {message.amount_minor} {message.currency} (in minor units), another "
            "amount than that of the payment."
        )


async def _claim(message: GatewayMessage) -> bool:
    now = clock.now()
    changed = await update_where(
        GatewayMessage,
        "attempts = attempts + 1, next_at = $4",
        "id = $1 AND attempts = $2 AND next_at <= $3 AND done_at IS NULL",
        message.id,
        message.attempts,
        now,
        now + calling.CLAIMED_FOR,
    )
    return changed == 1


@command
async def _note(uow: UnitOfWork, message_id: UUID, outcome: MessageOutcome, note: str) -> None:
    """Record the result of an attempt. What has no result is tried for 48 hours and then stays listed."""
    row = await queries.locked_message(message_id)
    row.outcome, row.note = outcome, harmless_line(note)[:LONGEST_NOTE]
    if outcome is MessageOutcome.DONE:
        row.done_at = uow.at
    is_over = outcome in (MessageOutcome.DONE, MessageOutcome.CONFLICT)
    if is_over or uow.at - row.received_at >= TRIED_FOR:
        row.next_at = None
    else:
        row.next_at = uow.at + DELAYS[min(max(row.attempts, 1), len(DELAYS)) - 1]
    await update_each([row], "outcome", "note", "done_at", "next_at")


async def process_due() -> int:
    """Process stored messages that are due; return their number."""
    due = await queries.due_messages(clock.now(), AT_ONCE)
    for message_id in due:
        try:
            await process(message_id)
        except Exception as error:  # an unexpected error must not stop the others
            _log.warning(
                "message.failed", message=str(message_id), error=type(error).__name__, exc_info=error
            )
    return len(due)
