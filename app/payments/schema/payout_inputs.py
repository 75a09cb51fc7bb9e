"""Inputs of payouts in GraphQL."""

from collections.abc import Sequence
from datetime import date
from decimal import Decimal

import strawberry

from app.core.graphql.scalars import MoneyInput, doc, graphql_enum
from app.core.money import Money as MoneyValue
from app.core.problems import ProblemCode
from app.core.refusals import Invalid
from app.core.spelling import as_written, parsed
from app.payments import payout_files
from app.payments.lifecycle import PayoutLineKind
from app.payments.payouts import Line
from app.payments.service import payouts as service

graphql_enum(PayoutLineKind, "Kind of a line of a payout.")

LONGEST_FILE = 2_000_000  # characters; the size of a request is limited, too


@strawberry.input(description="A line of a payout to import.")
class PayoutLineInput:
    kind: PayoutLineKind = doc("Kind of the line; not UNEXPLAINED, which follows from the others.")
    reference: str | None = doc(
        "The gateway's reference of the payment, refund or dispute, up to 120 characters.", default=None
    )
    amount: Decimal = doc(
        "Amount before the fee, in the currency of the payout, as it changes the balance: negative for "
        "refunds, disputes and fees."
    )
    fee: Decimal = doc("What the gateway keeps for it, in the currency of the payout.", default=Decimal(0))
    transaction_amount: MoneyInput | None = doc(
        "Amount of the payment, refund or dispute itself, positive, if it is in another currency than "
        "the payout.",
        default=None,
    )


@strawberry.input(description="What a CSV file of a payout calls a kind of line.")
class PayoutCsvKindInput:
    name: str = doc("The text in the file, in any case; up to 80 characters.")
    kind: PayoutLineKind = doc("The kind of line; not UNEXPLAINED, which follows from the others.")


@strawberry.input(
    description="A CSV file with the lines of a payout, and the names of its columns. The first row is the "
    "header; values are separated by commas, semicolons or tabs."
)
class PayoutCsvInput:
    csv_file: str = doc(
        "Content of the file, up to 2,000,000 characters, with up to 2,000 rows of the payout.",
        longest=LONGEST_FILE,
        spelling=parsed,
    )
    kind_column: str = doc("Column with the kind of each line.", spelling=as_written)
    amount_column: str = doc(
        "Column with the amount before the fee, as it changes the balance.", spelling=as_written
    )
    reference_column: str | None = doc(
        "Column with the gateway's reference of the payment, refund or dispute.",
        default=None,
        spelling=as_written,
    )
    fee_column: str | None = doc(
        "Column with the fee, positive if the gateway keeps it; an empty value is 0.",
        default=None,
        spelling=as_written,
    )
    currency_column: str | None = doc(
        "Column with the currency, which must be that of the payout in each row.",
        default=None,
        spelling=as_written,
    )
    payout_column: str | None = doc(
        "Column with the reference of the payout; rows of other payouts are ignored.",
        default=None,
        spelling=as_written,
    )
    transaction_amount_column: str | None = doc(
        "Column with the amount of the payment, refund or dispute itself, with any sign, for lines in "
        "another currency than the payout.",
        default=None,
        spelling=as_written,
    )
    transaction_currency_column: str | None = doc(
        "Column with the currency of that amount; required with `transactionAmountColumn`.",
        default=None,
        spelling=as_written,
    )
    kinds: list[PayoutCsvKindInput] | None = doc(
        "What the file calls the kinds of lines. The names of `PayoutLineKind` are known, in any case.",
        default=None,
        most=50,
    )
    has_decimal_comma: bool = doc(
        "Whether decimals follow a comma; otherwise a point. Other separators are not allowed.", default=False
    )
    is_unsigned: bool = doc(
        "Whether amounts have no sign: those of REFUND, DISPUTE and FEE are then taken from the balance.",
        default=False,
    )
    has_negative_fees: bool = doc("Whether fees that the gateway keeps are negative.", default=False)


