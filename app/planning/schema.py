"""Planning in the graph."""

from collections.abc import Sequence
from datetime import datetime
from typing import Annotated, Any

import strawberry

from app.access.permissions import Permission
from app.catalog import queries as catalog
from app.catalog.schema import Variant
from app.core.actor import Actor
from app.core.graphql.errors import mutation
from app.core.graphql.policy import ABOUT_IT, AROUND_IT, PART_OF_IT, field, needs, query
from app.core.graphql.prices import costs
from app.core.graphql.scalars import Money, arg, doc, graphql_enum, money
from app.core.problems import ProblemCode
from app.core.refusals import Invalid
from app.inventory import queries as inventory
from app.inventory.refusals import InsufficientStock
from app.inventory.schema import Location, StockLevel, StockTransfer
from app.inventory.schema.places import held_in
from app.inventory.schema.types import COSTS, VIEW
from app.planning import service
from app.planning.classing import AbcClass, XyzClass
from app.planning.lifecycle import ForecastMethod, SuggestionKind
from app.planning.margins import MarginBasis
from app.planning.planning import PlanRow, Rules, checked, plan, refuse_none
from app.planning.replenishing import Suggestion, suggest
from app.settings import settings
from app.suppliers import queries as suppliers
from app.suppliers.schema import PurchaseOrder, Supplier

graphql_enum(AbcClass, "How much of the value sold a SKU makes.")
graphql_enum(XyzClass, "How even the demand of a SKU is.")
graphql_enum(ForecastMethod, "How demand is forecast.")
graphql_enum(MarginBasis, "From which errors safety stock follows.")
graphql_enum(SuggestionKind, "What should be done about a level.")

MANAGE = needs(Permission.PURCHASING_MANAGE)
MOST_ROWS = 1_000
# They plan the whole assortment, whatever is asked of it.
costs(300, "Query.stockPlan", "Mutation.replenishmentRun")


@strawberry.input(description="By what is planned.")
class PlanningRulesInput:
    service_level: float = doc(
        "The probability that nothing runs out until goods come: 0.5 to 0.9999.", default=0.95
    )
    review_days: int = doc("How often somebody looks, in days.", default=7)
    weeks: int = doc("How many weeks of demand are looked at: 4 to 260.", default=26)
    method: ForecastMethod = doc("How demand is forecast.", default=ForecastMethod.SMOOTHED)
    lead_days: int = doc("In how many days goods come for which no supplier is known.", default=14)
    dead_after_days: int = doc("What was not sold for so many days is dead.", default=90)
    most_cover_days: int = doc("What lasts for more than so many days is excess.", default=180)

    def rules(self) -> Rules:
        return checked(Rules(**vars(self)))


@strawberry.input(description="Which rows of the plan; each condition must hold.")
class StockPlanFilter:
    abc: list[AbcClass] | None = doc("Of these classes by value.", default=None)
    xyz: list[XyzClass] | None = doc("Of these classes by evenness.", default=None)
    is_dead: bool | None = doc("By whether it is dead.", default=None)
    has_excess: bool | None = doc("By whether there is more than lasts for `mostCoverDays`.", default=None)
    is_suggested: bool | None = doc("By whether anything should be done about it.", default=None)
    max_cover_days: float | None = doc("Lasting for so many days at the most.", default=None)

    def lets(self, row: "StockPlanRow") -> bool:
        plan = row.row
        return (
            (self.abc is None or plan.abc in self.abc)
            and (self.xyz is None or plan.xyz in self.xyz)
            and (self.is_dead is None or plan.is_dead == self.is_dead)
            and (self.has_excess is None or (plan.excess > 0) == self.has_excess)
            and (self.is_suggested is None or bool(row.found) == self.is_suggested)
            and (
                self.max_cover_days is None
                or (plan.cover_days is not None and plan.cover_days <= self.max_cover_days)
            )
        )


@strawberry.type(description="Units of a variant that should be brought or bought.")
class ReplenishmentSuggestion:
    suggestion: strawberry.Private[Suggestion]
    kind: SuggestionKind = doc("What should be done.")
    quantity: int = doc("With how many units; what is bought comes in whole packs.")

    @classmethod
    def of(cls, each: Suggestion) -> "ReplenishmentSuggestion":
        return cls(suggestion=each, kind=each.kind, quantity=each.quantity)

    @field(reach=ABOUT_IT)
    async def variant(self, info: strawberry.Info) -> Variant:
        """Of what."""
        return await info.context.load(catalog.variants_by_id, self.suggestion.variant_id)

    @field(reach=AROUND_IT)
    async def location(self, info: strawberry.Info) -> Location:
        """For where."""
        return await info.context.load(inventory.locations_by_id, self.suggestion.location_id)

    @field(reach=ABOUT_IT)
    async def source(self, info: strawberry.Info) -> Location | None:
        """The location that has more than it needs, where they are brought from one."""
        id = self.suggestion.source_id
        return None if id is None else await info.context.load(inventory.locations_by_id, id)

    @field(needs(Permission.PURCHASING_VIEW), reach=ABOUT_IT)
    async def supplier(self, info: strawberry.Info) -> Supplier | None:
        """Whoever sells them, where they are bought; null without the permission PURCHASING_VIEW."""
        id = self.suggestion.supplier_id
        return None if id is None else await info.context.load(suppliers.suppliers_by_id, id)


