"""Inputs of the mutations of receipts."""

from datetime import datetime
from decimal import Decimal
from uuid import UUID

import strawberry

from app.core import refusals
from app.core.graphql.scalars import MoneyInput, Text, doc
from app.core.ids import row_id
from app.core.money import Money as MoneyValue
from app.core.money import checked_currency
from app.core.problems import ProblemCode
from app.inventory.receiving import service
from app.inventory.receiving.landed_costs import LandedCost
from app.inventory.receiving.schema.enums import SpreadBy
from app.inventory.receiving.service.receipt_costs import Cost
from app.inventory.receiving.service.received_lines import ReceivedLine
from app.inventory.stock.lifecycle import StockBucket
from app.inventory.stock.schema.mutations.lots import StockLotInput, lots_of
from app.inventory.stock.schema.types import levels as _levels  # noqa: F401  # StockBucket is an enum of the API
from app.settings import settings

RECEIVED_AT = (
    "Date and time of receipt, if it is recorded later: up to 366 days ago. Stock and its value "
    "count from this time, and the cost of units sold since then is adjusted. Defaults to now."
)


def checked_rate(rate: Decimal | None) -> Decimal | None:
    """Validate an exchange rate.

    Raises:
        Invalid: it is invalid.
    """
    if rate is not None and not 0 < rate < 1_000_000:
        raise refusals.Invalid(
            "The exchange rate must be greater than 0 and less than 1,000,000.",
            "exchange_rate",
            code=ProblemCode.NOT_IN_RANGE,
            minimum=0,
            maximum=1_000_000,
        )
    return rate


def cost_of(each: MoneyInput | None, total: MoneyInput | None, rate: Decimal | None) -> Cost | None:
    """The cost of units as entered: per unit or in total.

    Raises:
        Invalid: both were given, an invalid rate, or a rate without a cost.
    """
    if each is not None and total is not None:
        raise refusals.Invalid(
            "Send either `unitCost` or `totalCost`, not both.",
            "total_cost",
            code=ProblemCode.CONTRADICTION,
            field="unit_cost",
        )
    checked_rate(rate)
    name, given = ("total_cost", total) if each is None else ("unit_cost", each)
    if given is None:
        if rate is not None:
            raise refusals.Invalid(
                "An exchange rate belongs to a cost: add the cost, or leave the rate out.",
                "exchange_rate",
                code=ProblemCode.CONTRADICTION,
                field="unit_cost",
            )
        return None
    currency = checked_currency(given.currency, name, "currency")
    minor = MoneyValue.of(given.amount, currency, name, "amount").minor
    return Cost(minor, currency, given is total, rate)


def incoming_of(id: strawberry.ID | None) -> UUID | None:
    """The id of the incoming stock."""
    return None if id is None else row_id(id, "StockIncoming", "incoming_id")


@strawberry.input(description="Units of a receipt line to reverse.")
class StockReceiptReverseLineInput:
    line: int = doc("The `position` of the line in the receipt.")
    quantity: int = doc("Number of pieces.")
    bucket: StockBucket | None = doc(
        "Current stock state of the units; defaults to the state in which they were received, or "
        "AVAILABLE if the quality check is completed.",
        default=None,
    )
    lots: list[StockLotInput] = doc(
        "Lots or serial numbers to reverse, if the SKU is tracked; optional when a whole line is reversed.",
        default_factory=list,
    )


@strawberry.input(
    description="Input for reversing a receipt, entirely or partially, if the goods were never received."
)
class StockReceiptReverseInput:
    receipt_id: strawberry.ID = doc("ID of the receipt.")
    lines: list[StockReceiptReverseLineInput] | None = doc(
        "Lines to reverse; if omitted, all units that are not reversed yet.", default=None
    )
    note: Text = doc("Note recorded in the stock ledger.", default="")

    def items(self) -> list[service.ReversedItem] | None:
        if self.lines is None:
            return None
        return [
            service.ReversedItem(each.line, each.quantity, each.bucket, lots_of(each.lots))
            for each in self.lines
        ]


@strawberry.input(description="Received units of a SKU.")
class StockReceiptLineInput:
    sku: str = doc("SKU of the variant.")
    quantity: int = doc("Number of units: pieces, or the unit of measure in `unit`.")
    unit: str | None = doc(
        "Code of the unit of measure of the quantity and `unitCost`, such as carton.", default=None
    )
    unit_cost: MoneyInput | None = doc(
        "Cost per unit, in any currency (see `exchangeRate`); estimated if omitted.",
        default=None,
    )
    total_cost: MoneyInput | None = doc(
        "Total cost of all units, as an alternative to the cost per unit.", default=None
    )
    exchange_rate: Decimal | None = doc(
        "Exchange rate: value of one unit of the cost's currency in the currency of the stock valuation.",
        default=None,
    )
    bucket: StockBucket = doc(
        "Stock state of the received units: AVAILABLE, or another such as IN_QUALITY_CHECK.",
        default=StockBucket.AVAILABLE,
    )
    lots: list[StockLotInput] = doc(
        "Received lots or serial numbers, if the SKU is tracked; quantities are in pieces.",
        default_factory=list,
    )
    incoming_id: strawberry.ID | None = doc(
        "ID of the incoming stock to which the receipt belongs.", default=None
    )

    def line(self) -> ReceivedLine:
        cost = cost_of(self.unit_cost, self.total_cost, self.exchange_rate)
        incoming = incoming_of(self.incoming_id)
        lots = lots_of(self.lots)
        return ReceivedLine(self.sku, self.quantity, cost, self.bucket, incoming, self.unit, lots)


