"""Fields of a request's head."""

from starlette.types import Scope


def header(scope: Scope, name: bytes) -> str:
    """The value of a field in its first line, given its name in lower case; empty if the field is missing.

    Read from the request's own list: Starlette's `Headers` takes several times as long, and each request
    reads about ten fields.
    """
    for key, value in scope["headers"]:
        if key == name:
            return str(value, "latin-1")
    return ""


def list_header(scope: Scope, name: bytes) -> str:
    """The value of a field that is a list, such as `Accept`; empty if the field is missing.

    A list can be sent in several lines of the same name, which count as one (RFC 9110, section 5.3).
    """
    return ", ".join(str(value, "latin-1") for key, value in scope["headers"] if key == name)
