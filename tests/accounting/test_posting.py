"""Each fact is posted in its own transaction, with debits that equal its credits."""

from typing import Any

import pytest

from app.catalog.models import Product
from app.catalog.service import shelving
from app.core.actor import SYSTEM
from app.payments.gateways.protocol import RefundState
from tests import make
from tests.accounting.books import balances, entries, receive
from tests.ask import Api
from tests.journeys.life import CANCEL, Story, books_add_up
from tests.payments.desk import Desk
from tests.stored_value.till import Till, books_agree

STOCK = {"INVENTORY": "200.00", "GOODS_RECEIVED": "-200.00"}
RECEIVE_BACK = """mutation($i: ShipmentReceiveBackInput!) { shipmentReceiveBack(input: $i) { __typename } }"""
RECORD = """mutation($i: ShipmentTrackingRecordInput!) { shipmentTrackingRecord(input: $i) { __typename } }"""

DISPUTE = (
    "mutation($i: DisputeRecordInput!) { disputeRecord(input: $i) { __typename ... on Dispute { id } } }"
)
CLOSE_DISPUTE = "mutation($i: DisputeCloseInput!) { disputeClose(input: $i) { __typename } }"


async def ship(story: Story, work: str, **pick: Any) -> dict[str, Any]:
    """Ship a fulfillment order, or what is picked of it."""
    await story.release(work)
    await story.pick(work, **pick)
    await story.pack(work)
    return await story.ship(work)


async def ship_all(story: Story, number: str) -> None:
    for work in await story.work(number):
        shipped = await ship(story, work["id"])
        assert shipped["__typename"] == "FulfillmentOrder", shipped


async def test_an_unpaid_order_is_posted_when_it_leaves(story: Story):
    number = await story.buy(("MUG", 2))
    assert await balances(story.staff) == STOCK
    await ship_all(story, number)
    assert await balances(story.staff) == {
        "COST_OF_SALES": "8.00", "GOODS_RECEIVED": "-200.00", "INVENTORY": "192.00", "RECEIVABLE": "27.50",
        "SALES": "-20.00", "SHIPPING": "-5.00", "TAX US/0.1": "-2.50",
    }  # fmt: skip
    await books_add_up()


async def test_a_payment_in_advance_is_a_deposit_until_the_goods_leave(story: Story):
    desk = Desk(story, await story.buy(("MUG", 2)))
    await desk.record("30.00", acceptOverpayment=True)
    assert (await entries(story.staff))[-1] == (
        "PAYMENT", {"CLEARING manual": "30.00", "DEPOSITS": "-30.00"},
    )  # fmt: skip
    await ship_all(story, desk.number)
    found = await balances(story.staff)
    assert (found["DEPOSITS"], found.get("RECEIVABLE")) == ("-2.50", None)
    await desk.refund("2.50")
    assert "DEPOSITS" not in await balances(story.staff)
    await books_add_up()


async def test_a_payment_after_the_goods_have_left_settles_the_receivable_first(story: Story):
    desk = Desk(story, await story.buy(("MUG", 2)))
    await ship_all(story, desk.number)
    await desk.record("28.00", acceptOverpayment=True)
    assert (await entries(story.staff))[-1] == (
        "PAYMENT", {"CLEARING manual": "28.00", "RECEIVABLE": "-27.50", "DEPOSITS": "-0.50"},
    )  # fmt: skip
    await books_add_up()


async def test_entries_are_read_page_by_page(story: Story):
    number = await story.buy(("MUG", 2))
    await ship_all(story, number)
    ask = """query($after: String) { ledgerEntries(first: 1, after: $after) {
      nodes { id kind } pageInfo { hasNextPage endCursor } } }"""
    kinds, after = list[str](), None
    while True:
        page = (await story.staff.ask(ask, after=after))["ledgerEntries"]
        kinds += [node["kind"] for node in page["nodes"]]
        after = page["pageInfo"]["endCursor"]
        if not page["pageInfo"]["hasNextPage"]:
            break
    assert sorted(kinds) == ["COST_OF_SALES", "REVENUE", "STOCK_RECEIPT"]
    found = await entries(story.staff, orderId={"eq": (await story.order(number))["id"]})
    assert sorted(kind for kind, _ in found) == ["COST_OF_SALES", "REVENUE"]


async def test_an_authorization_and_its_void_post_nothing(story: Story):
    desk = Desk(story, await story.buy(("MUG", 2)))
    await desk.authorize("27.50")
    await desk.void()
    assert await balances(story.staff) == STOCK


