"""Validation of codes: short names for URLs and files."""

import re

from app.core.problems import ProblemCode
from app.core.refusals import Invalid

_CODE = re.compile(r"^[a-z0-9][a-z0-9_-]{0,39}\Z")


def checked_code(code: str, *path: str) -> str:
    """Validate a code.

    Raises:
        Invalid: it has characters other than lower-case letters, digits, - and _, or more than 40.
    """
    if not _CODE.match(code):
        raise Invalid(
            "The code must have 1 to 40 lowercase letters, digits, hyphens or underscores.",
            *path,
            code=ProblemCode.MALFORMED,
            maximum=40,
        )
    return code
