"""Tax class and tax rate queries and mutations."""

from datetime import date
from decimal import Decimal
from typing import Annotated

import strawberry
from tortoise.expressions import Q

from app.access.permissions import Permission
from app.channels import models, queries, service
from app.channels.schema.types import MANAGE, MANAGE_ALL, TaxClass, TaxRate
from app.channels.tax import BUILT_IN_CLASSES
from app.core.contact import country_code
from app.core.graphql.changes import changes_of
from app.core.graphql.conditions import conditions
from app.core.graphql.errors import mutation
from app.core.graphql.node import After, Before, Connection, First, Last, connection
from app.core.graphql.policy import needs, query
from app.core.graphql.scalars import CountryCode, Text, arg, doc
from app.core.ids import row_id
from app.core.pagination import Order, PageArgs

SEES_CLASSES = needs(Permission.CATALOG_VIEW_ALL)
BY_PLACE = Order(("country", "region", "tax_class", "valid_from"))


@strawberry.input(
    description="Input for creating or updating a tax rate, identified by country, region, tax "
    "class and start date. Omitted fields keep their values; a new tax rate needs a "
    "name and a rate."
)
class TaxRateSetInput:
    country: CountryCode = doc("Country (ISO 3166-1).")
    region: Text = doc("Region in which the rate applies; empty for the whole country.", default="")
    tax_class: str = doc("Tax class; see `taxClasses`.", default="standard")
    valid_from: date | None = doc(
        "First day on which the rate applies, in the time zone of the order's channel; null for no "
        "start date.",
        default=None,
    )
    valid_until: date | None = doc(
        "Last day on which the rate applies; null if it applies until a later rate begins.",
        default=strawberry.UNSET,
    )
    name: str | None = doc("Name of the tax on invoices.", default=strawberry.UNSET)
    rate: Decimal | None = doc("Tax rate as a fraction; 0.2 is twenty percent.", default=strawberry.UNSET)


@strawberry.input(description="Input for creating or renaming a tax class, identified by its code.")
class TaxClassSetInput:
    code: str = doc("Unique short code: lowercase letters, digits, - and _.")
    name: str | None = doc(
        "Display name; defaults to the code for a new tax class.", default=strawberry.UNSET
    )


@strawberry.input(description="Filter conditions for tax rates.")
class TaxRateFilter:
    country: list[CountryCode] | None = doc("Filter by country (ISO 3166-1).", default=None)
    tax_class: list[str] | None = doc("Filter by tax class.", default=None)
    on: date | None = doc("Filter by rates that are in effect on this day.", default=None)


_conditions = conditions(
    TaxRateFilter,
    models.TaxRate,
    country=lambda given: Q(country__in=[country_code(each) or each for each in given]),
    on=lambda day: Q(valid_from__lte=day) & (Q(valid_until__isnull=True) | Q(valid_until__gte=day)),
)


@strawberry.type
class TaxQuery:
    @query(MANAGE)
    async def tax_rates(
        self,
        info: strawberry.Info,
        filter: Annotated[TaxRateFilter | None, arg("Filter conditions for tax rates.")] = None,
        first: First = None,
        after: After = None,
        last: Last = None,
        before: Before = None,
    ) -> Connection[TaxRate]:
        """Tax rates, sorted by country, region, tax class and start date."""
        rows = queries.tax_rates()
        if filter is not None:
            rows = rows.filter(_conditions(filter))
        return await connection(rows, PageArgs(BY_PLACE, first, after, last, before))

    @query(SEES_CLASSES)
    async def tax_classes(self, info: strawberry.Info) -> list[TaxClass]:
        """Tax classes of products and shipping methods, both built-in and custom."""
        own = [TaxClass(code=code, name=code.capitalize(), is_built_in=True) for code in BUILT_IN_CLASSES]
        rows = await queries.tax_classes()
        return own + [TaxClass(code=row.code, name=row.name, is_built_in=False) for row in rows]


@strawberry.type
class TaxMutation:
    @mutation("TaxRateSetResult", TaxRate, policy=MANAGE_ALL)
    async def tax_rate_set(
        self, info: strawberry.Info, input: Annotated[TaxRateSetInput, arg("The tax rate.")]
    ) -> models.TaxRate:
        """Create or update a tax rate. A new rate with a later start date is stored alongside the current
        rate, which applies until then."""
        key = ("country", "region", "tax_class", "valid_from")
        changes = changes_of(input, nullable=("valid_until",), besides=key)
        return await service.set_tax_rate(
            info.context.actor, **{name: getattr(input, name) for name in key}, **changes
        )

    @mutation("TaxRateDeleteResult", TaxRate, policy=MANAGE_ALL)
    async def tax_rate_delete(
        self, info: strawberry.Info, id: Annotated[strawberry.ID, arg("The tax rate.")]
    ) -> models.TaxRate:
        """Delete a tax rate. Existing orders keep their tax rate."""
        return await service.delete_tax_rate(info.context.actor, row_id(id, "TaxRate", "id"))

    @mutation("TaxClassSetResult", TaxClass, policy=MANAGE_ALL)
    async def tax_class_set(
        self, info: strawberry.Info, input: Annotated[TaxClassSetInput, arg("The tax class.")]
    ) -> TaxClass:
        """Create a tax class or rename it."""
        changes = changes_of(input, besides=("code",))
        row = await service.set_tax_class(info.context.actor, code=input.code, **changes)
        return TaxClass(code=row.code, name=row.name, is_built_in=False)
