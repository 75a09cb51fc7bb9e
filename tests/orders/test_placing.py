"""Placing an order like a storefront."""

import pytest

from app.access.permissions import Permission
from app.core.database import fetch, is_postgres
from app.inventory.locations import service as locations
from app.inventory.stock import queries as inventory
from app.orders import queries as orders
from app.promotions import service as promotions
from app.promotions.lifecycle import DiscountKind
from tests import make
from tests.ask import PLACE, Api, order_input
from tests.statements import statements


async def test_a_visitor_places_an_order_in_one_call(api: Api):
    shop = await make.shop()
    await make.tax(region="IL", rate="0.1")
    await shop.sell("MUG", price=1250)
    await shop.sell("TRAY", price=399)
    placed = await api.do(PLACE, input=order_input(("MUG", 2), ("TRAY", 3)))
    assert placed["__typename"] == "Order"
    assert placed["number"] == "WEB-000001"
    assert placed["status"] == "PLACED"
    assert placed["trackingStage"] == "RECEIVED"
    assert placed["subtotal"]["amount"] == "36.97"
    # Tax by line: 2.50 on the mugs, 1.20 (1.197) on the trays, 0.50 on shipping.
    assert placed["tax"]["amount"] == "4.20"
    assert placed["total"] == {"amount": "46.17", "currency": "USD"}
    assert len(placed["trackingToken"]) == 22
    assert await inventory.differences() == [] and await orders.differences() == []


async def test_prices_that_include_tax_are_not_taxed_again(api: Api):
    shop = await make.shop(prices_include_tax=True)
    await make.tax(rate="0.19")
    await shop.sell("A", price=1190)
    placed = await api.do(PLACE, input=order_input(("A", 1)))
    assert placed["total"]["amount"] == "16.90"
    assert placed["tax"]["amount"] == "2.70"  # 1.90 in the goods, 0.80 in the shipping


async def test_the_client_cannot_choose_the_price(api: Api):
    shop = await make.shop()
    await shop.sell("A", price=1000)
    sent = order_input(("A", 1))
    sent["lines"][0]["unitPrice"] = "0.01"
    error = await api.error(PLACE, input=sent)
    assert error["extensions"]["code"] == "GRAPHQL_VALIDATION_FAILED"


async def test_every_problem_of_the_input_is_reported_together(api: Api):
    shop = await make.shop()
    await shop.sell("A")
    sent = order_input(("A", 0), ("NOPE", 1), email="not an address", shippingMethod="teleport")
    sent["shippingAddress"] = sent["shippingAddress"] | {"postalCode": "ABC"}
    refused = await api.do(PLACE, input=sent)
    assert refused["__typename"] == "ValidationFailed"
    paths = {".".join(problem["path"]) for problem in refused["problems"]}
    assert paths == {
        "input.email",
        "input.shippingAddress.postalCode",
        "input.lines.0.quantity",
        "input.lines.1.sku",
        "input.shippingMethod",
    }
    assert await fetch("SELECT id FROM sales_order") == []


async def test_insufficient_stock_reserves_nothing_and_lists_every_short_sku(api: Api):
    shop = await make.shop()
    for sku, stock in (("A", 5), ("B", 1), ("C", 0)):
        await shop.sell(sku, stock=stock)
    refused = await api.do(PLACE, input=order_input(("A", 2), ("B", 2), ("C", 1)))
    assert refused["__typename"] == "InsufficientStock"
    shortages = {s["sku"]: (s["requested"], s["available"]) for s in refused["shortages"]}
    assert shortages == {"B": (2, None), "C": (1, None)}
    assert await fetch("SELECT id FROM reservation") == []


async def test_two_lines_of_the_same_sku_are_checked_against_stock_together(api: Api):
    shop = await make.shop()
    await shop.sell("A", stock=5)
    refused = await api.do(PLACE, input=order_input(("A", 3), ("A", 3)))
    assert refused["__typename"] == "InsufficientStock"
    assert refused["shortages"] == [{"sku": "A", "requested": 6, "available": None}]


