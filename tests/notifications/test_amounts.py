"""The amounts in messages to buyers are those of the items that were not cancelled."""

import re
from decimal import Decimal
from random import Random
from typing import Any

import pytest

from app.core.database import execute
from app.promotions.lifecycle import DiscountKind
from tests.ask import Api
from tests.letterbox import Letterbox
from tests.notifications.test_order_messages import HOLD, PAY, sent, text_of
from tests.orders.selling import CANCEL, EDIT, FINLAND, Helsinki

LABELS = {
    "Subtotal": "subtotal", "Discount": "discount", "Shipping": "shipping", "Tax": "tax",
    "Tax included": "included", "Total": "total",
}  # fmt: skip
ORDERS = 8  # in each kind of shop


def totals_of(mail: Any) -> dict[str, Decimal]:
    """The amounts of the table of totals in the text part, by name."""
    found = re.findall(
        rf"^({'|'.join(LABELS)}): (-?)[€$]([\d,]+\.\d\d)$", text_of(mail).replace("\r", ""), re.M
    )
    return {LABELS[label]: Decimal(sign + number.replace(",", "")) for label, sign, number in found}


def check_sum(totals: dict[str, Decimal]) -> None:
    """Check that the amounts above the total add up to it; the discount is shown with its sign."""
    parts = (totals.get(name, Decimal(0)) for name in ("subtotal", "discount", "shipping", "tax"))
    assert sum(parts) == totals["total"], totals


async def cancel(shop: Helsinki, order: dict[str, Any], **units: int) -> dict[str, Any]:
    ids = {line["sku"]: line["id"] for line in order["lines"]["nodes"]}
    lines = [{"lineId": ids[sku], "quantity": count} for sku, count in units.items()]
    done = await shop.staff.do(CANCEL, i={"id": order["id"], "reason": "CUSTOMER", "lines": lines})
    assert done["__typename"] == "Order", done
    return done


async def move(shop: Helsinki, order: dict[str, Any], line1: str) -> None:
    """Change the house number, so that the buyer is sent the order's totals."""
    done = await shop.staff.do(EDIT, i={"id": order["id"], "shippingAddress": FINLAND | {"line1": line1}})
    assert done["__typename"] == "OrderEdit", done


async def test_totals_after_a_partial_cancellation_are_those_of_the_remaining_items(
    api: Api, post: Letterbox
):
    shop = await Helsinki.opened(api, prices_include_tax=True)
    await shop.shop.sell("POT", stock=10, price=2_596)
    await shop.method("express", 1_490)
    order = await shop.place(("POT", 3), shippingMethod="express")
    await cancel(shop, order, POT=1)
    await sent(post)
    await move(shop, order, "Katu 2")
    (mail,) = await sent(post)
    assert totals_of(mail) == {
        "subtotal": Decimal("51.92"), "shipping": Decimal("14.90"), "total": Decimal("66.82"),
        "included": Decimal("12.93"),
    }  # fmt: skip


async def test_totals_of_an_order_with_a_code_and_tax_on_top_add_up_after_a_partial_cancellation(
    api: Api, post: Letterbox
):
    shop = await Helsinki.opened(api)
    await shop.shop.sell("POT", stock=10, price=2_360)
    await shop.code("WELCOME10", percent="10")
    order = await shop.place(("POT", 3), discountCodes=["WELCOME10"])
    await cancel(shop, order, POT=1)
    await sent(post)
    await move(shop, order, "Katu 2")
    (mail,) = await sent(post)
    assert totals_of(mail) == {
        "subtotal": Decimal("47.20"), "discount": Decimal("-4.72"), "shipping": Decimal("4.96"),
        "tax": Decimal("11.39"), "total": Decimal("58.83"),
    }  # fmt: skip


@pytest.mark.divided
@pytest.mark.parametrize("rounding", ["line", "rate"])
@pytest.mark.parametrize("included", [True, False])
async def test_totals_add_up_in_every_message_whatever_was_cancelled(
    api: Api, post: Letterbox, included: bool, rounding: str
):
    rng = Random(f"{included} {rounding}")
    shop = await Helsinki.opened(api, prices_include_tax=included)
    await execute("UPDATE channel SET tax_rounding = $1", rounding)
    await shop.rate("FI", "0.1", tax_class="reduced")
    await shop.shop.sell("BOOK", stock=1_000, price=1_337, tax_class="reduced")
    await shop.method("post", 496, free_from_minor=20_000)
    await shop.code("THIRD", percent="33.33")
    await shop.code("FIVER", amount=500)
    await shop.code("POSTFREE", kind=DiscountKind.FREE_SHIPPING)
    seen = 0
    for _ in range(ORDERS):
        bought = {sku: rng.randint(2, 5) for sku in rng.sample(["CUP", "PLATE", "BOOK", "KNIFE"], 2)}
        codes = rng.choice([[], ["THIRD"], ["FIVER"], ["POSTFREE"], ["THIRD", "POSTFREE"]])
        order = await shop.place(*bought.items(), discountCodes=codes)
        for step in range(2):
            sku = rng.choice([each for each, units in bought.items() if units > 1])
            bought[sku] -= 1
            left = await cancel(shop, order, **{sku: 1})
            await move(shop, order, f"Katu {step + 2}")
            for mail in await sent(post):
                totals = totals_of(mail)
                if totals:
                    seen += 1
                    check_sum(totals)
                    wanted = Decimal(left["total"]["amount"]) - Decimal(left["amountCancelled"]["amount"])
                    assert totals["total"] == wanted, (totals, left)
    assert seen >= 2 * ORDERS  # a message after each step


@pytest.mark.parametrize(
    ("language", "said"), [("en", "payment of €14.96 for"), ("de", "Zahlung über 14,96 € noch")]
)
async def test_a_reminder_of_a_missing_payment_asks_for_the_amount_that_is_due(
    api: Api, post: Letterbox, language: str, said: str
):
    shop = await Helsinki.opened(api, prices_include_tax=True)
    await shop.shop.sell("POT", stock=10, price=2_000)
    order = await shop.place(("POT", 1), language=language)
    await sent(post)
    paid = {"orderId": order["id"], "amount": {"amount": "10.00", "currency": "EUR"}}
    assert (await shop.staff.do(PAY, input=paid))["__typename"] == "PaymentTransaction"
    await shop.staff.do(HOLD, input={"id": order["id"], "reason": "Unpaid", "kind": "PAYMENT"})
    (mail,) = await sent(post)
    assert said in text_of(mail).replace("\xa0", " ")
