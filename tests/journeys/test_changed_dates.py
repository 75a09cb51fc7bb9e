"""Promised dates change after a supplier's answer, for incoming stock, by a carrier or by staff, and buyers see it."""

from datetime import date, timedelta
from typing import Any

from app.core import clock
from app.core.actor import SYSTEM
from app.core.ids import row_id
from app.core.uow import transact
from app.inventory.location_kinds import LocationKind
from app.inventory.locations import service as locations
from app.inventory.stock.service import inbound
from app.orders.service import promising
from tests.ask import Api
from tests.journeys.life import FULFILLMENT, Story, books_add_up

ACCEPT = "mutation($input: DropShipAcceptInput!) { dropShipAccept(input: $input) {" + FULFILLMENT + "} }"
REJECT = "mutation($input: DropShipRejectInput!) { dropShipReject(input: $input) {" + FULFILLMENT + "} }"
FEED = """
mutation($input: [StockRowInput!]!) { stockBulkSet(input: $input) { ... on BulkResult { rows { status } } } }
"""
RESCHEDULE = """
mutation($id: ID!, $on: Date!) { orderReschedule(input: {id: $id, promisedOn: $on}) {
  __typename ... on Order { isDelayed promisedOn } ... on UserError { message path } } }
"""
FIND = "query($filter: OrderFilter!) { orders(filter: $filter) { nodes { number } } }"


def day(days: int) -> str:
    return (clock.today() + timedelta(days=days)).isoformat()


async def _suppliers(api: Api, **stock: int) -> Story:
    """A shop that sells LAMPs of several drop-ship suppliers, in order of priority."""
    story = await Story.begin(api)
    places: list[Any] = [story.east]
    await story.sell("LAMP")
    for code in stock:
        data = locations.LocationData(code=code, name=code.title(), kind=LocationKind.DROP_SHIP)
        places.append(await locations.create_location(SYSTEM, data))
    await locations.set_channel_locations(SYSTEM, story.shop.channel, places)
    for place, units in zip(places[1:], stock.values(), strict=True):
        await story.shop.stock("LAMP", units, place)
    return story


async def _submitted(story: Story, units: int = 2) -> tuple[str, str]:
    number = await story.buy(("LAMP", units))
    (work,) = await story.work(number)
    assert (await story.release(work["id"]))["status"] == "SUBMITTED"
    return number, work["id"]


async def test_a_rejected_drop_shipment_goes_to_the_next_source_and_never_to_the_same_supplier_again(
    api: Api,
):
    story = await _suppliers(api, first=50, second=5)
    number, id = await _submitted(story)
    promised = (await story.order(number))["promisedOn"]
    assert (await story.staff.do(REJECT, input={"id": id, "reason": "Sold out"}))["status"] == "REJECTED"
    *_, work = await story.work(number)
    assert (work["location"]["code"], work["status"], work["units"]) == ("second", "OPEN", 2)
    assert await story.stock("LAMP") == {"web-main": (0, 0), "first": (0, 0), "second": (5, 2)}
    page = await story.page(number)
    assert (page["isDelayed"], page["promisedOn"]) == (False, promised)
    # Other orders are not allocated to the first supplier until its feed reports stock.
    other = await story.buy(("LAMP", 3))
    assert [each["location"]["code"] for each in await story.work(other)] == ["second"]
    await books_add_up()
    await story.staff.do(FEED, input=[{"sku": "LAMP", "location": "first", "onHand": 9}])
    later = await story.buy(("LAMP", 1))
    assert [each["location"]["code"] for each in await story.work(later)] == ["first"]
    # The second rejects it too: the order is not sent to the first again, and waits for stock.
    await story.release(work["id"])
    await story.staff.do(REJECT, input={"id": work["id"]})
    assert {each["status"] for each in await story.work(number)} == {"REJECTED"}
    page = await story.page(number)
    assert (page["isDelayed"], page["promisedOn"]) == (True, None)
    await story.staff.do(FEED, input=[{"sku": "LAMP", "location": "first", "onHand": 30}])
    assert {each["status"] for each in await story.work(number)} == {"REJECTED"}
    await story.shop.stock("LAMP", 2, story.east)
    *_, work = await story.work(number)
    assert (work["location"]["code"], work["status"]) == ("web-main", "OPEN")
    await books_add_up()


async def test_a_rejection_with_stock_does_not_stop_allocation_of_other_orders_to_the_supplier(api: Api):
    story = await _suppliers(api, first=50)
    number, id = await _submitted(story)
    await story.staff.do(REJECT, input={"id": id, "reason": "Not to islands", "hasStock": True})
    assert [each["status"] for each in await story.work(number)] == ["REJECTED"]
    assert (await story.stock("LAMP"))["first"] == (50, 0)
    other = await story.buy(("LAMP", 3))
    assert [each["location"]["code"] for each in await story.work(other)] == ["first"]
    await books_add_up()


