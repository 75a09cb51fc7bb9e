"""Planning in GraphQL."""

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Annotated, Any

import strawberry

from app.access.permissions import Permission
from app.catalog import queries as catalog
from app.catalog.schema import Variant
from app.core.actor import Actor
from app.core.graphql.conditions import row_test
from app.core.graphql.errors import mutation
from app.core.graphql.policy import ABOUT_IT, AROUND_IT, PART_OF_IT, field, needs, query
from app.core.graphql.scalars import Money, arg, doc, graphql_enum, money
from app.core.problems import ProblemCode
from app.core.refusals import Invalid
from app.inventory.locations import queries as location_queries
from app.inventory.locations.schema.places import held_in
from app.inventory.locations.schema.types import Location
from app.inventory.policies import COSTS, VIEW
from app.inventory.stock import queries as inventory
from app.inventory.stock.refusals import InsufficientStock
from app.inventory.stock.schema.types import StockLevel
from app.inventory.transfers.schema.types import StockTransfer
from app.planning import service
from app.planning.classing import AbcClass, XyzClass
from app.planning.lifecycle import ForecastMethod, SuggestionKind
from app.planning.margins import MarginBasis
from app.planning.planning import PlanRow, Rules, checked, plan, refuse_none
from app.planning.replenishing import Suggestion, suggest
from app.settings import settings
from app.suppliers import queries as suppliers
from app.suppliers.schema import PurchaseOrder, Supplier

graphql_enum(AbcClass, "ABC class of a SKU by its share of the value sold.")
graphql_enum(XyzClass, "XYZ class of a SKU by the variability of its demand.")
graphql_enum(ForecastMethod, "Method of demand forecasting.")
graphql_enum(MarginBasis, "Source of the forecast errors that safety stock is calculated from.")
graphql_enum(SuggestionKind, "Type of a replenishment suggestion.")

MANAGE = needs(Permission.PURCHASING_MANAGE)
MOST_ROWS = 1_000


@strawberry.input(description="Planning parameters.")
class PlanningRulesInput:
    service_level: float = doc(
        "Target probability that stock lasts until the next receipt: 0.5 to 0.9999.", default=0.95
    )
    review_days: int = doc("Interval in days at which replenishment is reviewed: 1 to 365.", default=7)
    weeks: int = doc("Number of weeks of demand history to use: 4 to 260.", default=26)
    method: ForecastMethod = doc("Method of demand forecasting.", default=ForecastMethod.SMOOTHED)
    lead_days: int = doc("Lead time in days for variants without a known supplier: 0 to 730.", default=14)
    dead_after_days: int = doc(
        "Number of days without a sale after which stock is dead: 1 to 3,650.", default=90
    )
    most_cover_days: int = doc(
        "Number of days of cover above which stock is excess: 1 to 3,650.", default=180
    )

    def rules(self) -> Rules:
        return checked(Rules(**vars(self)))


@strawberry.input(description="Filter conditions for the rows of the stock plan; all conditions must match.")
class StockPlanFilter:
    abc: list[AbcClass] | None = doc("Filter by ABC class, based on the value sold.", default=None)
    xyz: list[XyzClass] | None = doc("Filter by XYZ class, based on the variability of demand.", default=None)
    is_dead: bool | None = doc("Filter by whether the stock is dead.", default=None)
    has_excess: bool | None = doc(
        "Filter by whether there is more stock than needed for `mostCoverDays`.", default=None
    )
    is_suggested: bool | None = doc("Filter by whether there are suggestions.", default=None)
    max_cover_days: float | None = doc("Filter by days of cover: at most this number of days.", default=None)


@strawberry.type(description="Suggestion to transfer or buy units of a variant.")
class ReplenishmentSuggestion:
    suggestion: strawberry.Private[Suggestion]
    kind: SuggestionKind = doc("Type of the suggestion.")
    quantity: int = doc("Number of units; purchases are rounded to whole packs.")

    @classmethod
    def of(cls, each: Suggestion) -> "ReplenishmentSuggestion":
        return cls(suggestion=each, kind=each.kind, quantity=each.quantity)

    @field(reach=ABOUT_IT)
    async def variant(self, info: strawberry.Info) -> Variant:
        """The variant."""
        return await info.context.load(catalog.variants_by_id, self.suggestion.variant_id)

    @field(reach=AROUND_IT)
    async def location(self, info: strawberry.Info) -> Location:
        """Location that receives the goods."""
        return await info.context.load(location_queries.locations_by_id, self.suggestion.location_id)

    @field(reach=ABOUT_IT)
    async def source(self, info: strawberry.Info) -> Location | None:
        """Source location with surplus stock; null unless the suggestion is a transfer."""
        id = self.suggestion.source_id
        return None if id is None else await info.context.load(location_queries.locations_by_id, id)

    @field(needs(Permission.PURCHASING_VIEW), reach=ABOUT_IT)
    async def supplier(self, info: strawberry.Info) -> Supplier | None:
        """Supplier to buy from; null unless the suggestion is a purchase, and null without the permission
        PURCHASING_VIEW."""
        id = self.suggestion.supplier_id
        return None if id is None else await info.context.load(suppliers.suppliers_by_id, id)


