"""Catalog queries."""

import builtins
from typing import Annotated, Any

import strawberry

from app.catalog import models, queries
from app.catalog.gtin import barcode_forms, digits_of, gtin_is_valid
from app.catalog.lifecycle import ProductStatus
from app.catalog.schema.types import BarcodeMatch, Category, Product, Variant
from app.channels import queries as channels
from app.core.described import Described
from app.core.graphql.conditions import conditions
from app.core.graphql.filters import DateTimeFilter, StringFilter, combined
from app.core.graphql.node import After, Before, Connection, First, Last, connection
from app.core.graphql.policy import ANYONE, query
from app.core.graphql.scalars import arg, doc, graphql_enum
from app.core.ids import row_id
from app.core.pagination import Order, PageArgs
from app.core.problems import ProblemCode
from app.core.refusals import Invalid


class ProductSort(Described):
    NEWEST = "newest", "Newest first."
    OLDEST = "oldest", "Oldest first."
    NAME = "name", "By name, from A to Z."


graphql_enum(ProductSort, "Sort fields for products.")
_SORTS = {
    ProductSort.NEWEST: Order(("created_at", "id"), descending=True),
    ProductSort.OLDEST: Order(("created_at", "id")),
    ProductSort.NAME: Order(("name", "id")),
}
_BY_SLUG = Order(("slug",))


# What storefront responses depend on, besides stock: see `depends_on`.
SHOWN = ("product", "price_list", "channel", "location")


@strawberry.input(description="Filter conditions for products.")
class ProductFilter:
    name: StringFilter | None = doc("Filter by name.", default=None)
    slug: StringFilter | None = doc("Filter by slug.", default=None)
    category: str | None = doc("Filter by slug of the category.", default=None)
    status: builtins.list[ProductStatus] | None = doc(
        "Filter by status; only staff can see statuses other than PUBLISHED.", default=None
    )
    created_at: DateTimeFilter | None = doc("Filter by creation time.", default=None)
    updated_at: DateTimeFilter | None = doc(
        "Filter by time of the last change to the product's own fields.", default=None
    )
    and_: builtins.list["ProductFilter"] | None = doc(
        "Additional conditions, all of which must match.", default=None, name="and"
    )
    or_: builtins.list["ProductFilter"] | None = doc(
        "Additional conditions, at least one of which must match.", default=None, name="or"
    )
    not_: "ProductFilter | None" = doc("Condition that must not match.", default=None, name="not")


@strawberry.input(description="Sort order for products.")
class ProductOrder:
    field: ProductSort = doc("Sort field.", default=ProductSort.NEWEST)


_conditions = conditions(ProductFilter, models.Product, category=queries.by_category)


@strawberry.type
class CatalogQuery:
    @query(ANYONE, depends_on=SHOWN)
    async def product(
        self,
        info: strawberry.Info,
        id: Annotated[strawberry.ID | None, arg("ID of the product.")] = None,
        slug: Annotated[str | None, arg("Slug of the product.")] = None,
        channel: Annotated[
            str | None, arg("Code of the channel that determines prices and availability.")
        ] = None,
    ) -> Product | None:
        """A product by ID or slug. Storefronts can read published products only."""
        actor = info.context.actor
        wanted = row_id(id, "Product", "id") if id is not None else None
        found = await queries.product(actor, id=wanted, slug=slug)
        terms = await channels.by_code(channel, actor, "channel") if channel else None
        return queries.shown_in(found, terms) if found else None  # type: ignore[return-value]

    @query(ANYONE)
    async def variant_by_barcode(
        self,
        info: strawberry.Info,
        barcode: Annotated[str, arg("GTIN of 8, 12, 13 or 14 digits, as scanned.")],
    ) -> BarcodeMatch | None:
        """The variant, and its unit of measure if any, that has a barcode; null if the barcode is unknown."""
        if not gtin_is_valid(digits_of(barcode)):
            raise Invalid(
                "A GTIN must have 8, 12, 13 or 14 digits and a valid check digit.",
                "barcode",
                code=ProblemCode.MALFORMED_BARCODE,
            )
        found = await queries.by_barcode(barcode_forms(barcode), info.context.actor)
        if found is None:
            return None
        variant, unit = found
        return BarcodeMatch(variant=variant, unit=unit, quantity=unit.quantity if unit else 1)  # type: ignore[arg-type]

    @query(ANYONE, depends_on=SHOWN)
    async def products(
        self,
        info: strawberry.Info,
        channel: Annotated[
            str, arg("Code of the channel; only products with a price in this channel are listed.")
        ],
        filter: Annotated[ProductFilter | None, arg("Filter conditions for products.")] = None,
        order_by: Annotated[ProductOrder | None, arg("Sort order; newest first if omitted.")] = None,
        search: Annotated[
            str | None,
            arg("Search words; each must match the beginning of a word of the name, SKU, tag or category."),
        ] = None,
        first: First = None,
        after: After = None,
        last: Last = None,
        before: Before = None,
    ) -> Connection[Product]:
        """Products for sale in a channel."""
        actor = info.context.actor
        terms = await channels.by_code(channel, actor, "channel")
        rows = queries.sold_in(terms, actor)
        if filter is not None:
            rows = rows.filter(combined(filter, _conditions))
        found = await queries.found_by(search) if search else None
        if found is not None:
            rows = rows.filter(id__in=found)
        order = _SORTS[order_by.field if order_by else ProductSort.NEWEST]
        page: Any = await connection(rows, PageArgs(order, first, after, last, before))
        queries.now_shown_in(page.page.rows, terms)
        return page

    @query(ANYONE, depends_on=SHOWN)
    async def variant(
        self,
        info: strawberry.Info,
        id: Annotated[strawberry.ID | None, arg("ID of the variant.")] = None,
        sku: Annotated[str | None, arg("SKU of the variant.")] = None,
        channel: Annotated[
            str | None, arg("Code of the channel that determines prices and availability.")
        ] = None,
    ) -> Variant | None:
        """A variant by ID or SKU."""
        actor = info.context.actor
        wanted = row_id(id, "Variant", "id") if id is not None else None
        found = await queries.variant(actor, id=wanted, sku=sku)
        terms = await channels.by_code(channel, actor, "channel") if channel else None
        return queries.shown_in(found, terms) if found else None  # type: ignore[return-value]

    @query(ANYONE, depends_on=SHOWN)
    async def categories(
        self,
        info: strawberry.Info,
        first: First = None,
        after: After = None,
        last: Last = None,
        before: Before = None,
    ) -> Connection[Category]:
        """Categories of the catalog, sorted by slug."""
        return await connection(queries.categories(), PageArgs(_BY_SLUG, first, after, last, before))
