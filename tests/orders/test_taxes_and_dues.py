"""Tax on shipping, rounding, cancellations, free orders, refunds and credit limits."""

from decimal import Decimal
from typing import Any

import pytest

from app.core.database import execute
from tests.ask import Api
from tests.journeys.life import books_add_up
from tests.orders.selling import CANCEL, FINLAND, Helsinki, amounts, due, line_of

TAXES = "{ name rate net { amount } tax { amount } }"
SHOW = (
    "query($n: String!) { order(number: $n) { paymentStatus taxRounding shippingTax { amount } shippingTaxRate "
    "tax { amount } total { amount } amountCancelled { amount } amountCredited { amount } amountDue { amount } taxes "
    + TAXES
    + " cancellations { reason note amount { amount } tax { amount } taxes "
    + TAXES
    + " lines { lineId sku quantity amount { amount } tax { amount } } } } }"
)
METHOD = """
mutation($i: ShippingMethodSetInput!) {
  shippingMethodSet(input: $i) {
    __typename
    ... on ShippingMethod { code taxClass taxMode freeFromBasis }
    ... on ValidationFailed { problems { path } }
  }
}
"""
PAY = "mutation($i: PaymentRecordInput!) { paymentRecord(input: $i) { __typename } }"
REFUND = "mutation($i: PaymentRefundInput!) { paymentRefund(input: $i) { __typename } }"


async def show(shop: Helsinki, order: dict[str, Any]) -> dict[str, Any]:
    return (await shop.staff.ask(SHOW, n=order["number"]))["order"]  # type: ignore[no-any-return]


def by_rate(taxes: list[dict[str, Any]]) -> list[tuple[Decimal, str, str]]:
    return [(Decimal(each["rate"]), each["net"]["amount"], each["tax"]["amount"]) for each in taxes]


async def set_method(shop: Helsinki, **terms: Any) -> dict[str, Any]:
    price = {"amount": "4.96", "currency": "EUR"}
    return await shop.staff.do(
        METHOD, i={"channel": "q", "code": "post", "name": "Post", "price": price} | terms
    )


@pytest.fixture
async def books(api: Api) -> Helsinki:
    """A shop with prices that include tax, and books at 9 % beside cups at 21 %."""
    shop = await Helsinki.opened(api, prices_include_tax=True)
    await shop.rate("FI", "0.21")
    await shop.rate("FI", "0.09", tax_class="reduced")
    await shop.shop.sell("BOOK", stock=100, price=2_000, tax_class="reduced")
    return shop


# Tax on shipping


@pytest.mark.parametrize(
    ("terms", "tax"),
    [
        ({}, "0.86"),  # the standard rate
        ({"taxClass": "reduced"}, "0.41"),
        ({"taxMode": "PRO_RATA"}, "0.41"),
        ({"taxMode": "MAIN_RATE"}, "0.41"),
    ],
)
async def test_shipping_is_taxed_by_the_mode_and_class_of_its_method(
    books: Helsinki, terms: dict[str, str], tax: str
):
    set_now = await set_method(books, **terms)
    assert set_now["taxClass"] == terms.get("taxClass", "standard")
    assert set_now["taxMode"] == terms.get("taxMode", "CLASS")
    order = await books.place(("BOOK", 1))
    assert (await show(books, order))["shippingTax"] == {"amount": tax}


async def test_shipping_tax_is_prorated_over_the_rates_of_the_goods(books: Helsinki):
    await set_method(books, taxMode="PRO_RATA")
    order = await books.place(("BOOK", 2), ("CUP", 1))  # 40.00 at 9 %, 10.70 at 21 %
    shown = await show(books, order)
    # 4.96 is shared as 3.91 and 1.05: tax of 0.32 and 0.18
    assert shown["shippingTax"] == {"amount": "0.50"} and shown["shippingTaxRate"] is None
    assert by_rate(shown["taxes"]) == [
        (Decimal("0.21"), "9.71", "2.04"),  # 10.70 − 1.86, 1.05 − 0.18
        (Decimal("0.09"), "40.29", "3.62"),  # 40.00 − 3.30, 3.91 − 0.32
    ]
    assert shown["tax"] == {"amount": "5.66"}
    less = await books.cancel(order, {"CUP": 1})
    assert (await show(books, less))["shippingTax"] == {
        "amount": "0.50"
    }  # the shipping of the order is unchanged
    await set_method(books, taxMode="MAIN_RATE")
    main = await show(books, await books.place(("BOOK", 1), ("CUP", 2)))
    assert Decimal(main["shippingTaxRate"]) == Decimal("0.21")
    await books_add_up()