@strawberry.type(description="Replenishment plan of a stock level, with the values it is based on.")
class StockPlanRow:
    row: strawberry.Private[PlanRow]
    found: strawberry.Private[list[Suggestion]]
    per_week: float = doc("Forecast number of units sold per week.")
    deviation_per_week: float = doc("Forecast error per week, in units: root mean square.")
    lead_days: float = doc("Lead time in days.")
    lead_deviation_days: float = doc("Standard deviation of the lead time, in days.")
    safety_stock: int = doc(
        "Safety stock against deviations of demand and lead time, in units: √(m² (L + R) ÷ 7 + z² d² σL²)."
    )
    margin_per_week: float = doc(
        "Safety margin m: the number of units by which the demand of a week can exceed its forecast "
        "at the service level; √n times this number for n weeks."
    )
    margin_basis: MarginBasis = doc("Source of the forecast errors from which the margin is calculated.")
    reorder_point: int = doc("Reorder point: reorder if `position` is at or below this number of units.")
    order_up_to: int = doc("Order-up-to level: the `position` after reordering, in units.")
    is_policy_set: bool = doc(
        "Whether the reorder point and the order-up-to level were set manually; otherwise they are "
        "calculated from the forecast."
    )
    position: int = doc("Inventory position: units available, on order and in drafts.")
    days_of_cover: float | None = doc(
        "Number of days that the available units last; null if there is no demand."
    )
    abc: AbcClass = doc("ABC class of the SKU by its share of the value sold.")
    xyz: XyzClass = doc("XYZ class of the SKU by the variability of its demand.")
    last_sold_at: datetime | None = doc(
        "Date and time of the last shipment to a buyer; null if there was none."
    )
    is_dead: bool = doc("Whether the stock is dead: units on hand without a sale for `deadAfterDays`.")
    excess: int = doc("Number of units in excess of the stock needed for `mostCoverDays`.")

    @classmethod
    def of(cls, row: PlanRow, found: list[Suggestion]) -> "StockPlanRow":
        return cls(
            row=row,
            found=found,
            per_week=round(row.forecast.mean, 3),
            deviation_per_week=round(row.forecast.deviation, 3),
            lead_days=row.lead.days,
            lead_deviation_days=round(row.lead.deviation, 2),
            safety_stock=row.wanted.safety_stock,
            margin_per_week=round(row.margin.a_week, 3),
            margin_basis=row.margin.basis,
            reorder_point=row.wanted.reorder_point,
            order_up_to=row.wanted.order_up_to,
            is_policy_set=row.is_policy_set,
            position=row.position,
            days_of_cover=None if row.cover_days is None else round(row.cover_days, 1),
            abc=row.abc,
            xyz=row.xyz,
            last_sold_at=row.last_sold_at,
            is_dead=row.is_dead,
            excess=row.excess,
        )

    @field(reach=AROUND_IT)
    async def level(self, info: strawberry.Info) -> StockLevel:
        """The stock level."""
        return await info.context.load(inventory.levels_by_id, self.row.level.id)

    @field(COSTS)
    async def excess_value(self, info: strawberry.Info) -> Money | None:
        """Value of the excess units; null without the permission STOCK_COSTS for the location."""
        if not all(await held_in(info, Permission.STOCK_COSTS, [self.row.level.location_id])):
            return None
        return money(round(self.row.excess * self.row.unit_cost), settings().cost_currency)

    @field()
    def suggestions(self) -> list[ReplenishmentSuggestion]:
        """Suggested transfers and purchases."""
        return [ReplenishmentSuggestion.of(each) for each in self.found]


_matches: Callable[[StockPlanFilter, StockPlanRow], bool] = row_test(
    StockPlanFilter,
    abc=lambda row, given: row.abc in given,
    xyz=lambda row, given: row.xyz in given,
    is_dead=lambda row, given: row.is_dead == given,
    has_excess=lambda row, given: (row.excess > 0) == given,
    is_suggested=lambda row, given: bool(row.found) == given,
    max_cover_days=lambda row, given: row.row.cover_days is not None and row.row.cover_days <= given,
)


@strawberry.type(description="Replenishment plan of the stock levels.")
class StockPlan:
    total: int = doc("Total number of rows.")
    rows: list[StockPlanRow] = doc("Requested rows, sorted by SKU and location.")


