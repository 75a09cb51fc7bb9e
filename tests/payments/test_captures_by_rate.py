"""Random orders whose tax is rounded by rate are cancelled in part, shipped in parcels and captured: all
amounts add up, in currencies with no, two and three decimals."""

from decimal import Decimal
from fractions import Fraction
from random import Random
from typing import Any

import pytest

from app.channels import service as channels
from app.channels.lifecycle import ShippingTax, TaxRounding
from app.core.actor import SYSTEM
from app.inventory.locations import service as locations
from app.promotions import service as promotions
from app.promotions.lifecycle import DiscountKind
from tests import make
from tests.amounts import usual
from tests.ask import Api
from tests.journeys.life import Story, books_add_up
from tests.payments.desk import Desk
from tests.payments.scripted import SET, World, secrets
from tests.payments.test_capture_rules import parcel, use

ORDERS = usual(4, full=10)
RATES = {"standard": "0.0825", "reduced": "0.055"}
TAXES = "{ rate net { amount } tax { amount } }"
SHOW = (
    "query($n: String!) { order(number: $n) { taxRounding paymentStatus total { amount } tax { amount } "
    "amountCancelled { amount } amountPaid { amount } amountDue { amount } taxes " + TAXES + " "
    "cancellations { amount { amount } taxes " + TAXES + " } } }"
)


async def opened(api: Api, currency: str, included: bool) -> Story:
    """Goods of two rates in two warehouses, sent in a parcel each, captured as they leave."""
    shop = await make.shop(
        currency=currency, prices_include_tax=included, tax_rounding=TaxRounding.RATE, confirms_at_once=True
    )
    west = await make.location("west")
    await locations.set_channel_locations(SYSTEM, shop.channel, [shop.location, west])
    story = Story(api.as_(await make.token()), shop, shop.location, west)
    await story.staff.do(SET, i={"code": "card", "name": "Cards", "kind": "STRIPE", "secrets": secrets()})
    await use(story, "AT_SHIPMENT")
    for tax_class, rate in RATES.items():
        await channels.set_tax_rate(
            SYSTEM, country="US", region="", tax_class=tax_class, name="Tax", rate=Decimal(rate)
        )
    await channels.set_shipping_method(
        SYSTEM, shop.channel, code="standard", name="Standard", price_minor=497, tax_mode=ShippingTax.PRO_RATA
    )
    await promotions.create_discount(
        SYSTEM, shop.channel, code="SEVENTH", kind=DiscountKind.PERCENT, percent=Decimal("14.29")
    )
    for sku, price, tax_class in (
        ("MUG", 1_003, "standard"),
        ("BOOK", 777, "reduced"),
        ("PEN", 333, "standard"),
        ("MAP", 59, "reduced"),
    ):
        place = "east" if sku in ("MUG", "BOOK") else "west"
        await story.sell(sku, **{"east": 0, place: 1_000}, price=price, tax_class=tax_class)
    return story


def exact(taxes: list[dict[str, Any]], unit: Decimal, *, included: bool, within: Fraction) -> bool:
    """Whether each tax is close to the exact tax on its base."""
    for each in taxes:
        rate, net, tax = (
            Fraction(text) for text in (each["rate"], each["net"]["amount"], each["tax"]["amount"])
        )
        right = (net + tax) * rate / (1 + rate) if included else net * rate
        if abs(tax - right) > within * Fraction(unit):
            return False
    return True


@pytest.mark.parametrize(("currency", "included"), [("EUR", False), ("JPY", True), ("KWD", True)])
async def test_captures_and_cancellations_of_random_orders_add_up(
    api: Api, world: World, currency: str, included: bool
):
    rng, story = Random(currency), await opened(api, currency, included)
    unit = Decimal(1).scaleb({"EUR": -2, "JPY": 0, "KWD": -3}[currency])
    for _ in range(ORDERS):
        units = {sku: rng.randint(2, 7) for sku in ("MUG", "BOOK", "PEN", "MAP")}
        codes = ["SEVENTH"] if rng.random() < 0.6 else []
        number = await story.buy(*units.items(), discountCodes=codes)
        desk = Desk(story, number, currency)
        await desk.pay("ok")
        placed = (await story.staff.ask(SHOW, n=number))["order"]
        assert exact(placed["taxes"], unit, included=included, within=Fraction(1, 2))
        for place in rng.sample(["east", "west"], 2):
            sku = rng.choice(["MUG", "BOOK"] if place == "east" else ["PEN", "MAP"])
            await story.cancel(number, **{sku: rng.randint(1, units[sku])})
            await parcel(desk, place)
        order = (await story.staff.ask(SHOW, n=number))["order"]
        assert order["taxRounding"] == "RATE"
        left = Decimal(order["total"]["amount"]) - Decimal(order["amountCancelled"]["amount"])
        assert (Decimal(order["amountPaid"]["amount"]), Decimal(order["amountDue"]["amount"])) == (left, 0)
        assert order["total"] == placed["total"] and order["taxes"] == placed["taxes"]
        gone = sum(Decimal(each["amount"]["amount"]) for each in order["cancellations"])
        assert gone == Decimal(order["amountCancelled"]["amount"])
        for each in order["cancellations"]:
            assert exact(each["taxes"], unit, included=included, within=Fraction(1))
    assert sum(each.captured_minor for each in world.intents.values()) > 0
    await books_add_up()
