"""Edits of placed orders: previews, and edits that change stock, fulfillment, tax and amount due together."""

import asyncio
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest

from app.access.permissions import Permission
from app.catalog.service import pricing
from app.channels import service as channels
from app.core.actor import SYSTEM
from app.core.database import fetch
from app.core.ids import to_global
from app.promotions import service as promotions
from app.promotions.lifecycle import DiscountKind
from tests import make
from tests.ask import ADDRESS, Api
from tests.journeys.life import Story, books_add_up

AMOUNTS = "{ subtotal { amount } discount { amount } shipping { amount } tax { amount } total { amount } "
AMOUNTS += "amountCancelled { amount } amountDue { amount } }"
EDIT = (
    """
mutation($input: OrderEditInput!, $v: Int, $k: String) {
  orderEdit(input: $input, expectedVersion: $v, idempotencyKey: $k) {
    __typename
    ... on OrderEdit {
      id reason editedBy changed amountToPay { amount } promisedBefore promisedAfter
      lines { lineId sku quantityBefore quantityAfter unitPriceAfter { amount } totalBefore { amount }
        totalAfter { amount } }
      stock { sku units }
      before """
    + AMOUNTS
    + " after "
    + AMOUNTS
    + """
      order { number version total { amount } }
    }
    ... on UserError { errorCode message path }
    ... on ValidationFailed { problems { code message path } }
    ... on InsufficientStock { shortages { sku requested available } }
  }
}
"""
)
EDITS = "query($n: String!) { order(number: $n) { edits { reason changed lines { sku quantityAfter } } } }"


@pytest.fixture
async def story(api: Api) -> Story:
    return await Story.begin(api)


async def _edit(story: Story, number: str, *lines: dict[str, Any], **more: Any) -> dict[str, Any]:
    """Edit an order; `at` selects the order's line of that SKU."""
    order = await story.order(number)
    ids = {line["sku"]: line["id"] for line in order["lines"]["nodes"]}
    given = [{("lineId" if key == "at" else key): ids.get(value, value) if key == "at" else value
              for key, value in line.items()} for line in lines]  # fmt: skip
    variables = {name: more.pop(name) for name in ("v", "k") if name in more}
    return await story.staff.do(EDIT, input={"id": order["id"], "lines": given, **more}, **variables)


async def test_editing_quantities_updates_stock_fulfillment_tax_and_amount_due(story: Story):
    await make.tax(rate="0.1")
    await story.sell("MUG", east=10, price=1000)
    await story.sell("TRAY", east=10, price=400)
    await story.sell("LAMP", west=3, price=2500)
    number = await story.buy(("MUG", 2), ("TRAY", 3))
    assert (await story.order(number))["total"]["amount"] == "40.70"  # 32.00 + 5.00, and a tenth of it
    up = await _edit(story, number, {"at": "MUG", "quantity": 5}, {"sku": "LAMP", "quantity": 1})
    assert up["__typename"] == "OrderEdit", up
    assert up["amountToPay"] == {"amount": "60.50"}  # 3 × 10.00 + 25.00, and a tenth of it
    assert up["after"]["total"] == {"amount": "101.20"} and up["after"]["tax"] == {"amount": "9.20"}
    assert up["stock"] == [{"sku": "LAMP", "units": 1}, {"sku": "MUG", "units": 3}]
    assert await story.stock("MUG") == {"web-main": (10, 5)}
    assert (await story.stock("LAMP"))["west"] == (3, 1)
    east, west = await story.work(number)
    assert east["lines"] == [
        {"sku": "MUG", "quantity": 5, "picked": 0},
        {"sku": "TRAY", "quantity": 3, "picked": 0},
    ]
    assert west["lines"] == [{"sku": "LAMP", "quantity": 1, "picked": 0}]
    down = await _edit(story, number, {"at": "MUG", "quantity": 1}, {"at": "TRAY", "quantity": 0})
    assert down["amountToPay"] == {"amount": "-57.20"}
    assert await story.stock("MUG") == {"web-main": (10, 1)}
    assert await story.stock("TRAY") == {"web-main": (10, 0)}
    east, west = await story.work(number)
    assert east["lines"] == [{"sku": "MUG", "quantity": 1, "picked": 0}] and west["units"] == 1
    order = await story.order(number)
    assert order["amountDue"] == {"amount": "44.00"}  # 10.00 + 25.00 + 5.00, and a tenth of it
    assert [(line["sku"], line["quantity"], line["quantityCancelled"]) for line in order["lines"]["nodes"]] == [
        ("MUG", 1, 0), ("TRAY", 3, 3), ("LAMP", 1, 0),
    ]  # fmt: skip
    assert (await story.events(number)).count("order_edited") == 2
    assert "The order was changed" in [each["title"] for each in (await story.page(number))["timeline"]]
    edits = (await story.staff.ask(EDITS, n=number))["order"]["edits"]
    assert [[line["quantityAfter"] for line in edit["lines"]] for edit in edits] == [[5, 1], [1, 0]]
    await books_add_up()
    for work in await story.work(number):
        await story.deliver(await story.send(work["id"]))
    assert (await story.order(number))["fulfillmentStatus"] == "DELIVERED"
    await books_add_up()


