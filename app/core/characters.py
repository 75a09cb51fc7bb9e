"""Characters that forge: which of them a text does not take, and what is shown of one that has them.

A line break makes one line two, and what stands in the second seems to be said by somebody else. Controls of
direction show letters in another order than that in which they are read by programs. Others are not shown, or
are nobody's. Names need some characters that are not seen themselves: joiners (U+200C, U+200D), marks of
direction (U+200E, U+200F, U+061C) and variation selectors are taken everywhere.
"""

import re
import unicodedata

# Line breaks, tabs and all other control characters; the separators of lines and paragraphs.
_CONTROLS = "\x00-\x1f\x7f-\x9f\u2028\u2029"
# Embeddings, overrides and isolates of direction; deprecated format characters; invisible operators;
# annotations; private use; halves of surrogate pairs; what is no character; tags outside of a flag.
_FORMATS = (
    "\u202a-\u202e\u2061-\u2064\u2066-\u206f\ufff9-\ufffb"
    "\ud800-\udfff\ue000-\uf8ff\ufdd0-\ufdef\ufffe\uffff\U000e0000-\U000e007f\U000f0000-\U0010ffff"
    + "".join(f"{chr(plane + 0xFFFE)}{chr(plane + 0xFFFF)}" for plane in range(0x10000, 0xF0000, 0x10000))
)
_NOT_STORED = re.compile("[\x00\ud800-\udfff]")
_NOT_IN_A_LINE = re.compile(f"[{_CONTROLS}{_FORMATS}]")
_CONTROL = re.compile(f"[{_CONTROLS}]")
_FORMAT = re.compile(f"[{_FORMATS}]")
_LINE_BREAK = re.compile("\r\n|[\n\r\v\f\x1c-\x1e\x85\u2028\u2029]")
# The flag of a region, such as Scotland's: a black flag, the letters of its code as tags, and the end.
_FLAG = re.compile("\U0001f3f4[\U000e0030-\U000e0039\U000e0061-\U000e007a]{3,6}\U000e007f")
# Shown as nothing, and never part of a word: zero-width space and no-break space, word joiner, soft hyphen.
NOTHING = "\u200b\ufeff\u2060\u00ad"
_NOTHING = re.compile(f"[{NOTHING}]")


def not_stored(text: str) -> str | None:
    """The first character that no text has, however many lines it has; None for nearly every text."""
    if text.isascii():
        return "\x00" if "\x00" in text else None
    match = _NOT_STORED.search(text)
    return match[0] if match else None


def not_in_a_line(text: str) -> str | None:
    """The first character that a text of one line does not have; None for nearly every text."""
    if text.isprintable():  # all that forges is not printable, and some more
        return None
    match = _NOT_IN_A_LINE.search(text)
    if match and match[0] >= "\U000e0000":
        match = _NOT_IN_A_LINE.search(_FLAG.sub("", text))
    return match[0] if match else None


def control_in(text: str) -> str | None:
    """The first control character or line break of a text; None for nearly every text."""
    match = _CONTROL.search(text)
    return match[0] if match else None


def without_nothing(text: str) -> str:
    """A text without the characters that are shown as nothing and mean nothing."""
    return text if text.isprintable() else _NOTHING.sub("", text)


def harmless_line(text: str) -> str:
    """A text as it is shown in one line: control characters are blanks, what else forges is left out."""
    if not_in_a_line(text) is None:
        return text
    parts, end = [], 0
    for flag in _FLAG.finditer(text):
        parts += [_bare(text[end : flag.start()]), flag[0]]
        end = flag.end()
    return "".join([*parts, _bare(text[end:])])


def _bare(text: str) -> str:
    return _FORMAT.sub("", _CONTROL.sub(" ", text))


def harmless_lines(text: str) -> str:
    """A text as it can be shown in its own lines, each of them harmless; every line break is U+000A."""
    if text.isprintable():
        return text
    return "\n".join(map(harmless_line, _LINE_BREAK.split(text)))


def named(character: str) -> str:
    """What a character is called in a message: `a line break`, `U+202E (RIGHT-TO-LEFT OVERRIDE)`."""
    if _LINE_BREAK.fullmatch(character):
        return f"a line break (U+{ord(character):04X})"
    name = unicodedata.name(character, "")
    return f"U+{ord(character):04X}" + (f" ({name})" if name else "")
