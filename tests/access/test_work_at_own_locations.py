"""A caller limited to locations, or to the channels that sell from them, can do all permitted work there."""

import asyncio
import json

import pytest

from app.schema import schema
from tests.access.changes import CHANGES, OF_A_CHANNEL, OF_A_LOCATION, response_of
from tests.access.places import LIMITS, World, two_places
from tests.ask import Api
from tests.context import context_of
from tests.database import feed_has_read_all
from tests.watching import until_waiting


@pytest.fixture
async def world(api: Api) -> World:
    return await two_places(api)


@pytest.mark.parametrize("limit", LIMITS)
async def test_mutations_of_objects_in_scope_find_them(world: World, limit: str):
    reached = CHANGES | (OF_A_LOCATION if limit == "locations" else OF_A_CHANNEL)
    if limit == "channels":
        del reached["manifestCreate"]  # covers the parcels of all channels
    for name, arguments in reached.items():
        answer = await response_of(world.limited[limit], name, arguments.format(**world.own.named()))
        assert "NOT_FOUND" not in json.dumps(answer) or name == "fulfillmentLabelBuy", (name, answer)


async def test_a_transfer_is_visible_at_both_ends_and_a_limited_caller_can_only_receive_it_at_its_own(
    world: World,
):
    here, there = world.own.shop.location.code, world.other.shop.location.code
    ends = f'source: "{there}", destination: "{here}"'
    made = await world.all.do(
        f'mutation {{ stockTransferCreate(input: {{ {ends}, lines: [{{sku: "MUG", quantity: 1}}] }}) '
        "{ ... on StockTransfer { id } } }"
    )
    limited, id = world.limited["locations"], made["id"]
    asked = (
        "query($id: ID!) { stockTransfer(id: $id) { nextSteps { step isPossible } "
        "source { code parcelCost { amount } } destination { code parcelCost { amount } } } }"
    )
    seen = (await limited.ask(asked, id=id))["stockTransfer"]
    assert seen["source"] == {"code": there, "parcelCost": None}
    assert seen["destination"]["parcelCost"] == {"amount": "0.00"}
    assert {each["step"]: each["isPossible"] for each in seen["nextSteps"]} == {
        "SHIP": False,
        "CANCEL": False,
    }
    ship = "mutation($id: ID!) { stockTransferShip(input: {id: $id}) { __typename } }"
    receive = "mutation($id: ID!) { stockTransferReceive(input: {id: $id}) { __typename } }"
    refused = await limited.error(ship, id=id)
    assert refused["extensions"]["code"] == "FORBIDDEN"
    assert (await world.all.do(ship, id=id))["__typename"] == "StockTransfer"
    assert (await limited.do(receive, id=id))["__typename"] == "StockTransfer"


async def test_filters_of_lots_consider_only_stock_levels_that_the_caller_may_see(world: World):
    receive = (
        'mutation($at: String!) { stockReceive(input: {sku: "TEA", location: $at, quantity: 2, '
        'lots: [{number: "L1", quantity: 2}]}) { __typename } }'
    )
    take = (
        'mutation($at: String!) { stockAdjust(input: {sku: "TEA", location: $at, change: -2, reason: LOSS, '
        'lots: [{number: "L1", quantity: 2}]}) { __typename } }'
    )
    here, there = world.own.shop.location.code, world.other.shop.location.code
    for at in (here, there):
        assert (await world.all.do(receive, at=at))["__typename"] == "StockLevel"
    assert (await world.all.do(take, at=here))["__typename"] == "StockLevel"
    asked = "query($filter: StockLotFilter!) { stockLots(filter: $filter) { nodes { number levels { onHand } } } }"
    for limit in LIMITS:
        found = [
            (
                await world.limited[limit].ask(
                    asked, filter={"sku": {"eq": "TEA"}, "number": {"eq": "L1"}, **filter}
                )
            )["stockLots"]["nodes"]
            for filter in (
                {"location": {"eq": here}},
                {"location": {"eq": there}},
                {"isOnHand": {"eq": True}},
                {"isOnHand": {"eq": False}},
            )
        ]
        assert [len(rows) for rows in found] == [1, 0, 0, 1], limit
        assert found[0][0]["levels"] == [], limit


@pytest.mark.parametrize("limit", LIMITS)
async def test_subscriptions_deliver_only_objects_in_scope(world: World, limit: str):
    await feed_has_read_all()
    context = await context_of(str(world.limited[limit].token))
    stream = await schema.subscribe(
        "subscription { stockLevelUpdated { location { code } } }", context_value=context
    )
    waiting = asyncio.ensure_future(anext(aiter(stream)))
    await until_waiting()
    for place in (world.other, world.own):
        await place.shop.stock("MUG", 70)
    async with asyncio.timeout(30):
        event = await waiting
    assert event.data == {"stockLevelUpdated": {"location": {"code": world.own.shop.location.code}}}
    queue = (
        f'subscription {{ fulfillmentQueueUpdated(locationId: "{world.other.ids["location_id"]}") {{ id }} }}'
    )
    refused = await anext(aiter(await schema.subscribe(queue, context_value=context)))
    assert [error.extensions["code"] for error in refused.errors] == ["NOT_FOUND"]