async def test_an_unknown_tax_class_is_refused(books: Helsinki):
    refused = await set_method(books, taxClass="standart")
    assert refused["problems"] == [{"path": ["input", "taxClass"]}]


@pytest.mark.parametrize(("basis", "shipping"), [("BEFORE_DISCOUNT", "0.00"), ("AFTER_DISCOUNT", "4.96")])
async def test_the_free_shipping_threshold_is_compared_before_or_after_discounts(
    api: Api, basis: str, shipping: str
):
    shop = await Helsinki.opened(api)
    await shop.code("TENTH", percent="10")
    done = await set_method(shop, freeFrom={"amount": "40.00", "currency": "EUR"}, freeFromBasis=basis)
    assert done["freeFromBasis"] == basis
    order = await shop.place(("PLATE", 1), discountCodes=["TENTH"])
    assert order["shipping"] == {"amount": shipping}
    assert (await shop.place(("PLATE", 2), discountCodes=["TENTH"]))["shipping"] == {"amount": "0.00"}


# Rounding of tax


async def _tokyo(api: Api) -> Helsinki:
    shop = await Helsinki.opened(api, currency="JPY", prices_include_tax=True)
    await shop.rate("FI", "0.1")
    await shop.rate("FI", "0.08", tax_class="reduced")
    await shop.method("post", 0)
    for sku, tax_class in (
        ("TEA", "standard"),
        ("POT", "standard"),
        ("FAN", "standard"),
        ("RICE", "reduced"),
    ):
        await shop.shop.sell(sku, stock=100, price=333, tax_class=tax_class)
    return shop


UPDATE = """
mutation($i: ChannelUpdateInput!) { channelUpdate(input: $i) { __typename ... on Channel { taxRounding } } }
"""


async def test_tax_is_rounded_once_per_rate_when_the_channel_is_set_to_it(api: Api):
    shop = await _tokyo(api)
    before = await shop.place(("TEA", 1), ("POT", 1), ("FAN", 1))
    assert before["tax"] == {"amount": "90"}  # 3 × 30
    channel = (await shop.staff.ask('{ channel(code: "q") { id taxRounding } }'))["channel"]
    assert channel["taxRounding"] == "LINE"
    changed = await shop.staff.do(UPDATE, i={"id": channel["id"], "taxRounding": "RATE"})
    assert changed["taxRounding"] == "RATE"
    order = await shop.place(("TEA", 1), ("POT", 1), ("FAN", 1), ("RICE", 1))
    shown = await show(shop, order)
    assert shown["taxRounding"] == "RATE"
    assert by_rate(shown["taxes"]) == [(Decimal("0.1"), "908", "91"), (Decimal("0.08"), "308", "25")]
    assert sorted(line["tax"]["amount"] for line in order["lines"]["nodes"]) == ["25", "30", "30", "31"]
    old = (await shop.edit(before, shippingAddress=FINLAND | {"line1": "Katu 2"}))["order"]
    assert old["tax"] == {"amount": "90"} and (await show(shop, old))["taxRounding"] == "LINE"
    more = (await shop.edit(old, {"TEA": 2}))["order"]
    assert more["tax"] == {"amount": "121"}  # 61 + 30 + 30: the rounding mode of the order is unchanged
    await books_add_up()


async def test_partial_cancellations_of_tax_by_rate_add_up_to_the_tax(api: Api):
    shop = await _tokyo(api)
    channel = (await shop.staff.ask('{ channel(code: "q") { id } }'))["channel"]
    await shop.staff.do(UPDATE, i={"id": channel["id"], "taxRounding": "RATE"})
    order = await shop.place(("TEA", 1), ("POT", 1), ("FAN", 1))
    for sku in ("POT", "TEA", "FAN"):
        await shop.cancel(order, {sku: 1})
    shown = await show(shop, order)
    taxes = [int(each["tax"]["amount"]) for each in shown["cancellations"]]
    assert taxes == [30, 31, 30] and shown["amountDue"] == {"amount": "0"}
    assert by_rate(shown["taxes"]) == [(Decimal("0.1"), "908", "91")]  # of the order as it was placed
    await books_add_up()


