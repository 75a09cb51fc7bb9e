"""Tax classes and tax rates through the graph."""

from datetime import date
from decimal import Decimal
from typing import Annotated, Any

import strawberry
from tortoise.expressions import Q

from app.access.permissions import Permission
from app.channels import queries, service
from app.channels.schema.types import MANAGE, MANAGE_ALL, TaxClass, TaxRate
from app.channels.tax import BUILT_IN_CLASSES
from app.core.contact import country_code
from app.core.graphql.changes import changes_of
from app.core.graphql.errors import mutation
from app.core.graphql.node import After, Before, Connection, First, Last, connection
from app.core.graphql.policy import needs, query
from app.core.graphql.scalars import CountryCode, Text, arg, doc
from app.core.ids import row_id
from app.core.pagination import Order, PageArgs

SEES_CLASSES = needs(Permission.CATALOG_VIEW_ALL)
BY_PLACE = Order(("country", "region", "tax_class", "valid_from"))


@strawberry.input(
    description="A tax rate to add or change, found by country, region, class and the day it begins. What is "
    "left out stays as it is; a new one needs a name and a rate."
)
class TaxRateSetInput:
    country: CountryCode = doc("ISO 3166-1 code.")
    region: Text = doc("One region; empty for the whole country.", default="")
    tax_class: str = doc("The class of goods or services; see `taxClasses`.", default="standard")
    valid_from: date | None = doc(
        "From which day on, in the time zone of the order's channel; null: since ever.", default=None
    )
    valid_until: date | None = doc("The last day; null: until a later one begins.", default=strawberry.UNSET)
    name: str | None = doc("The tax's name on the invoice.", default=strawberry.UNSET)
    rate: Decimal | None = doc("The rate as a fraction: 0.2 is twenty percent.", default=strawberry.UNSET)


@strawberry.input(description="A tax class to add, or to name anew, found by its code.")
class TaxClassSetInput:
    code: str = doc("Its short name: small letters, digits, - and _.")
    name: str | None = doc("What people call it; the code of a new one without.", default=strawberry.UNSET)


@strawberry.input(description="Which tax rates.")
class TaxRateFilter:
    country: list[CountryCode] | None = doc("Of one of these countries (ISO 3166-1).", default=None)
    tax_class: list[str] | None = doc("Of one of these classes.", default=None)
    on: date | None = doc("In force on this day.", default=None)


def _conditions(given: TaxRateFilter) -> Q:
    q = Q()
    if given.country is not None:
        q &= Q(country__in=[country_code(country) or country for country in given.country])
    if given.tax_class is not None:
        q &= Q(tax_class__in=given.tax_class)
    if given.on is not None:
        q &= Q(valid_from__lte=given.on) & (Q(valid_until__isnull=True) | Q(valid_until__gte=given.on))
    return q


@strawberry.type
class TaxQuery:
    @query(MANAGE)
    async def tax_rates(
        self,
        info: strawberry.Info,
        filter: Annotated[TaxRateFilter | None, arg("Which rates.")] = None,
        first: First = None,
        after: After = None,
        last: Last = None,
        before: Before = None,
    ) -> Connection[TaxRate]:
        """The table of tax rates, by country, region, class and the day they begin."""
        rows = queries.tax_rates()
        if filter is not None:
            rows = rows.filter(_conditions(filter))
        return await connection(rows, PageArgs(BY_PLACE, first, after, last, before))

    @query(SEES_CLASSES)
    async def tax_classes(self, info: strawberry.Info) -> list[TaxClass]:
        """The classes that products and shipping methods can be of: those always there, and those added."""
        own = [TaxClass(code=code, name=code.capitalize(), is_built_in=True) for code in BUILT_IN_CLASSES]
        rows = await queries.tax_classes()
        return own + [TaxClass(code=row.code, name=row.name, is_built_in=False) for row in rows]


@strawberry.type
class TaxMutation:
    @mutation("TaxRateSetResult", TaxRate, policy=MANAGE_ALL)
    async def tax_rate_set(
        self, info: strawberry.Info, input: Annotated[TaxRateSetInput, arg("The rate.")]
    ) -> Any:
        """Add or change a tax rate. A new rate from a day on stands beside the one until then."""
        key = ("country", "region", "tax_class", "valid_from")
        said = changes_of(input, nullable=("valid_until",), besides=key)
        return await service.set_tax_rate(
            info.context.actor, **{name: getattr(input, name) for name in key}, **said
        )

    @mutation("TaxRateDeleteResult", TaxRate, policy=MANAGE_ALL)
    async def tax_rate_delete(
        self, info: strawberry.Info, id: Annotated[strawberry.ID, arg("The rate.")]
    ) -> Any:
        """Take a rate out of the table. Orders that were placed keep theirs."""
        return await service.delete_tax_rate(info.context.actor, row_id(id, "TaxRate", "id"))

    @mutation("TaxClassSetResult", TaxClass, policy=MANAGE_ALL)
    async def tax_class_set(
        self, info: strawberry.Info, input: Annotated[TaxClassSetInput, arg("The class.")]
    ) -> Any:
        """Add a tax class, or give it another name."""
        said = changes_of(input, besides=("code",))
        row = await service.set_tax_class(info.context.actor, code=input.code, **said)
        return TaxClass(code=row.code, name=row.name, is_built_in=False)
