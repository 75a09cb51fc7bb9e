"""Receiving goods, and putting costs right, through the graph."""

from datetime import datetime
from decimal import Decimal
from typing import Annotated, Any
from uuid import UUID

import strawberry

from app.access.permissions import Permission
from app.core import refusals
from app.core.graphql.errors import mutation
from app.core.graphql.policy import needs
from app.core.graphql.scalars import IdempotencyKey, MoneyInput, Text, arg, doc
from app.core.ids import row_id
from app.core.money import Money as MoneyValue
from app.core.money import checked_currency
from app.core.problems import ProblemCode
from app.core.work import Work
from app.inventory import models, queries, service
from app.inventory.landed_costs import LandedCost
from app.inventory.lifecycle import SpreadBy, StockBucket
from app.inventory.schema.mutations.locations import MANAGE
from app.inventory.schema.mutations.lots import StockLotInput, lots_of
from app.inventory.schema.types import StockReceipt
from app.inventory.service.receiving import Cost, ReceivedLine
from app.settings import settings

COSTS = needs(Permission.STOCK_COSTS)
RECEIVED_AT = (
    "When they came, if that is written down later: up to 366 days ago. They count from then, and what has "
    "been sold since costs what it would have. Left out: now."
)


def checked_rate(rate: Decimal | None) -> Decimal | None:
    """An exchange rate that can be.

    Raises:
        Invalid: it cannot.
    """
    if rate is not None and not 0 < rate < 1_000_000:
        raise refusals.Invalid(
            "An exchange rate is above zero, and below a million.",
            "exchange_rate",
            code=ProblemCode.NOT_IN_RANGE,
            minimum=0,
            maximum=1_000_000,
        )
    return rate


def cost_of(each: MoneyInput | None, total: MoneyInput | None, rate: Decimal | None) -> Cost | None:
    """What units cost, as it was said: each, or all together.

    Raises:
        Invalid: both were said, or a rate that cannot be.
    """
    if each is not None and total is not None:
        raise refusals.Invalid(
            "Say what a unit cost, or what all cost, not both.",
            "total_cost",
            code=ProblemCode.CONTRADICTION,
            field="unit_cost",
        )
    checked_rate(rate)
    name, given = ("total_cost", total) if each is None else ("unit_cost", each)
    if given is None:
        return None
    currency = checked_currency(given.currency, name, "currency")
    minor = MoneyValue.of(given.amount, currency, name, "amount").minor
    return Cost(minor, currency, given is total, rate)


def incoming_of(id: strawberry.ID | None) -> UUID | None:
    """The row of what had been expected."""
    return None if id is None else row_id(id, "StockIncoming", "incoming_id")


@strawberry.input(description="Units of a line of a receipt that are taken back.")
class StockReceiptReverseLineInput:
    line: int = doc("The line's `position` in the receipt.")
    quantity: int = doc("How many pieces.")
    bucket: StockBucket | None = doc(
        "The state that they are in now; left out, the one in which they came, or AVAILABLE once checked.",
        default=None,
    )
    lots: list[StockLotInput] = doc(
        "Which units, where the SKU is kept by lot or serial number; may be left out for a whole line.",
        default_factory=list,
    )


@strawberry.input(description="A receipt that was wrong: the goods never came, or not so many.")
class StockReceiptReverseInput:
    receipt_id: strawberry.ID = doc("The receipt.")
    lines: list[StockReceiptReverseLineInput] | None = doc(
        "What is taken back; left out, all that is left of it.", default=None
    )
    note: Text = doc("A note for the ledger.", default="")

    def items(self) -> list[service.ReversedItem] | None:
        if self.lines is None:
            return None
        return [
            service.ReversedItem(each.line, each.quantity, each.bucket, lots_of(each.lots))
            for each in self.lines
        ]


@strawberry.input(description="Units of one SKU that came in.")
class StockReceiptLineInput:
    sku: str = doc("What.")
    quantity: int = doc("How many units: pieces, or what `unit` says.")
    unit: str | None = doc("The unit that the quantity and `unitCost` are in, such as carton.", default=None)
    unit_cost: MoneyInput | None = doc("What a unit cost; left out, it is estimated.", default=None)
    total_cost: MoneyInput | None = doc("What all the units cost together, instead.", default=None)
    exchange_rate: Decimal | None = doc(
        "What a unit of the cost's currency is worth in the one that stock is valued in.", default=None
    )
    bucket: StockBucket = doc(
        "The state that they are in: AVAILABLE, or for instance IN_QUALITY_CHECK.",
        default=StockBucket.AVAILABLE,
    )
    lots: list[StockLotInput] = doc(
        "Which units, where the SKU is kept by lot or serial number; in pieces.", default_factory=list
    )
    incoming_id: strawberry.ID | None = doc("What had been expected, of which this is.", default=None)

    def line(self) -> ReceivedLine:
        cost = cost_of(self.unit_cost, self.total_cost, self.exchange_rate)
        incoming = incoming_of(self.incoming_id)
        lots = lots_of(self.lots)
        return ReceivedLine(self.sku, self.quantity, cost, self.bucket, incoming, self.unit, lots)


LONGEST_NAME = 120


