"""Carts as a state machine: after each command, lines, codes, amounts and reservations equal a fresh reckoning.

The machine keeps what each cart contains by itself and reckons the amounts with integers: prices, discounts and
rates are such that nothing is rounded.
"""

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable
from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest
from hypothesis import strategies as st
from hypothesis.stateful import initialize, invariant, precondition, rule

from app.catalog import queries as catalog
from app.channels import service as channels
from app.channels.lifecycle import CartMerge
from app.channels.models import Channel
from app.core import clock
from app.core.actor import SYSTEM, Actor, ActorKind
from app.core.database import execute
from app.core.refusals import Refusal, StaleVersion
from app.customers import service as customers
from app.customers.service import CustomerData
from app.inventory.sourcing import Plan, Policy
from app.inventory.stock import queries as stock
from app.inventory.stock.models import Reservation, StockLevel
from app.inventory.stock.service.reserving import ReservationResult
from app.orders import queries
from app.orders.cart import SetAside
from app.orders.destination import Destination
from app.orders.lifecycle import OrderStatus
from app.orders.models import Order
from app.orders.service import cart_lines, cart_merging, drafting, placing, reordering
from app.orders.service.cart_lines import LineChange
from app.orders.service.delivery import preview_deliveries
from app.orders.service.pricing import LineData, OrderData
from app.promotions import service as promotions
from app.promotions.lifecycle import DiscountKind
from tests import make
from tests.amounts import usual
from tests.database import empty_all_tables
from tests.machines import Machine, play, play_until_it_fails

SKUS = ("A", "B", "C")
RATES = {"US": 10, "DE": 20}  # percent
METHODS = {"standard": (500, None), "home": (900, "US")}  # price, and the only country
MINIMUM = 5_000  # of the code TEN
sku, units, which = st.sampled_from(SKUS), st.integers(1, 4), st.integers(0, 9)
VISITOR = Actor(ActorKind.PUBLIC)


@dataclass
class Cart:
    """What a cart contains, and the prices at its last change; a SKU without one was not sold then."""

    id: UUID
    token: str
    actor: Actor
    lines: Counter[str] = field(default_factory=Counter)
    codes: set[str] = field(default_factory=set)
    method: str | None = None
    country: str | None = None
    has_address: bool = False  # of an earlier order; the destination is then ignored
    prices: dict[str, int] = field(default_factory=dict)

    def total(self) -> int:
        """The total in minor units, reckoned anew."""
        worth = sum(self.prices[each] * count for each, count in self.lines.items() if each in self.prices)
        if "TEN" in self.codes and worth >= MINIMUM:
            worth -= worth // 10
        price, only = METHODS[self.method] if self.method else (0, None)
        if "FREE" in self.codes or (only and self.country and self.country != only):
            price = 0
        rate = RATES[self.country or "US"]
        assert (worth * rate) % 100 == (price * rate) % 100 == 0
        return worth + price + (worth + price) * rate // 100


