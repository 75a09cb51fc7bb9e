"""Tax classes: what is taxed alike."""

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

CLASSES = "tax_class"  # whose turn it is, see `one_at_a_time` and `together`


async def checked_tax_class(code: str, *path: str) -> str:
    """The code of a tax class, however its letters were written. It is there until this transaction ends.

    Raises:
        Invalid: there is no such class. A product of it would be sold without tax.
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
        f"There is no tax class {code[:40]!r}. There are: {', '.join(choices)}; `taxClassSet` adds one.",
        *path,
        code=ProblemCode.UNKNOWN_CHOICE,
        given=code[:80],
        choices=choices,
    )


@command
async def set_tax_class(uow: UnitOfWork, *, code: str, name: str | None = None) -> TaxClass:
    """Add a tax class, or give it another name.

    Raises:
        Invalid: a code that cannot be, or that of a class that is always there.
    """
    await one_at_a_time(CLASSES)
    checked_code(code, "code")
    if code in BUILT_IN_CLASSES:
        raise Invalid("This tax class is always there.", "code", code=ProblemCode.TAKEN)
    if name is not None and not 1 <= len(name.strip()) <= 120:
        raise Invalid(
            "A name has 1 to 120 characters.", "name", code=ProblemCode.WRONG_LENGTH, minimum=1, maximum=120
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
    """Take a tax class away that nothing is of.

    `is_used` finds out whether a product is of it, which is not known here.

    Raises:
        NotFound: there is none that was added.
        Invalid: something is of it.
    """
    await one_at_a_time(CLASSES)
    row = await queries.tax_class(code)
    if row is None:
        raise NotFound.of("tax class", "code")
    if await is_used(code) or await queries.class_is_taxed(code):
        text = "Products, shipping methods or tax rates are of this class: move them to another one first."
        raise Invalid(text, "code", code=ProblemCode.NOT_POSSIBLE_NOW)
    await row.delete()
    uow.announce(TaxClassDeleted(subject_id=row.id, code=code))
    return row
