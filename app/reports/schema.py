"""Reports in GraphQL."""

from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

import strawberry

from app.access.permissions import Permission
from app.core.graphql.policy import AROUND_IT, OWN_SCOPE, SIGNED_IN, field, needs, query
from app.core.graphql.scalars import Money, arg, doc, graphql_enum, money
from app.core.problems import ProblemCode
from app.core.refusals import Invalid
from app.fulfillment import queries as fulfillment
from app.fulfillment.schema import FulfillmentOrder, Shipment
from app.inventory.locations import queries as location_queries
from app.inventory.locations.schema.types import Location
from app.inventory.stock.lifecycle import StockBucket, StockReason
from app.inventory.stock.schema.types import levels as _levels  # noqa: F401  # StockBucket is an enum of the API
from app.orders import queries as orders
from app.orders.schema import Order
from app.reports import stock
from app.reports.stock import Amount, LedgerLine
from app.reports.stuck import Stuck, StuckStage, stuck
from app.settings import settings

graphql_enum(LedgerLine, "Reason for a change of the stock value.")
graphql_enum(StuckStage, "Stage in which an object can be stuck.")
COSTS = needs(Permission.STOCK_COSTS)
FULFILLMENT = needs(Permission.FULFILLMENT_VIEW)
ORDERS = needs(Permission.ORDERS_VIEW)
Where = Annotated[str | None, arg("Code of a location; if omitted, all locations that the caller can see.")]
From = Annotated[datetime, arg("Start of the period, inclusive.")]
Until = Annotated[datetime | None, arg("End of the period, exclusive; defaults to the current time.")]


@strawberry.type(description="Number of units and their value.")
class StockAmount:
    quantity: int = doc("Number of units.")
    value: Money = doc("Value of the units.")

    @classmethod
    def of(cls, amount: Amount) -> "StockAmount":
        return cls(quantity=amount.quantity, value=money(amount.value_minor, settings().cost_currency))


@strawberry.type(description="Stock of a location, by state.")
class StockValueRow:
    location_id: strawberry.Private[UUID]
    total: StockAmount = doc("Total stock on hand.")
    available: StockAmount = doc("Available stock, not committed.")
    committed: StockAmount = doc("Stock committed to orders or other demand, as far as it is on hand.")
    damaged: StockAmount = doc("Damaged stock.")
    quarantined: StockAmount = doc("Quarantined stock.")
    in_quality_check: StockAmount = doc("Stock in quality check.")

    @field(reach=AROUND_IT)
    async def location(self, root: strawberry.Parent[Any], info: strawberry.Info) -> Location:
        """The location."""
        return await info.context.load(location_queries.locations_by_id, root.location_id)


@strawberry.type(description="Value of stock at a point in time.")
class StockValueReport:
    at: datetime = doc("Date and time of the valuation.")
    total: StockAmount = doc("Total stock on hand.")
    in_transit: StockAmount = doc("Stock in transit between locations.")
    locations: list[StockValueRow] = doc("Stock by location.")


@strawberry.type(description="Change of the value of stock for one reason.")
class StockLedgerLine:
    line: LedgerLine = doc("Ledger line.")
    amount: StockAmount = doc("Change in units and value; negative for a decrease.")


@strawberry.type(
    description="Change of the value of stock in a period: the opening balance plus the lines equals "
    "the closing balance."
)
class StockLedgerReport:
    opening: StockAmount = doc("Opening balance at the start of the period.")
    lines: list[StockLedgerLine] = doc("Changes in the period, by reason.")
    closing: StockAmount = doc(
        "Closing balance at the end of the period, calculated independently of the lines."
    )
    is_reconciled: bool = doc(
        "Whether the opening balance plus the lines equals the closing balance, exactly to the cent and "
        "the unit."
    )


@strawberry.type(description="Units that changed their state in a period.")
class StockBucketMove:
    reason: StockReason = doc("Reason.")
    from_bucket: StockBucket = doc("State before the change.")
    to_bucket: StockBucket = doc("State after the change.")
    amount: StockAmount = doc("Number of units, and their value at that time.")


@strawberry.type(description="Stock that is committed to orders and due to ship in a month.")
class StockCommitment:
    month: str | None = doc("Month in the format 2026-05; null if unknown.")
    amount: StockAmount = doc("Number of units, and the value of those that are on hand.")