# Cancellations


async def test_cancellations_are_listed_with_their_tax_and_add_up(api: Api):
    shop = await Helsinki.opened(api)
    await shop.code("FIVE", amount=500)
    order = await shop.place(("PLATE", 2), ("CUP", 1), discountCodes=["FIVE"])
    placed = await show(shop, order)
    assert placed["cancellations"] == [] and placed["shippingTax"] == {"amount": "1.19"}
    assert by_rate(placed["taxes"]) == [(Decimal("0.24"), "90.66", "21.76")]
    assert placed["tax"] == {"amount": "21.76"}
    one = await shop.staff.do(
        CANCEL,
        i={
            "id": order["id"],
            "reason": "CUSTOMER",
            "note": "Rang twice.",
            "lines": [{"lineId": line_of(order, "PLATE")["id"], "quantity": 1}],
        },
    )
    await shop.edit(one, {"CUP": 0})
    shown = await show(shop, order)
    first, second = shown["cancellations"]
    assert (first["reason"], first["note"]) == ("CUSTOMER", "Rang twice.")
    plate = line_of(order, "PLATE")["id"]
    assert first["lines"] == [
        {
            "lineId": plate,
            "sku": "PLATE",
            "quantity": 1,
            "amount": first["amount"],
            "tax": first["tax"],
        }
    ]
    assert first["amount"] == {"amount": "46.87"} and first["tax"] == {
        "amount": "9.07"
    }  # 37.80 and a quarter
    assert second["lines"][0]["sku"] == "CUP"
    total = sum(Decimal(each["amount"]["amount"]) for each in shown["cancellations"])
    assert {"amount": str(total)} == shown["amountCancelled"]
    await shop.cancel(order)
    ended = await show(shop, order)
    total = sum(Decimal(each["amount"]["amount"]) for each in ended["cancellations"])
    tax = sum(Decimal(each["tax"]["amount"]) for each in ended["cancellations"])
    assert (str(total), str(tax)) == (ended["total"]["amount"], ended["tax"]["amount"])
    assert ended["amountDue"] == {"amount": "0.00"} and ended["taxes"] == placed["taxes"]
    last = ended["cancellations"][-1]
    assert by_rate(last["taxes"])[0][1] != last["lines"][0]["amount"]["amount"]  # shipping goes with the last


async def test_a_buyer_sees_cancellations_without_the_notes_of_staff(api: Api):
    shop = await Helsinki.opened(api)
    placed = await shop.place(("CUP", 2))
    await shop.staff.do(
        CANCEL,
        i={"id": placed["id"], "note": "A secret.",
           "lines": [{"lineId": line_of(placed, "CUP")["id"], "quantity": 1}]},
    )  # fmt: skip
    query = "query($id: ID!, $t: String!) { order(id: $id, token: $t) { cancellations { note amount { amount } } } }"
    token = (
        await shop.staff.ask("query($n: String!) { order(number: $n) { accessToken } }", n=placed["number"])
    )["order"]["accessToken"]
    seen = (await api.ask(query, id=placed["id"], t=token))["order"]["cancellations"]
    assert seen == [{"note": None, "amount": {"amount": "13.27"}}]


# Free orders and refunds


async def test_a_free_order_is_paid(api: Api):
    shop = await Helsinki.opened(api)
    await shop.code("ALL", percent="100")
    await shop.method("gift", 0)
    order = await shop.place(("CUP", 1), shippingMethod="gift", discountCodes=["ALL"])
    assert (order["total"]["amount"], order["paymentStatus"]) == ("0.00", "PAID")
    dearer = (await shop.edit(order, discountCodes=[]))["order"]
    assert (dearer["paymentStatus"], due(dearer)) == ("UNPAID", Decimal("13.27"))
    free = (await shop.edit(dearer, discountCodes=["ALL"]))["order"]
    assert (free["paymentStatus"], due(free)) == ("PAID", 0)
    unpaid = await shop.cancel(await shop.place(("CUP", 1)))
    assert unpaid["paymentStatus"] == "UNPAID"


def _eur(amount: str) -> dict[str, str]:
    return {"amount": amount, "currency": "EUR"}


async def _paid(shop: Helsinki, order: dict[str, Any], amount: str) -> None:
    done = await shop.staff.do(PAY, i={"orderId": order["id"], "amount": _eur(amount)})
    assert done["__typename"] == "PaymentTransaction", done


