"""Reports in the graph."""

from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

import strawberry

from app.access.permissions import Permission
from app.core.graphql.policy import AROUND_IT, OWN_SCOPE, SIGNED_IN, field, needs, query
from app.core.graphql.prices import costs
from app.core.graphql.scalars import Money, arg, doc, graphql_enum, money
from app.core.problems import ProblemCode
from app.core.refusals import Invalid
from app.fulfillment import queries as fulfillment
from app.fulfillment.schema import FulfillmentOrder, Shipment
from app.inventory import queries as inventory
from app.inventory.lifecycle import StockBucket, StockReason
from app.inventory.schema import Location
from app.orders import queries as orders
from app.orders.schema import Order
from app.reports import stock
from app.reports.stock import Amount, LedgerLine
from app.reports.stuck import Stuck, StuckStage, stuck
from app.settings import settings

graphql_enum(LedgerLine, "Why the value of stock changed.")
graphql_enum(StuckStage, "Where something can be stuck.")
COSTS = needs(Permission.STOCK_COSTS)
FULFILLMENT = needs(Permission.FULFILLMENT_VIEW)
ORDERS = needs(Permission.ORDERS_VIEW)
# Each goes through the ledger, or through all work that is open.
costs(
    100, "Reports.stuck", "Reports.stockValue", "Reports.stockLedger", "Reports.stockBucketMoves",
    "Reports.stockCommitted", "Reports.stockCommitmentShifts",
)  # fmt: skip

Where = Annotated[str | None, arg("The code of one location; left out, all that the caller may see.")]
From = Annotated[datetime, arg("From this moment on.")]
Until = Annotated[datetime | None, arg("Up to this moment, without it; left out, until now.")]


@strawberry.type(description="Units, and what they are worth.")
class StockAmount:
    quantity: int = doc("How many units.")
    value: Money = doc("What they are worth.")

    @classmethod
    def of(cls, amount: Amount) -> "StockAmount":
        return cls(quantity=amount.quantity, value=money(amount.value_minor, settings().cost_currency))


@strawberry.type(description="What a location holds, and in which state.")
class StockValueRow:
    location_id: strawberry.Private[UUID]
    total: StockAmount = doc("All that is on hand.")
    available: StockAmount = doc("For anyone.")
    committed: StockAmount = doc("Promised to somebody, as far as it is there.")
    damaged: StockAmount = doc("Broken.")
    quarantined: StockAmount = doc("Put aside.")
    in_quality_check: StockAmount = doc("Being checked.")

    @field(reach=AROUND_IT)
    async def location(self, root: strawberry.Parent[Any], info: strawberry.Info) -> Location:
        """Where."""
        return await info.context.load(inventory.locations_by_id, root.location_id)


@strawberry.type(description="What stock was worth at a moment.")
class StockValueReport:
    at: datetime = doc("The moment.")
    total: StockAmount = doc("All that was on hand.")
    in_transit: StockAmount = doc("What was on its way between locations.")
    locations: list[StockValueRow] = doc("Each location.")


@strawberry.type(description="One reason for which the value of stock changed.")
class StockLedgerLine:
    line: LedgerLine = doc("Why.")
    amount: StockAmount = doc("By how much; below zero: less.")


@strawberry.type(description="How the value of stock went over a period: opening and lines make closing.")
class StockLedgerReport:
    opening: StockAmount = doc("At the beginning.")
    lines: list[StockLedgerLine] = doc("What came and went.")
    closing: StockAmount = doc("At the end, added up on its own.")
    is_reconciled: bool = doc("Whether opening and lines make closing, to the cent and to the unit.")


@strawberry.type(description="Units that changed their state in a period.")
class StockBucketMove:
    reason: StockReason = doc("Why.")
    from_bucket: StockBucket = doc("From which state.")
    to_bucket: StockBucket = doc("To which state.")
    amount: StockAmount = doc("How many, and what they were worth then.")


@strawberry.type(description="What is promised and due to leave in a month.")
class StockCommitment:
    month: str | None = doc("Such as 2026-05; null: nobody knows when.")
    amount: StockAmount = doc("Units, and the value of those that are there.")


@strawberry.type(
    description="Promised value that a delay, or goods that came earlier, moved to another month."
)
class StockCommitmentShift:
    from_month: str | None = doc("The month before; null: nobody knew.")
    to_month: str | None = doc("The month since; null: nobody knows.")
    amount: StockAmount = doc("How much.")


