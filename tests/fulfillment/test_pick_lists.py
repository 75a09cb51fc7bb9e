"""Pick lists: for one order, several orders or one zone; their status follows the fulfillment orders."""

from typing import Any

import pytest

from app.core.actor import SYSTEM
from app.inventory.locations import service as locations
from app.inventory.stock.service import adjusting
from app.inventory.stock.service.adjusting import LevelData
from tests import make
from tests.ask import Api
from tests.journeys.life import FULFILLMENT, Story, books_add_up

CREATE = """
mutation($input: PickListCreateInput!, $key: String) { pickListCreate(input: $input, idempotencyKey: $key) {
  __typename
  ... on PickList { id number kind status zone picker tasks { bin line { sku quantity picked } } }
  ... on UserError { message path } } }
"""
LIST = "query($id: ID!) { node(id: $id) { ... on PickList { status tasks { line { sku picked } } } } }"
UNPICK = "mutation($id: ID!) { fulfillmentUnpick(id: $id) {" + FULFILLMENT + "} }"
CANCEL_LIST = "mutation($id: ID!) { pickListCancel(id: $id) { __typename ... on PickList { status } ... on UserError { message } } }"


class Warehouse:
    """A shop with bins: MUG in A-1, TRAY in A-2, VASE in B-7."""

    def __init__(self, story: Story, place: str) -> None:
        self.story, self.place = story, place

    async def released(self, *lines: tuple[str, int]) -> tuple[str, str]:
        number = await self.story.buy(*lines)
        (work,) = await self.story.work(number)
        await self.story.release(work["id"])
        return number, work["id"]

    async def list(self, key: str | None = None, **more: Any) -> dict[str, Any]:
        return await self.story.staff.do(CREATE, input={"locationId": self.place, **more}, key=key)

    async def status(self, made: dict[str, Any]) -> str:
        return (await self.story.staff.ask(LIST, id=made["id"]))["node"]["status"]  # type: ignore[no-any-return]


@pytest.fixture
async def warehouse(api: Api) -> Warehouse:
    story = await Story.begin(api)
    for sku, bin in (("TRAY", "A-2"), ("MUG", "A-1"), ("VASE", "B-7")):
        await story.sell(sku)
        await adjusting.set_level(SYSTEM, LevelData(sku, story.east, 20, bin=bin))
    found = await story.staff.ask('{ location(code: "web-main") { id } }')
    return Warehouse(story, found["location"]["id"])


def _tasks(made: dict[str, Any]) -> list[tuple[str, str, int]]:
    return [(task["bin"], task["line"]["sku"], task["line"]["quantity"]) for task in made["tasks"]]


async def test_a_single_pick_list_is_for_the_most_urgent_order_sorted_by_bin(warehouse: Warehouse):
    await warehouse.released(("VASE", 1))
    number, urgent = await warehouse.released(("TRAY", 2), ("VASE", 1), ("MUG", 3))
    order = (await warehouse.story.order(number))["id"]
    up = "mutation($id: ID!) { orderUpdate(input: {id: $id, priority: 9}) { __typename } }"
    await warehouse.story.staff.do(up, id=order)
    made = await warehouse.list(picker="Pia")
    assert _tasks(made) == [("A-1", "MUG", 3), ("A-2", "TRAY", 2), ("B-7", "VASE", 1)]
    assert (made["kind"], made["status"], made["picker"]) == ("SINGLE", "OPEN", "Pia")
    await warehouse.story.pick(urgent, lines=[{"code": "MUG", "quantity": 3}])
    assert await warehouse.status(made) == "OPEN"
    await warehouse.story.pick(urgent)
    assert await warehouse.status(made) == "DONE"


async def test_a_batch_pick_list_has_several_orders_and_no_line_twice(warehouse: Warehouse):
    for _ in range(3):
        await warehouse.released(("MUG", 1), ("VASE", 1))
    made = await warehouse.list(kind="BATCH", mostOrders=2)
    assert _tasks(made) == [("A-1", "MUG", 1)] * 2 + [("B-7", "VASE", 1)] * 2
    rest = await warehouse.list(kind="BATCH")
    assert len(rest["tasks"]) == 2 and rest["number"] == made["number"] + 1
    nothing = await warehouse.list(kind="BATCH")
    assert nothing["path"] == ["input", "locationId"]


async def test_a_wave_pick_list_contains_the_lines_of_one_zone(warehouse: Warehouse):
    ids = [(await warehouse.released(("MUG", 1), ("VASE", 1)))[1] for _ in range(2)]
    made = await warehouse.list(kind="WAVE", zone="A", fulfillmentOrderIds=ids)
    assert _tasks(made) == [("A-1", "MUG", 1)] * 2 and made["zone"] == "A"
    other = await warehouse.list(kind="WAVE", zone="B", fulfillmentOrderIds=ids)
    assert _tasks(other) == [("B-7", "VASE", 1)] * 2
    assert (await warehouse.list(kind="WAVE"))["path"] == ["input", "zone"]
    for id in ids:
        await warehouse.story.pick(id)
    assert [await warehouse.status(each) for each in (made, other)] == ["DONE", "DONE"]


