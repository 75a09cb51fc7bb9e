"""Orders that are placed, edited and cancelled by the services have the oracle's amounts.

The 10,000 orders of `test_oracle` change rows in memory; these use placing, staging, stock and the database,
in channels of three currencies with different settings.
"""

from dataclasses import replace
from decimal import Decimal
from random import Random
from typing import Any

from app.catalog import queries as catalog_queries
from app.catalog.service import shelving
from app.channels import service as channels
from app.channels.lifecycle import FreeFromBasis, ShippingTax, TaxRounding
from app.channels.models import Channel
from app.core.actor import SYSTEM
from app.core.money import Money
from app.customers.contact import AddressData
from app.orders import queries
from app.orders.lifecycle import CancelReason
from app.orders.models import Order
from app.orders.service import cancelling, editing, placing
from app.orders.service.adjusting import AdjustmentData
from app.orders.service.edits import EditData, LineEdit
from app.orders.service.pricing import LineData, OrderData
from app.promotions import service as promotions
from app.promotions.lifecycle import DiscountKind
from tests import make
from tests.orders.oracle import Gift, Line, Terms
from tests.orders.random_orders import (
    PRICES,
    RATES,
    SHELVES,
    Case,
    Step,
    a_gift,
    failure,
    some_codes,
    steps,
    take,
)

ORDERS_A_SHOP = 25
PLACES = {
    "EUR": (AddressData("A", "Katu 1", "Helsinki", "FI", postal_code="00100"),
            AddressData("A", "Gatan 1", "Stockholm", "SE", postal_code="111 22")),
    "JPY": (AddressData("A", "Weg 1", "Berlin", "DE", postal_code="10115"),
            AddressData("A", "Weg 1", "Wien", "AT", postal_code="1010")),
    "KWD": (AddressData("A", "Straat 1", "Amsterdam", "NL", postal_code="1012 LG"),
            AddressData("A", "Straat 1", "Brussel", "BE", postal_code="1000")),
}  # fmt: skip
SHOPS = [
    # currency, included, once per rate, by the goods, shipping, free from, after discount
    ("EUR", False, False, False, 496, None, False),
    ("EUR", True, True, True, 496, 20_000, True),
    ("JPY", True, False, True, 550, 15_000, False),
    ("JPY", True, True, False, 550, None, False),
    ("KWD", False, True, True, 1_250, 60_000, True),
    ("KWD", True, False, False, 1_250, None, False),
]


SAME = Gift()  # the discount given by staff is unchanged