LONGEST_NAME = 120


@strawberry.input(description="A landed cost of received goods.")
class LandedCostInput:
    name: str = doc("Description of the cost: freight, duty, insurance.")
    amount: MoneyInput = doc("Amount in the currency of the stock valuation.")
    by: SpreadBy = doc("Basis on which the cost is allocated to the lines.", default=SpreadBy.VALUE)

    def cost(self, *path: str) -> LandedCost:
        """The input under the names of the service.

        Raises:
            Invalid: another currency, or an invalid name; `path` is its place in the input.
        """
        currency = settings().cost_currency
        if not 1 <= len(self.name.strip()) <= LONGEST_NAME:
            raise refusals.Invalid(
                f"The name must have 1 to {LONGEST_NAME} characters.",
                *path,
                "name",
                code=ProblemCode.WRONG_LENGTH,
                minimum=1,
                maximum=LONGEST_NAME,
            )
        if self.amount.currency != currency:
            raise refusals.Invalid(
                f"Stock is valued in {currency}. Enter the amount in this currency.",
                *path,
                "amount",
                "currency",
                code=ProblemCode.WRONG_CURRENCY,
                currency=currency,
            )
        minor = MoneyValue.of(self.amount.amount, currency, *path, "amount", "amount").minor
        return LandedCost(self.name.strip(), minor, self.by)


@strawberry.input(description="Goods that were received together.")
class StockReceiptCreateInput:
    location: str = doc("Code of the location.")
    lines: list[StockReceiptLineInput] = doc("Received lines: 1 to 1,000.")
    landed_costs: list[LandedCostInput] = doc("Landed costs of the receipt.", default_factory=list)
    reference: Text = doc("Number of the delivery note or invoice.", default="")
    received_at: datetime | None = doc(RECEIVED_AT, default=None)
    note: Text = doc("Note recorded in the stock ledger.", default="")


@strawberry.input(description="Input for adding a landed cost to a receipt afterwards.")
class StockLandedCostAddInput:
    receipt_id: strawberry.ID = doc("ID of the receipt.")
    cost: LandedCostInput = doc("The landed cost.")


@strawberry.input(description="Input for correcting the cost of a receipt line.")
class StockCostCorrectInput:
    receipt_id: strawberry.ID = doc("ID of the receipt.")
    line: int = doc("Position of the line, starting at 1.")
    unit_cost: MoneyInput | None = doc("Cost per unit, in any currency (see `exchangeRate`).", default=None)
    total_cost: MoneyInput | None = doc(
        "Total cost of all units, as an alternative to the cost per unit.", default=None
    )
    exchange_rate: Decimal | None = doc(
        "Exchange rate: value of one unit of the cost's currency in the currency of the stock valuation.",
        default=None,
    )
    note: Text = doc("Note recorded in the stock ledger.", default="")


@strawberry.input(description="Input for receiving units of a SKU.")
class StockReceiveInput:
    sku: str = doc("SKU of the variant.")
    location: str = doc("Code of the location.")
    quantity: int = doc("Number of units: pieces, or the unit of measure in `unit`.")
    unit: str | None = doc(
        "Code of the unit of measure of the quantity and `unitCost`, such as carton.", default=None
    )
    unit_cost: MoneyInput | None = doc(
        "Cost per unit, in any currency (see `exchangeRate`); estimated if omitted.",
        default=None,
    )
    total_cost: MoneyInput | None = doc(
        "Total cost of all units, as an alternative to the cost per unit.", default=None
    )
    exchange_rate: Decimal | None = doc(
        "Exchange rate: value of one unit of the cost's currency in the currency of the stock valuation.",
        default=None,
    )
    note: Text = doc("Note recorded in the stock ledger.", default="")
    lots: list[StockLotInput] = doc(
        "Received lots or serial numbers, if the SKU is tracked; quantities are in pieces.",
        default_factory=list,
    )
    incoming_id: strawberry.ID | None = doc(
        "ID of the incoming stock to which the receipt belongs.", default=None
    )
    received_at: datetime | None = doc(RECEIVED_AT, default=None)
