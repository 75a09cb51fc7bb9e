"""Fields of a request's head."""

from starlette.types import Scope


def header(scope: Scope, name: bytes) -> str:
    """The first value of a field, given its name in lower case; empty if the field is missing.

    Read from the request's own list: Starlette's `Headers` takes several times as long, and each request
    reads about ten fields.
    """
    for key, value in scope["headers"]:
        if key == name:
            return str(value, "latin-1")
    return ""