class Carts(Machine):
    def attempt(self, command: Callable[..., Awaitable[Any]], actor: Actor, *args: Any, **more: Any) -> Any:
        """The result of a command; None if it refuses, which must change nothing."""
        try:
            return self.run(command(actor, *args, **more))
        except Refusal:
            return None

    @initialize(level=st.sampled_from([4, 30]))
    def open_shop(self, level: int) -> None:
        self.carts: list[Cart] = []
        self.orders: list[UUID] = []
        self.prices = dict.fromkeys(SKUS, 1_000)
        self.sold = set(SKUS)
        self.ending = ExitStack()
        self.run(self._open(level))
        self.run(self._first_carts())

    async def _first_carts(self) -> None:
        """A cart of the customer and one of a visitor with the same SKU, together more than little stock."""
        for actor, lines in ((self.ada, {"A": 3}), (VISITOR, {"A": 2, "B": 1})):
            data = OrderData("web", [LineData(name, count) for name, count in lines.items()])
            codes, method = ({"FREE"}, "standard") if actor is VISITOR else (set[str](), None)
            data.discount_codes, data.shipping_method = sorted(codes), method
            made = await drafting.draft(actor, data, reserve=False)
            token = queries.tracking_token(made.id, 1)
            cart = Cart(made.id, token, actor, Counter(lines), codes, method)
            self.changed(cart)
            self.carts.append(cart)

    def teardown(self) -> None:
        if hasattr(self, "ending"):
            self.ending.close()

    async def _open(self, level: int) -> None:
        await empty_all_tables()
        self.shop = await make.shop()
        for name in SKUS:
            await self.shop.sell(name, stock=level)
        for country, rate in RATES.items():
            await make.tax(country, rate=str(Decimal(rate) / 100))
        home = {"name": "Home", "price_minor": 900, "countries": ["US"]}
        await channels.set_shipping_method(SYSTEM, self.shop.channel, code="home", **home)
        ten = {"kind": DiscountKind.PERCENT, "percent": Decimal(10), "minimum_minor": MINIMUM}
        await promotions.create_discount(SYSTEM, self.shop.channel, code="TEN", **ten)
        free = {"kind": DiscountKind.FREE_SHIPPING}
        await promotions.create_discount(SYSTEM, self.shop.channel, code="FREE", **free)
        ada = await customers.create(SYSTEM, CustomerData(email="ada@example.com", name="Ada"))
        self.ada = Actor(ActorKind.CUSTOMER, ada.id, "Ada")
        self.variants = {name: await catalog.variant_by_sku(name) for name in SKUS}

    def now(self) -> dict[str, int]:
        return {name: price for name, price in self.prices.items() if name in self.sold}

    def changed(self, cart: Cart) -> None:
        """The cart was priced anew."""
        cart.prices = self.now()

    def pick(self, which: int) -> Cart:
        return self.carts[which % len(self.carts)]

    # --- changes of one cart ---

    @precondition(lambda self: len(self.carts) < 4)
    @rule(lines=st.dictionaries(sku, units), is_customers=st.booleans())
    def begin(self, lines: dict[str, int], is_customers: bool) -> None:
        actor = self.ada if is_customers else VISITOR
        data = OrderData("web", [LineData(name, count) for name, count in lines.items()])
        made = self.attempt(drafting.draft, actor, data)
        if made is not None:
            cart = Cart(made.id, queries.tracking_token(made.id, 1), actor, Counter(lines))
            self.changed(cart)
            self.carts.append(cart)

    @precondition(lambda self: self.carts)
    @rule(which=which, sku=sku, units=units)
    def add(self, which: int, sku: str, units: int) -> None:
        cart = self.pick(which)
        if self.attempt(cart_lines.add_lines, cart.actor, cart.id, [LineData(sku, units)], token=cart.token):
            cart.lines[sku] += units
            self.changed(cart)

    @precondition(lambda self: self.carts)
    @rule(which=which, sku=sku, units=units)
    def change(self, which: int, sku: str, units: int) -> None:
        cart = self.pick(which)
        id = self.run(self._line(cart, sku))
        change = [LineChange(id, quantity=units)] if id else []
        if self.attempt(cart_lines.change_lines, cart.actor, cart.id, change, token=cart.token):
            cart.lines[sku] = units
            self.changed(cart)

    @precondition(lambda self: self.carts)
    @rule(which=which, sku=sku)
    def remove(self, which: int, sku: str) -> None:
        cart = self.pick(which)
        id = self.run(self._line(cart, sku))
        if id and self.attempt(cart_lines.remove_lines, cart.actor, cart.id, [id], token=cart.token):
            del cart.lines[sku]
            self.changed(cart)

    async def _line(self, cart: Cart, sku: str) -> UUID | None:
        aside = SetAside.of(await Order.get(id=cart.id)).lines
        lines = [*await queries.lines(cart.id), *aside]
        return next((line.id for line in lines if line.sku == sku), None)

    @precondition(lambda self: self.carts)
    @rule(which=which, codes=st.sets(st.sampled_from(["TEN", "FREE", "BAD"])))
    def use_codes(self, which: int, codes: set[str]) -> None:
        cart = self.pick(which)
        data = OrderData("web", discount_codes=sorted(codes))
        if self.update(cart, data, "discount_codes"):
            cart.codes = set(codes)

    @precondition(lambda self: self.carts)
    @rule(which=which, country=st.sampled_from([None, *RATES]))
    def go_to(self, which: int, country: str | None) -> None:
        cart = self.pick(which)
        data = OrderData("web", destination=Destination(country) if country else None)
        if self.update(cart, data, "destination") and not cart.has_address:
            cart.country = country

    @precondition(lambda self: self.carts)
    @rule(which=which, method=st.sampled_from([None, *METHODS]))
    def ship_by(self, which: int, method: str | None) -> None:
        cart = self.pick(which)
        if self.update(cart, OrderData("web", shipping_method=method), "shipping_method"):
            cart.method = method

    def update(self, cart: Cart, data: OrderData, said: str) -> Any:
        done = self.attempt(
            drafting.update_draft, cart.actor, cart.id, data, token=cart.token, sent=frozenset({said})
        )
        if done is not None:
            self.changed(cart)
        return done

    @precondition(lambda self: self.carts)
    @rule(which=which)
    def delete(self, which: int) -> None:
        cart = self.pick(which)
        assert self.attempt(drafting.delete_draft, cart.actor, cart.id, token=cart.token)
        self.carts.remove(cart)

    @precondition(lambda self: self.carts)
    @rule(which=which, sku=sku, units=units, versioned=st.booleans())
    def two_tabs(self, which: int, sku: str, units: int, versioned: bool) -> None:
        """Two tabs add to one cart at once: both count, or with the version that both saw, only one.

        They add the same, so that the result does not depend on which of them is first.
        """
        cart = self.pick(which)
        added, stale = self.run(self._two_tabs(cart, [sku, sku], units, versioned))
        for name in added:
            cart.lines[name] += units
        if added:
            self.changed(cart)
        assert stale == (1 if versioned and added else 0), "both tabs changed one version of the cart"

    async def _two_tabs(
        self, cart: Cart, skus: list[str], units: int, versioned: bool
    ) -> tuple[list[str], int]:
        version = (await Order.get(id=cart.id)).version if versioned else None
        more: dict[str, Any] = {"token": cart.token, "expected_version": version}
        done = await asyncio.gather(
            *(cart_lines.add_lines(cart.actor, cart.id, [LineData(name, units)], **more) for name in skus),
            return_exceptions=True,
        )
        for each in done:
            assert isinstance(each, Order | Refusal), each
        added = [name for name, each in zip(skus, done, strict=True) if isinstance(each, Order)]
        return added, sum(isinstance(each, StaleVersion) for each in done)

    # --- changes of several carts, and of the shop ---

    @precondition(lambda self: any(cart.actor is VISITOR for cart in self.carts))
    @rule(which=which, named=st.booleans())
    def merge(self, which: int, named: bool) -> None:
        visitors = [cart for cart in self.carts if cart.actor is VISITOR]
        guest = visitors[which % len(visitors)]
        own = [cart for cart in self.carts if cart.actor is self.ada]
        into = own[which % len(own)].id if own and named else None
        kept = self.attempt(cart_merging.merge_carts, self.ada, guest.id, token=guest.token, into_id=into)
        assert kept is not None and (into is None or kept.id in (into, guest.id))
        chosen = self.run(self._rule())
        if kept.id == guest.id:
            guest.actor = self.ada
            self.changed(guest)
        elif chosen is CartMerge.MERGE_LINES:
            self._merged(next(cart for cart in own if cart.id == kept.id), guest, kept)
        closed = self.run(self._closed())
        assert len(closed) == (0 if chosen is CartMerge.KEEP_BOTH or not own else 1)
        self.carts = [cart for cart in self.carts if cart.id not in closed]

    def _merged(self, own: Cart, guest: Cart, kept: Order) -> None:
        """Quantities are added up, less only what a warning names."""
        told = {
            each.given: each.maximum
            for each in SetAside.of(kept).warnings
            if each.code.name == "QUANTITY_REDUCED"
        }
        both = own.lines + guest.lines
        for name in both:
            least = max(own.lines[name], guest.lines[name])
            both[name] = told.get(name, both[name]) or 0
            assert both[name] >= least, "a quantity is below that of one cart"
        own.lines, own.codes = both, own.codes | guest.codes
        own.method, own.country = own.method or guest.method, own.country or guest.country
        self.changed(own)

    async def _rule(self) -> CartMerge:
        return (await Channel.get(id=self.shop.channel.id)).cart_merge

    async def _closed(self) -> set[UUID]:
        rows = await Order.filter(id__in=[cart.id for cart in self.carts]).exclude(status=OrderStatus.DRAFT)
        return {row.id for row in rows}

    @rule(chosen=st.sampled_from(CartMerge))
    def set_rule(self, chosen: CartMerge) -> None:
        self.attempt(channels.update, SYSTEM, self.shop.channel.id, {"cart_merge": chosen})

    @precondition(lambda self: self.carts)
    @rule(which=which)
    def place(self, which: int) -> None:
        cart = self.pick(which)
        self.changed(now := Cart(cart.id, cart.token, cart.actor, cart.lines, cart.codes, "standard", "US"))
        data = OrderData(
            "web", email="ada@example.com", shipping_address=make.ADDRESS, shipping_method="standard"
        )
        sent = frozenset({"email", "shipping_address", "shipping_method"})
        more: dict[str, Any] = {"draft_id": cart.id, "draft_token": cart.token, "sent": sent}
        placed = self.attempt(placing.place, cart.actor, data, **more)
        if placed is not None:
            assert placed.total_minor == now.total(), "the order costs something else than its cart"
            assert placed.destination is None
            self.carts.remove(cart)
            if cart.actor is self.ada:
                self.orders.append(placed.id)

    @precondition(lambda self: self.orders and len(self.carts) < 4)
    @rule(which=which)
    def order_again(self, which: int) -> None:
        source = self.orders[which % len(self.orders)]
        made = self.attempt(reordering.reorder, self.ada, source)
        assert made is not None, "an earlier order can always be ordered again"
        lines = Counter({line.sku: line.quantity for line in self.run(queries.lines(source))})
        cart = Cart(
            made.id, queries.tracking_token(made.id, 1), self.ada, lines, method="standard", country="US"
        )
        cart.has_address = True
        self.changed(cart)
        self.carts.append(cart)

    @rule(sku=sku, price=st.sampled_from([1_000, 2_000, 3_000]))
    def set_price(self, sku: str, price: int) -> None:
        self.run(self.shop.price(sku, price))
        self.prices[sku] = price

    @rule(sku=sku)
    def sell_or_not(self, sku: str) -> None:
        self.sold ^= {sku}
        is_sold = "true" if sku in self.sold else "false"
        self.run(execute(f"UPDATE variant SET is_active = {is_sold} WHERE sku = '{sku}'"))

    @rule(sku=sku, units=units)
    def restock(self, sku: str, units: int) -> None:
        self.run(self._restock(sku, units))

    async def _restock(self, sku: str, units: int) -> None:
        variant = self.variants[sku]
        assert variant is not None
        level = await StockLevel.get(variant_id=variant.id)
        if level.variant_id and sku in self.sold:
            await self.shop.stock(sku, level.on_hand + units)

    @rule(minutes=st.sampled_from([1, 29, 31]))
    def wait(self, minutes: int) -> None:
        self.ending.enter_context(clock.shifted(timedelta(minutes=minutes)))

    # --- what must hold after each step ---

    @invariant()
    def everything_equals_a_fresh_reckoning(self) -> None:
        if hasattr(self, "variants"):
            self.run(self._check())

    async def _check(self) -> None:
        for cart in self.carts:
            await self._check_cart(cart)
        versions = [(cart.id, (await Order.get(id=cart.id)).version) for cart in self.carts]
        await preview_deliveries(versions)
        assert await stock.differences() == [] and await queries.differences() == []
        for level in await StockLevel.all():
            held = [row.quantity for row in await Reservation.filter(level_id=level.id)]
            assert sum(held) == level.reserved <= level.on_hand, "more is reserved than there is"

    async def _check_cart(self, cart: Cart) -> None:
        order = await Order.get(id=cart.id)
        aside, lines = SetAside.of(order), await queries.lines(cart.id)
        assert order.status is OrderStatus.DRAFT
        found = Counter[str]()
        for line in (*lines, *aside.lines):
            found[line.sku] += line.quantity
        assert found == cart.lines, "a line was lost or changed"
        assert {line.sku for line in lines} == {name for name in cart.lines if name in cart.prices}
        assert {*order.discount_codes, *aside.discount_codes} == cart.codes, "a code was lost"
        warned = {each.given for each in aside.warnings}
        assert warned >= {*aside.discount_codes, *(line.sku for line in aside.lines)}
        assert order.total_minor == cart.total(), "the total differs"
        demand = {line.variant_id: line.quantity for line in lines}
        await self._check_reserved(order, demand)

    async def _check_reserved(self, order: Order, demand: dict[UUID, int]) -> None:
        """A cart has reserved exactly its lines, or nothing."""
        now = clock.now()
        held = Counter[UUID]()
        for row in await Reservation.filter(claimant_id=order.id):
            if row.expires_at is not None and row.expires_at > now:
                level = await StockLevel.get(id=row.level_id)
                held[level.variant_id] += row.quantity
        is_reserved = order.reserved_until is not None and order.reserved_until > now
        assert held == (Counter(demand) if is_reserved else Counter()), "other units are reserved"