async def test_a_preview_matches_the_edit_and_changes_nothing(story: Story):
    await story.sell("MUG", east=10)
    number = await story.buy(("MUG", 2))
    before, stock = await story.order(number), await story.stock("MUG")
    rows = await _rows()
    asked = ({"at": "MUG", "quantity": 4},)
    seen = await _edit(story, number, *asked, preview=True, reason="They rang.")
    assert (await story.order(number), await story.stock("MUG"), await _rows()) == (before, stock, rows)
    done = await _edit(story, number, *asked, reason="They rang.")
    for name in ("lines", "stock", "before", "after", "amountToPay", "changed", "promisedAfter", "reason"):
        assert seen[name] == done[name]
    assert seen["order"]["total"] == {"amount": "25.00"} and done["order"]["total"] == {"amount": "45.00"}
    await books_add_up()


async def _rows() -> list[int]:
    tables = ("journal_entry", "order_edit", "order_line", "reservation", "stock_movement", "deferred_task")
    return [(await fetch(f"SELECT COUNT(*) AS n FROM {table}"))[0]["n"] for table in tables]


async def test_a_line_is_replaced_by_another_sku(story: Story):
    await story.sell("RED", east=5, price=900)
    await story.sell("BLUE", east=5, price=1200)
    number = await story.buy(("RED", 2))
    done = await _edit(story, number, {"at": "RED", "sku": "BLUE"})
    assert [(line["sku"], line["quantityBefore"], line["quantityAfter"]) for line in done["lines"]] == [
        ("RED", 2, 0), ("BLUE", None, 2),
    ]  # fmt: skip
    assert done["amountToPay"] == {"amount": "6.00"}
    first, work = await story.work(number)
    assert first["status"] == "CANCELLED" and work["lines"] == [{"sku": "BLUE", "quantity": 2, "picked": 0}]
    assert (await story.stock("RED"), await story.stock("BLUE")) == (
        {"web-main": (5, 0)},
        {"web-main": (5, 2)},
    )
    await books_add_up()


async def test_lines_keep_the_price_of_the_sale_unless_todays_prices_are_requested(story: Story):
    await story.sell("MUG", east=10, price=1000)
    number = await story.buy(("MUG", 2))
    await pricing.set_price(SYSTEM, story.shop.prices, sku="MUG", amount_minor=1500)
    kept = await _edit(story, number, {"at": "MUG", "quantity": 3})
    assert kept["after"]["subtotal"] == {"amount": "30.00"}
    assert kept["lines"][0]["unitPriceAfter"] == {"amount": "10.00"}
    todays = await _edit(story, number, prices="TODAY")
    assert todays["after"]["subtotal"] == {"amount": "45.00"}
    assert todays["lines"][0]["unitPriceAfter"] == {"amount": "15.00"} and todays["stock"] == []
    await books_add_up()


async def test_the_address_can_be_changed_with_its_tax_until_the_order_is_packed(story: Story):
    await make.tax(rate="0.1")
    await make.tax(region="NY", rate="0.2")
    await story.sell("MUG", east=10, price=1000)
    number = await story.buy(("MUG", 2))
    new_york = ADDRESS | {"line1": "1 Broadway", "city": "New York", "region": "NY", "postalCode": "10004"}
    done = await _edit(story, number, shippingAddress=new_york)
    assert done["changed"] == ["shipping_address", "billing_address"]
    assert done["before"]["tax"] == {"amount": "2.50"} and done["after"]["tax"] == {"amount": "5.00"}
    (work,) = await story.work(number)
    await story.release(work["id"])
    await story.pick(work["id"])
    await story.pack(work["id"])
    refused = await _edit(story, number, shippingAddress=ADDRESS)
    assert refused["__typename"] == "TooLateToEdit" and refused["path"] == ["input", "shippingAddress"]
    assert "fulfillmentUnpack" in refused["message"]
    await channels.set_shipping_method(SYSTEM, story.shop.channel, code="fast", name="Fast", price_minor=900)
    method = await _edit(story, number, shippingMethod="fast")
    assert method["__typename"] == "TooLateToEdit" and method["path"] == ["input", "shippingMethod"]
    billing = await _edit(story, number, billingAddress=ADDRESS)
    assert billing["changed"] == ["billing_address"] and billing["amountToPay"] == {"amount": "0.00"}
    unpack = "mutation($id: ID!) { fulfillmentUnpack(id: $id) { __typename } }"
    await story.staff.do(unpack, id=work["id"])
    assert (await _edit(story, number, shippingAddress=ADDRESS))["__typename"] == "OrderEdit"
    await story.pack(work["id"])
    await story.ship(work["id"])
    refused = await _edit(story, number, shippingAddress=new_york)
    assert refused["__typename"] == "TooLateToEdit" and "has already shipped" in refused["message"]
    await books_add_up()