async def test_the_lines_of_a_cancelled_pick_list_go_on_a_new_one(warehouse: Warehouse):
    await warehouse.released(("MUG", 1))
    made = await warehouse.list()
    assert (await warehouse.story.staff.do(CANCEL_LIST, id=made["id"]))["status"] == "CANCELLED"
    assert (await warehouse.story.staff.do(CANCEL_LIST, id=made["id"]))[
        "message"
    ] == "The pick list is cancelled."
    assert _tasks(await warehouse.list()) == [("A-1", "MUG", 1)]


async def test_a_pick_list_is_cancelled_when_all_its_units_are_cancelled_or_missing(warehouse: Warehouse):
    number, _ = await warehouse.released(("MUG", 1))
    other, work = await warehouse.released(("TRAY", 2))
    cancelled, both = await warehouse.list(), await warehouse.list()
    await warehouse.story.cancel(number)
    assert await warehouse.status(cancelled) == "CANCELLED"
    await warehouse.story.cancel(other, TRAY=1)
    assert await warehouse.status(both) == "OPEN"
    await warehouse.story.pick(work, missing=[{"code": "TRAY", "quantity": 1}])
    assert await warehouse.status(both) == "CANCELLED", "its only unit was missing"
    await books_add_up()


async def test_unpicked_units_can_go_on_another_pick_list(warehouse: Warehouse):
    _, work = await warehouse.released(("MUG", 1))
    made = await warehouse.list()
    await warehouse.story.pick(work)
    await warehouse.story.staff.do(UNPICK, id=work)
    assert await warehouse.status(made) == "DONE"
    assert _tasks(await warehouse.list()) == [("A-1", "MUG", 1)]


async def test_a_pick_list_that_is_not_possible_is_refused_with_a_reason(warehouse: Warehouse):
    number = await warehouse.story.buy(("MUG", 1))
    (open_,) = await warehouse.story.work(number)
    refused = await warehouse.list(fulfillmentOrderIds=[open_["id"]])
    assert refused["path"] == ["input", "fulfillmentOrderIds", "0"] and "is open" in refused["message"]
    for bad in ({"kind": "BATCH", "mostOrders": 0}, {"kind": "BATCH", "mostOrders": 101}):
        assert (await warehouse.list(**bad))["path"] == ["input", "mostOrders"]


async def test_a_repeated_idempotency_key_returns_the_same_pick_list(warehouse: Warehouse):
    await warehouse.released(("MUG", 1))
    first = await warehouse.list(key="walk-1")
    assert (await warehouse.list(key="walk-1"))["id"] == first["id"]


async def test_a_token_limited_to_a_channel_lists_only_its_fulfillment_orders(warehouse: Warehouse):
    _, own = await warehouse.released(("MUG", 1))
    elsewhere = await make.shop(code="elsewhere")
    other_channel = warehouse.story.staff.as_(await make.token(channels=[elsewhere.channel]))
    await locations.set_channel_locations(SYSTEM, elsewhere.channel, [warehouse.story.east])
    nothing = await other_channel.do(CREATE, input={"locationId": warehouse.place}, key=None)
    assert nothing["message"] == "There are no released units that are not on a pick list yet."
    named = {"locationId": warehouse.place, "fulfillmentOrderIds": [own]}
    assert (await other_channel.do(CREATE, input=named, key=None))["path"] == [
        "input",
        "fulfillmentOrderIds",
        "0",
    ]
    made = await warehouse.list()
    lists = "{ pickLists { nodes { id } } }"
    assert (await other_channel.ask(lists))["pickLists"]["nodes"] == []
    assert (await warehouse.story.staff.ask(lists))["pickLists"]["nodes"] == [{"id": made["id"]}]


async def test_a_single_pick_list_for_two_fulfillment_orders_is_refused(warehouse: Warehouse):
    ids = [(await warehouse.released(("MUG", 1)))[1] for _ in range(2)]
    refused = await warehouse.list(fulfillmentOrderIds=ids)
    assert refused["path"] == ["input", "fulfillmentOrderIds"]
    assert len((await warehouse.list(kind="BATCH", fulfillmentOrderIds=ids))["tasks"]) == 2


@pytest.mark.parametrize(
    "lots",
    [
        [{"number": "L1", "quantity": -1}, {"number": "L1", "quantity": 2}],
        [{"number": "L1", "quantity": 0}, {"number": "L1", "quantity": 1}],
        [{"number": "nobody-has-received-it", "quantity": 1}],
        [{"number": "x" * 500, "quantity": 1}],
    ],
)
async def test_picking_invalid_lots_is_refused(warehouse: Warehouse, lots: list[dict[str, Any]]):
    _, id = await warehouse.released(("MUG", 1))
    refused = await warehouse.story.pick(id, lines=[{"code": "MUG", "quantity": 1, "lots": lots}])
    assert refused["problems"][0]["path"] == ["input", "lines", "0", "lots"]