@pytest.mark.usefixtures("clean")
@pytest.mark.timeout(usual(560, full=3_600))
async def test_carts_equal_a_fresh_reckoning_after_random_commands():
    await play(Carts, 100)


def _forgets(lines: list[LineData], new: LineData) -> None:
    if all(line.sku != new.sku for line in lines):
        lines.append(new)


async def _renews_nothing(*_args: Any, **_kwargs: Any) -> ReservationResult:
    return ReservationResult([], Plan([]), Policy())


def _fill_nothing(*_args: Any) -> None:
    pass


async def _untold(order: Order, _reduced: dict[str, int]) -> Order:
    return order


FAULTS: dict[str, tuple[Any, str, Any]] = {
    "a merge forgets equal lines": (cart_merging, "add_line", _forgets),
    "a changed cart keeps its former reservation": (drafting, "renew", _renews_nothing),
    "a stale version is not noticed": (cart_lines, "refuse_stale", _fill_nothing),
    "a merge does not take over what only the visitor's cart has": (cart_merging, "_fill", _fill_nothing),
    "a reduced quantity is not named": (cart_merging, "_warn_of_reduced", _untold),
}


QUICK_SEEDS = {"a stale version is not noticed": 0, "a reduced quantity is not named": 2}


@pytest.mark.divided
@pytest.mark.usefixtures("clean")
@pytest.mark.timeout(560)
@pytest.mark.parametrize("fault", FAULTS)
async def test_the_machine_detects_a_planted_fault(fault: str, monkeypatch: pytest.MonkeyPatch):
    """On one database only, except with RUNS=full, because it tests the machine itself."""
    module, name, broken = FAULTS[fault]
    monkeypatch.setattr(module, name, broken)
    with pytest.raises(BaseException) as caught:
        await play_until_it_fails(Carts, 200, QUICK_SEEDS.get(fault))
    assert "assert" in str(caught.getrepr())
