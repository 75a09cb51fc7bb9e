"""Each shipped template renders with the values of its kind, and names no others."""

from collections.abc import Iterator
from dataclasses import asdict, fields, is_dataclass
from typing import Any, get_args, get_origin, get_type_hints

import pytest
from babel import Locale
from liquid.exceptions import LiquidError

from app.notifications.buyer_templates import shipped, shipped_languages, words_of
from app.notifications.contexts import CONTEXTS
from app.notifications.lifecycle import TO_BUYERS, MessageKind
from app.notifications.rendering import Sources, render

EVERY = [(kind, language) for kind in TO_BUYERS for language in shipped_languages()]


def sample(of: Any, *, full: bool) -> Any:
    """A value of a type: with everything, or with null and empty lists."""
    if is_dataclass(of) and isinstance(of, type):
        hints = get_type_hints(of)
        return of(**{each.name: sample(hints[each.name], full=full) for each in fields(of)})
    if get_origin(of) is list:
        return [sample(get_args(of)[0], full=full)] * 2 if full else []
    if type(None) in get_args(of):
        return sample(get_args(of)[0], full=full) if full else None
    return {str: "<b>Text & more</b>", int: 3, bool: full}.get(of) if of is not dict else {}


def values(kind: MessageKind, language: str, *, full: bool) -> dict[str, Any]:
    context = CONTEXTS[kind]
    hints = get_type_hints(context)
    made = {
        each.name: words_of(language) if each.name == "words" else sample(hints[each.name], full=full)
        for each in fields(context)
    }
    return asdict(context(**made))


def test_english_and_german_ship():
    assert set(shipped_languages()) >= {"de", "en"}
    assert CONTEXTS.keys() == set(TO_BUYERS)
    assert {language: words_of(language).keys() for language in shipped_languages()} == dict.fromkeys(
        shipped_languages(), words_of("en").keys()
    )


@pytest.mark.parametrize(("kind", "language"), EVERY)
@pytest.mark.parametrize("full", [True, False])
def test_a_template_renders_with_all_and_with_the_fewest_values(kind: MessageKind, language: str, full: bool):
    sources = shipped(kind, language)
    assert sources is not None, "each kind has a template in each language"
    made = render(sources, values(kind, language, full=full), Locale(language))
    assert made.subject and "\n" not in made.subject
    for part in (made.html, made.text):
        assert "{{" not in part and "{%" not in part and "None" not in part
    assert "<b>" not in made.html and ("&lt;b&gt;" in made.html) and "&amp;amp;" not in made.html
    assert "\n\n\n" not in made.text and "&" not in made.text.replace(" & ", "")
    assert made.html.count("<p") == made.html.count("</p>") and f'lang="{language}"' in made.html


@pytest.mark.parametrize(("kind", "language"), EVERY)
def test_a_template_in_another_language_says_the_same_values(kind: MessageKind, language: str):
    english, other = shipped(kind, "en"), shipped(kind, language)
    assert english and other
    assert set(_tags(other)) == set(_tags(english))


def _tags(sources: Sources) -> Iterator[str]:
    for part in (sources.subject, sources.text):
        yield from (piece.split("}}")[0].strip() for piece in part.split("{{")[1:])


def test_a_value_that_does_not_exist_is_an_error_and_not_an_empty_text():
    sources = Sources("{{ order.nummer }}", "", "")
    with pytest.raises(LiquidError, match="nummer"):
        render(sources, values(MessageKind.ORDER_PLACED, "en", full=True), Locale("en"))
