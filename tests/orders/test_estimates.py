"""Unknown amounts of a cart are null, and its total is marked as an estimate."""

from decimal import Decimal

from app.core.actor import SYSTEM
from tests import make
from tests.ask import ADDRESS, Api

AMOUNTS = """
  id trackingToken isTotalEstimated shippingMethod { code name }
  subtotal { amount } shipping { amount } tax { amount } total { amount }
  shippingTax { amount } shippingTaxRate taxes { name tax { amount } }
  lines { nodes { taxRate tax { amount } total { amount } } }
"""
DRAFT = (
    "mutation($input: OrderDraftCreateInput!) { orderDraftCreate(input: $input) { ... on Order {"
    + AMOUNTS
    + "} } }"
)
UPDATE = (
    "mutation($input: OrderDraftUpdateInput!) { orderDraftUpdate(input: $input) { ... on Order {"
    + AMOUNTS
    + "} } }"
)


async def test_shipping_and_tax_of_a_cart_are_null_until_they_are_known(api: Api):
    shop = await make.shop()
    await shop.sell("A")
    await make.channels.set_tax_rate(
        SYSTEM, country="US", tax_class="standard", name="Sales tax", rate=Decimal("0.1")
    )
    cart = await api.do(DRAFT, input={"channel": "web", "lines": [{"sku": "A", "quantity": 2}]})
    assert cart["isTotalEstimated"] is True
    assert cart["shipping"] is None and cart["shippingMethod"] is None and cart["tax"] is None
    assert cart["shippingTax"] is None and cart["shippingTaxRate"] is None and cart["taxes"] == []
    assert cart["lines"]["nodes"] == [{"taxRate": None, "tax": None, "total": {"amount": "22.00"}}]
    mine = {"id": cart["id"], "draftToken": cart["trackingToken"]}

    sent = await api.do(UPDATE, input=mine | {"shippingMethod": "standard"})
    assert sent["shipping"] == {"amount": "5.00"} and sent["tax"] is None
    assert sent["shippingTax"] is None and sent["shippingTaxRate"] is None and sent["taxes"] == []
    assert sent["shippingMethod"] == {"code": "standard", "name": "Standard"}
    assert sent["isTotalEstimated"] is True

    known = await api.do(UPDATE, input=mine | {"shippingAddress": ADDRESS})
    assert known["tax"] == {"amount": "2.50"} and known["total"] == {"amount": "27.50"}
    assert known["shippingTax"] == {"amount": "0.50"} and Decimal(known["shippingTaxRate"]) == Decimal("0.1")
    assert known["taxes"] == [{"name": "Sales tax", "tax": {"amount": "2.50"}}]
    assert known["lines"]["nodes"][0]["tax"] == {"amount": "2.00"}
    assert Decimal(known["lines"]["nodes"][0]["taxRate"]) == Decimal("0.1")
    assert known["isTotalEstimated"] is False

    without = await api.do(UPDATE, input=mine | {"shippingMethod": None, "shippingAddress": None})
    assert without["shipping"] is None and without["tax"] is None and without["isTotalEstimated"] is True


async def test_a_cart_of_gift_cards_alone_has_known_amounts_until_goods_are_added(api: Api):
    shop = await make.shop()
    await shop.sell("A")
    await shop.sell("GIFT-25", stock=None, price=2500, is_gift_card=True)
    cart = await api.do(DRAFT, input={"channel": "web", "lines": [{"sku": "GIFT-25", "quantity": 2}]})
    assert cart["shipping"] == {"amount": "0.00"} and cart["isTotalEstimated"] is False
    assert cart["tax"] == {"amount": "0.00"} and cart["total"] == {"amount": "50.00"}
    assert cart["shippingTax"] == {"amount": "0.00"}
    mine = {"id": cart["id"], "draftToken": cart["trackingToken"]}
    goods = [{"sku": "GIFT-25", "quantity": 1}, {"sku": "A", "quantity": 1}]
    mixed = await api.do(UPDATE, input=mine | {"lines": goods})
    assert mixed["shipping"] is None and mixed["tax"] is None and mixed["isTotalEstimated"] is True
    alone = await api.do(UPDATE, input=mine | {"lines": goods[:1]})
    assert alone["shipping"] == {"amount": "0.00"} and alone["isTotalEstimated"] is False


async def test_zero_tax_is_an_amount_and_not_null(api: Api):
    shop = await make.shop()
    await shop.sell("A")
    order = await make.order(("A", 1))
    found = await api.as_(await make.token()).ask(
        "query($n: String) { order(number: $n) {" + AMOUNTS + "} }", n=order.number
    )
    assert [each["name"] for each in found["order"]["taxes"]] == [None]
    assert found["order"]["tax"] == {"amount": "0.00"} and found["order"]["isTotalEstimated"] is False
    assert found["order"]["lines"]["nodes"][0]["tax"] == {"amount": "0.00"}
