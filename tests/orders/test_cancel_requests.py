"""Cancellation requests: an order waits until the request is answered."""

import pytest

from app.access.permissions import Permission
from tests import make
from tests.ask import PLACE, Api, order_input
from tests.journeys.life import CANCEL, Story, books_add_up

REQUEST = """
  __typename
  ... on OrderCancelRequest { id status note answer nextSteps { step isPossible } lines { quantity } order { isOnHold status } }
  ... on UserError { errorCode message path }
  ... on ValidationFailed { problems { message path } }
"""
ASK = "mutation($input: OrderCancelRequestInput!) { orderCancelRequest(input: $input) {" + REQUEST + "} }"
GRANT = (
    "mutation($input: OrderCancelRequestAnswerInput!) { orderCancelRequestGrant(input: $input) {"
    + REQUEST
    + "} }"
)
DECLINE = GRANT.replace("Grant(", "Decline(")
LIST = "{ orderCancelRequests(filter: {status: [OPEN]}) { nodes { id order { number } } } }"


@pytest.fixture
async def story(api: Api) -> Story:
    return await Story.begin(api)


async def _picked(story: Story, *lines: tuple[str, int]) -> tuple[str, str, str]:
    """An order that is being picked: its number, its id and that of its fulfillment order."""
    return await _pick(story, await story.buy(*lines))


async def _pick(story: Story, number: str) -> tuple[str, str, str]:
    order = await story.order(number)
    work = order["fulfillmentOrders"][0]["id"]
    await story.release(work)
    await story.pick(work)
    return number, order["id"], work


async def _customer(story: Story) -> Api:
    return story.staff.as_(await make.account())


async def test_a_cancellation_request_holds_the_order_until_it_is_granted(story: Story):
    await story.sell("MUG", east=5)
    number, id, work = await _picked(story, ("MUG", 2))
    asked = await story.staff.do(ASK, input={"id": id, "note": "They rang."})
    assert asked["status"] == "OPEN" and asked["order"] == {"isOnHold": True, "status": "CONFIRMED"}
    assert asked["nextSteps"] == [
        {"step": "GRANT", "isPossible": True},
        {"step": "DECLINE", "isPossible": True},
    ]
    assert (await story.ship(work))["errorCode"] == "ON_HOLD", "nothing leaves before the answer"
    assert (await story.staff.ask(LIST))["orderCancelRequests"]["nodes"][0]["order"] == {"number": number}
    assert (await story.page(number))["timeline"][-1] == {
        "title": "You requested the cancellation of the order"
    }

    granted = await story.staff.do(GRANT, input={"id": asked["id"], "note": "Done."})
    assert (granted["status"], granted["answer"]) == ("GRANTED", "Done.")
    order = await story.order(number)
    assert (order["status"], order["isOnHold"]) == ("CANCELLED", False)
    assert await story.stock("MUG") == {"web-main": (5, 0)}
    assert (await story.staff.ask(LIST))["orderCancelRequests"]["nodes"] == []
    assert (await story.staff.do(GRANT, input={"id": asked["id"]}))["errorCode"] == "ILLEGAL_TRANSITION"
    await books_add_up()


async def test_after_a_declined_request_the_order_continues_and_the_buyer_sees_the_refusal(story: Story):
    await story.sell("MUG", east=5)
    number, id, work = await _picked(story, ("MUG", 2))
    asked = await story.staff.do(ASK, input={"id": id})
    declined = await story.staff.do(DECLINE, input={"id": asked["id"], "note": "It is in the van."})
    assert declined["status"] == "DECLINED" and declined["order"]["isOnHold"] is False
    titles = [entry["title"] for entry in (await story.page(number))["timeline"]]
    assert titles[-1] == "The order could not be cancelled any more"
    assert (await story.ship(work))["status"] == "SHIPPED"
    await books_add_up()


async def test_a_cancellation_request_for_some_units(story: Story):
    await story.sell("MUG", east=5)
    number, id, _ = await _picked(story, ("MUG", 3))
    line = (await story.order(number))["lines"]["nodes"][0]["id"]
    too_many = await story.staff.do(ASK, input={"id": id, "lines": [{"lineId": line, "quantity": 4}]})
    assert too_many["problems"][0]["path"] == ["input", "lines", "0", "quantity"]
    asked = await story.staff.do(ASK, input={"id": id, "lines": [{"lineId": line, "quantity": 2}]})
    assert asked["lines"] == [{"quantity": 2}]
    await story.staff.do(GRANT, input={"id": asked["id"]})
    order = await story.order(number)
    assert order["status"] == "CONFIRMED" and order["lines"]["nodes"][0]["quantityCancelled"] == 2
    await books_add_up()