async def test_a_discount_code_is_distributed_over_the_lines(api: Api):
    shop = await make.shop()
    await shop.sell("A", price=1000)
    await shop.sell("B", price=333)
    await promotions.create_discount(
        make.SYSTEM,
        shop.channel,
        code="ten",
        kind=DiscountKind.PERCENT,
        percent=make.Decimal(10),
    )
    placed = await api.do(PLACE, input=order_input(("A", 1), ("B", 1), discountCodes=["TEN"]))
    assert placed["discount"]["amount"] == "1.33"
    assert placed["total"]["amount"] == "17.00"
    assert await orders.differences() == []


async def test_a_used_up_discount_is_refused_and_cancelling_an_order_restores_its_use(api: Api):
    shop = await make.shop()
    await shop.sell("A")
    await promotions.create_discount(
        make.SYSTEM,
        shop.channel,
        code="ONE",
        kind=DiscountKind.AMOUNT,
        amount_minor=100,
        usage_limit=1,
    )
    sent = order_input(("A", 1), discountCodes=["one"])
    first = await api.do(PLACE, input=sent)
    assert (await api.do(PLACE, input=sent))["problems"][0]["path"] == ["input", "discountCodes", "0"]
    staff = api.as_(await make.token())
    cancel = "mutation($id: ID!) { orderCancel(input: {id: $id}) { __typename } }"
    await staff.do(cancel, id=first["id"])
    assert (await api.do(PLACE, input=sent))["__typename"] == "Order"


async def test_a_private_channel_takes_no_orders_from_visitors(api: Api):
    shop = await make.shop("hidden", public=False)
    await shop.sell("A")
    refused = await api.do(PLACE, input=order_input(("A", 1), channel="hidden"))
    assert refused["__typename"] == "NotFound" and refused["path"] == ["input", "channel"]
    staff = api.as_(await make.token())
    assert (await staff.do(PLACE, input=order_input(("A", 1), channel="hidden")))["__typename"] == "Order"


async def test_an_external_reference_is_unique_in_its_channel(api: Api):
    shop = await make.shop()
    await shop.sell("A")
    sent, staff = order_input(("A", 1), externalReference="amz-1"), api.as_(await make.token())
    assert (await staff.do(PLACE, input=sent))["__typename"] == "Order"
    assert (await staff.do(PLACE, input=sent))["__typename"] == "AlreadyExists"


@pytest.mark.parametrize("gateway", ["stripe", ""])
async def test_an_unknown_gateway_is_refused(api: Api, gateway: str):
    shop = await make.shop()
    await shop.sell("A")
    refused = await api.do(PLACE, input=order_input(("A", 1), payment={"gateway": gateway}))
    assert refused["problems"][0]["path"] == ["input", "payment", "gateway"]


async def test_stock_is_reserved_at_one_location_if_it_has_everything(api: Api):
    shop = await make.shop()
    second = await make.location("second")
    await locations.set_channel_locations(make.SYSTEM, shop.channel, [shop.location, second])
    await shop.sell("A", stock=5)
    await shop.sell("B", stock=0)
    await shop.stock("A", 5, second)
    await shop.stock("B", 5, second)
    await api.do(PLACE, input=order_input(("A", 1), ("B", 1)))
    rows = await fetch(
        "SELECT l.location_id FROM reservation r JOIN stock_level l ON l.id = r.level_id GROUP BY l.location_id"
    )
    assert [str(row["location_id"]) for row in rows] == [str(second.id)]


async def test_a_token_limited_to_a_channel_sees_no_orders_of_other_channels(api: Api):
    one, two = await make.shop("one"), await make.shop("two")
    await one.sell("A")
    await two.sell("B")
    mine = await make.order(("A", 1), channel="one")
    theirs = await make.order(("B", 1), channel="two")
    bound = api.as_(
        await make.token(Permission.ORDERS_VIEW, Permission.ORDERS_CANCEL, channels=[one.channel])
    )
    found = await bound.ask("{ orders { totalCount nodes { number } } }")
    assert [node["number"] for node in found["orders"]["nodes"]] == [mine.number]
    assert found["orders"]["totalCount"] == 1
    query = "query($n: String) { order(number: $n) { id } }"
    assert (await bound.ask(query, n=theirs.number))["order"] is None
    seen = await api.as_(await make.token()).ask(query, n=theirs.number)
    id = seen["order"]["id"]
    cancel = (
        "mutation($id: ID!) { orderCancel(input: {id: $id}) { __typename ... on UserError { errorCode } } }"
    )
    assert (await bound.do(cancel, id=id))["errorCode"] == "NOT_FOUND"
    assert (await bound.ask("query($id: ID!) { node(id: $id) { id } }", id=id))["node"] is None


