"""`/demo-shop`: the starter shop of docs/storefront, in development. Its files are built by scripts/shop."""

import re
from functools import cache
from pathlib import Path

from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response
from starlette.routing import Route

from app.settings import Settings
from app.web.assets import FOR_EVER

FOLDER = Path(__file__).parent / "shop"
PATH = "/demo-shop"
_TYPES = {".js": "text/javascript", ".css": "text/css"}
_COMMON = {"X-Content-Type-Options": "nosniff", "Referrer-Policy": "no-referrer"}
_PAGE = {
    **_COMMON,
    "Cache-Control": "no-cache",
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' https: data:; "
        "connect-src 'self' ws: wss:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'; "
        "require-trusted-types-for 'script'; trusted-types 'none'"
    ),
}
_HASHED = re.compile(r"[a-z]+\.[A-Z0-9]{8}\.(?:js|css)\Z")


def routes(config: Settings) -> list[Route]:
    """The routes of the shop; none in production."""
    if not config.is_development:
        return []
    return [Route(PATH, _start), Route(PATH + "/{path:path}", _page)]


async def _start(_request: Request) -> Response:
    return RedirectResponse(PATH + "/")


async def _page(request: Request) -> Response:
    """A file by its name, which has a hash of its content; the shop's page for every other path."""
    name = request.path_params["path"]
    if not _HASHED.match(name):
        return HTMLResponse(_file("index.html"), headers=_PAGE)
    if name not in _names():
        return Response(status_code=404, headers=_COMMON)
    headers = {**_COMMON, "Cache-Control": FOR_EVER}
    return Response(_file(name), headers=headers, media_type=_TYPES[Path(name).suffix])


@cache
def _names() -> frozenset[str]:
    return frozenset(path.name for path in FOLDER.iterdir())


@cache
def _file(name: str) -> bytes:
    return (FOLDER / name).read_bytes()
