"""The checks of disputes and payouts in `ordergraph verify`: their entries are compared with their rows."""

from app.accounting.lifecycle import AccountKind as K
from app.accounting.queries.facts import SIGNED
from app.core.database import fetch
from app.payments.lifecycle import DisputeStatus, PayoutLineKind, PayoutStatus
from app.payments.payouts import DISPUTES, TRANSACTIONS

_CLEARED = (*TRANSACTIONS, *DISPUTES, PayoutLineKind.PAYOUT_REVERSAL)
_OPEN = ", ".join(f"'{status.value}'" for status in DisputeStatus if status.is_open)
_IN_OWN = "l.own_minor IS NOT NULL AND l.own_currency <> p.currency"


def _of_kinds(*kinds: PayoutLineKind) -> str:
    return f"l.kind IN ({', '.join(repr(kind.value) for kind in kinds)})"


# The balances that the rows demand, by subject, account and currency.
_DISPUTES = f"""
SELECT id, '{K.DISPUTES.value}' AS account, currency, amount_minor AS minor FROM dispute
WHERE status IN ({_OPEN}) AND NOT is_inquiry
UNION ALL SELECT id, '{K.CLEARING.value}', currency, -amount_minor FROM dispute
WHERE status IN ({_OPEN}) AND NOT is_inquiry
UNION ALL SELECT d.id, '{K.DISPUTE_LOSSES.value}', d.currency, d.amount_minor - COALESCE(t.amount_minor, 0)
FROM dispute d LEFT JOIN payment_transaction t ON t.id = d.chargeback_id
WHERE d.status = '{DisputeStatus.LOST.value}'
UNION ALL SELECT d.id, '{K.CLEARING.value}', d.currency, COALESCE(t.amount_minor, 0) - d.amount_minor
FROM dispute d LEFT JOIN payment_transaction t ON t.id = d.chargeback_id
WHERE d.status = '{DisputeStatus.LOST.value}'
"""  # noqa: S608  # names of ours
_CLOSED = f"""
payout p JOIN payout_line l ON l.payout_id = p.id WHERE p.status = '{PayoutStatus.CLOSED.value}'
"""
_RETURNED = f"FROM payout WHERE status = '{PayoutStatus.CLOSED.value}' AND failed_at IS NOT NULL"
_PAYOUTS = f"""
SELECT id, '{K.BANK.value}' AS account, currency, total_minor AS minor FROM payout
WHERE status = '{PayoutStatus.CLOSED.value}'
UNION ALL SELECT p.id, '{K.FEES.value}', p.currency, l.fee_minor FROM {_CLOSED}
UNION ALL SELECT p.id, '{K.FEES.value}', p.currency, -l.amount_minor FROM {_CLOSED}
AND {_of_kinds(PayoutLineKind.FEE)}
UNION ALL SELECT p.id, '{K.PAYOUT_DIFFERENCES.value}', p.currency, -l.amount_minor FROM {_CLOSED}
AND {_of_kinds(PayoutLineKind.ADJUSTMENT, PayoutLineKind.UNEXPLAINED)}
UNION ALL SELECT p.id, CASE WHEN {_IN_OWN} THEN '{K.EXCHANGE.value}' ELSE '{K.CLEARING.value}' END,
       p.currency, -l.amount_minor FROM {_CLOSED} AND {_of_kinds(*_CLEARED)}
UNION ALL SELECT p.id, '{K.CLEARING.value}', l.own_currency,
       CASE WHEN l.amount_minor > 0 THEN -l.own_minor ELSE l.own_minor END FROM {_CLOSED}
AND {_of_kinds(*_CLEARED)} AND {_IN_OWN}
UNION ALL SELECT p.id, '{K.EXCHANGE.value}', l.own_currency,
       CASE WHEN l.amount_minor > 0 THEN l.own_minor ELSE -l.own_minor END FROM {_CLOSED}
AND {_of_kinds(*_CLEARED)} AND {_IN_OWN}
UNION ALL SELECT id, '{K.BANK.value}', currency, -total_minor {_RETURNED}
UNION ALL SELECT id, '{K.CLEARING.value}', currency, total_minor {_RETURNED}
"""  # noqa: S608  # names of ours


async def of_disputes(shown: int) -> list[str]:
    """What the ledger has of each dispute: withheld while it is open, and lost beyond its chargeback."""
    return await _compared("dispute", _DISPUTES, shown)


async def of_payouts(shown: int) -> list[str]:
    """What the ledger has of each closed payout: its total, fees, and what its lines have cleared."""
    return await _compared("payout", _PAYOUTS, shown)


async def _compared(table: str, demanded: str, shown: int) -> list[str]:
    rows = await fetch(
        f"""
        SELECT s.gateway, s.reference, x.account, x.currency, x.posted, x.demanded FROM (
            SELECT id, account, currency, SUM(posted) AS posted, SUM(demanded) AS demanded FROM (
                SELECT id, account, currency, 0 AS posted, minor AS demanded FROM ({demanded}) d
                UNION ALL
                SELECT e.subject_id, p.account, p.currency, {SIGNED}, 0 FROM ledger_entry e
                JOIN ledger_posting p ON p.entry_id = e.id WHERE e.subject_kind = '{table}'
            ) b GROUP BY id, account, currency HAVING SUM(posted) <> SUM(demanded)
        ) x LEFT JOIN {table} s ON s.id = x.id
        ORDER BY s.gateway, s.reference, x.account, x.currency LIMIT {shown}
        """  # noqa: S608  # names of ours
    )
    return [
        (
            f"{table} {row['reference']} of {row['gateway']}: {row['account']} has {row['posted']} "
            f"{row['currency']} in the ledger, but {row['demanded']} by its rows"
        )
        for row in rows
    ]
