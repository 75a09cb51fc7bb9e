"""Pick lists."""

from collections.abc import Collection, Sequence
from uuid import UUID

from app.access.permissions import Permission
from app.core.database import among, count_up, delete_where, insert, update_each
from app.core.ids import new_id
from app.core.problems import ProblemCode
from app.core.refusals import Invalid, Problems
from app.core.spelling import natural, spelled
from app.core.uow import UnitOfWork, command
from app.core.versions import touch
from app.fulfillment import queries
from app.fulfillment.lifecycle import FulfillmentOrderStatus, PickListKind, PickListStatus
from app.fulfillment.models import FulfillmentLine, FulfillmentOrder, PickList, PickListNumber, PickTask
from app.fulfillment.service.locking import refuse_elsewhere
from app.inventory.locations.models import Location
from app.inventory.stock import queries as stock

MOST_ORDERS = 100


@command
async def create_list(
    uow: UnitOfWork,
    location: Location,
    *,
    kind: PickListKind = PickListKind.SINGLE,
    fulfillment_order_ids: Sequence[UUID] | None = None,
    zone: str = "",
    most_orders: int = 20,
    picker: str = "",
) -> PickList:
    """Create a list of units to pick at a location, in the order of the bins.

    Without ids, the most urgent released work that is on no list is taken: one order for SINGLE, up to
    `most_orders` for the others. A WAVE contains only what is in its zone.

    Raises:
        NotFound: the actor may do nothing at the location.
        Invalid: too many orders, or one that is not released, is held, is at another location or on a list.
    """
    await refuse_elsewhere(uow, location, "location_id")
    _check(kind, zone, most_orders)
    most = 1 if kind is PickListKind.SINGLE else most_orders
    rows = await _chosen(uow, location, fulfillment_order_ids, most)
    tasks = await _tasks(location, rows, zone)
    if not tasks:
        raise Invalid(
            "There are no released units that are not on a pick list yet.",
            "location_id",
            code=ProblemCode.NO_CHANGE,
        )
    made = PickList(
        id=new_id(),
        number=await count_up(PickListNumber),
        location_id=location.id,
        kind=kind,
        zone=spelled(zone),
        picker=picker.strip()[:200] or uow.actor.name,
        created_at=uow.at,
        updated_at=uow.at,
    )
    await insert([made])
    await insert(
        [
            PickTask(id=new_id(), pick_list_id=made.id, line_id=line.id, bin=bin, position=position)
            for position, (bin, line) in enumerate(tasks, 1)
        ]
    )
    return made


def _check(kind: PickListKind, zone: str, most_orders: int) -> None:
    problems = Problems()
    if not 1 <= most_orders <= MOST_ORDERS:
        problems.add(
            f"A pick list must have 1 to {MOST_ORDERS} fulfillment orders.",
            "most_orders",
            code=ProblemCode.NOT_IN_RANGE,
            minimum=1,
            maximum=MOST_ORDERS,
        )
    if kind is PickListKind.WAVE and not zone.strip():
        problems.add("A WAVE pick list needs a zone.", "zone", code=ProblemCode.REQUIRED)
    problems.refuse()


async def _tasks(
    location: Location, rows: Sequence[FulfillmentOrder], zone: str
) -> list[tuple[str, FulfillmentLine]]:
    """The lines to pick that are on no list, with their bins, in the order of the bins."""
    lines = await queries.lines_not_listed([row.id for row in rows])
    bins = await stock.bins_of(location.id, [line.variant_id for line in lines])
    tasks = [(bins.get(line.variant_id, ""), line) for line in lines if line.picked < line.quantity]
    if zone.strip():
        tasks = [(bin, line) for bin, line in tasks if zone_of(bin) == spelled(zone).casefold()]
    return sorted(tasks, key=lambda task: (natural(task[0]), task[0], natural(task[1].sku), task[1].id))


