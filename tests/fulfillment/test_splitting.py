"""Fulfillment orders are split and merged."""

import pytest

from tests.ask import Api
from tests.journeys.life import FULFILLMENT, Story, books_add_up

SPLIT = "mutation($input: FulfillmentSplitInput!) { fulfillmentSplit(input: $input) {" + FULFILLMENT + "} }"
MERGE = "mutation($input: FulfillmentMergeInput!) { fulfillmentMerge(input: $input) {" + FULFILLMENT + "} }"
LINES = "query($n: String!) { fulfillmentOrder(number: $n) { id lines { id sku quantity } } }"


@pytest.fixture
async def story(api: Api) -> Story:
    return await Story.begin(api)


async def _lines(story: Story, number: str) -> tuple[str, dict[str, str]]:
    found = (await story.staff.ask(LINES, n=number))["fulfillmentOrder"]
    return found["id"], {line["sku"]: line["id"] for line in found["lines"]}


async def test_a_split_part_of_a_fulfillment_order_is_shipped_separately(story: Story):
    await story.sell("MUG", east=5)
    await story.sell("TRAY", east=5)
    number = await story.buy(("MUG", 3), ("TRAY", 1))
    id, lines = await _lines(story, f"{number}-1")
    asked = {"id": id, "lines": [{"lineId": lines["MUG"], "quantity": 2}]}
    made = await story.staff.do(SPLIT, input=asked)
    assert (made["number"], made["status"], made["units"]) == (f"{number}-2", "OPEN", 2)
    assert made["lines"] == [{"sku": "MUG", "quantity": 2, "picked": 0}]
    first, second = await story.work(number)
    assert [line["quantity"] for line in first["lines"]] == [1, 1]
    assert (await story.events(number))[-1] == "fulfillment_split"
    shipment = await story.send(second["id"])
    assert (await story.order(number))["fulfillmentStatus"] == "PARTIALLY_SHIPPED"
    await story.deliver(shipment)
    await story.deliver(await story.send(first["id"]))
    assert (await story.order(number))["fulfillmentStatus"] == "DELIVERED"
    assert await story.stock("MUG") == {"web-main": (2, 0)}
    await books_add_up()


async def test_split_fulfillment_orders_are_merged(story: Story):
    await story.sell("MUG", east=5)
    await story.sell("TRAY", east=5)
    number = await story.buy(("MUG", 3), ("TRAY", 1))
    id, lines = await _lines(story, f"{number}-1")
    asked = [{"lineId": lines["MUG"], "quantity": 2}, {"lineId": lines["TRAY"], "quantity": 1}]
    made = await story.staff.do(SPLIT, input={"id": id, "lines": asked})
    merged = await story.staff.do(MERGE, input={"id": id, "otherIds": [made["id"]]})
    assert merged["units"] == 4
    assert {line["sku"]: line["quantity"] for line in merged["lines"]} == {"MUG": 3, "TRAY": 1}
    assert [work["status"] for work in await story.work(number)] == ["OPEN", "CANCELLED"]
    await books_add_up()
    await story.deliver(await story.send(id))
    assert (await story.order(number))["fulfillmentStatus"] == "DELIVERED"
    await books_add_up()


async def test_invalid_splits_and_merges_are_refused_and_change_nothing(story: Story):
    await story.sell("MUG", east=2)
    await story.sell("TRAY", west=2)
    number = await story.buy(("MUG", 2), ("TRAY", 1))
    east, west = await story.work(number)
    id, lines = await _lines(story, f"{number}-1")
    before = await story.events(number)

    async def refused(query: str, **input: object) -> tuple[str, list[str] | None]:
        answer = await story.staff.do(query, input={"id": id, **input})
        problem = (answer.get("problems") or [answer])[0]
        return answer["__typename"], problem["path"]

    mug = {"lineId": lines["MUG"], "quantity": 3}
    assert await refused(SPLIT, lines=[mug]) == ("ValidationFailed", ["input", "lines", "0", "quantity"])
    assert await refused(SPLIT, lines=[]) == ("ValidationFailed", ["input", "lines"])
    assert await refused(SPLIT, lines=[mug | {"quantity": 2}]) == ("InvalidInput", ["input", "lines"])
    assert await refused(SPLIT, lines=[mug, mug]) == ("InvalidInput", ["input", "lines", "1", "lineId"])
    path = ["input", "otherIds", "0"]
    assert await refused(MERGE, otherIds=[west["id"]]) == ("InvalidInput", path)
    assert await refused(MERGE, otherIds=[east["id"]]) == ("InvalidInput", path)
    assert await refused(MERGE, otherIds=[]) == ("InvalidInput", ["input", "otherIds"])
    await story.release(id)
    await story.pick(id, lines=[{"code": "MUG"}])
    one = mug | {"quantity": 1}
    assert await refused(SPLIT, lines=[one]) == ("IllegalTransition", None)
    assert (await story.events(number))[: len(before)] == before
    await books_add_up()


async def test_a_split_fulfillment_order_is_reassigned_to_another_location(story: Story):
    await story.sell("MUG", east=4, west=4)
    number = await story.buy(("MUG", 4))
    id, lines = await _lines(story, f"{number}-1")
    made = await story.staff.do(SPLIT, input={"id": id, "lines": [{"lineId": lines["MUG"], "quantity": 3}]})
    reassign = (
        "mutation($input: FulfillmentReassignInput!) { fulfillmentReassign(input: $input) { __typename } }"
    )
    await story.staff.do(reassign, input={"id": made["id"]})
    units = {work["location"]["code"]: work["units"] for work in await story.work(number) if work["units"]}
    assert units == {"web-main": 1, "west": 3}
    await books_add_up()