@strawberry.type(description="What a level needs, and how that was worked out.")
class StockPlanRow:
    row: strawberry.Private[PlanRow]
    found: strawberry.Private[list[Suggestion]]
    per_week: float = doc("How many units are expected to be sold in a week.")
    deviation_per_week: float = doc("By how much forecasts of a week were off: root mean square.")
    lead_days: float = doc("In how many days goods come.")
    lead_deviation_days: float = doc("By how many days that differs.")
    safety_stock: int = doc(
        "What is kept against demand and suppliers that are not as expected: √(m² (L + R) ÷ 7 + z² d² σL²)."
    )
    margin_per_week: float = doc(
        "m: how many units above its forecast the demand of a week may be at the service level; of n weeks, "
        "√n as many."
    )
    margin_basis: MarginBasis = doc("From which errors the margin follows.")
    reorder_point: int = doc("At or below this position, order.")
    order_up_to: int = doc("Order so that the position is this.")
    is_policy_set: bool = doc("Whether people have set reorder point and level; else the forecast has.")
    position: int = doc("What is available, on order, or on drafts.")
    days_of_cover: float | None = doc("For how many days what is available lasts; null: none is asked for.")
    abc: AbcClass = doc("How much of the value sold its SKU makes.")
    xyz: XyzClass = doc("How even its demand is.")
    last_sold_at: datetime | None = doc("When some of it last left for a buyer.")
    is_dead: bool = doc("Whether it lies there, and was not sold for `deadAfterDays`.")
    excess: int = doc("How many units are more than lasts for `mostCoverDays`.")

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
        """Which level."""
        return await info.context.load(inventory.levels_by_id, self.row.level.id)

    @field(COSTS)
    async def excess_value(self, info: strawberry.Info) -> Money | None:
        """What the excess is worth; null without the permission STOCK_COSTS there."""
        if not all(await held_in(info, Permission.STOCK_COSTS, [self.row.level.location_id])):
            return None
        return money(round(self.row.excess * self.row.unit_cost), settings().cost_currency)

    @field()
    def suggestions(self) -> list[ReplenishmentSuggestion]:
        """What should be done about it."""
        return [ReplenishmentSuggestion.of(each) for each in self.found]


@strawberry.type(description="What levels need.")
class StockPlan:
    total: int = doc("How many rows there are in all.")
    rows: list[StockPlanRow] = doc("Those that were asked for, in the order of SKU and location.")


@strawberry.input(description="What to replenish.")
class ReplenishmentRunInput:
    locations: list[str] | None = doc(
        "The codes of these locations; left out, all of one's own that the caller may see.", default=None
    )
    skus: list[str] | None = doc("Only these SKUs.", default=None)
    rules: PlanningRulesInput = doc("By what is planned.", default_factory=PlanningRulesInput)
    may_transfer: bool = doc("Whether other locations give what they have too much of.", default=True)
    is_dry_run: bool = doc("Whether drafts are only suggested, and not written.", default=False)


@strawberry.type(description="What a run suggests, and the drafts that it wrote.")
class ReplenishmentRun:
    run: strawberry.Private[service.Run]

    @field()
    def suggestions(self) -> list[ReplenishmentSuggestion]:
        """What should be brought or bought."""
        return [ReplenishmentSuggestion.of(each) for each in self.run.suggestions]

    @field(reach=PART_OF_IT)
    def purchase_orders(self) -> list[PurchaseOrder]:
        """The purchase orders that were drafted: look at them, and send them."""
        return self.run.purchase_orders  # type: ignore[return-value]  # rows, read as the type

    @field(reach=PART_OF_IT)
    def transfers(self) -> list[StockTransfer]:
        """The transfers that were drafted; their goods are reserved where they are."""
        return self.run.transfers  # type: ignore[return-value]  # rows, read as the type


async def _locations(permission: Permission, actor: Actor, codes: Sequence[str] | None) -> list[Any]:
    """The locations that are planned for: those of some codes, or all in which the actor has a permission.

    Raises:
        NotFound: one of the codes, or it has the permission elsewhere only.
    """
    if codes is None:
        found = list(await inventory.locations_with(permission, actor).filter(is_active=True))
        ids = [row.id for row in found]
        refuse_none(ids)
        return ids
    return [
        (await inventory.location_for(permission, actor, "locations", str(index), code=code)).id
        for index, code in enumerate(codes)
    ]


@strawberry.type
class PlanningQuery:
    @query(VIEW)
    async def stock_plan(
        self,
        info: strawberry.Info,
        locations: Annotated[
            list[str] | None, arg("The codes of these locations; left out, all that the caller may see.")
        ] = None,
        skus: Annotated[list[str] | None, arg("Only these SKUs.")] = None,
        rules: Annotated[PlanningRulesInput | None, arg("By what is planned.")] = None,
        filter: Annotated[StockPlanFilter | None, arg("Which rows.")] = None,
        first: Annotated[int, arg("How many rows, 1,000 at most.")] = 100,
        offset: Annotated[int, arg("How many rows to leave out at the start.")] = 0,
    ) -> StockPlan:
        """What each level needs: demand, cover, reorder point, class, excess, and what should be done."""
        if not 0 <= first <= MOST_ROWS or offset < 0:
            raise Invalid(
                f"0 to {MOST_ROWS} rows can be had at once.",
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
        chosen = [row for row in made if filter is None or filter.lets(row)]
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
        input: Annotated[ReplenishmentRunInput, arg("What to replenish.")],
    ) -> Any:
        """Write drafts of transfers and purchase orders for what falls short of its reorder point.

        What stands on drafts counts as ordered: a second run suggests nothing again.
        """
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
