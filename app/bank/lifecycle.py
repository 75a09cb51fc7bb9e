"""Kinds of bank files, statuses and problems of bank entries, and statuses of transfers and their files."""

from app.core.described import Described


class BankFileKind(Described):
    STATEMENT = "statement", "Statement of a period, usually a business day (camt.053)."
    REPORT = "report", "Report of the current day, before its statement (camt.052)."
    NOTIFICATION = "notification", "Notification of entries (camt.054)."


class BankEntryDirection(Described):
    CREDIT = "credit", "Money received."
    DEBIT = "debit", "Money paid out."


class BankEntryStatus(Described):
    OPEN = "open", "The amount, or a part of it, is not assigned to an order yet."
    MATCHED = (
        "matched",
        "The whole amount is recorded as payments of orders, or is a payout, a refund or its return.",
    )
    CLOSED = "closed", "Closed by staff: the rest of the amount does not belong to an order."


class BankEntryProblem(Described):
    """Why an entry was not matched automatically."""

    NO_ORDER = "no_order", "The entry names no order."
    SEVERAL_ORDERS = "several_orders", "The entry names several orders."
    OTHER_CURRENCY = "other_currency", "The order is in another currency."
    NOTHING_DUE = "nothing_due", "Nothing is due for the order: it is paid or cancelled."
    UNDERPAID = "underpaid", "The amount is lower than the amount due."
    OVERPAID = "overpaid", "The amount is higher than the amount due."
    REFERENCE_KNOWN = "reference_known", "A payment of the order already has the bank's reference."
    PAYOUT_DIFFERS = "payout_differs", "It names a payout that has another amount or currency."
    SEVERAL_PAYOUTS = (
        "several_payouts",
        "It fits several payouts by amount and day, or another entry fits the same payout.",
    )
    TRANSFER_DIFFERS = (
        "transfer_differs",
        "Its end-to-end reference is that of a refund by bank transfer of another amount or account, or of "
        "one that was executed or ended before.",
    )
    OUTGOING = "outgoing", "Money was paid out."
    CONFLICT = "conflict", "An earlier entry with the same reference has another amount."
    UNMATCHED = "unmatched", "Staff undid its match."
    REVERSED = "reversed", "The bank reversed an earlier entry."


class BankTransferStatus(Described):
    """Status of a refund by bank transfer."""

    WAITING = "waiting", "In no file yet."
    FILED = "filed", "In a file for the bank; the result is not known yet."
    EXECUTED = "executed", "The bank has executed it: a statement has the entry."
    RETURNED = "returned", "It was executed and came back; the amount can be refunded again."
    REJECTED = "rejected", "The bank has not executed it; the amount can be refunded again."
    CANCELLED = "cancelled", "Cancelled before it was in a file; the amount can be refunded again."


class BankTransferFileStatus(Described):
    """Status of a file with transfers."""

    CREATED = "created", "It can be downloaded, and cancelled as long as the bank does not have it."
    SENT = "sent", "The bank has it: staff said so, or the bank has reported about it."
    CANCELLED = "cancelled", "It must not be sent; its transfers wait for another file."
