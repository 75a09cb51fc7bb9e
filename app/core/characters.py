"""Characters that can disguise text: which of them are rejected, and how stored text that contains them is
shown.

Line breaks can fake a second line. Bidirectional controls show letters in another order than programs read.
Other characters are invisible or unassigned. Names need some invisible characters: joiners (U+200C, U+200D),
directional marks (U+200E, U+200F, U+061C) and variation selectors are accepted everywhere.
"""

import re
import unicodedata

# Line breaks, tabs and all other control characters; line and paragraph separators.
_CONTROLS = "\x00-\x1f\x7f-\x9f\u2028\u2029"
# Bidirectional embeddings, overrides and isolates; deprecated format characters; invisible operators;
# annotations; private use; surrogates; noncharacters; tags outside of a flag.
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
# The flag of a region, such as Scotland: a black flag, the letters of its code as tags, and the cancel tag.
_FLAG = re.compile("\U0001f3f4[\U000e0030-\U000e0039\U000e0061-\U000e007a]{3,6}\U000e007f")
# Invisible and never part of a word: zero-width space and no-break space, word joiner, soft hyphen.
NOTHING = "\u200b\ufeff\u2060\u00ad"
_NOTHING = re.compile(f"[{NOTHING}]")


def not_stored(text: str) -> str | None:
    """The first character that no stored text may contain; None if there is none."""
    if text.isascii():
        return "\x00" if "\x00" in text else None
    match = _NOT_STORED.search(text)
    return match[0] if match else None


def not_in_a_line(text: str) -> str | None:
    """The first character that a single-line text may not contain; None if there is none."""
    if text.isprintable():  # characters that can disguise text are not printable
        return None
    match = _NOT_IN_A_LINE.search(text)
    if match and match[0] >= "\U000e0000":
        match = _NOT_IN_A_LINE.search(_FLAG.sub("", text))
    return match[0] if match else None


def control_in(text: str) -> str | None:
    """The first control character or line break of a text; None if there is none."""
    match = _CONTROL.search(text)
    return match[0] if match else None


def without_invisible(text: str) -> str:
    """The text without characters that are invisible and have no meaning."""
    return text if text.isprintable() else _NOTHING.sub("", text)


def harmless_line(text: str) -> str:
    """The text for display in one line: control characters become spaces, other disguising characters are
    removed.
    """
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
    """The text for display in several lines, each cleaned like `harmless_line`; line breaks become U+000A."""
    if text.isprintable():
        return text
    return "\n".join(map(harmless_line, _LINE_BREAK.split(text)))


def named(character: str) -> str:
    """A character's name for messages: `a line break`, `U+202E (RIGHT-TO-LEFT OVERRIDE)`."""
    if _LINE_BREAK.fullmatch(character):
        return f"a line break (U+{ord(character):04X})"
    name = unicodedata.name(character, "")
    return f"U+{ord(character):04X}" + (f" ({name})" if name else "")
