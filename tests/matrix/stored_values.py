"""Gift cards and store credit of a side of the world, issued and bought."""

from app.core.ids import from_global
from app.stored_value import codes
from tests.ask import PLACE, Api, order_input
from tests.stored_value.till import CREDIT, ISSUE, usd


async def issued(staff: Api, code: str) -> dict[str, str]:
    """Issue gift cards and store credit in a channel; returns ids, and the code of a card, by name."""
    buyer = "query($e: String!) { customer(email: $e) { id } }"
    customer = (await staff.ask(buyer, e=f"{code}@example.com"))["customer"]["id"]
    given = {"channel": code, "amount": usd("50.00"), "reason": "Raffle"}
    cards = [(await staff.do(ISSUE, i=given))["giftCard"]["id"] for _ in range(2)]
    credit = await staff.do(CREDIT, i=given | {"customerId": customer})
    secret = codes.code_of(from_global(cards[0])[1])
    return {"gift card": cards[0], "store credit": credit["id"], "gift card code": secret}


async def bought(staff: Api, code: str) -> dict[str, str]:
    """A paid order of two gift cards; returns the ids of the order and of the cards by name."""
    given = order_input(("G", 2), channel=code, email=f"{code}@example.com")
    order = (await staff.do(PLACE, input=given))["id"]
    paid = """mutation($i: PaymentRecordInput!) { paymentRecord(input: $i) { __typename
      ... on UserError { message } } }"""
    await staff.do(paid, i={"orderId": order, "amount": usd("20.00")})
    seen = "query($id: ID!) { order(id: $id) { lines { nodes { giftCards { giftCard { id } } } } } }"
    (line,) = (await staff.ask(seen, id=order))["order"]["lines"]["nodes"]
    first, second = (each["giftCard"]["id"] for each in line["giftCards"])
    return {"order of gift cards": order, "bought card": first, "other bought card": second}
