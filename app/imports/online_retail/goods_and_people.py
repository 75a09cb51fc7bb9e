"""Creates the products and customers that the invoices of a file name."""

import re
from collections.abc import Callable
from datetime import datetime
from uuid import UUID

from app.catalog import queries as catalog
from app.catalog.lifecycle import ProductStatus
from app.catalog.models import Product, SearchWord, Variant
from app.catalog.searching import product_words
from app.core.actor import Actor
from app.core.ids import fingerprint, new_id
from app.core.uow import UnitOfWork, transact
from app.customers import queries as customers
from app.customers.indexing import index_many
from app.customers.models import Customer
from app.imports.online_retail.reading import COUNTRIES, SERVICE_CODES
from app.imports.online_retail.tolerating import written

SOURCE = "online-retail"


async def load_products(
    by: Actor, skus: list[str], names: dict[str, str], refuse: Callable[[str, str], None]
) -> tuple[dict[str, Variant], int]:
    """The variants of some SKUs, creating missing ones; and the number created."""
    known = await catalog.variants_of_skus(skus)
    fresh = [sku for sku in skus if sku not in known]

    async def write(some: list[str]) -> int:
        async def body(uow: UnitOfWork) -> None:
            await _write_products(uow, some, names)

        await transact(by, body)
        return len(some)

    made = sum(await written(fresh, write, refuse)) if fresh else 0
    return known | await catalog.variants_of_skus(fresh), made


async def _write_products(uow: UnitOfWork, skus: list[str], names: dict[str, str]) -> None:
    products, variants, words = [], [], []
    for sku in skus:
        name = names.get(sku, sku).title()[:250]
        product = Product(
            id=new_id(),
            slug=_slug(sku),
            name=name,
            status=ProductStatus.PUBLISHED,
            external_reference=f"{SOURCE}:{sku}",
            created_at=uow.at,
            updated_at=uow.at,
        )
        products.append(product)
        variants.append(
            Variant(
                id=new_id(),
                product_id=product.id,
                sku=sku,
                tracks_stock=sku not in SERVICE_CODES and not sku.startswith("GIFT_"),
                created_at=uow.at,
                updated_at=uow.at,
            )
        )
        words += [
            SearchWord(id=new_id(), product_id=product.id, word=word)
            for word in product_words(name, [sku], [])
        ]
    await Product.bulk_create(products)
    await Variant.bulk_create(variants)
    await SearchWord.bulk_create(words)


def _slug(sku: str) -> str:
    """A slug of a SKU; if it does not identify the SKU, part of a hash is appended."""
    words = re.sub("[^a-z0-9]+", "-", sku.lower()).strip("-")
    plain = f"{SOURCE}-{words}" if words else SOURCE
    return plain if words == sku.lower() else f"{plain}-{fingerprint(sku)[:8]}"


async def load_customers(
    by: Actor, countries: dict[str, str], refuse: Callable[[str, str], None]
) -> tuple[dict[str, UUID], int]:
    """The customers of some numbers (with their countries), creating missing ones; and the number created."""
    known = await customers.ids_by_reference([f"{SOURCE}:{number}" for number in countries])
    people = {reference.removeprefix(f"{SOURCE}:"): id for reference, id in known.items()}
    fresh = [number for number in countries if number not in people]

    async def write(some: list[str]) -> dict[str, UUID]:
        async def body(uow: UnitOfWork) -> dict[str, UUID]:
            rows = [_customer(uow.at, number, countries[number]) for number in some]
            await Customer.bulk_create(rows)
            await index_many(rows)
            return {number: row.id for number, row in zip(some, rows, strict=True)}

        return await transact(by, body)

    made = await written(fresh, write, refuse) if fresh else []
    for part in made:
        people |= part
    return people, sum(map(len, made))


def _customer(at: datetime, number: str, country: str) -> Customer:
    return Customer(
        id=new_id(),
        name=f"Customer {number}",
        external_reference=f"{SOURCE}:{number}",
        metadata={"country": COUNTRIES.get(country, country)},
        created_at=at,
        updated_at=at,
    )
