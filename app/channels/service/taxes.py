"""The table of tax rates."""

import re
from decimal import Decimal

from app.channels import queries
from app.channels.events import TaxRateSet
from app.channels.models import TaxRate
from app.core.ids import new_id
from app.core.refusals import Invalid
from app.core.work import Work, verb

_COUNTRY = re.compile(r"^[A-Z]{2}\Z")


@verb
async def set_tax_rate(
    work: Work, *, country: str, region: str = "", tax_class: str, name: str, rate: Decimal
) -> TaxRate:
    """Add or change the rate of a tax class in a country or one of its regions.

    Raises:
        Invalid: no such country code, or a rate outside 0 to 1.
    """
    if not _COUNTRY.match(country):
        raise Invalid("A country is its ISO 3166-1 code of two capitals.", "country")
    if not 0 <= rate <= 1:
        raise Invalid("A rate is a fraction from 0 to 1: 0.2 is twenty percent.", "rate")
    if rate != round(rate, 5):
        raise Invalid("A rate has 5 decimals at the most.", "rate")
    row = await queries.tax_rate(country, region.upper(), tax_class) or TaxRate(
        id=new_id(), country=country, region=region.upper(), tax_class=tax_class
    )
    row.name, row.rate = name, rate
    await row.save()
    work.announce(
        TaxRateSet(subject_id=row.id, country=country, region=row.region, tax_class=tax_class, rate=str(rate))
    )
    return row