@strawberry.input(description="What bringing goods here cost.")
class LandedCostInput:
    name: str = doc("What it was for: freight, duty, insurance.")
    amount: MoneyInput = doc("How much, in the currency that stock is valued in.")
    by: SpreadBy = doc("By what it is shared out over the lines.", default=SpreadBy.VALUE)

    def cost(self, *path: str) -> LandedCost:
        """The cost, in the service's words.

        Raises:
            Invalid: another currency, or a name that is none; `path` is where in the input it stands.
        """
        currency = settings().cost_currency
        if not 1 <= len(self.name.strip()) <= LONGEST_NAME:
            raise refusals.Invalid(
                f"A name has 1 to {LONGEST_NAME} characters.",
                *path,
                "name",
                code=ProblemCode.WRONG_LENGTH,
                minimum=1,
                maximum=LONGEST_NAME,
            )
        if self.amount.currency != currency:
            raise refusals.Invalid(
                f"Stock is valued in {currency}.",
                *path,
                "amount",
                "currency",
                code=ProblemCode.WRONG_CURRENCY,
                currency=currency,
            )
        minor = MoneyValue.of(self.amount.amount, currency, *path, "amount", "amount").minor
        return LandedCost(self.name.strip(), minor, self.by)


@strawberry.input(description="Goods that came in together.")
class StockReceiptCreateInput:
    location: str = doc("The location's code.")
    lines: list[StockReceiptLineInput] = doc("What came in: 1 to 1,000 lines.")
    landed_costs: list[LandedCostInput] = doc("What bringing them here cost.", default_factory=list)
    reference: Text = doc("The number of the delivery note or the invoice.", default="")
    received_at: datetime | None = doc(RECEIVED_AT, default=None)
    note: Text = doc("A note for the ledger.", default="")


@strawberry.input(description="A cost of bringing goods here that became known later.")
class StockLandedCostAddInput:
    receipt_id: strawberry.ID = doc("The receipt.")
    cost: LandedCostInput = doc("The cost.")


@strawberry.input(description="What a line of a receipt really cost.")
class StockCostCorrectInput:
    receipt_id: strawberry.ID = doc("The receipt.")
    line: int = doc("The line's position, from 1.")
    unit_cost: MoneyInput | None = doc("What a unit cost.", default=None)
    total_cost: MoneyInput | None = doc("What all the units cost together, instead.", default=None)
    exchange_rate: Decimal | None = doc(
        "What a unit of the cost's currency is worth in the one that stock is valued in.", default=None
    )
    note: Text = doc("A note for the ledger.", default="")


@strawberry.type
class ReceiptMutation:
    @mutation("StockReceiptCreateResult", StockReceipt, policy=MANAGE)
    async def stock_receipt_create(
        self,
        info: strawberry.Info,
        input: Annotated[StockReceiptCreateInput, arg("What came in.")],
        idempotency_key: IdempotencyKey = None,
    ) -> Any:
        """Put goods that came in together on the shelf, with what they and their way here cost."""
        location = await queries.location_for(
            Permission.STOCK_MANAGE, info.context.actor, code=input.location
        )
        lines = []
        for index, line in enumerate(input.lines):
            try:
                lines.append(line.line())
            except refusals.Refusal as refusal:
                raise refusal.under("lines", str(index)) from None
        landed = [each.cost("landed_costs", str(n)) for n, each in enumerate(input.landed_costs)]
        return await info.context.once_row(
            idempotency_key,
            "stockReceiptCreate",
            input,
            lambda work: service.receive(
                work,
                location=location,
                lines=lines,
                landed=landed,
                reference=input.reference,
                note=input.note,
                received_at=input.received_at,
            ),
            models.Receipt,
        )

    @mutation("StockLandedCostAddResult", StockReceipt, policy=COSTS)
    async def stock_landed_cost_add(
        self,
        info: strawberry.Info,
        input: Annotated[StockLandedCostAddInput, arg("The receipt and the cost.")],
        idempotency_key: IdempotencyKey = None,
    ) -> Any:
        """Share out a cost that became known after the receipt, such as the carrier's invoice.

        It follows the units to wherever they have gone; what was sold takes its share to the cost of sales.
        """
        id, cost = row_id(input.receipt_id, "StockReceipt", "receipt_id"), input.cost.cost("cost")
        return await info.context.once_row(
            idempotency_key,
            "stockLandedCostAdd",
            input,
            lambda work: service.add_landed_cost(work, id, cost),
            models.Receipt,
        )

    @mutation("StockCostCorrectResult", StockReceipt, policy=COSTS)
    async def stock_cost_correct(
        self,
        info: strawberry.Info,
        input: Annotated[StockCostCorrectInput, arg("The line and its cost.")],
        idempotency_key: IdempotencyKey = None,
    ) -> Any:
        """Put right what a line of a receipt cost.

        Everything is worth then what it would have been had the cost been known: what is on the shelves, in
        kits and on its way, what was sold, came back or was lost.
        """
        id = row_id(input.receipt_id, "StockReceipt", "receipt_id")
        cost = cost_of(input.unit_cost, input.total_cost, input.exchange_rate)
        if cost is None:
            raise refusals.Invalid("Say what it cost.", "unit_cost", code=ProblemCode.REQUIRED)
        return await info.context.once_row(
            idempotency_key,
            "stockCostCorrect",
            input,
            lambda work: service.correct_cost(work, id, position=input.line, cost=cost, note=input.note),
            models.Receipt,
        )

    @mutation("StockReceiptReverseResult", StockReceipt, policy=MANAGE)
    async def stock_receipt_reverse(
        self,
        info: strawberry.Info,
        input: Annotated[StockReceiptReverseInput, arg("What is taken back.")],
        idempotency_key: IdempotencyKey = None,
    ) -> Any:
        """Take back a receipt that was wrong: stock and its value are as if the goods had not come."""
        id = row_id(input.receipt_id, "StockReceipt", "receipt_id")

        async def reversed_(work: Work) -> models.Receipt:
            await service.reverse_receipt(work, id, items=input.items(), note=input.note)
            return await queries.receipt(work.actor, id)

        return await info.context.once_row(
            idempotency_key, "stockReceiptReverse", input, reversed_, models.Receipt
        )
