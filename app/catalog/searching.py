"""From texts to the words under which a product is found."""

import re
import unicodedata
from collections.abc import Iterable

_WORD = re.compile(r"[a-z0-9]+")
LONGEST = 60
MOST_TERMS = 8


def words_of(*texts: str) -> set[str]:
    """Small letters and digits without accents: `Crème brûlée` gives creme and brulee."""
    found: set[str] = set()
    for text in texts:
        plain = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode().lower()
        found.update(word[:LONGEST] for word in _WORD.findall(plain))
    return found


def terms_of(search: str) -> list[str]:
    """The words that somebody searches for, the longest first; each must begin a word of the product."""
    terms = words_of(search)
    return sorted(terms, key=lambda term: (-len(term), term))[:MOST_TERMS]


def product_words(name: str, skus: Iterable[str], tags: Iterable[str], category: str = "") -> set[str]:
    skus = list(skus)
    # A SKU is found whole ("mug-01" typed as such becomes mug and 01) and by its parts.
    return words_of(name, category, *tags, *skus, *(sku.replace("-", "") for sku in skus))
