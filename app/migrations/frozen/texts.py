"""Texts in the forms that they are compared and found in, as of migration 0023."""

import re
import unicodedata

# Shown as nothing, and never part of a word.
_NOTHING = re.compile("[\u200b\ufeff\u2060\u00ad]")
_CONTROL = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029]")
# Embeddings, overrides and isolates of direction; deprecated format characters; invisible operators;
# annotations; private use; halves of surrogate pairs; what is no character; tags outside of a flag.
_FORMAT = re.compile(
    "[\u202a-\u202e\u2061-\u2064\u2066-\u206f\ufff9-\ufffb"
    "\ud800-\udfff\ue000-\uf8ff\ufdd0-\ufdef\ufffe\uffff\U000e0000-\U000e007f\U000f0000-\U0010ffff"
    + "".join(f"{chr(plane + 0xFFFE)}{chr(plane + 0xFFFF)}" for plane in range(0x10000, 0xF0000, 0x10000))
    + "]"
)
_FLAG = re.compile("(\U0001f3f4[\U000e0030-\U000e0039\U000e0061-\U000e007a]{3,6}\U000e007f)")
# Joiners and marks of direction mean something inside a word, and nothing at its ends.
_AT_ENDS = "\u200c\u200d\u200e\u200f\u061c"
_ALIKE = str.maketrans(
    {
        "ı": "i", "ø": "o", "đ": "d", "ð": "d", "ł": "l", "ħ": "h", "ŧ": "t", "ŋ": "n", "ə": "e",
        "æ": "ae", "œ": "oe", "þ": "th", "臺": "台", "ى": "ي", "ة": "ه", "ـ": "",
    }
)  # fmt: skip
_NO_WORD = re.compile(r"[\W_]+")


def one_line(text: str) -> str:
    """A text of one line: composed, without blanks around it or runs of them inside, nothing invisible."""
    composed = _NOTHING.sub("", unicodedata.normalize("NFC", text))
    parts = _FLAG.split(composed)  # every second one is a flag
    parts[::2] = [_FORMAT.sub("", _CONTROL.sub(" ", part)) for part in parts[::2]]
    return " ".join("".join(parts).split()).strip(_AT_ENDS + " ")


def folded(text: str) -> str:
    """The text for comparing, whatever its case, accents and width: `Crème  BRÛLÉE` gives `creme brulee`."""
    if text.isascii():
        return " ".join(text.lower().split())
    apart = unicodedata.normalize("NFKD", one_line(text).casefold().translate(_ALIKE))
    bare = "".join(each for each in apart if not unicodedata.combining(each))
    return " ".join(unicodedata.normalize("NFC", bare.casefold().translate(_ALIKE)).split())


def words_of(text: str) -> list[str]:
    """The folded words of a text, in its order; letters and digits of every script."""
    return [word for word in _NO_WORD.split(folded(text)) if word]


def compact(text: str) -> str:
    """The folded letters and digits of a text, without anything between: `#HF-000066` gives `hf000066`."""
    return _NO_WORD.sub("", folded(text))
