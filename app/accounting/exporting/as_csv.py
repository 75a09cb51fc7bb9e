"""CSV: one line for each posting."""

import csv
import io
from typing import ClassVar

from app.accounting.exporting.formats import ExportedEntry, decimal
from app.accounting.lifecycle import LedgerSide

COLUMNS = (
    "entry", "posted_on", "happened_at", "kind", "order", "subject", "account", "detail", "number", "name",
    "debit", "credit", "currency",
)  # fmt: skip
_FORMULAS = ("=", "+", "-", "@")  # spreadsheets would calculate such a text


class Csv:
    encoding: ClassVar[str] = "utf-8"

    def begin(self) -> str:
        return _line(COLUMNS)

    def entry(self, entry: ExportedEntry) -> str:
        lines = []
        for posting in entry.postings:
            amount = decimal(posting.amount_minor, entry.currency)
            is_debit = posting.side is LedgerSide.DEBIT
            kind, detail = posting.account.account
            of_entry = (
                entry.id, entry.posted_on.isoformat(), entry.happened_at.isoformat(), entry.kind.value,
                entry.order_number, entry.subject_kind,
            )  # fmt: skip
            of_account = (kind.value, detail, posting.account.number or "", posting.account.name)
            sides = (amount, "") if is_debit else ("", amount)
            lines.append(_line((*of_entry, *map(_plain, of_account), *sides, entry.currency)))
        return "".join(lines)

    def end(self) -> str:
        return ""


def _plain(text: str) -> str:
    """A text that spreadsheets do not take for a formula."""
    return f"'{text}" if text.startswith(_FORMULAS) else text


def _line(values: tuple[str, ...]) -> str:
    buffer = io.StringIO()
    csv.writer(buffer).writerow(values)
    return buffer.getvalue()