async def test_changing_the_shipping_method_changes_price_and_promised_date(story: Story):
    await channels.set_shipping_method(
        SYSTEM, story.shop.channel, code="slow", name="Slow", price_minor=100, transit_days=5
    )
    await story.sell("MUG", east=10, price=1000)
    number = await story.buy(("MUG", 2))
    done = await _edit(story, number, shippingMethod="slow")
    assert done["amountToPay"] == {"amount": "-4.00"} and done["changed"] == ["shipping_method"]
    assert done["promisedAfter"] > done["promisedBefore"]
    order = await story.order(number)
    assert order["promisedOn"] == done["promisedAfter"] and order["isDelayed"] is False
    queue = '{ fulfillmentOrders(filter: {shippingMethod: {eq: "slow"}}) { nodes { number } } }'
    assert (await story.staff.ask(queue))["fulfillmentOrders"]["nodes"] == [{"number": f"{number}-1"}]
    await books_add_up()


async def test_editing_recalculates_discounts_and_frees_the_use_of_removed_codes(story: Story):
    channel = story.shop.channel
    await promotions.create_discount(
        SYSTEM, channel, code="TENTH", kind=DiscountKind.PERCENT, percent=Decimal(10), minimum_minor=1500
    )
    await promotions.create_discount(
        SYSTEM, channel, code="FIVER", kind=DiscountKind.AMOUNT, amount_minor=500, usage_limit=1
    )
    await story.sell("MUG", east=10, price=1000)
    number = await story.buy(("MUG", 2), discountCodes=["TENTH"])
    more = await _edit(story, number, {"at": "MUG", "quantity": 3}, discountCodes=["TENTH", "FIVER"])
    assert more["after"]["discount"] == {"amount": "8.00"} and more["changed"] == ["discount_codes"]
    small = await _edit(story, number, {"at": "MUG", "quantity": 1})
    assert small["after"]["discount"] == {"amount": "2.67"}  # a third of 8.00: both codes are the order's
    used = {"id": (await story.order(number))["id"], "discountCodes": ["FIVER"]}
    other = await story.buy(("MUG", 1))
    refused = await _edit(story, other, discountCodes=["FIVER"])
    assert refused["problems"][0]["path"] == ["input", "discountCodes", "0"]
    assert (await story.staff.do(EDIT, input=used))["after"]["discount"] == {"amount": "5.00"}
    assert (await _edit(story, number, discountCodes=[]))["after"]["discount"] == {"amount": "0.00"}
    assert (await _edit(story, other, discountCodes=["FIVER"]))["__typename"] == "OrderEdit"  # free again
    await books_add_up()


async def test_amounts_cancelled_before_an_edit_are_unchanged(story: Story):
    await make.tax(rate="0.07")
    await story.sell("MUG", east=20, price=333)
    await story.sell("TRAY", east=20, price=777)
    number = await story.buy(("MUG", 7), ("TRAY", 3))
    await story.cancel(number, MUG=2)
    before = await story.order(number)
    done = await _edit(story, number, {"at": "MUG", "quantity": 6}, {"at": "TRAY", "quantity": 2})
    assert done["before"]["amountCancelled"] == done["after"]["amountCancelled"] == before["amountCancelled"]
    due = Decimal(done["after"]["amountDue"]["amount"])
    assert due == Decimal(
        "43.36"
    )  # 19.98 + 1.40 and 15.54 + 1.09 for the lines, 5.00 + 0.35 for sending them
    await story.cancel(number, MUG=3)
    await story.cancel(number, TRAY=1)
    await story.cancel(number, MUG=3, TRAY=1)
    order = await story.order(number)
    assert (order["status"], order["amountDue"]["amount"]) == ("CANCELLED", "0.00")
    await books_add_up()


