"""Static files, each also under a URL with a hash of its content.

`/static/page.css` is revalidated each time and answered 304 while unchanged. `/static/page.1f0c2a9b3d4e.css`
never changes, so browsers cache it for a year. Any origin may load them.
"""

import hashlib
import re
from functools import cache
from pathlib import Path

from starlette.responses import Response
from starlette.staticfiles import StaticFiles
from starlette.types import Scope

FOLDER = Path(__file__).parent / "static"
_VERSIONED = re.compile(r"^(?P<name>.+)\.(?P<version>[0-9a-f]{12})(?P<ending>\.[a-z.]+)\Z")
FOR_EVER = "public, max-age=31536000, immutable"
ASK_AGAIN = "no-cache"


@cache
def version_of(name: str) -> str:
    """The hash of a file's content, as in its URL."""
    return hashlib.sha256((FOLDER / name).read_bytes()).hexdigest()[:12]


def asset(name: str) -> str:
    """The URL of a file under which it may be cached permanently."""
    stem, dot, ending = name.partition(".")
    return f"/static/{stem}.{version_of(name)}{dot}{ending}"


class Assets(StaticFiles):
    def __init__(self) -> None:
        super().__init__(directory=FOLDER)

    async def get_response(self, path: str, scope: Scope) -> Response:
        found = _VERSIONED.match(path)
        name = found["name"] + found["ending"] if found else path
        answer = await super().get_response(name, scope)
        if answer.status_code in (200, 304):
            # A page that was loaded before a deployment requests the old file and gets the present one.
            is_that = found is not None and found["version"] == version_of(name)
            answer.headers["Cache-Control"] = FOR_EVER if is_that else ASK_AGAIN
            # Module scripts of another origin require this header; the files contain no secrets.
            answer.headers["Access-Control-Allow-Origin"] = "*"
            answer.headers["Cross-Origin-Resource-Policy"] = "cross-origin"
        return answer