@strawberry.type(
    description="Committed value that moved to another month because of a delay or an earlier arrival."
)
class StockCommitmentShift:
    from_month: str | None = doc("Previous month; null if it was unknown.")
    to_month: str | None = doc("New month; null if unknown.")
    amount: StockAmount = doc("Amount.")


@strawberry.type(description="An object that has remained in a stage for longer than its limit.")
class StuckObject:
    thing: strawberry.Private[Stuck]

    @field()
    def since(self) -> datetime:
        """Date and time since which the object has been in the stage."""
        return self.thing.since

    @field()
    def hours(self, info: strawberry.Info) -> float:
        """Number of hours in the stage."""
        return round((info.context.moment - self.thing.since).total_seconds() / 3_600, 2)

    @field(ORDERS, reach=OWN_SCOPE)
    async def order(self, info: strawberry.Info) -> Order | None:
        """The order; null for callers who cannot see orders."""
        found = await info.context.load(orders.orders_by_id, self.thing.order_id)
        seen = info.context.actor.scope_of(Permission.ORDERS_VIEW)
        return found if seen.reaches(found.channel_id) else None

    @field(reach=OWN_SCOPE)
    async def fulfillment_order(self, info: strawberry.Info) -> FulfillmentOrder | None:
        """The stuck fulfillment order; null if the stage does not concern fulfillment orders."""
        id = self.thing.fulfillment_order_id
        return None if id is None else await info.context.load(fulfillment.by_id, id)

    @field(reach=OWN_SCOPE)
    async def shipment(self, info: strawberry.Info) -> Shipment | None:
        """The stuck shipment; null if the stage does not concern shipments."""
        id = self.thing.shipment_id
        return None if id is None else await info.context.load(fulfillment.shipments_by_id, id)


@strawberry.type(description="Objects that are stuck in one stage.")
class StuckAtStage:
    stage: StuckStage = doc("The stage; the description of the enum value gives advice.")
    advice: str = doc("Explanation of the stage and recommended action.")
    limit_hours: int = doc("Number of hours after which an object in this stage is considered stuck.")
    count: int = doc("Number of stuck objects; 1,001 if there are more than 1,000.")
    oldest: list[StuckObject] = doc("Objects that have been in the stage for the longest time.")


@strawberry.input(description="Number of hours after which an object in a stage is considered stuck.")
class StuckLimitInput:
    stage: StuckStage = doc("The stage.")
    hours: int = doc("Number of hours: 0 to 8,760.")


