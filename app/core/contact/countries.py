"""Countries by their ISO 3166-1 codes of two letters."""

from app.core.contact import territories
from app.core.folding import folded
from app.core.problems import ProblemCode
from app.core.refusals import Invalid

# Codes that are set aside by ISO 3166-1 for use beside the official one.
_ALSO = {"UK": "GB", "EL": "GR"}


def country_code(text: str) -> str | None:
    """The code in capitals, in its official spelling; None for what is no country's."""
    code = folded(text).upper()
    code = _ALSO.get(code, code)
    return code if code in territories.known() else None


def checked_country(text: str, *path: str) -> str:
    """The code as it is kept.

    Raises:
        Invalid: there is no such country.
    """
    code = country_code(text)
    if code is None:
        raise Invalid(
            "A country is its ISO 3166-1 code of two letters, such as DE.",
            *path,
            code=ProblemCode.UNKNOWN_COUNTRY,
            given=text[:80],
        )
    return code
