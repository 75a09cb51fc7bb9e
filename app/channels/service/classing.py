"""Tax classes."""

from collections.abc import Awaitable, Callable

from app.channels import queries
from app.channels.events import TaxClassDeleted, TaxClassSet
from app.channels.models import TaxClass
from app.channels.service.naming import checked_code
from app.channels.tax import BUILT_IN_CLASSES
from app.core.database import one_at_a_time, together
from app.core.ids import new_id
from app.core.problems import ProblemCode
from app.core.refusals import Invalid, NotFound
from app.core.uow import UnitOfWork, command

CLASSES = "tax_class"  # the subject of the locks `one_at_a_time` and `together`


async def checked_tax_class(code: str, *path: str) -> str:
    """The code of an existing tax class, in any case. The class cannot be deleted until this transaction
    ends.

    Raises:
        Invalid: the class does not exist. A product of it would be sold without tax.
    """
    wanted = code.strip()
    if wanted.lower() in BUILT_IN_CLASSES:
        return wanted.lower()
    await together(CLASSES)
    for spelling in (wanted.lower(), wanted):
        if await queries.tax_class(spelling):
            return spelling
    choices = [*BUILT_IN_CLASSES, *(each.code for each in await queries.tax_classes())]
    raise Invalid(
        (
            f"There is no tax class {code[:40]!r}. Existing tax classes: {', '.join(choices)}. "
            "Use `taxClassSet` to add one."
        ),
        *path,
        code=ProblemCode.UNKNOWN_CHOICE,
        given=code[:80],
        choices=choices,
    )


@command
async def set_tax_class(uow: UnitOfWork, *, code: str, name: str | None = None) -> TaxClass:
    """Create a tax class or rename it.

    Raises:
        Invalid: an invalid code, or that of a built-in class.
    """
    await one_at_a_time(CLASSES)
    checked_code(code, "code")
    if code in BUILT_IN_CLASSES:
        raise Invalid("A built-in tax class cannot be deleted.", "code", code=ProblemCode.TAKEN)
    if name is not None and not 1 <= len(name.strip()) <= 120:
        raise Invalid(
            "The name must have 1 to 120 characters.",
            "name",
            code=ProblemCode.WRONG_LENGTH,
            minimum=1,
            maximum=120,
        )
    row = await queries.tax_class(code) or TaxClass(id=new_id(), code=code, name=code)
    row.name = name.strip() if name is not None else row.name
    await row.save()
    uow.announce(TaxClassSet(subject_id=row.id, code=code))
    return row


@command
async def delete_tax_class(
    uow: UnitOfWork, code: str, *, is_used: Callable[[str], Awaitable[bool]]
) -> TaxClass:
    """Delete an unused tax class.

    `is_used` finds out whether a product uses it, which this layer does not know.

    Raises:
        NotFound: there is no such custom class.
        Invalid: it is in use.
    """
    await one_at_a_time(CLASSES)
    row = await queries.tax_class(code)
    if row is None:
        raise NotFound.of("tax class", "code")
    if await is_used(code) or await queries.class_is_taxed(code):
        text = "Products, shipping methods or tax rates use this tax class. Assign them to another one first."
        raise Invalid(text, "code", code=ProblemCode.NOT_POSSIBLE_NOW)
    await row.delete()
    uow.announce(TaxClassDeleted(subject_id=row.id, code=code))
    return row