async def test_an_edit_beyond_available_stock_is_refused_and_changes_nothing(story: Story):
    await story.sell("MUG", east=3)
    number = await story.buy(("MUG", 2))
    before = await story.order(number)
    refused = await _edit(story, number, {"at": "MUG", "quantity": 9})
    assert refused["__typename"] == "InsufficientStock"
    assert refused["shortages"] == [{"sku": "MUG", "requested": 7, "available": 1}]
    assert refused["path"] == ["input", "lines"]
    assert await story.order(number) == before
    await books_add_up()


async def test_shipped_units_cannot_be_removed_and_unshipped_units_can(story: Story):
    await story.sell("MUG", east=2, west=3)
    number = await story.buy(("MUG", 4))
    first, second = sorted(await story.work(number), key=lambda work: work["units"])
    await story.send(second["id"])
    gone = second["units"]
    refused = await _edit(story, number, {"at": "MUG", "quantity": gone - 1})
    assert refused["problems"] == [
        {"code": "TOO_SMALL", "message": (f"{gone} units of this line have already shipped. "
"The quantity must not be less."),
         "path": ["input", "lines", "0", "quantity"]}
    ]  # fmt: skip
    done = await _edit(story, number, {"at": "MUG", "quantity": gone})
    assert done["__typename"] == "OrderEdit"
    order = await story.order(number)
    assert order["fulfillmentStatus"] == "SHIPPED"
    assert [work["status"] for work in order["fulfillmentOrders"] if work["id"] == first["id"]] == [
        "CANCELLED"
    ]
    await books_add_up()


async def test_removing_picked_units_releases_them_and_reopens_the_fulfillment_order(story: Story):
    await story.sell("MUG", east=5)
    number = await story.buy(("MUG", 3))
    (work,) = await story.work(number)
    await story.release(work["id"])
    await story.pick(work["id"])
    await story.pack(work["id"])
    done = await _edit(story, number, {"at": "MUG", "quantity": 1})
    assert done["stock"] == [{"sku": "MUG", "units": -2}]
    (work,) = await story.work(number)
    assert (work["status"], work["units"], work["lines"][0]["picked"]) == ("PICKED", 1, 1)  # opened again
    assert await story.stock("MUG") == {"web-main": (5, 1)}
    await books_add_up()


async def test_adding_a_bundle_reserves_its_components(story: Story):
    await story.sell("CUP", east=6)
    await story.sell("SET", east=None, price=3000)
    await make.bundle("SET", CUP=2)
    number = await story.buy(("CUP", 1))
    done = await _edit(story, number, {"sku": "SET", "quantity": 2})
    assert done["stock"] == [{"sku": "CUP", "units": 4}]
    assert await story.stock("CUP") == {"web-main": (6, 5)}
    await _edit(story, number, {"at": "SET", "quantity": 1})
    assert await story.stock("CUP") == {"web-main": (6, 3)}
    await books_add_up()


@pytest.mark.parametrize(
    ("lines", "path"),
    [
        ([{"at": "MUG", "quantity": -1}], ["lines", "0", "quantity"]),
        ([{"at": "MUG", "quantity": 1_000_001}], ["lines", "0", "quantity"]),
        ([{"at": "MUG"}], ["lines", "0", "quantity"]),
        ([{"at": "MUG", "quantity": 1}, {"at": "MUG", "quantity": 2}], ["lines", "1", "lineId"]),
        ([{"at": "MUG", "quantity": 0}], ["lines"]),
        ([{"quantity": 2}], ["lines", "0"]),
        ([{"sku": "MUG"}], ["lines", "0", "quantity"]),
        ([{"sku": "NONE", "quantity": 1}], ["lines", "0", "sku"]),
        ([{"at": "MUG", "sku": "NONE"}], ["lines", "0", "sku"]),
        ([{"at": "b3JkZXI6MQ", "quantity": 1}], ["lines", "0", "lineId"]),
    ],
)
async def test_an_invalid_line_is_refused_with_its_path(
    story: Story, lines: list[dict[str, Any]], path: list[str]
):
    await story.sell("MUG", east=5)
    number = await story.buy(("MUG", 2))
    refused = await _edit(story, number, *lines)
    assert refused["__typename"] in ("ValidationFailed", "InvalidInput"), refused
    found = [problem["path"] for problem in refused.get("problems", [refused])]
    assert ["input", *path] in found, refused


