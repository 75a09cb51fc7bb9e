"""Countries by their ISO 3166-1 codes of two letters."""

from app.core.contact import territories
from app.core.folding import folded
from app.core.problems import ProblemCode
from app.core.refusals import Invalid

# Codes that ISO 3166-1 reserves for use beside the official one.
_ALSO = {"UK": "GB", "EL": "GR"}


def country_code(text: str) -> str | None:
    """The official ISO code in capitals; None if the text is no country."""
    code = folded(text).upper()
    code = _ALSO.get(code, code)
    return code if code in territories.known() else None


def checked_country(text: str, *path: str) -> str:
    """The code in its stored form.

    Raises:
        Invalid: the country does not exist.
    """
    code = country_code(text)
    if code is None:
        raise Invalid(
            "Enter the two-letter ISO 3166-1 code of the country, such as DE.",
            *path,
            code=ProblemCode.UNKNOWN_COUNTRY,
            given=text[:80],
        )
    return code
