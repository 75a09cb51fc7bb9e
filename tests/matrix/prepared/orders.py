"""Orders and carts: of guests with their access tokens, with several lines, and payments in parts."""

from app.catalog.models import PriceList
from app.catalog.service import pricing
from app.core.actor import SYSTEM
from tests.ask import ADDRESS
from tests.matrix.prepared.requests import USD, Base, Field, Values, both, given, ids, named
from tests.preparing import RELEASE, Preparing

MONEY = '{amount: "2", currency: "USD"}'


async def prepare(to: Preparing) -> None:
    express = 'code: "express", name: "Express", price: {amount: "9", currency: "USD"}'
    await to.do(f'shippingMethodSet(input: {{channel: "web", {express}}})')
    await _carts(to)
    for name, steps in (("of a visitor", ()), ("begun, of a visitor", (RELEASE,))):
        order = await to.order(("A", 2))
        to.named |= {name: order["id"], f"token {name}": order["accessToken"]}
        await to.steps(order["fulfillmentOrders"][0]["id"], *steps)
    for name in ("paid", "also paid"):
        order = to.named[name] = (await to.order(("A", 2)))["id"]
        await to.do(f"paymentRecord(input: {{orderId: $id, amount: {MONEY}}})", id=order)
        authorize = f'paymentAuthorize(input: {{orderId: $id, amount: {MONEY}, reference: "t"}})'
        await to.do(authorize, id=order)
        query = "query($id: ID!) { order(id: $id) { payments { id status transactions { id } } } }"
        for payment in (await to.staff.ask(query, id=order))["order"]["payments"]:
            if payment["status"] == "AUTHORIZED":
                await to.do("paymentCapture(input: {paymentId: $id})", id=payment["id"])
            to.named[f"{payment['status']}, {name}"] = payment["id"]
            if payment["status"] == "CAPTURED":
                to.named[f"received, {name}"] = payment["transactions"][0]["id"]
    prices = await PriceList.get(code="web-retail")
    await pricing.set_price(SYSTEM, prices, sku="A", amount_minor=1200)  # after the orders were placed


async def _carts(to: Preparing) -> None:
    for name, skus in (("cart", ("A", "B")), ("other cart", ("B",))):
        made = await to.cart(to.visitor, *skus)
        to.named |= {name: made["id"], f"token of the {name}": made["accessToken"]}
        if name == "cart":
            first, second = (line["id"] for line in made["lines"]["nodes"])
            to.named |= {"first line": first, "second line": second}
    for name in ("cart of the buyer", "other cart of the buyer"):
        to.named[name] = (await to.cart(to.buyer, "A"))["id"]