@strawberry.input(description="Scope of the replenishment run.")
class ReplenishmentRunInput:
    locations: list[str] | None = doc(
        "Codes of the locations to plan; if omitted, all of the company's own locations that the "
        "caller can see.",
        default=None,
    )
    skus: list[str] | None = doc("Limit to these SKUs.", default=None)
    rules: PlanningRulesInput = doc("Planning parameters.", default_factory=PlanningRulesInput)
    may_transfer: bool = doc("Whether surplus stock of other locations can be transferred.", default=True)
    is_dry_run: bool = doc("Whether to return suggestions only, without creating drafts.", default=False)


@strawberry.type(description="Result of a replenishment run: the suggestions and the drafts created.")
class ReplenishmentRun:
    run: strawberry.Private[service.Run]

    @field()
    def suggestions(self) -> list[ReplenishmentSuggestion]:
        """Suggested transfers and purchases."""
        return [ReplenishmentSuggestion.of(each) for each in self.run.suggestions]

    @field(reach=PART_OF_IT)
    def purchase_orders(self) -> list[PurchaseOrder]:
        """Draft purchase orders that were created, to be reviewed and sent."""
        return self.run.purchase_orders  # type: ignore[return-value]  # rows, read as the type

    @field(reach=PART_OF_IT)
    def transfers(self) -> list[StockTransfer]:
        """Draft transfers that were created; their units are reserved at the source location."""
        return self.run.transfers  # type: ignore[return-value]  # rows, read as the type


async def _locations(permission: Permission, actor: Actor, codes: Sequence[str] | None) -> list[Any]:
    """The locations to plan for: those with some codes, or all for which the actor has a permission.

    Raises:
        NotFound: a code is unknown, or the actor does not have the permission for it.
    """
    if codes is None:
        found = list(await location_queries.locations_with(permission, actor).filter(is_active=True))
        ids = [row.id for row in found]
        refuse_none(ids)
        return ids
    return [
        (await location_queries.location_for(permission, actor, "locations", str(index), code=code)).id
        for index, code in enumerate(codes)
    ]


@strawberry.type
class PlanningQuery:
    @query(VIEW)
    async def stock_plan(
        self,
        info: strawberry.Info,
        locations: Annotated[
            list[str] | None,
            arg("Codes of the locations; defaults to all locations that the caller can see."),
        ] = None,
        skus: Annotated[list[str] | None, arg("Limit to these SKUs.")] = None,
        rules: Annotated[PlanningRulesInput | None, arg("Planning parameters.")] = None,
        filter: Annotated[StockPlanFilter | None, arg("Filter conditions for rows.")] = None,
        first: Annotated[int, arg("Number of rows to return, up to 1,000; default 100.")] = 100,
        offset: Annotated[int, arg("Number of rows to skip at the start.")] = 0,
    ) -> StockPlan:
        """Inventory plan for each stock level: demand, days of cover, reorder point, ABC and XYZ class,
        excess and recommended actions."""
        if not 0 <= first <= MOST_ROWS or offset < 0:
            raise Invalid(
                f"The number of rows must be between 0 and {MOST_ROWS}.",
                "first",
                code=ProblemCode.NOT_IN_RANGE,
                minimum=0,
                maximum=MOST_ROWS,
            )
        wanted = (rules or PlanningRulesInput()).rules()
        whom = set(await _locations(Permission.STOCK_VIEW, info.context.actor, locations))
        everywhere = await _locations(Permission.STOCK_VIEW, info.context.actor, None)
        planned = await plan(everywhere, skus, wanted)
        found: dict[Any, list[Suggestion]] = {}
        for each in suggest(service.needs_of(planned, whom)):
            found.setdefault((each.location_id, each.variant_id), []).append(each)
        rows = [row for row in planned if row.level.location_id in whom]
        made = [
            StockPlanRow.of(row, found.get((row.level.location_id, row.level.variant_id), [])) for row in rows
        ]
        chosen = [row for row in made if filter is None or _matches(filter, row)]
        return StockPlan(total=len(chosen), rows=chosen[offset : offset + first])


@strawberry.type
class PlanningMutation:
    @mutation(
        "ReplenishmentRunResult",
        ReplenishmentRun,
        policy=MANAGE,
        refuses=(InsufficientStock,),
    )
    async def replenishment_run(
        self,
        info: strawberry.Info,
        input: Annotated[ReplenishmentRunInput, arg("Scope of the replenishment run.")],
    ) -> ReplenishmentRun:
        """Create draft transfers and purchase orders for stock below its reorder point. Quantities on drafts
        count as ordered, so a second run creates no duplicates."""
        actor = info.context.actor
        rules = input.rules.rules()
        whom = await _locations(Permission.PURCHASING_MANAGE, actor, input.locations)
        run = await service.replenish(
            actor,
            await _locations(Permission.PURCHASING_MANAGE, actor, None),
            input.skus,
            rules,
            for_whom=whom,
            may_transfer=input.may_transfer,
            is_dry_run=input.is_dry_run,
        )
        return ReplenishmentRun(run=run)
