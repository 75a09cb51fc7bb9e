"""Purchase orders, from the draft to receipts at the agreed cost."""

import pytest

from app.access.permissions import Permission as P
from app.inventory.stock import queries
from tests import make
from tests.ask import PLACE, Api, order_input
from tests.suppliers.purchases import (
    CANCEL,
    CLOSE,
    CONFIRM,
    CREATE,
    ITEMS,
    RECEIVE,
    SEND,
    SUPPLIER,
    UPDATE,
    day,
    levels,
    usd,
    write,
)

pytestmark = pytest.mark.usefixtures("clean")


async def test_a_sent_order_is_incoming_and_is_received_at_the_agreed_cost(buyer: Api):
    order = await write(buyer, ("A", 12), ("B", 4))
    assert order["number"] == "PO-000001" and order["total"] == usd("44.00")
    assert order["nextSteps"] == [{"step": "SEND"}, {"step": "EDIT"}, {"step": "CANCEL"}]
    assert (await levels(buyer))["A"]["incoming"] == 0  # it is not sent yet
    sent = await buyer.do(SEND, id=order["id"])
    assert sent == {"__typename": "PurchaseOrder", "status": "SENT", "expectedOn": day(10),
                    "nextSteps": [{"step": "CONFIRM"}, {"step": "RECEIVE"}, {"step": "CANCEL"}]}  # fmt: skip
    assert (await levels(buyer))["A"]["incoming"] == 12
    part = await buyer.do(RECEIVE, input={"id": order["id"], "lines": [{"sku": "A", "quantity": 8}]})
    assert part["status"] == "PARTIALLY_RECEIVED"
    assert (await levels(buyer))["A"] == {
        "onHand": 8,
        "available": 8,
        "incoming": 4,
        "value": {"amount": "16.00"},
    }
    cost = {"name": "freight", "amount": usd("4.00"), "by": "QUANTITY"}
    done = await buyer.do(RECEIVE, input={"id": order["id"], "landedCosts": [cost]})
    assert done["status"] == "RECEIVED"
    assert [(line["quantity"], line["received"]) for line in done["lines"]] == [(12, 12), (4, 4)]
    found = await levels(buyer)
    assert found["A"] == {"onHand": 12, "available": 12, "incoming": 0, "value": {"amount": "26.00"}}
    assert found["B"]["value"] == {"amount": "22.00"}
    again = await buyer.do(RECEIVE, input={"id": order["id"]})
    assert again["current"] == "RECEIVED"
    assert (await buyer.do(CLOSE, id=order["id"]))["status"] == "CLOSED"
    assert await queries.differences() == []


async def test_a_backorder_is_promised_from_incoming_stock_and_delayed_when_that_slips(
    buyer: Api, shop: make.Shop
):
    await shop.stock("A", 0, backorder_limit=5)
    order = await write(buyer, ("A", 12))
    await buyer.do(SEND, id=order["id"], on=day(3))
    placed = await buyer.do(PLACE, input=order_input(("A", 2)))
    asked = "query($id: ID!) { order(id: $id) { promisedOn isDelayed } }"
    first = (await buyer.ask(asked, id=placed["id"]))["order"]
    assert first["promisedOn"] > day(3) and not first["isDelayed"]  # arrival, plus the days of the parcel
    await buyer.do(CONFIRM, id=order["id"], on=day(19))
    later = (await buyer.ask(asked, id=placed["id"]))["order"]
    assert later["promisedOn"] > day(19) and later["isDelayed"]
    cancelled = await buyer.do(CANCEL, id=order["id"])
    assert cancelled["status"] == "CANCELLED"
    assert (await levels(buyer))["A"]["incoming"] == 0
    assert await queries.differences() == []


async def test_a_partly_received_order_can_be_closed_but_not_cancelled(buyer: Api):
    order = await write(buyer, ("A", 6), ("B", 2))
    await buyer.do(SEND, id=order["id"])
    more = {"id": order["id"], "lines": [{"sku": "A", "quantity": 7}], "acceptOverReceipt": True}
    await buyer.do(RECEIVE, input=more)
    assert (await buyer.do(CANCEL, id=order["id"]))["current"] == "PARTIALLY_RECEIVED"
    assert (await buyer.do(CLOSE, id=order["id"]))["status"] == "CLOSED"
    found = await levels(buyer)
    assert (found["A"]["onHand"], found["A"]["incoming"], found["B"]["incoming"]) == (7, 0, 0)
    assert await queries.differences() == []


