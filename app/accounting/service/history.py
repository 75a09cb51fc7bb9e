"""The entries of orders that were there before the ledger, or are imported."""

from collections.abc import Collection
from datetime import datetime
from uuid import UUID

from app.accounting import queries
from app.accounting.lifecycle import LedgerEntryKind
from app.accounting.models import LedgerLabel
from app.accounting.money_facts import draft_of_payment
from app.accounting.postings import Draft, added, less, with_buyer
from app.accounting.recognition import KINDS, recognized
from app.accounting.service import labelling
from app.orders import queries as orders
from app.orders.models import Order
from app.payments.models import PaymentTransaction


async def drafts_of_history(order_ids: Collection[UUID]) -> tuple[list[Draft], list[LedgerLabel]]:
    """What is not posted yet of orders: what they earned, on the day of their last shipment, and each payment
    on its own day."""
    ids = sorted(order_ids)
    rows = [row for row in await orders.orders_by_id(ids) if row is not None]
    by_order = dict(zip(ids, await orders.lines_by_order(ids), strict=True))
    shipped = [row for row in rows if any(line.quantity_shipped for line in by_order[row.id])]
    lines = [line for row in shipped for line in by_order[row.id]]
    labels, new = await labelling.labels_of(shipped, lines) if shipped else ({}, [])
    left_at = await queries.last_shipments(ids)
    from_bank = await queries.bank_transactions(ids)
    cards = await queries.cards_refunded(ids)
    by_id = {row.id: row for row in rows}
    facts: list[tuple[datetime, Order | PaymentTransaction]] = [
        (left_at.get(order.id) or order.placed_at or order.created_at, order) for order in shipped
    ]
    moved = await queries.moved_transactions(ids)
    posted = {subject_id for _, subject_id, _ in await queries.posted_facts({row.id for row in moved})}
    facts += [(row.at, row) for row in moved if row.id not in posted]
    standings = await queries.standings(ids)
    drafts = []
    for at, fact in sorted(facts, key=lambda each: each[0]):
        id = fact.id if isinstance(fact, Order) else fact.order_id
        order, standing = by_id[id], standings[id]
        draft: Draft | None
        if isinstance(fact, Order):
            earned = {account: minor for account, minor in standing.items() if account.kind in KINDS}
            difference = less(recognized(order, by_order[id], labels, cards.get(id, 0)), earned)
            amounts = with_buyer(difference, standing)
            draft = Draft(
                LedgerEntryKind.REVENUE, "order", id, order.currency, at, amounts, id, order.channel_id
            )
        else:
            draft = draft_of_payment(fact, standing, order.channel_id, from_bank, at)
        if draft is not None and draft.amounts:
            standings[id] = added(standing, draft.amounts)
            drafts.append(draft)
    return drafts, new
