"""The templates of pages, in which whatever was stored is shown harmlessly."""

from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader
from markupsafe import Markup, escape
from starlette.templating import Jinja2Templates

from app.core.characters import harmless_line, harmless_lines
from app.web.assets import asset

_FOLDER = Path(__file__).parent / "templates"


def page_templates(**known: Any) -> Jinja2Templates:
    """The templates, with what they can call beside `asset`.

    Each text that they show is escaped and within one line; with the filter `in_lines` it keeps its lines.
    """
    environment = Environment(loader=FileSystemLoader(_FOLDER), autoescape=True, finalize=_shown)
    templates = Jinja2Templates(env=environment)
    templates.env.globals.update(asset=asset, **known)
    templates.env.filters["in_lines"] = _in_lines
    return templates


def _shown(value: Any) -> Any:
    return harmless_line(value) if type(value) is str else value  # markup was made of such texts


def _in_lines(text: str) -> Markup:
    return escape(harmless_lines(text))
