"""Gift cards as products: orders that bought them, orders and carts that are to, and a variant without stock."""

from app.catalog.models import PriceList
from app.catalog.service import pricing
from app.core.actor import SYSTEM
from tests.ask import ADDRESS
from tests.matrix.prepared.orders import SENT
from tests.matrix.prepared.requests import Base, Field, Values, both, given, ids, named
from tests.preparing import Preparing


async def prepare(to: Preparing) -> None:
    fee = 'name: "Fee", slug: "fee", status: PUBLISHED, variants: [{sku: "FEE", tracksStock: false}]'
    await to.do(f"productCreate(input: {{{fee}}})")
    found = await to.staff.ask('{ variant(sku: "FEE") { id } }')
    to.named["variant without stock"] = found["variant"]["id"]
    prices = await PriceList.get(code="web-retail")
    await pricing.set_price(SYSTEM, prices, sku="FEE", amount_minor=1000)
    to.named["gift cards to pay"] = (await to.order(("G", 1)))["id"]
    order = to.named["also of gift cards"] = (await to.order(("G", 1)))["id"]
    amount = '{amount: "10", currency: "USD"}'
    await to.do(f"paymentRecord(input: {{orderId: $id, amount: {amount}}})", id=order)
    made = await to.cart(to.visitor, "G")
    to.named |= {"cart of gift cards": made["id"], "token of the cart of gift cards": made["accessToken"]}
    to.named["line of gift cards"] = made["lines"]["nodes"][0]["id"]


_TO = {"email": "zq@example.com"}
_LINE = {"sku": "G", "quantity": 1, "giftRecipient": _TO}
_REFUND = named(orderId="order of gift cards")
_CHANGED: Base = lambda side: {
    "input": {
        "id": side.named["cart of gift cards"],
        "draftToken": side.named["token of the cart of gift cards"],
        "lines": [{"lineId": side.named["line of gift cards"], "giftRecipient": _TO}],
    }
}
BASES: dict[Field, Base] = {
    ("GiftCardRefundInput", "giftCardIds"): _REFUND,
    ("GiftCardRefundInput", "note"): _REFUND,
    ("GiftCardRefundInput", "orderId"): _REFUND,
    ("GiftCardRefundInput", "preview"): _REFUND,
    ("GiftCardRefundInput", "reference"): _REFUND,
    **{("GiftRecipientInput", name): given(**SENT, lines=[_LINE]) for name in ("email", "name", "note")},
    ("OrderLineInput", "giftRecipient"): given(**SENT, lines=[_LINE]),
    ("OrderDraftLineChangeInput", "giftRecipient"): _CHANGED,
    ("OrderEditLineInput", "giftRecipient"): both(
        named(id="gift cards to pay"),
        given(lines=[{"sku": "G", "quantity": 1, "giftRecipient": _TO}], billingAddress=ADDRESS),
    ),
    ("VariantUpdateInput", "isGiftCard"): named(id="variant without stock"),
    ("VariantUpsertInput", "isGiftCard"): lambda side: {
        "input": [{"slug": "zq-a", "name": "Zq", "variants": [{"sku": "ZQ1"}]}],
        "errorPolicy": "REJECT_FAILED",
    },
}
_RECIPIENTS = [{"email": "one@example.com"}, {"email": "two@example.com"}]
VALUES: dict[Field, Values] = {
    ("GiftCardRefundInput", "giftCardIds"): lambda side: [
        [side.named["bought card"]],
        [side.named["other bought card"]],
    ],
    ("GiftCardRefundInput", "orderId"): ids("order of gift cards", "also of gift cards"),
    ("GiftRecipientInput", "email"): ["one@example.com", "two@example.com"],
    ("OrderLineInput", "giftRecipient"): _RECIPIENTS,
    ("OrderDraftLineChangeInput", "giftRecipient"): _RECIPIENTS,
    ("OrderEditLineInput", "giftRecipient"): _RECIPIENTS,
}
