"""Text normalization for storage, comparison and search."""

import re
import unicodedata

from app.core.characters import harmless_line, without_invisible
from app.engine.caches import cached_for_short_text

# Joiners and directional marks have a meaning inside a word only.
_AT_ENDS = "\u200c\u200d\u200e\u200f\u061c"
# Letters that Unicode does not decompose into letter and accent; variants of one character.
_ALIKE = str.maketrans(
    {
        "ı": "i", "ø": "o", "đ": "d", "ð": "d", "ł": "l", "ħ": "h", "ŧ": "t", "ŋ": "n", "ə": "e",
        "æ": "ae", "œ": "oe", "þ": "th", "臺": "台", "ى": "ي", "ة": "ه", "ـ": "",
    }
)  # fmt: skip
_NO_WORD = re.compile(r"[\W_]+")


def one_line(text: str) -> str:
    """A single-line text: composed, whitespace collapsed and trimmed, disguising characters removed."""
    if text.isascii() and text.isprintable() and "  " not in text:
        return text.strip()
    composed = without_invisible(unicodedata.normalize("NFC", text))
    return " ".join(harmless_line(composed).split()).strip(_AT_ENDS + " ")


@cached_for_short_text(4_096)
def folded(text: str) -> str:
    """The text for comparison, without case, accents and width: `Crème  BRÛLÉE` becomes `creme brulee`."""
    if text.isascii():
        return " ".join(text.lower().split())
    apart = unicodedata.normalize("NFKD", one_line(text).casefold().translate(_ALIKE))
    bare = "".join(each for each in apart if not unicodedata.combining(each))
    return " ".join(unicodedata.normalize("NFC", bare.casefold().translate(_ALIKE)).split())


def words_of(text: str) -> list[str]:
    """The folded words of a text in order; letters and digits of every script."""
    return [word for word in _NO_WORD.split(folded(text)) if word]


def compact(text: str) -> str:
    """The folded letters and digits of a text without separators: `#HF-000066` becomes `hf000066`."""
    return _NO_WORD.sub("", folded(text))