async def test_texts_that_are_too_long_are_refused_and_not_truncated(api: Api):
    shop = await make.shop()
    await shop.sell("A")
    staff = api.as_(await make.token())
    sent = order_input(("A", 1), note="n" * 2001, tags=["", "vip"], discountCodes=["c" * 41])
    refused = await staff.do(PLACE, input=sent)
    paths = [problem["path"] for problem in refused["problems"]]
    assert sorted(paths) == [["input", "discountCodes", "0"], ["input", "note"], ["input", "tags", "0"]]
    order = await staff.do(PLACE, input=order_input(("A", 1)))
    update = "mutation($i: OrderUpdateInput!) { orderUpdate(input: $i) { ... on UserError { path } } }"
    for fields, path in (({"note": "n" * 2001}, ["note"]), ({"tags": ["t" * 61]}, ["tags", "0"])):
        assert (await staff.do(update, i={"id": order["id"]} | fields))["path"] == ["input", *path]
    cancel = "mutation($i: OrderCancelInput!) { orderCancel(input: $i) { ... on UserError { path } } }"
    assert (await staff.do(cancel, i={"id": order["id"], "note": "n" * 501}))["path"] == ["input", "note"]


async def test_a_discount_cannot_end_before_it_starts(api: Api):
    await make.shop()
    create = "mutation($i: DiscountCreateInput!) { discountCreate(input: $i) { ... on UserError { path } } }"
    times = {"startsAt": "2026-05-02T00:00:00Z", "endsAt": "2026-05-01T00:00:00Z"}
    sent = {"channel": "web", "code": "MAY", "kind": "PERCENT", "percent": "10"}
    staff = api.as_(await make.token())
    assert (await staff.do(create, i=sent | times))["path"] == ["input", "endsAt"]


async def test_a_signed_in_customer_may_omit_the_email(api: Api):
    shop = await make.shop()
    await shop.sell("MUG", stock=5)
    buyer = api.as_(await make.account("ada@example.com"))
    said = order_input(("MUG", 1))
    del said["email"]
    assert (await buyer.do(PLACE, input=said))["email"] == "ada@example.com"
    assert (await buyer.do(PLACE, input=said | {"email": "eva@example.com"}))["email"] == "eva@example.com"
    draft = "mutation($i: OrderDraftCreateInput!) { orderDraftCreate(input: $i) { ... on Order { id } } }"
    cart = await buyer.do(draft, i={each: said[each] for each in said if each != "payment"})
    assert (await buyer.do(PLACE, input={"draftId": cart["id"]}))["email"] == "ada@example.com"
    refused = await api.do(PLACE, input=said)
    assert refused["path"] == ["input", "email"], "a visitor must give an e-mail address"


@pytest.mark.parametrize("skus", ["A", "ABC"])
async def test_the_number_of_statements_of_placing_does_not_depend_on_the_number_of_lines(
    api: Api, skus: str
):
    if not is_postgres():
        pytest.skip("SQLite writes one row after the other")
    shop = await make.shop()
    for sku in skus:
        await shop.sell(sku, stock=10)
    request = order_input(*((sku, 1) for sku in skus))
    document = "mutation($input: OrderPlaceInput!) { orderPlace(input: $input) { ... on Order { number } } }"
    await api.ask(document, input=request)
    with statements() as ran:
        await api.ask(document, input=request)
    # The number; five of the catalogue and the stock; the stock that is taken; all new rows and events.
    assert len(ran) == 8, ran