async def test_a_customer_can_request_a_cancellation_once_and_only_for_own_orders(story: Story):
    await story.sell("MUG", east=9)
    buyer = await _customer(story)
    placed = await buyer.do(PLACE, input=order_input(("MUG", 1)))
    _, id, _ = await _pick(story, placed["number"])
    other = (await story.order(await story.buy(("MUG", 1))))["id"]
    late = await buyer.do(CANCEL, input={"id": id})
    assert late["__typename"] == "TooLateToCancel" and "orderCancelRequest" in late["message"]
    asked = await buyer.do(ASK, input={"id": id, "note": "Sorry."})
    assert asked["status"] == "OPEN" and asked["nextSteps"] == []
    assert (await buyer.do(ASK, input={"id": id}))["errorCode"] == "ALREADY_EXISTS"
    assert (await buyer.do(ASK, input={"id": other}))["errorCode"] == "NOT_FOUND"
    assert (await buyer.error(GRANT, input={"id": asked["id"]}))["extensions"]["code"] == "FORBIDDEN"
    assert (await Api(buyer.client).error(ASK, input={"id": id}))["extensions"]["code"] == "UNAUTHENTICATED"
    packer = story.staff.as_(await make.token(Permission.ORDERS_VIEW, Permission.FULFILLMENT_MANAGE))
    assert (await packer.error(ASK, input={"id": other}))["extensions"]["code"] == "FORBIDDEN"


async def test_cancellation_of_a_shipped_order_cannot_be_requested(story: Story):
    await story.sell("MUG", east=9)
    number, id, work = await _picked(story, ("MUG", 1))
    await story.ship(work)
    assert (await story.staff.do(ASK, input={"id": id}))["__typename"] == "OrderAlreadyShipped"
    assert "order_cancel_requested" not in await story.events(number)


async def test_cancelling_an_order_directly_closes_its_request(story: Story):
    await story.sell("MUG", east=9)
    number, id, _ = await _picked(story, ("MUG", 1))
    asked = await story.staff.do(ASK, input={"id": id})
    await story.cancel(number)
    found = await story.staff.ask(
        "query($id: ID!) { node(id: $id) { ... on OrderCancelRequest { status } } }", id=asked["id"]
    )
    assert found["node"] == {"status": "GRANTED"}
    await books_add_up()


async def test_a_request_is_granted_after_its_units_were_cancelled_directly(story: Story):
    await story.sell("MUG", east=5)
    number, id, _ = await _picked(story, ("MUG", 3))
    line = (await story.order(number))["lines"]["nodes"][0]["id"]
    wish = [{"lineId": line, "quantity": 3}]
    asked = await story.staff.do(ASK, input={"id": id, "lines": wish[:1]})
    await story.cancel(number, MUG=2)
    assert (await story.staff.do(GRANT, input={"id": asked["id"]}))["status"] == "GRANTED"
    assert (await story.order(number))["status"] == "CANCELLED"
    await story.sell("CUP", east=5)
    await story.sell("PLATE", east=5)
    number, id, _ = await _picked(story, ("CUP", 2), ("PLATE", 1))
    line = (await story.order(number))["lines"]["nodes"][0]["id"]
    asked = await story.staff.do(ASK, input={"id": id, "lines": [{"lineId": line, "quantity": 2}]})
    await story.cancel(number, CUP=2)
    granted = await story.staff.do(GRANT, input={"id": asked["id"]})
    assert granted["status"] == "GRANTED" and granted["order"] == {"isOnHold": False, "status": "CONFIRMED"}
    await books_add_up()


async def test_a_cancelled_order_is_not_on_hold_and_its_request_is_granted(story: Story):
    await story.sell("MUG", east=5)
    number, id, _ = await _picked(story, ("MUG", 3))
    await story.staff.do(ASK, input={"id": id})
    await story.cancel(number)
    order = await story.order(number)
    assert (order["status"], order["isOnHold"]) == ("CANCELLED", False)
    assert "order_cancel_granted" in await story.events(number)
    await books_add_up()