@strawberry.type(description="Something that has not moved for longer than its stage allows.")
class StuckThing:
    thing: strawberry.Private[Stuck]

    @field()
    def since(self) -> datetime:
        """Since when it stands there."""
        return self.thing.since

    @field()
    def hours(self, info: strawberry.Info) -> float:
        """For how long, in hours."""
        return round((info.context.moment - self.thing.since).total_seconds() / 3_600, 2)

    @field(ORDERS, reach=OWN_SCOPE)
    async def order(self, info: strawberry.Info) -> Order | None:
        """The order; null for whoever may not see orders."""
        found = await info.context.load(orders.orders_by_id, self.thing.order_id)
        seen = info.context.actor.scope_of(Permission.ORDERS_VIEW)
        return found if seen.reaches(found.channel_id) else None

    @field(reach=OWN_SCOPE)
    async def fulfillment_order(self, info: strawberry.Info) -> FulfillmentOrder | None:
        """The work of a location, where that is what stands still."""
        id = self.thing.fulfillment_order_id
        return None if id is None else await info.context.load(fulfillment.by_id, id)

    @field(reach=OWN_SCOPE)
    async def shipment(self, info: strawberry.Info) -> Shipment | None:
        """The parcel, where that is what stands still."""
        id = self.thing.shipment_id
        return None if id is None else await info.context.load(fulfillment.shipments_by_id, id)


@strawberry.type(description="What stands still at one stage.")
class StuckAtStage:
    stage: StuckStage = doc("The stage; its description says what to do.")
    advice: str = doc("What it means and what to do about it.")
    limit_hours: int = doc("After how many hours something there is stuck.")
    count: int = doc("How many are stuck; 1,001 for more than a thousand.")
    eldest: list[StuckThing] = doc("Those that have stood there longest.")


@strawberry.input(description="After how many hours something at a stage is stuck.")
class StuckLimitInput:
    stage: StuckStage = doc("The stage.")
    hours: int = doc("After how many hours: 0 to 8,760.")


@strawberry.type(description="Reports: what the rest of the graph knows, added up.")
class Reports:
    @field(FULFILLMENT)
    async def stuck(
        self,
        info: strawberry.Info,
        limits: Annotated[
            list[StuckLimitInput] | None, arg("Limits other than the usual ones, for some stages.")
        ] = None,
        first: Annotated[int, arg("How many of each stage, the eldest first: 1 to 100.")] = 20,
    ) -> list[StuckAtStage] | None:
        """What has not moved for longer than its stage allows: orders, work, parcels, holds and wishes.

        Stages at which nothing is stuck are left out. Null without the permission FULFILLMENT_VIEW.
        """
        hours = {limit.stage: limit.hours for limit in limits or ()}
        if limits and len(hours) < len(limits):
            raise Invalid("A stage has one limit.", "limits", code=ProblemCode.REPEATED)
        found = await stuck(info.context.actor, info.context.moment, hours=hours, first=first)
        return [
            StuckAtStage(
                stage=group.stage,
                advice=group.stage.description,
                limit_hours=group.hours,
                count=group.count,
                eldest=[StuckThing(thing=thing) for thing in group.eldest],
            )
            for group in found
        ]

    @field(COSTS)
    async def stock_value(
        self,
        info: strawberry.Info,
        location: Where = None,
        at: Annotated[datetime | None, arg("The moment; left out, now.")] = None,
    ) -> StockValueReport | None:
        """What stock is, or was, worth by location and state; null without the permission STOCK_COSTS."""
        ids = await stock.locations_seen_by(info.context.actor, location)
        moment = at or info.context.moment
        if moment > info.context.moment:
            raise Invalid("What stock will be worth is not known.", "at", code=ProblemCode.IN_THE_FUTURE)
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
        from_: Annotated[datetime, strawberry.argument(name="from", description="From this moment on.")],
        to: Until = None,
        location: Where = None,
    ) -> StockLedgerReport | None:
        """Opening, what came and went, and closing of a period; null without the permission STOCK_COSTS."""
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
        from_: Annotated[datetime, strawberry.argument(name="from", description="From this moment on.")],
        to: Until = None,
        location: Where = None,
    ) -> list[StockBucketMove] | None:
        """Which value changed its state in a period, and why; null without the permission STOCK_COSTS."""
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
        """What is promised, by the month in which it is due to leave; null without STOCK_COSTS."""
        ids = await stock.locations_seen_by(info.context.actor, location)
        found = await stock.committed(ids)
        return [StockCommitment(month=each.month, amount=StockAmount.of(each.amount)) for each in found]

    @field(COSTS)
    async def stock_commitment_shifts(
        self,
        info: strawberry.Info,
        from_: Annotated[datetime, strawberry.argument(name="from", description="From this moment on.")],
        to: Until = None,
        location: Where = None,
    ) -> list[StockCommitmentShift] | None:
        """What delays moved from month to month in a period; null without the permission STOCK_COSTS."""
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
    """A period.

    Raises:
        Invalid: it ends before it begins.
    """
    until = end or info.context.moment
    if until < start:
        raise Invalid(
            "A period ends after it begins.", "to", code=ProblemCode.ENDS_BEFORE_START, field="from"
        )
    return start, until


@strawberry.type
class ReportQuery:
    @query(SIGNED_IN)
    async def reports(self, info: strawberry.Info) -> Reports:
        """What the rest of the graph knows, added up; each report is null without its own permission."""
        return Reports()
