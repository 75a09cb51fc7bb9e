"""From texts to the words under which a product is found."""

from collections.abc import Iterable

from app.core import folding

LONGEST = 60
MOST_TERMS = 8
WHOLE = "#"  # stands before a word that is found as a whole only; no word of a text begins with it


def words_of(*texts: str) -> set[str]:
    """Folded words, in letters and digits of every script: `Crème brûlée` gives creme and brulee."""
    return {word[:LONGEST] for text in texts for word in folding.words_of(text)}


def terms_of(search: str) -> list[str]:
    """The words that somebody searches for, the longest first; each must begin a word of the product."""
    terms = words_of(search)
    return sorted(terms, key=lambda term: (-len(term), term))[:MOST_TERMS]


def product_words(name: str, skus: Iterable[str], tags: Iterable[str], category: str = "") -> set[str]:
    """What a product is found by: the words of its texts, its SKUs' parts, and its SKUs without hyphens.

    The last are found as a whole only: `MUG-SLATE` is found by `mugslate`, and not by `mugs`.
    """
    skus = list(skus)
    whole = {f"{WHOLE}{folding.compact(sku)}"[:LONGEST] for sku in skus}
    return words_of(name, category, *tags, *skus) | whole