@strawberry.type(description="Aggregated reports.")
class Reports:
    @field(FULFILLMENT)
    async def stuck(
        self,
        info: strawberry.Info,
        limits: Annotated[
            list[StuckLimitInput] | None, arg("Limits for individual stages, replacing the defaults.")
        ] = None,
        first: Annotated[int, arg("Maximum number of objects per stage, oldest first: 1 to 100.")] = 20,
    ) -> list[StuckAtStage] | None:
        """Orders, fulfillment orders, packages, holds, cancellation requests and disputes that have remained
        in a stage for longer than its limit. Stages without such objects are omitted. Null without the
        permission FULFILLMENT_VIEW."""
        hours = {limit.stage: limit.hours for limit in limits or ()}
        if limits and len(hours) < len(limits):
            raise Invalid("Each stage can have only one limit.", "limits", code=ProblemCode.REPEATED)
        found = await stuck(info.context.actor, info.context.moment, hours=hours, first=first)
        return [
            StuckAtStage(
                stage=group.stage,
                advice=group.stage.description,
                limit_hours=group.hours,
                count=group.count,
                oldest=[StuckObject(thing=thing) for thing in group.oldest],
            )
            for group in found
        ]

    @field(COSTS)
    async def stock_value(
        self,
        info: strawberry.Info,
        location: Where = None,
        at: Annotated[
            datetime | None, arg("Date and time of the valuation; defaults to the current time.")
        ] = None,
    ) -> StockValueReport | None:
        """Value of stock by location and state, now or at an earlier time; null without the permission
        STOCK_COSTS."""
        ids = await stock.locations_seen_by(info.context.actor, location)
        moment = at or info.context.moment
        if moment > info.context.moment:
            raise Invalid(
                "The date of the valuation must not be in the future.", "at", code=ProblemCode.IN_THE_FUTURE
            )
        rows, transit = await stock.value_of(ids, moment)
        total = Amount()
        for row in rows:
            total.add(row.total.quantity, row.total.value_minor)
        return StockValueReport(
            at=moment,
            total=StockAmount.of(total),
            in_transit=StockAmount.of(transit),
            locations=[_row(row) for row in rows],
        )

    @field(COSTS)
    async def stock_ledger(
        self,
        info: strawberry.Info,
        from_: Annotated[
            datetime, strawberry.argument(name="from", description="Start of the period, inclusive.")
        ],
        to: Until = None,
        location: Where = None,
    ) -> StockLedgerReport | None:
        """Opening value, changes and closing value of a period; null without the permission STOCK_COSTS."""
        start, end = _period(info, from_, to)
        ids = await stock.locations_seen_by(info.context.actor, location)
        found = await stock.ledger_of(ids, start, end)
        lines = found.lines.values()
        units = found.opening.quantity + sum(amount.quantity for amount in lines)
        value = found.opening.value_minor + sum(amount.value_minor for amount in lines)
        return StockLedgerReport(
            opening=StockAmount.of(found.opening),
            lines=[
                StockLedgerLine(line=line, amount=StockAmount.of(amount))
                for line, amount in found.lines.items()
            ],
            closing=StockAmount.of(found.closing),
            is_reconciled=(units, value) == (found.closing.quantity, found.closing.value_minor),
        )

    @field(COSTS)
    async def stock_bucket_moves(
        self,
        info: strawberry.Info,
        from_: Annotated[
            datetime, strawberry.argument(name="from", description="Start of the period, inclusive.")
        ],
        to: Until = None,
        location: Where = None,
    ) -> list[StockBucketMove] | None:
        """Value of stock that changed its state in a period, with the reasons; null without the permission
        STOCK_COSTS."""
        ids = await stock.locations_seen_by(info.context.actor, location)
        return [
            StockBucketMove(
                reason=StockReason(move.reason),
                from_bucket=StockBucket(move.from_bucket),
                to_bucket=StockBucket(move.to_bucket),
                amount=StockAmount.of(move.amount),
            )
            for move in await stock.bucket_moves(ids, *_period(info, from_, to))
        ]

    @field(COSTS)
    async def stock_committed(
        self, info: strawberry.Info, location: Where = None
    ) -> list[StockCommitment] | None:
        """Committed stock by the month in which it is due to ship; null without the permission
        STOCK_COSTS."""
        ids = await stock.locations_seen_by(info.context.actor, location)
        found = await stock.committed(ids)
        return [StockCommitment(month=each.month, amount=StockAmount.of(each.amount)) for each in found]

    @field(COSTS)
    async def stock_commitment_shifts(
        self,
        info: strawberry.Info,
        from_: Annotated[
            datetime, strawberry.argument(name="from", description="Start of the period, inclusive.")
        ],
        to: Until = None,
        location: Where = None,
    ) -> list[StockCommitmentShift] | None:
        """Committed value that delays moved from one month to another in a period; null without the
        permission STOCK_COSTS."""
        ids = await stock.locations_seen_by(info.context.actor, location)
        found = await stock.commitment_shifts(ids, *_period(info, from_, to))
        return [
            StockCommitmentShift(
                from_month=each.from_month, to_month=each.to_month, amount=StockAmount.of(each.amount)
            )
            for each in found
        ]


def _row(row: stock.LocationValue) -> StockValueRow:
    buckets = {name: StockAmount.of(amount) for name, amount in row.buckets.items()}
    return StockValueRow(
        location_id=row.location_id,
        total=StockAmount.of(row.total),
        committed=buckets.pop("reserved"),
        **buckets,
    )


def _period(info: strawberry.Info, start: datetime, end: datetime | None) -> tuple[datetime, datetime]:
    """A period of time.

    Raises:
        Invalid: it ends before it begins.
    """
    until = end or info.context.moment
    if until < start:
        raise Invalid(
            "The end of the period must be after its start.",
            "to",
            code=ProblemCode.ENDS_BEFORE_START,
            field="from",
        )
    return start, until


@strawberry.type
class ReportQuery:
    @query(SIGNED_IN)
    async def reports(self, info: strawberry.Info) -> Reports:
        """Aggregated reports; each report is null without its own permission."""
        return Reports()
