"""What the entries of facts depend on."""

from collections.abc import Collection
from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from app.accounting.lifecycle import AccountKind
from app.accounting.models import LedgerLabel
from app.accounting.postings import Account
from app.accounting.recognition import Label
from app.core.database import among, fetch, moment_of, read, uuid_of
from app.payments.lifecycle import PaymentKind, TransactionStatus
from app.payments.models import PaymentTransaction

SIGNED = "CASE WHEN side = 'debit' THEN amount_minor ELSE -amount_minor END"
# Kinds of accounts with amounts in the currency of stock, not of the order.
OF_STOCK = (AccountKind.COST_OF_SALES, AccountKind.INVENTORY)


async def standings(order_ids: Collection[UUID]) -> dict[UUID, dict[Account, int]]:
    """The balances of orders by account, positive for a debit; without the accounts of stock."""
    rows = await fetch(
        f"SELECT order_id, account, detail, SUM({SIGNED}) AS minor FROM ledger_posting "  # noqa: S608
        f"WHERE {among('order_id', 1)} AND account NOT IN ('{OF_STOCK[0].value}', '{OF_STOCK[1].value}') "
        "GROUP BY order_id, account, detail",
        sorted(order_ids),
    )
    found: dict[UUID, dict[Account, int]] = {id: {} for id in order_ids}
    for row in rows:
        account = Account(AccountKind(row["account"]), row["detail"])
        found[uuid_of(row["order_id"])][account] = int(row["minor"])
    return found


async def labels_of_orders(order_ids: Collection[UUID]) -> dict[UUID, Label]:
    """The fixed details of lines whose revenue was recognized, by line."""
    rows = await read(LedgerLabel, among("order_id", 1), sorted(order_ids))
    return {row.id: Label(row.category, row.place) for row in rows}


class LineFacts(NamedTuple):
    """What the labels of lines are made from: those that are fixed, by line; the category of the product of
    each line; and the countries whose regions have tax rates."""

    labels: dict[UUID, Label]
    categories: dict[UUID, str]
    regional: set[str]


async def line_facts(order_ids: Collection[UUID], countries: Collection[str]) -> LineFacts:
    """The facts of the lines of orders, in one statement."""
    rows = await fetch(
        "SELECT o.id, l.category, l.place, c.slug, NULL AS country FROM order_line o "  # noqa: S608
        "JOIN variant v ON v.id = o.variant_id JOIN product p ON p.id = v.product_id "
        "LEFT JOIN category c ON c.id = p.category_id LEFT JOIN ledger_label l ON l.id = o.id "
        f"WHERE {among('o.order_id', 1)} UNION ALL "
        "SELECT NULL, NULL, NULL, NULL, t.country FROM tax_rate t "
        f"WHERE t.region <> '' AND {among('t.country', 2)} GROUP BY t.country",
        sorted(order_ids),
        sorted(countries),
    )
    of_lines = [row for row in rows if row["country"] is None]
    return LineFacts(
        {
            uuid_of(row["id"]): Label(row["category"], row["place"])
            for row in of_lines
            if row["place"] is not None
        },
        {uuid_of(row["id"]): row["slug"] or "" for row in of_lines},
        {row["country"] for row in rows if row["country"] is not None},
    )


async def cards_refunded(order_ids: Collection[UUID]) -> dict[UUID, int]:
    """What was refunded for gift cards that orders have bought, by order; those without are left out."""
    rows = await fetch(
        "SELECT order_id, SUM(refunded_minor) AS minor FROM purchased_gift_card "  # noqa: S608
        f"WHERE {among('order_id', 1)} GROUP BY order_id",
        sorted(order_ids),
    )
    return {uuid_of(row["order_id"]): int(row["minor"]) for row in rows}


async def last_shipments(order_ids: Collection[UUID]) -> dict[UUID, datetime]:
    """The time of the last shipment of each order that has one."""
    rows = await fetch(
        "SELECT f.order_id, MAX(s.shipped_at) AS at FROM shipment s "  # noqa: S608  # a column of ours
        f"JOIN fulfillment_order f ON f.id = s.fulfillment_order_id WHERE {among('f.order_id', 1)} "
        "GROUP BY f.order_id",
        sorted(order_ids),
    )
    return {uuid_of(row["order_id"]): at for row in rows if (at := moment_of(row["at"])) is not None}


async def moved_transactions(order_ids: Collection[UUID]) -> list[PaymentTransaction]:
    """The captures, refunds and chargebacks of orders that succeeded, oldest first."""
    return await read(
        PaymentTransaction,
        f"{among('order_id', 1)} AND status = '{TransactionStatus.SUCCEEDED.value}' AND kind IN "
        f"('{PaymentKind.CAPTURE.value}', '{PaymentKind.REFUND.value}', '{PaymentKind.CHARGEBACK.value}') "
        "ORDER BY at, id",
        sorted(order_ids),
    )


async def bank_transactions(order_ids: Collection[UUID]) -> set[UUID]:
    """The transactions of orders that were recorded from bank entries, or that the bank has made."""
    rows = await fetch(
        "SELECT t.id AS transaction_id FROM payment_transaction t "  # noqa: S608  # a column of ours
        f"WHERE {among('t.order_id', 1)} AND (t.id IN (SELECT a.transaction_id FROM bank_allocation a) "
        "OR t.id IN (SELECT b.transaction_id FROM bank_transfer b))",
        sorted(order_ids),
    )
    return {uuid_of(row["transaction_id"]) for row in rows}
