"""Payments in euros in shops that sell in another currency, for tests that need refunds by bank transfer."""

from typing import Any

from app.core.ids import from_global
from app.orders.models import Order
from tests.ask import Api

_RECORD = """mutation($i: PaymentRecordInput!) { paymentRecord(input: $i) { __typename
  ... on PaymentTransaction { payment { id } } ... on UserError { message path } } }"""
IBANS = ("DE89370400440532013000", "FR1420041010050500013M02606")


async def payment_in_euros(staff: Api, order: str) -> str:
    """Make an order that was just placed one in euros, and record a payment of 9.00; return the id of that."""
    await Order.filter(id=from_global(order)[1]).update(currency="EUR")
    paid = await staff.do(_RECORD, i={"orderId": order, "amount": euros("9.00")})
    return str(paid["payment"]["id"])


def euros(amount: str) -> dict[str, str]:
    return {"amount": amount, "currency": "EUR"}


def refund_of(payment: str, amount: str = "1.00") -> dict[str, Any]:
    """The input of a refund by bank transfer."""
    return {"paymentId": payment, "amount": euros(amount), "iban": IBANS[0], "accountHolder": "Ada"}
