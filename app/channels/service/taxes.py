"""Tax rates."""

from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID

from app.channels import queries
from app.channels.events import TaxRateDeleted, TaxRateSet
from app.channels.models import TaxRate
from app.channels.service.classing import checked_tax_class
from app.core.contact import checked_country, checked_region
from app.core.database import one_at_a_time
from app.core.ids import new_id
from app.core.problems import ProblemCode
from app.core.refusals import Problems
from app.core.uow import UnitOfWork, command

LONGEST_NAME = 60


@command
async def set_tax_rate(
    uow: UnitOfWork,
    /,
    *,
    country: str,
    region: str = "",
    tax_class: str = "standard",
    valid_from: date | None = None,
    **changes: Any,
) -> TaxRate:
    """Create or update the rate of a tax class in a country or region, from a date on.

    `changes` contains `name`, `rate` and `valid_until`; missing ones stay unchanged. If two rates apply on a
    date, the one that started last is used.

    Raises:
        Invalid: an unknown country, region or class, or a rate outside 0 to 1.
    """
    await one_at_a_time("tax_rate")
    country = checked_country(country, "country")
    region = checked_region(country, region, "region")
    tax_class = await checked_tax_class(tax_class, "tax_class")
    begins = valid_from or date.min
    row = await queries.tax_rate(country, region, tax_class, begins)
    if row is None:
        _refuse_lacking(changes)
        row = TaxRate(id=new_id(), country=country, region=region, tax_class=tax_class, valid_from=begins)
    for name, value in _checked(changes, begins).items():
        setattr(row, name, value)
    await row.save()
    uow.announce(
        TaxRateSet(
            subject_id=row.id, country=country, region=row.region, tax_class=tax_class, rate=str(row.rate)
        )
    )
    return row


def _refuse_lacking(changes: Mapping[str, Any]) -> None:
    problems = Problems()
    for name in ("name", "rate"):
        if changes.get(name) is None:
            problems.add("This field is required for a new tax rate.", name, code=ProblemCode.REQUIRED)
    problems.refuse()


def _checked(changes: Mapping[str, Any], begins: date) -> dict[str, Any]:
    written = dict(changes)
    problems = Problems()
    if "name" in written:
        written["name"] = written["name"].strip()
        if not 1 <= len(written["name"]) <= LONGEST_NAME:
            problems.add(
                f"The name must have 1 to {LONGEST_NAME} characters.",
                "name",
                code=ProblemCode.WRONG_LENGTH,
                minimum=1,
                maximum=LONGEST_NAME,
            )
    rate = written.get("rate", Decimal(0))
    if not 0 <= rate <= 1:
        problems.add(
            "A tax rate must be a fraction between 0 and 1: 0.2 is twenty percent.",
            "rate",
            code=ProblemCode.NOT_IN_RANGE,
            minimum=0,
            maximum=1,
        )
    if rate != round(rate, 5):
        text = "A tax rate can have at most 5 decimal places."
        problems.add(text, "rate", code=ProblemCode.TOO_PRECISE, decimals=5)
    until = written.get("valid_until")
    if until is not None and until < begins:
        problems.add("The end must be after the start.", "valid_until", code=ProblemCode.ENDS_BEFORE_START)
    problems.refuse()
    return written


@command
async def delete_tax_rate(uow: UnitOfWork, id: UUID) -> TaxRate:
    """Delete a tax rate; existing orders keep theirs.

    Raises:
        NotFound: it does not exist.
    """
    row = await queries.locked_tax_rate(id)
    await row.delete()
    uow.announce(
        TaxRateDeleted(subject_id=row.id, country=row.country, region=row.region, tax_class=row.tax_class)
    )
    return row
