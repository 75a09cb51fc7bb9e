"""Templates of pages; stored text is cleaned for display."""

from pathlib import Path
from typing import Any, TypeVar

from jinja2 import Environment, FileSystemLoader
from markupsafe import Markup, escape
from starlette.templating import Jinja2Templates

from app.core.characters import harmless_line, harmless_lines
from app.web.assets import asset

T = TypeVar("T")

_FOLDER = Path(__file__).parent / "templates"


def page_templates(**known: Any) -> Jinja2Templates:
    """The templates, with the functions that they can call in addition to `asset`.

    Each text is escaped and kept in one line; the filter `in_lines` keeps its line breaks.
    """
    environment = Environment(loader=FileSystemLoader(_FOLDER), autoescape=True, finalize=_shown)
    templates = Jinja2Templates(env=environment)
    templates.env.globals.update(asset=asset, **known)
    templates.env.filters["in_lines"] = _in_lines
    return templates


def _shown(value: object) -> object:
    return harmless_line(value) if type(value) is str else value  # markup was made from cleaned text


def _in_lines(text: str) -> Markup:
    return escape(harmless_lines(text))