async def test_incoming_stock_of_a_purchase_order_is_received_only_through_the_order(buyer: Api):
    order = await write(buyer, ("A", 6))
    await buyer.do(SEND, id=order["id"])
    asked = "{ stockIncoming { nodes { id } } }"
    (coming,) = (await buyer.ask(asked))["stockIncoming"]["nodes"]
    receive = "mutation($i: StockReceiveInput!) { stockReceive(input: $i) { ... on UserError { message } } }"
    given = {"sku": "A", "location": "web-main", "quantity": 6, "incomingId": coming["id"]}
    assert (await buyer.do(receive, i=given))[
        "message"
    ] == "The incoming stock belongs to a purchase order. Receive that instead."


async def test_receiving_in_a_foreign_currency_requires_an_exchange_rate(buyer: Api):
    await buyer.do(SUPPLIER, input={"code": "euro", "name": "Euro", "currency": "EUR"})
    lines = [{"sku": "A", "quantity": 10, "unitCost": {"amount": "3.00", "currency": "EUR"}}]
    order = await buyer.do(CREATE, input={"supplier": "euro", "location": "web-main", "lines": lines})
    await buyer.do(SEND, id=order["id"])
    refused = await buyer.do(RECEIVE, input={"id": order["id"]})
    assert "Enter the exchange rate" in refused["message"]
    await buyer.do(RECEIVE, input={"id": order["id"], "exchangeRate": "1.1"})
    assert (await levels(buyer))["A"]["value"] == {"amount": "33.00"}


async def test_a_repeated_request_creates_one_purchase_order(buyer: Api):
    given = {"supplier": "acme", "location": "web-main", "lines": [{"sku": "A", "quantity": 6}]}
    first = await buyer.do(CREATE, input=given, key="k")
    assert (await buyer.do(CREATE, input=given, key="k"))["id"] == first["id"]
    found = (await buyer.ask("{ purchaseOrders { totalCount nodes { number } } }"))["purchaseOrders"]
    assert found["totalCount"] == 1


WRONG = {
    "no lines": ({"lines": []}, ["lines"]),
    "an unknown SKU": ({"lines": [{"sku": "Z", "quantity": 1}]}, ["lines", "0", "sku"]),
    "a repeated SKU": ({"lines": [{"sku": "A", "quantity": 1}, {"sku": "A", "quantity": 1}]}, ["lines", "1", "sku"]),
    "a quantity of zero": ({"lines": [{"sku": "A", "quantity": 0}]}, ["lines", "0", "quantity"]),
    "other currency": ({"lines": [{"sku": "A", "quantity": 1, "unitCost": {"amount": "1", "currency": "EUR"}}]}, ["lines", "0", "unitCost", "currency"]),
    "a negative cost": ({"lines": [{"sku": "A", "quantity": 1, "unitCost": usd("-1.00")}]}, ["lines", "0", "unitCost"]),
    "no supplier": ({"supplier": "nobody"}, ["supplier"]),
    "no location": ({"location": "nowhere"}, ["location"]),
    "no unit cost": ({"lines": [{"sku": "C", "quantity": 1}]}, ["lines", "0", "unitCost"]),
}  # fmt: skip


@pytest.mark.parametrize("case", WRONG)
async def test_an_invalid_purchase_order_is_refused_with_its_path(buyer: Api, shop: make.Shop, case: str):
    change, path = WRONG[case]
    await shop.sell("C", stock=0)
    given = {"supplier": "acme", "location": "web-main", "lines": [{"sku": "A", "quantity": 1}], **change}
    refused = await buyer.do(CREATE, input=given)
    assert [each for each in refused["path"] if each != "input"] == path
    assert (await buyer.ask("{ purchaseOrders { totalCount } }"))["purchaseOrders"]["totalCount"] == 0


