"""Kinds of bank files, and statuses and problems of bank entries."""

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
    MATCHED = "matched", "The whole amount is recorded as payments of orders, or is a payout."
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
    OUTGOING = "outgoing", "Money was paid out."
    CONFLICT = "conflict", "An earlier entry with the same reference has another amount."
    UNMATCHED = "unmatched", "Staff undid its match."
    REVERSED = "reversed", "The bank reversed an earlier entry."
