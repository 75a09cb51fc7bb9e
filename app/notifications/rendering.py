"""Renders Liquid templates in a sandbox: known tags and filters, bounded loops, memory, output and time."""

import re
import time
from collections.abc import Callable, Mapping
from contextvars import ContextVar
from dataclasses import dataclass
from functools import cache, lru_cache, wraps
from pathlib import Path
from typing import Any

from babel import Locale
from liquid import BoundTemplate, DictLoader, Environment, RenderContext, StrictUndefined
from liquid.exceptions import LiquidError
from liquid.undefined import UNDEFINED
from markupsafe import Markup

from app.core.characters import harmless_line

FOLDER = Path(__file__).parent / "buyer_templates"
PATIENCE = 1.0  # seconds of CPU time for a message
LONGEST_VALUE = 100_000  # characters or elements
TAGS = frozenset(
    {
        "if",
        "unless",
        "case",
        "for",
        "break",
        "continue",
        "capture",
        "assign",
        "echo",
        "include",
        "comment",
        "#",
    }
)
FILTERS = frozenset(
    {"append", "capitalize", "default", "downcase", "escape", "first", "join", "last", "newline_to_br"}
    | {"prepend", "remove", "size", "slice", "strip", "strip_html", "strip_newlines", "truncate"}
    | {"truncatewords", "upcase", "url_encode"}
)
_ends_at: ContextVar[float | None] = ContextVar("ends_at", default=None)
_BLANK_LINES, _EMPTY = re.compile(r"\n{3,}"), re.compile(r"<p[^>]*>\s*</p>")


class TooExpensive(LiquidError):
    """A template takes more time than a message may."""


class _Context(RenderContext):
    """Checks the time at each value, filter and loop."""

    def get(self, path: Any, *, token: Any, default: object = UNDEFINED) -> object:
        _check_time()
        return super().get(path, token=token, default=default)

    def filter(self, name: str, token: Any) -> Callable[..., object]:
        _check_time()
        return super().filter(name, token)

    def raise_for_loop_limit(self, length: int = 1) -> None:
        _check_time()
        super().raise_for_loop_limit(length)


class _Template(BoundTemplate):
    context_class = _Context


class _Sandbox(Environment):
    template_class = _Template
    loop_iteration_limit = 5_000
    local_namespace_limit = 100_000
    output_stream_limit = 500_000
    context_depth_limit = 10
    block_nesting_limit = 20

    def setup_tags_and_filters(self, *, extra: bool = False) -> None:
        super().setup_tags_and_filters(extra=extra)
        inner = {"content", "output", "illegal"}
        self.tags = {name: tag for name, tag in self.tags.items() if name in TAGS or name in inner}
        known = {name: self.filters[name] for name in FILTERS}
        self.filters = {name: _bounded(name, function) for name, function in known.items()}


def _bounded(name: str, function: Callable[..., object]) -> Callable[..., object]:
    """A filter that takes and returns texts of a limited length, so that a chain of them stays cheap."""

    @wraps(function)
    def bounded(value: object, *args: object, **more: object) -> object:
        size = sum(len(each) for each in (value, *args) if isinstance(each, (str, list)))
        found = function(value, *args, **more) if size <= LONGEST_VALUE else None
        if found is None or (isinstance(found, (str, list)) and len(found) > LONGEST_VALUE):
            raise TooExpensive(f"{name} makes a value that is too long", token=None)
        return found

    return bounded


def _check_time() -> None:
    ends_at = _ends_at.get()
    if ends_at is not None and time.thread_time() > ends_at:
        raise TooExpensive("The template takes too long.", token=None)


@cache
def _environment(medium: str) -> Environment:
    """The environment of a medium, `html` or `txt`; `include` names the partial templates of that medium."""
    partials = {path.stem: path.read_text() for path in sorted((FOLDER / "partials").glob(f"*.{medium}"))}
    return _Sandbox(autoescape=medium == "html", undefined=StrictUndefined, loader=DictLoader(partials))


def parsed(source: str, medium: str) -> BoundTemplate:
    """A parsed template of a medium.

    Raises:
        LiquidError: its syntax is invalid.
    """
    return _environment(medium).from_string(source)


@lru_cache(maxsize=64)
def _kept(source: str, medium: str) -> BoundTemplate:
    return parsed(source, medium)


@dataclass(frozen=True, slots=True)
class Sources:
    """The sources of a template."""

    subject: str
    html: str
    text: str


@dataclass(frozen=True, slots=True)
class Rendered:
    """The parts of a message."""

    subject: str
    html: str
    text: str


def render(
    sources: Sources, values: Mapping[str, Any], locale: Locale, patience: float = PATIENCE
) -> Rendered:
    """The parts of a message, in the layout of all messages.

    Texts among the values are in one line and cannot pose as text of the shop; in HTML they are escaped.

    Raises:
        LiquidError: a template is invalid, names a value that does not exist or exceeds a limit.
    """
    known = {name: _harmless(value) for name, value in values.items()}
    token = _ends_at.set(time.thread_time() + patience)
    try:
        subject = " ".join(_kept(sources.subject, "txt").render(known).split())
        html = _EMPTY.sub("", _kept(sources.html, "html").render(known))
        text = _kept(sources.text, "txt").render(known)
        around = {"subject": subject, "language": str(locale).replace("_", "-")}
        around["direction"] = locale.text_direction
        return Rendered(
            subject,
            _layout("html").render(known | around | {"body": Markup(html)}),  # escaped above
            _neat(_layout("txt").render(known | around | {"body": text.strip()})),
        )
    finally:
        _ends_at.reset(token)


def _layout(medium: str) -> BoundTemplate:
    return _environment(medium).get_template("layout")


def _neat(text: str) -> str:
    """The text without spaces at ends of lines, apart from the mark of a signature, and extra empty lines."""
    lines = [line if line == "-- " else line.rstrip() for line in text.split("\n")]
    return _BLANK_LINES.sub("\n\n", "\n".join(lines)).strip() + "\n"


def _harmless(value: object) -> object:
    if isinstance(value, str):
        return harmless_line(value)
    if isinstance(value, Mapping):
        return {key: _harmless(each) for key, each in value.items()}
    return [_harmless(each) for each in value] if isinstance(value, (list, tuple)) else value