@strawberry.input(description="Input for importing a payout.")
class PayoutImportInput:
    gateway: str = doc(
        "Code of the payment gateway, or its name if it has no account here; up to 40 characters."
    )
    reference: str = doc("The gateway's reference of the payout, up to 120 characters, unique by gateway.")
    arrival_on: date = doc("Day on which the money arrives at the bank.")
    total: MoneyInput = doc("Amount that arrives; negative if the gateway takes money from the account.")
    lines: list[PayoutLineInput] | None = doc(
        "Lines of the payout: 1 to 2,000; omit them if a `csv` file has them.",
        most=service.MOST_LINES,
        default=None,
    )
    csv: PayoutCsvInput | None = doc("A file with the lines; omit it if `lines` are given.", default=None)


@strawberry.input(description="Input for closing a payout.")
class PayoutCloseInput:
    id: strawberry.ID = doc("The payout.")
    note: str = doc("Why it is accepted as it is, up to 500 characters.")


def payout_data(input: PayoutImportInput) -> service.PayoutData:
    """The payout of an input.

    Raises:
        Invalid: it has both lines and a file, or neither; a value cannot be read.
    """
    currency = input.total.currency.upper()
    total = MoneyValue.of(input.total.amount, currency, "total", "amount").minor
    return service.PayoutData(
        gateway=input.gateway,
        reference=input.reference,
        currency=currency,
        arrival_on=input.arrival_on,
        total_minor=total,
        lines=_lines(input, currency),
    )


def _lines(input: PayoutImportInput, currency: str) -> Sequence[Line]:
    if input.csv is not None:
        if input.lines is not None:
            raise Invalid(
                "Give either the lines or a file.", "csv", code=ProblemCode.CONTRADICTION, field="lines"
            )
        return payout_files.read(input.csv.csv_file, _layout(input.csv), input.reference.strip(), currency)
    if input.lines is None:
        raise Invalid("Give the lines or a file (csv).", "lines", code=ProblemCode.REQUIRED)
    return [_line(each, currency, str(index)) for index, each in enumerate(input.lines)]


def _layout(given: PayoutCsvInput) -> payout_files.Layout:
    if (given.transaction_amount_column is None) is not (given.transaction_currency_column is None):
        raise Invalid(
            "Give both transactionAmountColumn and transactionCurrencyColumn, or neither.",
            "csv",
            "transaction_currency_column",
            code=ProblemCode.CONTRADICTION,
            field="transactionAmountColumn",
        )
    return payout_files.Layout(
        kind=given.kind_column,
        amount=given.amount_column,
        reference=given.reference_column,
        fee=given.fee_column,
        currency=given.currency_column,
        payout=given.payout_column,
        transaction_amount=given.transaction_amount_column,
        transaction_currency=given.transaction_currency_column,
        kinds=_kinds(given.kinds or []),
        decimal_comma=given.has_decimal_comma,
        unsigned=given.is_unsigned,
        negative_fees=given.has_negative_fees,
    )


def _kinds(given: Sequence[PayoutCsvKindInput]) -> dict[str, PayoutLineKind]:
    found: dict[str, PayoutLineKind] = {}
    for index, each in enumerate(given):
        name, path = each.name.strip().lower(), ("csv", "kinds", str(index))
        if not name:
            raise Invalid("Enter what the file calls the kind.", *path, "name", code=ProblemCode.REQUIRED)
        if name in found:
            raise Invalid("List each name once.", *path, "name", code=ProblemCode.REPEATED)
        if each.kind is PayoutLineKind.UNEXPLAINED:
            raise _unexplained(*path, "kind")
        found[name] = each.kind
    return found


def _unexplained(*path: str) -> Invalid:
    return Invalid(
        "Omit this kind: what the other lines do not explain is added by itself.",
        *path,
        code=ProblemCode.NOT_POSSIBLE_NOW,
    )


def _line(given: PayoutLineInput, currency: str, index: str) -> Line:
    if given.kind is PayoutLineKind.UNEXPLAINED:
        raise _unexplained("lines", index, "kind")
    own = given.transaction_amount
    own_money = (
        MoneyValue.of(own.amount, own.currency.upper(), "lines", index, "transaction_amount", "amount")
        if own is not None
        else None
    )
    return Line(
        given.kind,
        given.reference or "",
        MoneyValue.of(given.amount, currency, "lines", index, "amount").minor,
        MoneyValue.of(given.fee, currency, "lines", index, "fee").minor,
        own_money.minor if own_money is not None else None,
        own_money.currency if own_money is not None else "",
    )
