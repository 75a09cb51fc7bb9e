"""The checks of the ledger in `ordergraph verify`."""

from collections.abc import Iterable, Mapping
from typing import Any

from app.accounting.lifecycle import AccountKind as K
from app.accounting.lifecycle import LedgerEntryKind
from app.accounting.money_facts import STORED_VALUE
from app.accounting.postings import less
from app.accounting.queries.facts import SIGNED, cards_refunded, labels_of_orders, standings
from app.accounting.queries.history import waits_for_history
from app.accounting.queries.verifying_settlements import of_disputes, of_payouts
from app.accounting.recognition import KINDS, recognized
from app.accounting.stock_facts import ACCOUNTS
from app.core.database import fetch, uuid_of
from app.inventory.stock.queries import value_reports
from app.orders import queries as orders
from app.settings import settings

SHOWN = 20  # of the differences of each check
LATEST = 500  # entries whose orders are computed again account by account, though everything has left
_RECOMPUTED_AT_ONCE = 500


def _listed(kinds: Iterable[K]) -> str:
    return ", ".join(f"'{kind.value}'" for kind in sorted(kinds))


# A dispute moves money between the first and the next two.
_MONEY = _listed((K.CLEARING, K.DISPUTES, K.DISPUTE_LOSSES, K.BANK, K.GIFT_CARDS, K.STORE_CREDIT))


# Whether an entry lacks postings, or one of them is of another day, order or currency.
_DIFFERS = """
CASE WHEN p.id IS NULL OR p.currency <> e.currency OR p.posted_on <> e.posted_on
       OR COALESCE(p.order_id, e.id) <> COALESCE(e.order_id, e.id) THEN 1 ELSE 0 END
"""


async def differences() -> list[str]:
    """The entries that do not balance, and the orders, stock and stored value that differ from the ledger."""
    if await waits_for_history():
        return ["ledger: what happened before it was introduced is not posted yet; run `ordergraph migrate`"]
    return [
        *await _entries(),
        *await _payments_of_orders(),
        *await _revenue_of_orders(),
        *await _latest_revenue(),
        *await _stock(),
        *await _stored_value(),
        *await of_disputes(SHOWN),
        *await of_payouts(SHOWN),
    ]


async def _entries() -> list[str]:
    """Entries whose debits and credits differ, or that have no postings or such of another day, order or
    currency."""
    rows = await fetch(
        f"""
        SELECT e.id, e.currency, COALESCE(SUM({SIGNED}), 0) AS minor, MAX({_DIFFERS}) AS differs
        FROM ledger_entry e LEFT JOIN ledger_posting p ON p.entry_id = e.id
        GROUP BY e.id, e.currency
        HAVING COALESCE(SUM({SIGNED}), 0) <> 0 OR MAX({_DIFFERS}) = 1
        ORDER BY e.id LIMIT {SHOWN}
        """  # noqa: S608  # names of ours
    )
    found = [
        (
            f"ledger entry {row['id']}: its debits exceed its credits by {row['minor']} {row['currency']} "
            "(in minor units)"
        )
        for row in rows
        if row["minor"]
    ]
    return found + [
        f"ledger entry {row['id']}: no postings, or postings of another day, order or currency"
        for row in rows
        if row["differs"]
    ]


async def _payments_of_orders() -> list[str]:
    """What the ledger has as received for an order is what the order has as paid; and what its buyer owes and
    has deposited are not both open."""
    rows = await fetch(
        f"""
        SELECT o.number, o.paid_minor, COALESCE(p.paid, 0) AS paid, COALESCE(p.owed, 0) AS owed,
               COALESCE(p.deposited, 0) AS deposited
        FROM sales_order o LEFT JOIN (
            SELECT order_id, SUM(CASE WHEN account IN ({_MONEY}) THEN {SIGNED} ELSE 0 END) AS paid,
                   SUM(CASE WHEN account = '{K.RECEIVABLE.value}' THEN {SIGNED} ELSE 0 END) AS owed,
                   SUM(CASE WHEN account = '{K.DEPOSITS.value}' THEN {SIGNED} ELSE 0 END) AS deposited
            FROM ledger_posting WHERE order_id IS NOT NULL GROUP BY order_id
        ) p ON p.order_id = o.id
        WHERE o.paid_minor <> COALESCE(p.paid, 0) OR p.owed < 0 OR p.deposited > 0
           OR (p.owed <> 0 AND p.deposited <> 0)
        ORDER BY o.number LIMIT {SHOWN}
        """  # noqa: S608  # names of ours
    )
    return [
        (
            f"order {row['number']}: {row['paid_minor']} paid, but {row['paid']} in the ledger, with "
            f"{row['owed']} receivable and {-row['deposited']} deposited"
        )
        for row in rows
    ]


