"""Names in a script of another direction than the page are isolated, so that they do not reorder other text."""

import re
from html.parser import HTMLParser
from pathlib import Path

import pytest
from jinja2 import Environment, FileSystemLoader

from app.web.tracking.words import Words

TEMPLATES = Path(__file__).parents[2] / "app/web/templates"
# Expressions of the page's own texts, of digits, and of HTML that isolates names itself.
OWN = re.compile(
    r"""
    said\(|words\.say(_of)?\(|address\(|barcode\(|asset\(|day\(
    |order\.(?!order\.)\w+(\(|$)            # the tracking page's view, which is in the reader's language
    |step\.title$|each\.name$(?#of a language)|problem$|note$
    |[\w.]+\s\|\slength$|each\.quantity$|line\.quantity$|lot\.quantity$|lot\.expires_on$|row\.line\.quantity\s-
    |",[ ]"|"%.1f"|[\w.]*weight_grams|manifest\.(number|day|packages)$|list\.(number$|created_at)
    |[\w.]*\.country$|purchase\.number$|mail\.stored_at\.
    """,
    re.VERBOSE,
)
EXPRESSION = re.compile(r"\{\{-?\s*(.*?)\s*-?\}\}", re.DOTALL)
VOID = {"meta", "link", "br", "input"}


class _Finder(HTMLParser):
    """Finds the expressions in the text of a template that are not isolated."""

    def __init__(self, expressions: list[str]) -> None:
        super().__init__()
        self.expressions, self.open, self.bare = expressions, list[tuple[str, bool]](), list[str]()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag not in VOID:
            self.open.append((tag, tag in ("bdi", "title") or ("dir", "auto") in attrs))

    def handle_endtag(self, tag: str) -> None:
        if any(name == tag for name, _ in self.open):
            while self.open.pop()[0] != tag:
                pass

    def handle_data(self, data: str) -> None:
        for number in re.findall("\ue000(\\d+)\ue001", data):
            said = self.expressions[int(number)]
            if not any(apart for _, apart in self.open) and not OWN.match(said):
                self.bare.append(said)


def bare_names(source: str) -> list[str]:
    expressions: list[str] = []
    source = re.sub(r"\{% block title %\}.*?\{% endblock %\}", "", source)

    def marked(found: re.Match[str]) -> str:
        expressions.append(found[1])
        return f"\ue000{len(expressions) - 1}\ue001"

    finder = _Finder(expressions)
    finder.feed(re.sub(r"\{%.*?%\}|\{#.*?#\}", "", EXPRESSION.sub(marked, source), flags=re.DOTALL))
    return finder.bare


@pytest.mark.parametrize("name", sorted(path.name for path in TEMPLATES.glob("*.html")))
def test_each_name_on_a_page_is_isolated(name: str):
    assert bare_names((TEMPLATES / name).read_text()) == []


def test_a_name_that_is_not_isolated_is_found():
    assert bare_names("<p>{{ line.name }} <bdi>{{ line.sku }}</bdi></p>") == ["line.name"]
    assert bare_names("<p title='{{ line.name }}' dir=\"auto\">{{ line.name }}</p>") == []


def test_the_commas_of_an_address_are_outside_its_isolated_names():
    pages = Environment(loader=FileSystemLoader(TEMPLATES), autoescape=True)
    given = {"name": "ليلى", "line1": "شارع ١", "city": "القاهرة", "postal_code": "11511", "country": "EG"}
    drawn = pages.get_template("address.html").module.address(given)  # type: ignore[attr-defined]
    assert "<bdi>القاهرة</bdi>, <bdi>11511</bdi>" in drawn and "<bdi>ليلى</bdi><br>" in drawn


def test_names_within_the_texts_of_a_page_are_isolated_and_escaped():
    words = Words.of(["de"])
    assert words.say_of("content", {"name": "كوب <b>"}, count="2") == "2 × <bdi>كوب &lt;b&gt;</bdi>"
    assert words.say_of("toShop", {"shop": "متجر"}) == "Zurück zu <bdi>متجر</bdi>"
