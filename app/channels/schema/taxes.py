"""Tax rates through the graph."""

from decimal import Decimal
from typing import Annotated, Any

import strawberry

from app.channels import queries, service
from app.channels.schema.types import MANAGE, TaxRate
from app.core.graphql.errors import mutation
from app.core.graphql.node import After, Before, Connection, First, Last, connection
from app.core.graphql.policy import query
from app.core.graphql.scalars import arg, doc
from app.core.pagination import Order, PageArgs

BY_PLACE = Order(("country", "region", "tax_class"))


@strawberry.input(description="A tax rate to add or change, found by country, region and class.")
class TaxRateSetInput:
    country: str = doc("ISO 3166-1 code.")
    region: str = doc("One region; empty for the whole country.", default="")
    tax_class: str = doc("The class of goods or services.", default="standard")
    name: str = doc("The tax's name on the invoice.")
    rate: Decimal = doc("The rate as a fraction: 0.2 is twenty percent.")


@strawberry.type
class TaxQuery:
    @query(MANAGE)
    async def tax_rates(
        self,
        info: strawberry.Info,
        first: First = None,
        after: After = None,
        last: Last = None,
        before: Before = None,
    ) -> Connection[TaxRate]:
        """The table of tax rates, by country."""
        return await connection(queries.tax_rates(), PageArgs(BY_PLACE, first, after, last, before))


@strawberry.type
class TaxMutation:
    @mutation("TaxRateSetResult", TaxRate, policy=MANAGE)
    async def tax_rate_set(
        self, info: strawberry.Info, input: Annotated[TaxRateSetInput, arg("The rate.")]
    ) -> Any:
        """Add or change a tax rate."""
        return await service.set_tax_rate(
            info.context.actor,
            country=input.country,
            region=input.region,
            tax_class=input.tax_class,
            name=input.name,
            rate=input.rate,
        )