async def _revenue_of_orders() -> list[str]:
    """An order of which nothing has left has no revenue; one of which everything has left is worth what the
    buyer must pay; revenue of the others is computed again."""
    rows = await fetch(
        f"""
        SELECT o.id, o.number, l.shipped, l.is_done, COALESCE(p.minor, 0) AS minor,
               CASE WHEN o.total_minor - o.cancelled_minor - o.credited_minor > 0
                    THEN o.total_minor - o.cancelled_minor - o.credited_minor ELSE 0 END AS wanted
        FROM sales_order o JOIN (
            SELECT order_id, SUM(quantity_shipped) AS shipped,
                   MIN(CASE WHEN quantity_shipped = quantity - quantity_cancelled THEN 1 ELSE 0 END)
                       AS is_done
            FROM order_line GROUP BY order_id
        ) l ON l.order_id = o.id
        LEFT JOIN (
            SELECT order_id, -SUM({SIGNED}) AS minor FROM ledger_posting
            WHERE order_id IS NOT NULL AND account IN ({_listed(KINDS)}) GROUP BY order_id
        ) p ON p.order_id = o.id
        WHERE (l.shipped = 0 AND COALESCE(p.minor, 0) <> 0)
           OR (l.shipped > 0 AND l.is_done = 1 AND COALESCE(p.minor, 0) <>
               CASE WHEN o.total_minor - o.cancelled_minor - o.credited_minor > 0
                    THEN o.total_minor - o.cancelled_minor - o.credited_minor ELSE 0 END)
           OR (l.shipped > 0 AND l.is_done = 0)
        ORDER BY o.number
        """  # noqa: S608  # names of ours
    )
    found = [
        (
            f"order {row['number']}: {row['minor']} in the ledger as revenue with tax, but "
            f"{row['wanted'] if row['shipped'] else 0} has left"
        )
        for row in rows
        if not row["shipped"] or row["is_done"]
    ]
    partly = sorted(uuid_of(row["id"]) for row in rows if row["shipped"] and not row["is_done"])
    for start in range(0, len(partly), _RECOMPUTED_AT_ONCE):
        found += await _recomputed(partly[start : start + _RECOMPUTED_AT_ONCE])
        if len(found) > SHOWN:
            break
    return found[:SHOWN]


async def _latest_revenue() -> list[str]:
    """The orders of the latest entries of revenue have the amounts of what has left on each account, such as
    that of a tax rate."""
    rows = await fetch(
        "SELECT DISTINCT e.order_id FROM (SELECT order_id, kind FROM ledger_entry "  # noqa: S608
        f"ORDER BY id DESC LIMIT {LATEST}) e JOIN order_line l ON l.order_id = e.order_id "
        f"WHERE e.kind = '{LedgerEntryKind.REVENUE.value}' GROUP BY e.order_id HAVING "
        "MIN(CASE WHEN l.quantity_shipped = l.quantity - l.quantity_cancelled THEN 1 ELSE 0 END) = 1"
    )
    return (await _recomputed(sorted(uuid_of(row["order_id"]) for row in rows)))[:SHOWN] if rows else []


async def _recomputed(ids: list[Any]) -> list[str]:
    """The partly shipped orders whose revenue differs from the ledger, account by account."""
    labels, posted, cards = await labels_of_orders(ids), await standings(ids), await cards_refunded(ids)
    found = []
    for order, lines in zip(await orders.orders_by_id(ids), await orders.lines_by_order(ids), strict=True):
        assert order is not None
        known = {account: minor for account, minor in posted[order.id].items() if account.kind in KINDS}
        if any(line.quantity_shipped and line.id not in labels for line in lines):
            found.append(f"order {order.number}: goods have left, but no revenue is in the ledger")
        elif other := less(recognized(order, lines, labels, cards.get(order.id, 0)), known):
            account, minor = next(iter(other.items()))
            name = f"{account.kind.value} {account.detail}".strip()
            found.append(f"order {order.number}: {name} differs from what has left by {minor}")
    return found


async def _stock() -> list[str]:
    """The accounts of stock have the amounts of the ledger of value."""
    currency = settings().cost_currency
    kinds = _listed(ACCOUNTS.values())
    rows = await fetch(
        f"SELECT account, SUM({SIGNED}) AS minor FROM ledger_posting "  # noqa: S608  # names of ours
        f"WHERE account IN ({kinds}) AND currency = $1 GROUP BY account",
        currency,
    )
    posted = {K(row["account"]): int(row["minor"]) for row in rows}
    value = {
        ACCOUNTS[account]: minor
        for account, minor in (await value_reports.value_by_account()).items()
        if minor
    }
    return [
        (
            f"{kind.value}: {posted.get(kind, 0)} {currency} in the ledger, but {value.get(kind, 0)} in the "
            "ledger of stock value"
        )
        for kind in ACCOUNTS.values()
        if posted.get(kind, 0) != value.get(kind, 0)
    ]


async def _stored_value() -> list[str]:
    """The accounts of gift cards and store credit have the sums of the balances."""
    rows = await fetch(
        "SELECT kind, currency, SUM(balance_minor) AS minor FROM stored_value GROUP BY kind, currency"
    )
    kinds = {kind.value: account.kind for kind, account in STORED_VALUE.items()}
    left = {(kinds[row["kind"]], row["currency"]): int(row["minor"]) for row in rows}
    rows = await fetch(
        f"SELECT account, currency, -SUM({SIGNED}) AS minor FROM ledger_posting "  # noqa: S608
        f"WHERE account IN ({_listed(kinds.values())}) GROUP BY account, currency"
    )
    posted: Mapping[tuple[K, str], int] = {
        (K(row["account"]), row["currency"]): int(row["minor"]) for row in rows
    }
    return [
        (
            f"{kind.value}: {posted.get((kind, currency), 0)} {currency} in the ledger, but "
            f"{left.get((kind, currency), 0)} on the accounts"
        )
        for kind, currency in sorted({*left, *posted})
        if posted.get((kind, currency), 0) != left.get((kind, currency), 0)
    ]