async def test_suppliers_are_validated_versioned_and_deactivated(buyer: Api):
    given = {"code": "acme", "name": "Again", "currency": "USD"}
    assert (await buyer.do(SUPPLIER, input=given))["path"] == ["input", "code"]
    bad = {"code": "No Good", "name": "", "currency": "XXQ", "email": "nobody", "leadDays": -1}
    problems = (await buyer.do(SUPPLIER, input=bad))["problems"]
    assert {each["path"][-1] for each in problems} == {"code", "name", "currency", "email", "leadDays"}
    found = (await buyer.ask('{ supplier(code: "acme") { id version } }'))["supplier"]
    done = await buyer.do(UPDATE, input={"id": found["id"], "leadDays": 21}, v=1)
    assert (done["leadDays"], done["version"]) == (21, 2)
    stale = await buyer.do(UPDATE, input={"id": found["id"], "leadDays": 5}, v=1)
    assert stale["__typename"] == "StaleVersion"
    await buyer.do(UPDATE, input={"id": found["id"], "isActive": False})
    refused = await write(buyer, ("A", 6))
    assert refused["path"] == ["input", "supplier"]


async def test_one_supplier_is_preferred_for_a_sku(buyer: Api):
    await buyer.do(SUPPLIER, input={"code": "other", "name": "Other", "currency": "USD"})
    items = [{"sku": "A", "unitCost": usd("1.50"), "isPreferred": True}]
    await buyer.do(ITEMS, input={"supplier": "other", "items": items})
    asked = '{ variant(sku: "A") { suppliers { isPreferred supplier { code } unitCost { amount } } } }'
    found = (await buyer.ask(asked))["variant"]["suppliers"]
    assert [(each["supplier"]["code"], each["isPreferred"]) for each in found] == [
        ("other", True),
        ("acme", False),
    ]
    done = await buyer.do(ITEMS, input={"supplier": "other", "items": [], "removed": ["A"]})
    assert done["items"] == []


async def test_purchase_orders_and_their_costs_need_separate_permissions(buyer: Api, api: Api):
    order = await write(buyer, ("A", 6))
    asked = "{ purchaseOrders { nodes { number total { amount } lines { unitCost { amount } } } } }"
    clerk = api.as_(await make.token(P.PURCHASING_VIEW))
    (seen,) = (await clerk.ask(asked))["purchaseOrders"]["nodes"]
    assert seen == {"number": order["number"], "total": None, "lines": [{"unitCost": None}]}
    assert (await clerk.error(SEND, id=order["id"]))["extensions"]["code"] == "FORBIDDEN"
    stranger = api.as_(await make.token(P.STOCK_VIEW))
    assert (await stranger.error(asked))["extensions"]["code"] == "FORBIDDEN"


@pytest.mark.parametrize("rate", ["0", "-1", "1000000"])
async def test_an_invalid_exchange_rate_is_refused(buyer: Api, rate: str):
    await buyer.do(SUPPLIER, input={"code": "euro", "name": "Euro", "currency": "eur"})
    lines = [{"sku": "A", "quantity": 10, "unitCost": {"amount": "3.00", "currency": "EUR"}}]
    order = await buyer.do(CREATE, input={"supplier": "euro", "location": "web-main", "lines": lines})
    await buyer.do(SEND, id=order["id"])
    refused = await buyer.do(RECEIVE, input={"id": order["id"], "exchangeRate": rate})
    assert refused["message"].startswith("The exchange rate must be greater than 0")


async def test_an_exchange_rate_for_the_shops_own_currency_is_refused(buyer: Api):
    order = await write(buyer, ("A", 6))
    await buyer.do(SEND, id=order["id"])
    refused = await buyer.do(RECEIVE, input={"id": order["id"], "exchangeRate": "2"})
    assert "already in USD" in refused["message"]


async def test_purchase_orders_are_visible_only_to_callers_with_access_to_their_location(
    buyer: Api, api: Api, shop: make.Shop
):
    other = await make.shop("other")
    order = await write(buyer, ("A", 6))
    rights = [P.PURCHASING_VIEW, P.PURCHASING_MANAGE, P.STOCK_VIEW]
    elsewhere = api.as_(await make.token(*rights, channels=[other.channel]))
    assert (await elsewhere.ask("{ purchaseOrders { nodes { number } } }"))["purchaseOrders"]["nodes"] == []
    assert (await elsewhere.do(SEND, id=order["id"]))["__typename"] == "NotFound"
    here = api.as_(await make.token(*rights, channels=[shop.channel]))
    assert len((await here.ask("{ purchaseOrders { nodes { number } } }"))["purchaseOrders"]["nodes"]) == 1
