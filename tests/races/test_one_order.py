"""Concurrent commands on one order in two server processes have one outcome and typed refusals."""

import asyncio
import itertools
from collections import Counter
from typing import Any

import pytest

from tests.ask import Api
from tests.races.shop import at, buy, client, set_up
from tests.servers import serving

pytestmark = pytest.mark.postgres

_ANSWER = "{ __typename ... on UserError { errorCode } }"
# Every command on an order or its fulfillment, with its input; `o` is the order, `l` its line, `f` the work on it.
COMMANDS: dict[str, str] = {
    "cancel": f"mutation($o: ID!) {{ orderCancel(input: {{id: $o}}) {_ANSWER} }}",
    "cancel a unit": "mutation($o: ID!, $l: ID!) { orderCancel(input: {id: $o, lines: [{lineId: $l, quantity: 1}]}) "
    + f"{_ANSWER} }}",
    "edit up": 'mutation($o: ID!) { orderEdit(input: {id: $o, lines: [{sku: "MUG", quantity: 2}]}) '
    + f"{_ANSWER} }}",
    "edit down": "mutation($o: ID!, $l: ID!) { orderEdit(input: {id: $o, lines: [{lineId: $l, quantity: 1}]}) "
    + f"{_ANSWER} }}",
    "hold": f'mutation($o: ID!) {{ orderHold(input: {{id: $o, reason: "Wait."}}) {_ANSWER} }}',
    "release holds": f"mutation($o: ID!) {{ orderRelease(input: {{id: $o}}) {_ANSWER} }}",
    "note": f'mutation($o: ID!) {{ orderUpdate(input: {{id: $o, note: "Gift."}}) {_ANSWER} }}',
    "release": f"mutation($f: ID!) {{ fulfillmentRelease(id: $f) {_ANSWER} }}",
    "recall": f"mutation($f: ID!) {{ fulfillmentRecall(id: $f) {_ANSWER} }}",
    "pick": f"mutation($f: ID!) {{ fulfillmentPick(input: {{id: $f}}) {_ANSWER} }}",
    "pick short": 'mutation($f: ID!) { fulfillmentPick(input: {id: $f, missing: [{code: "MUG", quantity: 1}]}) '
    + f"{_ANSWER} }}",
    "unpick": f"mutation($f: ID!) {{ fulfillmentUnpick(id: $f) {_ANSWER} }}",
    "pack": f"mutation($f: ID!) {{ fulfillmentPack(input: {{id: $f}}) {_ANSWER} }}",
    "unpack": f"mutation($f: ID!) {{ fulfillmentUnpack(id: $f) {_ANSWER} }}",
    "ship": f"mutation($f: ID!) {{ fulfillmentShip(input: {{id: $f}}) {_ANSWER} }}",
    "split": "mutation($f: ID!, $w: ID!) { fulfillmentSplit(input: {id: $f, lines: [{lineId: $w, quantity: 1}]}) "
    + f"{_ANSWER} }}",
    "request cancellation": f"mutation($o: ID!) {{ orderCancelRequest(input: {{id: $o}}) {_ANSWER} }}",
    "reassign": f"mutation($f: ID!) {{ fulfillmentReassign(input: {{id: $f}}) {_ANSWER} }}",
}
# The number of steps before the race, after which the command is possible.
_UP_TO = {
    "recall": 1,
    "pick": 1,
    "pick short": 1,
    "unpick": 2,
    "pack": 2,
    "unpack": 3,
    "ship": 3,
    "reassign": 1,
}
_WAY = ("release", "pick", "pack")
_FIND = """
query($n: String!) {
  order(number: $n) { id status lines { nodes { id } } fulfillmentOrders { id status lines { id } } events { number name } }
}
"""
SHIPPED_STATUSES = {"SHIPPED", "DELIVERED"}


async def _order(api: Api, steps: int) -> dict[str, str]:
    """A new order of three mugs, after the first `steps` steps of fulfillment."""
    placed = await buy(api, ("MUG", 3))
    found = (await api.ask(_FIND, n=placed["number"]))["order"]
    work = found["fulfillmentOrders"][0]
    ids = {
        "o": found["id"],
        "l": found["lines"]["nodes"][0]["id"],
        "f": work["id"],
        "w": work["lines"][0]["id"],
    }
    for command in _WAY[:steps]:
        assert await _do(api, command, ids) == "FulfillmentOrder"
    return ids | {"number": placed["number"]}


async def _do(api: Api, command: str, ids: dict[str, str]) -> str:
    """The type of the answer: a success or a typed refusal. Anything else is an error."""
    query = COMMANDS[command]
    variables = {name: ids[name] for name in ("o", "l", "f", "w") if f"${name}:" in query}
    return str((await api.do(query, **variables))["__typename"])


async def _story(api: Api, number: str) -> dict[str, Any]:
    found = (await api.ask(_FIND, n=number))["order"]
    numbers = [event["number"] for event in found["events"]]
    assert numbers == list(range(1, len(numbers) + 1))
    return found  # type: ignore[no-any-return]


async def test_twenty_concurrent_cancels_ships_and_edits_have_one_consistent_outcome(
    database_url: str, staff_token: str
):
    async with serving(database_url, count=2) as servers, client() as http:
        staff = [at(server, http, staff_token) for server in servers]
        await set_up(staff[0], {"MUG": 100_000})
        wanted = [command for command in ("cancel", "ship", "edit up", "edit down") for _ in range(5)]
        for _ in range(10):
            ids = await _order(staff[0], 3)
            answers = await asyncio.gather(
                *(_do(staff[number % 2], command, ids) for number, command in enumerate(wanted))
            )
            done = Counter(
                command
                for command, answer in zip(wanted, answers, strict=True)
                if answer in ("Order", "FulfillmentOrder", "OrderEdit")
            )
            story = await _story(staff[0], ids["number"])
            names = Counter(event["name"] for event in story["events"])
            assert done["cancel"] <= 1 and done["ship"] <= 1 and done["cancel"] + done["ship"] <= 1
            assert names["order_cancelled"] <= 1
            assert names["order_edited"] == done["edit up"] + done["edit down"]
            assert names["fulfillment_shipped"] == done["ship"]
            assert (story["status"] == "CANCELLED") == (names["order_cancelled"] == 1)
            has_left = any(work["status"] in SHIPPED_STATUSES for work in story["fulfillmentOrders"])
            assert has_left == (done["ship"] == 1)
        verified = servers[0].run("verify")
        assert verified.returncode == 0, verified.stdout


async def test_every_pair_of_concurrent_commands_is_serialized(database_url: str, staff_token: str):
    """All pairs, including a command with itself: the only errors are typed refusals, and verification passes."""
    async with serving(database_url, count=2) as servers, client() as http:
        staff = [at(server, http, staff_token) for server in servers]
        await set_up(staff[0], {"MUG": 100_000})

        async def race(pair: tuple[str, str]) -> None:
            ids = await _order(staff[0], max(_UP_TO.get(command, 0) for command in pair))
            await asyncio.gather(*(_do(api, command, ids) for api, command in zip(staff, pair, strict=True)))
            await _story(staff[0], ids["number"])

        pairs = list(itertools.combinations_with_replacement(COMMANDS, 2))
        for start in range(0, len(pairs), 8):
            await asyncio.gather(*(race(pair) for pair in pairs[start : start + 8]))
        verified = servers[0].run("verify")
        assert verified.returncode == 0, verified.stdout
