"""Queries of pick lists."""

from collections.abc import Collection, Iterable
from uuid import UUID

from tortoise.expressions import F, Q, Subquery
from tortoise.queryset import QuerySet

from app.access.permissions import Permission
from app.core.actor import Actor
from app.core.database import among, read, read_locked
from app.core.loading import grouped
from app.core.refusals import NotFound
from app.core.scope import Scope
from app.fulfillment.lifecycle import FulfillmentOrderStatus
from app.fulfillment.models import FulfillmentLine, FulfillmentOrder, PickList, PickTask
from app.fulfillment.queries.orders import changeable_by


def pick_lists_visible_to(actor: Actor) -> QuerySet[PickList]:
    """The pick lists whose work an actor may see completely, because a list shows all of it."""
    return _of_work(PickList.all(), actor.scope_of(Permission.FULFILLMENT_VIEW))


def _of_work(rows: QuerySet[PickList], scope: Scope) -> QuerySet[PickList]:
    """The pick lists that contain only work of the channels and locations of one of the areas."""
    if scope.is_everywhere:
        return rows
    found = [Q(id__in=[])]
    for area in scope.areas:
        part = Q() if area.locations is None else Q(location_id__in=list(area.locations))
        if area.channels is not None:
            others = PickTask.exclude(line__fulfillment_order__channel_id__in=list(area.channels))
            part &= ~Q(id__in=Subquery(others.values("pick_list_id")))
        found.append(part)
    return rows.filter(Q(*found, join_type=Q.OR))


def with_tasks_of(condition: Q) -> Q:
    """The condition that a pick list contains fulfillment orders that match a condition."""
    found = FulfillmentOrder.filter(condition).values("id")
    lines = FulfillmentLine.filter(fulfillment_order_id__in=Subquery(found)).values("id")
    return Q(id__in=Subquery(PickTask.filter(line_id__in=Subquery(lines)).values("pick_list_id")))


async def locked_pick_list(actor: Actor, id: UUID) -> PickList:
    """A locked pick list, for an update.

    Raises:
        NotFound: it does not exist, or the actor may not see and change all of it.
    """
    rows = _of_work(pick_lists_visible_to(actor), actor.scope_of(Permission.FULFILLMENT_MANAGE))
    found = await rows.select_for_update().get_or_none(id=id)
    if found is None:
        raise NotFound.of("pick list", "id")
    return found


async def pick_list_by_id(id: UUID) -> PickList | None:
    return await PickList.get_or_none(id=id)


async def locked_ready_to_pick(actor: Actor, location_id: UUID, most: int) -> list[FulfillmentOrder]:
    """The most urgent released work of a location that the actor may process and that is on no list."""
    listed = PickTask.all().values("line_id")
    lines = FulfillmentLine.filter(id__in=Subquery(listed)).values("fulfillment_order_id")
    rows = (
        changeable_by(actor, Permission.FULFILLMENT_MANAGE)
        .filter(location_id=location_id, status=FulfillmentOrderStatus.RELEASED, is_held=False)
        .exclude(id__in=Subquery(lines))
    )
    return await rows.order_by("urgency", "id").limit(most).select_for_update(skip_locked=True)


async def locked_rows(ids: Collection[UUID]) -> list[FulfillmentOrder]:
    """Fulfillment orders, locked in the order of their ids."""
    return await FulfillmentOrder.filter(id__in=list(ids)).order_by("id").select_for_update()


async def lines_not_listed(fulfillment_order_ids: Iterable[UUID]) -> list[FulfillmentLine]:
    rows = FulfillmentLine.filter(fulfillment_order_id__in=list(fulfillment_order_ids))
    return await rows.exclude(id__in=Subquery(PickTask.all().values("line_id"))).order_by("id")


async def lists_of_lines(line_ids: Collection[UUID]) -> list[PickList]:
    """The pick lists of some lines, locked in the order of their ids."""
    listed = f"SELECT pick_list_id FROM pick_task WHERE {among('line_id', 1)}"  # noqa: S608  # words of ours
    return await read_locked(PickList, f"id IN ({listed}) ORDER BY id", list(line_ids))


async def has_open_tasks(pick_list_id: UUID) -> bool:
    lines = PickTask.filter(pick_list_id=pick_list_id).values("line_id")
    return await FulfillmentLine.filter(id__in=Subquery(lines), picked__lt=F("quantity")).exists()


async def has_tasks(pick_list_id: UUID) -> bool:
    return await PickTask.filter(pick_list_id=pick_list_id).exists()


async def tasks_by_list(ids: list[UUID]) -> list[list[PickTask]]:
    """Batch: the tasks of each pick list, in walking order."""
    rows = await read(PickTask, f"{among('pick_list_id', 1)} ORDER BY pick_list_id, position", ids)
    return grouped(ids, rows, "pick_list_id")


async def lines_by_id(ids: list[UUID]) -> list[FulfillmentLine]:
    """Batch: the fulfillment line of each id."""
    found = {row.id: row for row in await FulfillmentLine.filter(id__in=ids)}
    return [found[id] for id in ids]