def zone_of(bin: str) -> str:
    """The zone of a bin: the part before its first hyphen, in lower case."""
    return spelled(bin).partition("-")[0].strip().casefold()


async def _chosen(
    uow: UnitOfWork, location: Location, ids: Sequence[UUID] | None, most: int
) -> list[FulfillmentOrder]:
    if ids is None:
        return await queries.locked_ready_to_pick(uow.actor, location.id, most)
    if len(ids) > MOST_ORDERS:
        raise Invalid(
            f"A pick list must have 1 to {MOST_ORDERS} fulfillment orders.",
            "fulfillment_order_ids",
            code=ProblemCode.WRONG_COUNT,
            minimum=1,
            maximum=MOST_ORDERS,
        )
    if most == 1 and len(ids) > 1:
        raise Invalid(
            "A SINGLE pick list has exactly one fulfillment order. Use BATCH for several.",
            "fulfillment_order_ids",
            code=ProblemCode.CONTRADICTION,
            field="kind",
        )
    found = {row.id: row for row in await queries.locked_rows(ids)}
    scope = uow.actor.scope_of(Permission.FULFILLMENT_MANAGE)
    for index, id in enumerate(ids):
        row = found.get(id)
        path = ("fulfillment_order_ids", str(index))
        if row is None or row.location_id != location.id or not scope.covers(row.channel_id, location.id):
            raise Invalid(
                "This fulfillment order does not exist at this location, or you cannot see it.",
                *path,
                code=ProblemCode.NOT_FOUND,
            )
        if row.status not in (FulfillmentOrderStatus.RELEASED, FulfillmentOrderStatus.PICKING) or row.is_held:
            state = "on hold" if row.is_held else row.status.value
            raise Invalid(
                f"{row.number} is {state}. Only released fulfillment orders can be picked.",
                *path,
                code=ProblemCode.NOT_POSSIBLE_NOW,
            )
    return [found[id] for id in ids]


async def finish_lists(uow: UnitOfWork, lines: Collection[FulfillmentLine]) -> None:
    """Close the pick lists without remaining tasks."""
    await _close_done(uow, await queries.lists_of_lines([line.id for line in lines]))


async def remove_from_lists(uow: UnitOfWork, lines: Collection[FulfillmentLine]) -> None:
    """Take lines off their pick lists: they are picked no more, or anew. A list without work left ends."""
    if lines:
        ids = [line.id for line in lines]
        found = await queries.lists_of_lines(ids)
        await delete_where(PickTask, among("line_id", 1), ids)
        await _close_done(uow, found)


async def drop_lines(uow: UnitOfWork, lines: Collection[FulfillmentLine]) -> None:
    """Delete lines of which nothing is left to send, and take them off their pick lists."""
    if lines:
        await remove_from_lists(uow, lines)
        await delete_where(FulfillmentLine, among("id", 1), [line.id for line in lines])


async def _close_done(uow: UnitOfWork, lists: Collection[PickList]) -> None:
    for made in lists:
        if made.status is PickListStatus.OPEN and not await queries.has_open_tasks(made.id):
            is_empty = not await queries.has_tasks(made.id)
            made.status = PickListStatus.CANCELLED if is_empty else PickListStatus.DONE
            touch(made, uow.at)
            await update_each([made], "status", "version", "updated_at")


@command
async def cancel_list(uow: UnitOfWork, id: UUID) -> PickList:
    """Cancel a pick list; picked units stay picked, the rest can be put on another list.

    Raises:
        NotFound.
        Invalid: it is done or cancelled already.
    """
    made = await queries.locked_pick_list(uow.actor, id)
    if made.status is not PickListStatus.OPEN:
        raise Invalid(f"The pick list is {made.status.value}.", "id", code=ProblemCode.NOT_POSSIBLE_NOW)
    await delete_where(PickTask, "pick_list_id = $1", made.id)
    made.status = PickListStatus.CANCELLED
    touch(made, uow.at)
    await update_each([made], "status", "version", "updated_at")
    return made