class Shop:
    """A channel with a catalogue of its own, and its terms as the oracle has them."""

    def __init__(self, code: str, currency: str, terms: Terms, catalogue: list[Line]) -> None:
        self.code, self.currency, self.terms, self.catalogue = code, currency, terms, catalogue
        self.corrected = 0

    @classmethod
    async def opened(cls, index: int, rng: Random, spec: tuple[Any, ...]) -> "Shop":
        currency, included, once, by_goods, shipping, free_from, after = spec
        made = await make.shop(
            f"s{index}", currency=currency, prices_include_tax=included, confirms_at_once=True
        )
        rounding = TaxRounding.RATE if once else TaxRounding.LINE
        await Channel.filter(id=made.channel.id).update(tax_rounding=rounding)
        await channels.set_shipping_method(
            SYSTEM,
            made.channel,
            code="standard",
            name="Standard",
            price_minor=shipping,
            free_from_minor=free_from,
            free_from_basis=FreeFromBasis.AFTER_DISCOUNT if after else FreeFromBasis.BEFORE_DISCOUNT,
            tax_mode=ShippingTax.PRO_RATA if by_goods else ShippingTax.CLASS,
        )
        top, sub = f"s{index}-cups", f"s{index}-cups-with-a-handle"
        await shelving.create_category(SYSTEM, name="Cups", slug=top)
        await shelving.create_category(SYSTEM, name="With a handle", slug=sub, parent=top)
        catalogue, plates = [], []
        for number in range(6):
            price, tax_class = rng.randint(1, PRICES[currency]), ("standard", "reduced")[number % 2]
            shelf = SHELVES[number // 2]
            more = {"category": (top, sub)[number % 2]} if shelf == "cups" else {}
            sku = f"S{index}-{number}"
            await made.sell(sku, stock=100_000, price=price, tax_class=tax_class, **more)
            catalogue.append(Line(price, tax_class, 0, sku=sku, shelf=shelf))
            if shelf == "plates":
                variant = await catalog_queries.variant_by_sku(sku)
                assert variant is not None
                plates.append(variant.product_id)
        for code, given in {
            "TENTH": {"percent": Decimal(10)},
            "THIRD": {"percent": Decimal("33.33")},
            "FIVER": {"amount_minor": PRICES[currency] // 24},
            "LARGE": {"amount_minor": PRICES[currency] // 2},
            "CUPS": {"percent": Decimal("17.5"), "categories": [top]},
            "SOMECUPS": {"amount_minor": PRICES[currency] // 9, "categories": [top]},
            "PLATES": {"amount_minor": PRICES[currency] // 3, "products": plates},
            "POSTFREE": {},
        }.items():
            kind = DiscountKind.PERCENT if "percent" in given else DiscountKind.AMOUNT
            kind = kind if given else DiscountKind.FREE_SHIPPING
            await promotions.create_discount(SYSTEM, made.channel, code=code, kind=kind, **given)
        terms = Terms(included, once, RATES[currency], shipping, free_from, after, by_goods)
        return cls(f"s{index}", currency, terms, catalogue)

    def a_line(self, rng: Random) -> Line:
        kind = rng.choice(self.catalogue)
        line = Line(kind.price, kind.tax_class, rng.randint(1, 9), sku=kind.sku, shelf=kind.shelf)
        if rng.random() < 0.15:
            line.price, line.is_priced_by_hand = rng.randint(0, PRICES[self.currency]), True
        line.gift = a_gift(rng, self.currency) if rng.random() < 0.15 else None
        return line

    def by_hand(self, line: Line) -> AdjustmentData | None:
        """The price and discount that staff set on a new line."""
        return self.adjusting(line.price if line.is_priced_by_hand else None, line.gift or SAME)

    def adjusting(self, price: int | None, gift: Gift | None) -> AdjustmentData | None:
        fields = {"unit_price"} if price is not None else set()
        fields |= {"discount"} if gift is not SAME else set()
        if not fields:
            return None
        given = gift if gift is not SAME else None
        return AdjustmentData(
            frozenset(fields),
            unit_price=None if price is None else Money(price, self.currency),
            percent=Decimal(given.percent.numerator) / given.percent.denominator
            if given and given.percent
            else None,
            amount=Money(given.amount, self.currency) if given and given.amount else None,
            has_discount=given is not None,
            reason="because",
        )

    def a_case(self, rng: Random) -> Case:
        lines = tuple(self.a_line(rng) for _ in range(rng.randint(1, 4)))
        return Case(self.currency, self.terms, lines, some_codes(rng, self.currency, lines))

    async def place(self, case: Case) -> Order:
        return await placing.place(
            SYSTEM,
            OrderData(
                channel=self.code,
                lines=[LineData(line.sku, line.wanted, adjust=self.by_hand(line)) for line in case.lines],
                email="a@example.com",
                shipping_address=PLACES[self.currency][0],
                shipping_method="standard",
                discount_codes=[code.name for code in case.codes],
            ),
        )

    async def take(self, order: Order, step: Step, place: str) -> None:
        lines = await queries.lines(order.id)
        if step.kind == "cancel":
            chosen = {lines[index].id: units for index, units in step.units.items()}
            await cancelling.cancel(SYSTEM, order.id, reason=CancelReason.OTHER, lines=chosen)
            return
        changes = EditData(
            lines=[
                *(
                    LineEdit(
                        lines[index].id,
                        quantity=step.units.get(index),
                        adjust=self.adjusting(step.prices.get(index), step.gifts.get(index, SAME)),
                    )
                    for index in {**step.units, **step.prices, **step.gifts}
                ),
                *(
                    LineEdit(sku=line.sku, quantity=line.wanted, adjust=self.by_hand(line))
                    for line in step.added
                ),
            ],
            discount_codes=None if step.codes is None else [code.name for code in step.codes],
        )
        if step.kind == "correct" or step.place:
            self.corrected += 1
            home, abroad = PLACES[self.currency]
            address = abroad if (step.place or place) == "abroad" else home
            changes.shipping_address = replace(address, line1=f"House {self.corrected}")
        await editing.edit(SYSTEM, order.id, changes)


async def test_amounts_of_placed_orders_match_the_oracle_at_each_step(clean: None):
    rng = Random(20_260_102)
    for currency, (home, abroad) in PLACES.items():
        for place, address in (("home", home), ("abroad", abroad)):
            for tax_class, rate in RATES[currency][place].items():
                await channels.set_tax_rate(
                    SYSTEM,
                    country=address.country,
                    region="",
                    tax_class=tax_class,
                    name="VAT",
                    rate=Decimal(rate.numerator) / rate.denominator,
                )
    taken = 0
    for index, spec in enumerate(SHOPS):
        shop = await Shop.opened(index, rng, spec)
        for _ in range(ORDERS_A_SHOP):
            case = shop.a_case(rng)
            oracle, order = case.oracle(), await shop.place(case)
            assert order.total_minor == oracle.due and order.tax_minor == oracle.tax, failure(case, None)
            for step in steps(rng, case, oracle, 3, lambda: shop.a_line(rng)):  # noqa: B023
                place = oracle.place
                take(oracle, step)
                await shop.take(order, step, place)
                (now,) = await queries.orders_by_id([order.id])
                assert now is not None
                assert now.total_minor - now.cancelled_minor == oracle.due, failure(case, step)
                taken += 1
    assert taken > 2 * ORDERS_A_SHOP * len(SHOPS)
    assert await queries.differences() == []