async def test_parts_shipped_from_two_locations_add_up_to_the_order(api: Api):
    story = await Story.begin(api)
    await make.tax(rate="0.0725")
    await story.sell("MUG", price=333)
    await receive(story.staff, "MUG", 2, "1.00")
    await receive(story.staff, "MUG", 3, "1.50", "west")
    number = await story.buy(("MUG", 5))
    first, *others = await story.work(number)
    await ship(story, first["id"])
    part = await balances(story.staff)
    assert part["SHIPPING"] == "-5.00" and part["RECEIVABLE"] != "23.22"
    for work in others:
        await ship(story, work["id"])
    whole = await balances(story.staff)
    order = await story.order(number)
    assert (whole["SALES"], whole["SHIPPING"], whole["RECEIVABLE"]) == (
        "-16.65", "-5.00", order["total"]["amount"],
    )  # fmt: skip
    assert whole["COST_OF_SALES"] == "6.50" and "INVENTORY" not in whole
    await books_add_up()


async def test_i9_goods_that_come_back_reverse_revenue_tax_and_cost(story: Story):
    desk = Desk(story, await story.buy(("MUG", 2)))
    await desk.record("27.50")
    await ship_all(story, desk.number)
    (work,) = await story.work(desk.number)
    (shipment,) = work["shipments"]
    record = {"shipmentId": shipment["id"], "stage": "RETURNED_TO_SENDER"}
    await story.staff.do(RECORD, i=record)
    back = {"shipmentId": shipment["id"], "resolution": "CANCEL"}
    assert (await story.staff.do(RECEIVE_BACK, i=back))["__typename"] == "Shipment"
    reversal = {
        "SALES": "20.00", "SHIPPING": "5.00", "TAX US/0.1": "2.50", "DEPOSITS": "-27.50",
    }  # fmt: skip
    assert ("REVENUE", reversal) in await entries(story.staff)
    assert ("COST_OF_SALES", {"INVENTORY": "8.00", "COST_OF_SALES": "-8.00"}) in await entries(story.staff)
    await desk.refund("27.50")
    assert await balances(story.staff) == STOCK
    await books_add_up()


async def test_a_refund_of_goodwill_is_an_allowance_with_its_tax(story: Story):
    desk = Desk(story, await story.buy(("MUG", 2)))
    await desk.record("27.50")
    await ship_all(story, desk.number)
    await desk.refund("5.50", note="Late")
    assert (await entries(story.staff))[-2:] == [
        ("REVENUE", {"ALLOWANCES": "5.00", "TAX US/0.1": "0.50", "DEPOSITS": "-5.50"}),
        ("REFUND", {"DEPOSITS": "5.50", "CLEARING manual": "-5.50"}),
    ]
    await books_add_up()


async def test_a_refund_before_the_order_is_fully_paid_is_receivable_again(story: Story):
    desk = Desk(story, await story.buy(("MUG", 2)))
    await desk.record("20.00")
    await ship_all(story, desk.number)
    await desk.refund("5.00")
    assert (await balances(story.staff))["RECEIVABLE"] == "12.50"
    await books_add_up()


async def test_cancelling_a_paid_order_leaves_a_deposit_until_it_is_refunded(story: Story):
    desk = Desk(story, await story.buy(("MUG", 2)))
    await desk.record("27.50")
    order = await desk.seen()
    await story.staff.do(CANCEL, input={"id": order["id"], "reason": "CUSTOMER"})
    assert (await balances(story.staff))["DEPOSITS"] == "-27.50"
    await desk.refund("27.50")
    assert await balances(story.staff) == STOCK
    await books_add_up()


async def test_p12_a_refund_that_the_bank_sent_back_is_posted_again(card_desk: Desk, world: Any):
    await card_desk.pay("ok")
    await card_desk.capture()
    await card_desk.refund("25.00")
    payment = (await card_desk.payments())[0]
    world.settle_refund(payment["reference"], "ref_1", RefundState.FAILED)
    await card_desk.sync()
    found = await entries(card_desk.story.staff)
    assert [kind for kind, _ in found] == ["PAYMENT", "REFUND", "REFUND_REVERSAL"]
    assert found[-1][1] == {"CLEARING card": "25.00", "DEPOSITS": "-25.00"}
    await books_add_up()


@pytest.mark.parametrize(("currency", "paid"), [("JPY", "2000"), ("KWD", "2.000")])
async def test_p24_a_currency_has_its_own_decimals_and_balances(api: Api, currency: str, paid: str):
    shop = await make.shop(currency=currency, confirms_at_once=True)
    story = Story(api.as_(await make.token()), shop, shop.location, shop.location)
    await story.sell("MUG", east=5)
    desk = Desk(story, await story.buy(("MUG", 2)), currency)
    await desk.record(paid)
    await ship_all(story, desk.number)
    found = await balances(story.staff, currency=currency)
    decimals = 3 if currency == "KWD" else 0
    assert found == {
        "CLEARING manual": paid, "RECEIVABLE": f"{500 / 10**decimals:.{decimals}f}",
        "SALES": f"-{2000 / 10**decimals:.{decimals}f}", "SHIPPING": f"-{500 / 10**decimals:.{decimals}f}",
    }  # fmt: skip
    await books_add_up()