_CART = named(id="cart", draftToken="token of the cart")
_PLACED = {"channel": "web", "email": "zq@example.com", "payment": {"gateway": "manual"}}
SENT = _PLACED | {"shippingAddress": ADDRESS, "shippingMethod": "standard"}
_REDUCED = {"sku": "A", "quantity": 1, "reason": "because", "discount": {"percent": "5"}}
_LARGE = {"amount": {"amount": "9000", "currency": "USD"}}
BASES: dict[Field, Base] = {
    ("BankEntryMatchInput", "acceptOverpayment"): lambda side: {
        "input": {
            "id": side.ids["BankEntry"][0],
            "orders": [{"orderId": side.named["of a guest"], "amount": {"amount": "40", "currency": "USD"}}],
        }
    },
    ("BankEntryMatchPayoutInput", "id"): lambda side: {"input": {"payoutId": side.ids["Payout"][0]}},
    ("BankEntryMatchPayoutInput", "payoutId"): lambda side: {"input": {"id": side.ids["BankEntry"][4]}},
    ("OrderCancelInput", "accessToken"): named(id="of a visitor"),
    ("OrderCancelRequestInput", "accessToken"): named(id="begun, of a visitor"),
    ("OrderLinkRevokeInput", "accessToken"): named(id="of a visitor"),
    ("OrderReorderInput", "accessToken"): named(id="of a visitor"),
    ("OrderDraftLineChangeInput", "lineId"): lambda side: {
        "input": {**_CART(side)["input"], "lines": [{"lineId": side.named["first line"], "quantity": 7}]}
    },
    ("OrderDraftLineUpdateInput", "lines"): both(_CART, given(lines=[])),
    ("OrderDraftLineRemoveInput", "lineIds"): both(_CART, lambda side: {"input": {"lineIds": []}}),
    ("OrderDraftMergeInput", "intoId"): _CART,
    ("OrderPlaceInput", "draftId"): lambda side: {"input": {"draftId": side.named["cart"]}},
    ("OrderPlaceInput", "draftToken"): named(draftId="cart", draftToken="token of the cart"),
    ("OrderPlaceInput", "saveAddresses"): both(
        given(**SENT, lines=[{"sku": "A", "quantity": 1}]), named(customerId="not invited")
    ),
    ("OrderPlaceInput", "pickupLocation"): given(
        **_PLACED, lines=[{"sku": "A", "quantity": 1}], billingAddress=ADDRESS, pickupLocation="web-side"
    ),
    ("OrderLineDiscountInput", "percent"): given(**SENT, lines=[_REDUCED]),
    ("OrderLineDiscountInput", "amount"): given(**SENT, lines=[_REDUCED | {"discount": {"amount": USD}}]),
    ("OrderRuleLimitInput", "name"): given(
        channel="web", rule="velocity", outcome="HOLD", limits=[{"name": "orders", "value": 9}]
    ),
    ("PaymentRecordInput", "acceptOverpayment"): both(named(orderId="paid"), given(**_LARGE)),
    ("PaymentRefundInput", "orderId"): both(named(orderId="paid"), given(amount=USD)),
    ("PaymentRefundInput", "paymentId"): both(
        named(orderId="paid"), given(amount={"amount": "1", "currency": "USD"})
    ),
    ("PaymentRefundInput", "refundOrder"): both(named(orderId="paid"), given(amount=USD)),
}
VALUES: dict[Field, Values] = {
    ("BankEntryMatchInput", "orders"): lambda side: [
        [{"orderId": side.named[name]}] for name in ("of a guest", "of the buyer")
    ],
    ("BankEntryMatchPayoutInput", "id"): lambda side: side.ids["BankEntry"][4:6],
    ("BankEntryMatchPayoutInput", "payoutId"): lambda side: side.ids["Payout"][:2],
    ("OrderCancelInput", "accessToken"): ids("token of a visitor"),
    ("OrderCancelRequestInput", "accessToken"): ids("token begun, of a visitor"),
    ("OrderLinkRevokeInput", "accessToken"): lambda side: [side.named["token of a visitor"], "none"],
    ("OrderReorderInput", "accessToken"): lambda side: [side.named["token of a visitor"], "none"],
    ("OrderDraftLineUpdateInput", "lines"): lambda side: [
        [{"lineId": side.named["first line"], "quantity": quantity}] for quantity in (7, 8)
    ],
    ("OrderDraftLineChangeInput", "lineId"): ids("first line", "second line"),
    ("OrderDraftLineRemoveInput", "lineIds"): lambda side: [
        [side.named["first line"]],
        [side.named["second line"]],
    ],
    ("OrderDraftMergeInput", "intoId"): ids("cart of the buyer", "other cart of the buyer"),
    ("OrderEditInput", "shippingMethod"): ["standard", "express"],
    ("OrderPlaceInput", "draftId"): ids("cart", "other cart"),
    ("OrderPlaceInput", "pickupLocation"): ["web-side", "web-north"],
    ("OrderPlaceInput", "shippingMethod"): ["standard", "express"],
    ("OrderRuleLimitInput", "name"): ["orders", "minutes"],
    ("PaymentReverseInput", "transactionId"): ids("received, paid", "received, also paid"),
    ("PaymentRefundInput", "orderId"): ids("paid", "also paid"),
    ("PaymentRefundInput", "paymentId"): ids("CAPTURED, paid", "AUTHORIZED, paid"),
}
# Fields that are valid together with others of the same object.
BESIDE: dict[Field, dict[str, object]] = {
    (type_, name): beside
    for type_ in ("OrderLineInput", "OrderDraftLineChangeInput", "OrderEditLineInput")
    for name, beside in (
        ("unitPrice", {"reason": "because"}),
        ("discount", {"reason": "because"}),
        ("reason", {"unitPrice": USD}),
    )
}
