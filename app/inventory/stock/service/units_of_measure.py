"""Units of measure, such as a carton of twelve. Stock is counted in pieces."""

from app.catalog import queries as catalog
from app.catalog.models import Variant, VariantUnit
from app.core.problems import ProblemCode
from app.core.refusals import Invalid


async def checked_unit(variant: Variant, code: str, *path: str) -> VariantUnit:
    """The variant's unit with a code.

    Raises:
        Invalid: the variant has no such unit.
    """
    unit = await catalog.unit(variant.id, code)
    if unit is None:
        choices = [each.code for each in (await catalog.units_by_variant([variant.id]))[0]]
        known = ", ".join(choices)
        raise Invalid(
            f"{variant.sku} has no such unit of measure. Units of measure: {known or 'none'}.",
            *path,
            code=ProblemCode.UNKNOWN_CHOICE,
            choices=choices,
        )
    return unit


async def in_pieces(variant: Variant, quantity: int, unit: str | None, *path: str) -> int:
    """A quantity in pieces; `unit` is the code of its unit, None: pieces.

    Raises:
        Invalid: the variant has no such unit.
    """
    if unit is None:
        return quantity
    size: int = (await checked_unit(variant, unit, *path, "unit")).quantity
    return quantity * size