async def test_an_unknown_line_and_a_repeated_line_have_different_codes(story: Story):
    await story.sell("MUG", east=5)
    number = await story.buy(("MUG", 2))
    twice = await _edit(story, number, {"at": "MUG", "quantity": 1}, {"at": "MUG", "quantity": 2})
    stranger = to_global("OrderLine", UUID(int=1))
    unknown = await _edit(story, number, {"at": stranger, "quantity": 1})
    assert [each["problems"][0]["code"] for each in (twice, unknown)] == ["REPEATED", "NOT_FOUND"]


async def test_other_invalid_edits_are_refused_with_specific_errors(story: Story):
    await story.sell("MUG", east=5)
    number = await story.buy(("MUG", 2))
    assert (await _edit(story, number))["message"] == "The edit changes nothing."
    assert (await _edit(story, number, {"at": "MUG", "quantity": 2}))[
        "message"
    ] == "The edit changes nothing."
    method = await _edit(story, number, shippingMethod="rocket")
    assert method["problems"][0]["path"] == ["input", "shippingMethod"]
    nowhere = await _edit(story, number, shippingAddress=ADDRESS | {"country": "XX"})
    assert nowhere["problems"][0]["path"][:2] == ["input", "shippingAddress"]
    long = await _edit(story, number, {"at": "MUG", "quantity": 1}, reason="x" * 501)
    assert long["path"] == ["input", "reason"]
    stale = await _edit(story, number, {"at": "MUG", "quantity": 1}, v=99)
    assert stale["__typename"] == "StaleVersion"
    await story.cancel(number)
    late = await _edit(story, number, {"at": "MUG", "quantity": 1})
    assert late["errorCode"] == "ILLEGAL_TRANSITION"
    asked = {"input": {"id": (await story.order(number))["id"]}}
    stranger = await Api(story.staff.client).error(EDIT, **asked)
    assert stranger["extensions"]["code"] == "UNAUTHENTICATED"
    warehouse = story.staff.as_(await make.token(Permission.ORDERS_VIEW, Permission.FULFILLMENT_MANAGE))
    assert (await warehouse.error(EDIT, **asked))["extensions"]["code"] == "FORBIDDEN"


async def test_a_repeated_edit_with_the_same_key_is_made_once(story: Story):
    await story.sell("MUG", east=9)
    number = await story.buy(("MUG", 2))
    asked = {"sku": "MUG", "quantity": 1}
    first, again = [await _edit(story, number, asked, k="edit-1") for _ in range(2)]
    assert first["id"] == again["id"] and first["after"] == again["after"]
    assert await story.stock("MUG") == {"web-main": (9, 3)}


async def test_twenty_concurrent_edits_never_oversell(story: Story):
    await story.sell("MUG", east=10)
    number = await story.buy(("MUG", 1))
    done = await asyncio.gather(*(_edit(story, number, {"sku": "MUG", "quantity": 1}) for _ in range(20)))
    kinds = sorted(each["__typename"] for each in done)
    assert kinds == ["InsufficientStock"] * 11 + ["OrderEdit"] * 9
    assert await story.stock("MUG") == {"web-main": (10, 10)}
    await books_add_up()


async def test_units_moved_between_lines_of_one_sku_stay_reserved(story: Story):
    await story.sell("MUG", east=9)
    number = await story.buy(("MUG", 2), ("MUG", 1))
    first, second = (await story.order(number))["lines"]["nodes"]
    changed = [{"lineId": second["id"], "quantity": 0}, {"lineId": first["id"], "quantity": 3}]
    done = await _edit(story, number, *changed)
    assert done["__typename"] == "OrderEdit" and done["stock"] == []
    assert await story.stock("MUG") == {"web-main": (9, 3)}
    assert [
        (each["sku"], each["quantity"]) for work in await story.work(number) for each in work["lines"]
    ] == [("MUG", 3)]
    await books_add_up()


async def test_validation_rules_run_again_after_an_edit(story: Story):
    set_rule = """mutation($i: OrderRuleSetInput!) { orderRuleSet(input: $i) { __typename } }"""
    limits = [{"name": "amount_minor", "value": 5000}]
    rule = {"channel": "web", "rule": "amount_limit", "outcome": "HOLD", "limits": limits}
    answer = await story.staff.do(set_rule, i=rule)
    assert answer["__typename"] == "Channel", answer
    await story.sell("MUG", east=20, price=1000)
    number = await story.buy(("MUG", 2))
    await _edit(story, number, {"at": "MUG", "quantity": 9})
    assert (await story.order(number))["isOnHold"] is True
    await _edit(story, number, {"at": "MUG", "quantity": 1})
    assert (await story.order(number))["isOnHold"] is False
    await books_add_up()