async def test_a_later_shipping_date_of_a_supplier_delays_the_order_and_is_kept(api: Api):
    story = await _suppliers(api, first=50)
    number, id = await _submitted(story)
    promised = (await story.order(number))["promisedOn"]
    done = await story.staff.do(ACCEPT, input={"id": id, "shipsOn": day(30)})
    assert done["status"] == "ACCEPTED"
    page = await story.page(number)
    assert page["isDelayed"] is True and page["promisedOn"] >= day(30) > promised
    assert page["timeline"][-1]["title"] and "order_delayed" in await story.events(number)
    found = await story.staff.ask(FIND, filter={"isDelayed": True, "promisedOn": {"gte": day(30)}})
    assert found["orders"]["nodes"] == [{"number": number}]
    order = await story.order(number)
    # The promise is computed again: the supplier's date is kept.
    await transact(SYSTEM, lambda work: promising.promise_by_id(work, row_id(order["id"], "Order")))
    assert (await story.order(number))["promisedOn"] == page["promisedOn"]
    await books_add_up()


async def test_an_acceptance_without_a_date_keeps_the_promised_date(api: Api):
    story = await _suppliers(api, first=50)
    number, id = await _submitted(story)
    promised = (await story.order(number))["promisedOn"]
    await story.staff.do(ACCEPT, input={"id": id})
    order = await story.order(number)
    assert (order["promisedOn"], order["isDelayed"]) == (promised, False)


# --- the first promised date ---


async def _backordered(story: Story) -> str:
    await story.sell("MUG", east=0)
    await story.shop.stock("MUG", 0, backorder_limit=5)
    number = await story.buy(("MUG", 1))
    page = await story.page(number)
    assert (page["promisedOn"], page["isDelayed"]) == (None, False)
    return number


async def _coming(story: Story, days: int) -> Any:
    on = clock.today() + timedelta(days=days)
    return await inbound.expect(SYSTEM, sku="MUG", location=story.east, quantity=5, expected_on=on)


async def test_the_first_promised_date_is_not_a_delay_and_a_later_one_is(api: Api):
    story = await Story.begin(api)
    number = await _backordered(story)
    incoming = await _coming(story, 5)
    first = await story.page(number)
    assert first["promisedOn"] >= day(5) and first["isDelayed"] is False
    assert (await story.events(number))[-1] == "order_promised"
    await inbound.change_incoming(SYSTEM, incoming.id, expected_on=clock.today() + timedelta(days=60))
    page, order = await story.page(number), await story.order(number)
    assert page["promisedOn"] == order["promisedOn"] >= day(60)
    assert page["isDelayed"] is order["isDelayed"] is True
    assert (await story.events(number))[-1] == "order_delayed"
    found = await story.staff.ask(FIND, filter={"isDelayed": True})
    assert found["orders"]["nodes"] == [{"number": number}]
    await inbound.change_incoming(SYSTEM, incoming.id, is_cancelled=True)
    page = await story.page(number)
    assert (page["promisedOn"], page["isDelayed"]) == (None, True), "delayed, with no known date"


async def test_a_first_date_promised_by_staff_is_not_a_delay(api: Api):
    story = await Story.begin(api)
    number = await _backordered(story)
    order = await story.order(number)
    done = await story.staff.do(RESCHEDULE, id=order["id"], on=day(9))
    assert (done["promisedOn"], done["isDelayed"]) == (day(9), False)
    assert "order_delayed" not in await story.events(number)
    done = await story.staff.do(RESCHEDULE, id=order["id"], on=day(10))
    assert (done["promisedOn"], done["isDelayed"]) == (day(10), True)
    assert (await story.events(number))[-1] == "order_delayed"


# --- carriers ---


async def test_an_expected_date_given_at_shipping_becomes_the_promised_date(api: Api):
    story = await Story.begin(api)
    await story.sell("MUG", east=5)
    number = await story.buy(("MUG", 1))
    promised = (await story.order(number))["promisedOn"]
    (work,) = await story.work(number)
    await story.release(work["id"])
    late = (date.fromisoformat(promised) + timedelta(days=6)).isoformat()
    shipped = await story.ship(work["id"], carrier="postal", expectedOn=late)
    assert shipped["status"] == "SHIPPED", shipped
    page = await story.page(number)
    assert (page["promisedOn"], page["isDelayed"]) == (late, True)