async def _refunded(shop: Helsinki, order: dict[str, Any], amount: str) -> None:
    done = await shop.staff.do(REFUND, i={"orderId": order["id"], "amount": _eur(amount)})
    assert done["__typename"] == "PaymentTransaction", done


async def test_a_goodwill_refund_does_not_increase_the_amount_due(api: Api):
    shop = await Helsinki.opened(api)
    order = await shop.place(("CUP", 2))  # 26.54 and 6.15
    await _paid(shop, order, "32.69")
    await _refunded(shop, order, "10.00")
    shown = await show(shop, order)
    assert shown["amountDue"] == {"amount": "0.00"} and shown["amountCredited"] == {"amount": "10.00"}
    assert shown["paymentStatus"] == "PARTIALLY_REFUNDED"
    more = (await shop.edit(order, {"CUP": 3}))["order"]
    assert due(more) == Decimal("13.26")  # the third cup, nothing else
    gone = await shop.cancel(more)
    assert due(gone) == Decimal("-22.69")  # the rest of the payment is refunded, and no more
    await books_add_up()


async def test_refunding_an_overpayment_or_a_cancellation_is_not_a_credit(api: Api):
    shop = await Helsinki.opened(api)
    order = await shop.place(("CUP", 2))
    await _paid(shop, order, "32.69")
    less = await shop.cancel(order, {"CUP": 1})
    assert due(less) == Decimal("-13.27")
    await _refunded(shop, order, "15.00")
    shown = await show(shop, order)
    assert shown["amountCredited"] == {"amount": "1.73"} and shown["amountDue"] == {"amount": "0.00"}


async def test_a_refunded_partial_payment_is_due_again(api: Api):
    shop = await Helsinki.opened(api)
    order = await shop.place(("CUP", 2))
    await _paid(shop, order, "20.00")
    await _refunded(shop, order, "20.00")
    shown = await show(shop, order)
    assert shown["amountCredited"] == {"amount": "0.00"} and shown["amountDue"] == {"amount": "32.69"}


# Credit limits


CREATE = (
    "mutation($i: CustomerCreateInput!) { customerCreate(input: $i) { __typename ... on Customer { id } } }"
)


async def test_an_order_over_the_credit_limit_or_in_another_currency_is_held(api: Api):
    shop = await Helsinki.opened(api)
    limit = {"amount": "60.00", "currency": "EUR"}
    buyer = await shop.staff.do(CREATE, i={"email": "c@example.com", "creditLimit": limit})
    first = await shop.place(("CUP", 2), customerId=buyer["id"])  # 32.69
    assert first["isOnHold"] is False
    second = await shop.place(("CUP", 2), customerId=buyer["id"])
    assert second["holds"] == [
        {"rule": "credit_limit", "reason": "The customer would owe €65.38; the credit limit is €60.00."}
    ]
    await _paid(shop, first, "32.69")
    third = await shop.place(("CUP", 1), customerId=buyer["id"], externalReference="after-paying")
    assert third["isOnHold"] is False  # what is paid is not owed
    dollars = {"amount": "1000.00", "currency": "USD"}
    other = await shop.staff.do(CREATE, i={"email": "d@example.com", "creditLimit": dollars})
    held = await shop.place(("CUP", 1), customerId=other["id"])
    assert held["holds"] == [
        {
            "rule": "credit_limit",
            "reason": (
                "The credit limit of the customer is $1,000.00; the customer would owe "
                "€19.42, which cannot be compared with it."
            ),
        }
    ]


# Refused cancellations


async def test_refused_cancellation_of_a_partly_shipped_order_states_what_can_be_done(api: Api):
    shop = await Helsinki.opened(api)
    order = await shop.place(("CUP", 2))
    for left, text in (
        (1, "A part of order Q-000001 has already shipped. Cancel the rest with `lines`."),
        (2, "Order Q-000001 has shipped completely and can no longer be cancelled."),
    ):
        status = "partially_shipped" if left == 1 else "shipped"
        await execute(f"UPDATE order_line SET quantity_shipped = {left}")
        await execute(f"UPDATE sales_order SET fulfillment_status = '{status}'")
        refused = await shop.staff.do(CANCEL, i={"id": order["id"]})
        assert refused["__typename"] == "OrderAlreadyShipped" and refused["message"] == text
    assert amounts(await shop.order(order)) == amounts(order)
