"""The templates of messages to buyers that Ordergraph ships: one file for each kind and language.

The first line is the subject. The paragraphs after it make both the HTML part and the text part; `include`
inserts a partial template of the part: see `buyer_templates/partials`.
"""

import json
from collections.abc import Collection, Iterator, Mapping
from functools import cache

from app.channels.models import Channel
from app.core.languages import ENGLISH, base_of, widened
from app.notifications.lifecycle import MessageKind
from app.notifications.rendering import FOLDER, Sources

PARAGRAPH = '<p style="margin:0 0 12px">'


@cache
def shipped_languages() -> tuple[str, ...]:
    """The languages of the shipped templates."""
    return tuple(sorted(path.parent.name for path in FOLDER.glob("*/words.json")))


@cache
def words_of(language: str) -> Mapping[str, str]:
    """The labels in a language with shipped templates, else in English."""
    known = next((each for each in widened(language) if each in shipped_languages()), ENGLISH)
    words: dict[str, str] = json.loads((FOLDER / known / "words.json").read_text())
    return words


@cache
def shipped(kind: MessageKind, language: str) -> Sources | None:
    """The shipped template of a kind in exactly this language."""
    path = FOLDER / language / f"{kind.value}.liquid"
    if language not in shipped_languages() or not path.exists():
        return None
    subject, _, body = path.read_text().partition("\n")
    paragraphs = body.strip().split("\n\n")
    return Sources(subject, "\n".join(map(_as_html, paragraphs)), "\n\n".join(paragraphs))


def _as_html(paragraph: str) -> str:
    return paragraph if "include '" in paragraph else f"{PARAGRAPH}{paragraph}</p>"


def languages_to_try(language: str, channel: Channel) -> Iterator[str]:
    """The languages in which a message may be worded, best first.

    That of the order without and with less of its region, that of the channel, and English. An order in a
    language that the channel does not offer is addressed in the channel's.
    """
    tried = dict.fromkeys(
        [
            *(widened(language) if _is_offered(language, channel.languages) else ()),
            *widened(channel.default_language),
            ENGLISH,
        ]
    )
    yield from tried


def _is_offered(language: str, offered: Collection[str] | None) -> bool:
    return offered is None or base_of(language) in map(base_of, offered)
