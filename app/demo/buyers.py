"""Buyers and orders of the demo shop."""

import random
from datetime import timedelta

from rich.progress import Progress

from app.core import clock
from app.core.actor import SYSTEM, Actor, ActorKind
from app.core.refusals import Refusal
from app.customers import service as customers
from app.customers.contact import AddressData
from app.customers.service import CustomerData
from app.demo.goods import (
    MATERIALS,
)
from app.demo.ground import CATEGORIES, Shop
from app.orders.lifecycle import CancelReason
from app.orders.service import cancelling, drafting, placing, updating
from app.orders.service.pricing import LineData, OrderData

PEOPLE = [
    "Ada Lovelace",
    "Grace Hopper",
    "Alan Turing",
    "Hedy Lamarr",
    "Katherine Johnson",
    "Edsger Dijkstra",
]


async def make_people(rng: random.Random) -> None:
    for index, name in enumerate(PEOPLE):
        first = name.split()[0].lower()
        await customers.create(
            SYSTEM,
            CustomerData(
                email=f"{first}@example.com",
                name=name,
                address=_address(name, rng),
                tags=["demo"] if index else [],
            ),
        )


def _address(name: str, rng: random.Random, country: str = "US") -> AddressData:
    street = f"{rng.randrange(1, 240)} {rng.choice(['Main Street', 'Oak Avenue', 'Mill Lane'])}"
    if country == "DE":
        return AddressData(name, f"Hauptstraße {rng.randrange(1, 90)}", "Berlin", "DE", postal_code="10115")
    city, region, code = rng.choice(
        [("Springfield", "IL", "62701"), ("Reno", "NV", "89501"), ("Columbus", "OH", "43215")]
    )
    return AddressData(name, street, city, "US", region=region, postal_code=code)


async def place_orders(shop: Shop, rng: random.Random, progress: Progress, count: int) -> None:
    skus = [
        f"{noun.replace(' ', '')[:6]}-{material}-S".upper()
        for nouns in CATEGORIES.values()
        for noun in nouns
        for material in MATERIALS
    ]
    task = progress.add_task("Orders", total=count)
    service_desk = Actor(ActorKind.SYSTEM, label="Sam Service")
    for index in range(count):
        channel = shop.web if rng.random() < 0.7 else shop.eu
        name = rng.choice(PEOPLE)
        data = OrderData(
            channel=channel.code,
            lines=[
                LineData(sku, rng.randrange(1, 4)) for sku in rng.sample(skus, rng.choice([1, 2, 3, 3, 4]))
            ],
            email=f"{name.split()[0].lower()}@example.com",
            shipping_address=_address(name, rng, "US" if channel is shop.web else "DE"),
            shipping_method=rng.choice(["standard", "standard", "express"]),
            discount_codes=["WELCOME10"] if rng.random() < 0.1 else [],
            payment_gateway="manual",
        )
        age = timedelta(hours=-(count - index) * 5)
        with clock.shifted(age):
            await _one_order(rng, data, service_desk)
        progress.advance(task)


async def _one_order(rng: random.Random, data: OrderData, service_desk: Actor) -> None:

    fate = rng.random()
    try:
        if fate < 0.08:
            # Drafts are open carts; the oldest have expired.
            await drafting.draft(service_desk, data, reserve=rng.random() < 0.5)
            return
        order = await placing.place(Actor(ActorKind.SYSTEM, label="storefront"), data)
    except Refusal:
        return  # some products are out of stock
    if fate < 0.2:
        reason = rng.choice([CancelReason.CUSTOMER, CancelReason.DECLINED])
        await cancelling.cancel(service_desk, order.id, reason=reason)
    elif fate < 0.3:
        await updating.note(service_desk, order.id, "Buyer asked for gift wrapping.")
