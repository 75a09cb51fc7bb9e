"""Payments of an order as staff make and see them."""

from dataclasses import dataclass
from typing import Any

from tests.journeys.life import Story

_ANSWER = """{
  __typename
  ... on PaymentTransaction { id kind status amount { amount currency } reference gateway
    problem { code message canRetry }
    parts { amount { amount } payment { position } }
    payment { id position status authorizedAmount { amount } captured: capturedAmount { amount } } }
  ... on UserError { errorCode message path }
} }"""
_INPUTS = {
    "paymentRecord": "PaymentRecordInput",
    "paymentAuthorize": "PaymentAuthorizeInput",
    "paymentCapture": "PaymentCaptureInput",
    "paymentVoid": "PaymentVoidInput",
    "paymentRefund": "PaymentRefundInput",
}
_SEEN = """query($n: String!) { order(number: $n) {
  id status paymentStatus isOnHold amountDue { amount } amountPaid { amount } amountRefunded { amount }
  amountAuthorized { amount }
  payments { id position gateway status reference captureBefore authorizedAmount { amount }
    capturedAmount { amount } refundedAmount { amount } capturable { amount } refundable { amount }
    clientAction { kind url token }
    transactions { kind status amount { amount } reference problem { code } } nextSteps { step isPossible reason reasonCode } } } }"""


_CONTINUE = """mutation($i: PaymentContinueInput!) { paymentContinue(input: $i) { __typename
  ... on Order { paymentStatus paymentAttempt { status amount { amount } gateway
    clientAction { kind url token } problem { code canRetry } } }
  ... on UserError { errorCode message path } } }"""
_SYNC = """mutation($id: ID!) { paymentSync(paymentId: $id) { __typename ... on Payment { status }
  ... on UserError { errorCode message path } } }"""


@dataclass
class Desk:
    """Staff who take the payments of one order."""

    story: Story
    number: str
    currency: str = "USD"

    async def seen(self) -> dict[str, Any]:
        order: dict[str, Any] = (await self.story.staff.ask(_SEEN, n=self.number))["order"]
        return order

    async def payments(self) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = (await self.seen())["payments"]
        return found

    async def do(self, mutation: str, **input: Any) -> dict[str, Any]:
        document = f"mutation($i: {_INPUTS[mutation]}!) {{ {mutation}(input: $i) {_ANSWER}"
        return await self.story.staff.do(document, i=input)

    def money(self, amount: str) -> dict[str, str]:
        return {"amount": amount, "currency": self.currency}

    async def authorize(self, amount: str, reference: str = "terminal-1", **more: Any) -> dict[str, Any]:
        order = await self.seen()
        return await self.do(
            "paymentAuthorize", orderId=order["id"], amount=self.money(amount), reference=reference, **more
        )

    async def record(self, amount: str, **more: Any) -> dict[str, Any]:
        order = await self.seen()
        return await self.do("paymentRecord", orderId=order["id"], amount=self.money(amount), **more)

    async def refund(self, amount: str, **more: Any) -> dict[str, Any]:
        order = await self.seen()
        return await self.do("paymentRefund", orderId=order["id"], amount=self.money(amount), **more)

    async def capture(self, amount: str | None = None, at: int = 0, **more: Any) -> dict[str, Any]:
        given = {} if amount is None else {"amount": self.money(amount)}
        return await self.do("paymentCapture", paymentId=(await self.payments())[at]["id"], **given, **more)

    async def void(self, at: int = 0) -> dict[str, Any]:
        return await self.do("paymentVoid", paymentId=(await self.payments())[at]["id"])

    async def pay(self, token: str | None = None, **more: Any) -> dict[str, Any]:
        """Pay as the buyer, by the gateway `card`."""
        order = await self.seen()
        given = {"orderId": order["id"], "gateway": "card", "token": token} | more
        return await self.story.staff.do(_CONTINUE, i=given)

    async def sync(self, at: int = 0) -> dict[str, Any]:
        return await self.story.staff.do(_SYNC, id=(await self.payments())[at]["id"])


async def desk_for(story: Story, units: int = 2, price: int = 1000, shipping: str = "5.00") -> Desk:
    """An order of mugs at 10.00 each, with 5.00 of shipping."""
    await story.sell("MUG", east=50, price=price)
    return Desk(story, await story.buy(("MUG", units)))