async def test_prices_that_include_tax_are_posted_without_it(api: Api):
    shop = await make.shop(prices_include_tax=True, confirms_at_once=True)
    story = Story(api.as_(await make.token()), shop, shop.location, shop.location)
    await make.tax(rate="0.19")
    await story.sell("MUG", east=5, price=1190)
    await ship_all(story, await story.buy(("MUG", 1)))
    assert await balances(story.staff) == {
        "RECEIVABLE": "16.90", "SALES": "-10.00", "SHIPPING": "-4.20", "TAX US/0.19": "-2.70",
    }  # fmt: skip
    await books_add_up()


async def test_a_region_with_its_own_rate_is_a_place_of_its_own(api: Api):
    story = await Story.begin(api)
    await make.tax(region="IL", rate="0.0625")
    await story.sell("MUG", east=5)
    await ship_all(story, await story.buy(("MUG", 1)))
    assert "TAX US-IL/0.0625" in await balances(story.staff)


async def test_gift_cards_are_issued_spent_and_returned(api: Api):
    till = await Till.open(api)
    _, code = await till.card("30.00")
    assert await balances(till.staff) == {"GOODWILL": "30.00", "GIFT_CARDS": "-30.00"}
    shop = await make.shop("gifts", confirms_at_once=True)
    story = Story(till.staff, shop, shop.location, shop.location)
    await story.sell("MUG", east=5)
    number = await story.buy(("MUG", 1), channel="gifts", giftCardCodes=[code])
    assert await balances(till.staff) == {"GOODWILL": "30.00", "GIFT_CARDS": "-15.00", "DEPOSITS": "-15.00"}
    order = await story.order(number)
    await till.staff.do(CANCEL, input={"id": order["id"], "reason": "CUSTOMER"})
    assert await balances(till.staff) == {"GOODWILL": "30.00", "GIFT_CARDS": "-30.00"}
    await books_agree()


async def test_stock_that_is_lost_is_written_off(story: Story):
    adjust = """mutation($i: StockAdjustInput!) { stockAdjust(input: $i) { __typename
      ... on UserError { message } } }"""
    lost = {"sku": "MUG", "location": "web-main", "change": -3, "reason": "LOSS"}
    done = await story.staff.do(adjust, i=lost)
    assert "message" not in done, done
    assert (await entries(story.staff))[-1] == (
        "STOCK_ADJUSTMENT", {"WRITE_OFFS": "12.00", "INVENTORY": "-12.00"},
    )  # fmt: skip
    await books_add_up()


async def test_sales_are_posted_by_the_category_that_goods_had_when_they_left(story: Story):
    cups = await shelving.create_category(SYSTEM, slug="cups", name="Cups")
    await Product.filter(slug="thing-mug").update(category_id=cups.id)
    desk = Desk(story, await story.buy(("MUG", 1)))
    await ship_all(story, desk.number)
    assert (await balances(story.staff))["SALES cups"] == "-10.00"
    await Product.filter(slug="thing-mug").update(category_id=None)
    await desk.record("16.50")
    await desk.refund("1.10")
    found = await balances(story.staff)
    assert found["SALES cups"] == "-10.00" and "SALES" not in found
    await books_add_up()


async def test_p30_a_lost_dispute_is_charged_back_and_a_won_one_is_posted_again(story: Story):
    desk = Desk(story, await story.buy(("MUG", 2)))
    await desk.record("27.50")
    payment = (await desk.payments())[0]
    opened = {"paymentId": payment["id"], "amount": desk.money("27.50"), "reference": "dp_1"}
    dispute = await story.staff.do(DISPUTE, i=opened)
    assert (await balances(story.staff))["DISPUTES manual"] == "27.50"
    for outcome in ("LOST", "WON"):
        await story.staff.do(CLOSE_DISPUTE, i={"id": dispute["id"], "outcome": outcome})
    assert (await entries(story.staff))[-5:] == [
        ("PAYMENT", {"CLEARING manual": "27.50", "DEPOSITS": "-27.50"}),
        ("DISPUTE", {"DISPUTES manual": "27.50", "CLEARING manual": "-27.50"}),
        ("CHARGEBACK", {"DEPOSITS": "27.50", "CLEARING manual": "-27.50"}),
        ("DISPUTE", {"CLEARING manual": "27.50", "DISPUTES manual": "-27.50"}),
        ("CHARGEBACK_REVERSAL", {"CLEARING manual": "27.50", "DEPOSITS": "-27.50"}),
    ]
    found = await balances(story.staff)
    assert (found["CLEARING manual"], found["DEPOSITS"]) == ("27.50", "-27.50")
    assert not any("DISPUTE" in name for name in found)
    await books_add_up()
