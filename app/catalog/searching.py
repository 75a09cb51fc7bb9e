"""Search words of products."""

from collections.abc import Iterable

from app.core import folding

LONGEST = 60
MOST_TERMS = 8
WHOLE = "#"  # prefix of a word that is only matched as a whole; no word of a text begins with it


def words_of(*texts: str) -> set[str]:
    """Folded words, in letters and digits of every script: `Crème brûlée` becomes creme and brulee."""
    return {word[:LONGEST] for text in texts for word in folding.words_of(text)}


def terms_of(search: str) -> list[str]:
    """The words of a search, longest first; each must be a prefix of a word of the product."""
    terms = words_of(search)
    return sorted(terms, key=lambda term: (-len(term), term))[:MOST_TERMS]


def product_words(name: str, skus: Iterable[str], tags: Iterable[str], category: str = "") -> set[str]:
    """The search words of a product: the words of its texts, the parts of its SKUs, and its SKUs without
    hyphens.

    The last are matched as a whole only: `MUG-SLATE` is found by `mugslate`, not by `mugs`.
    """
    skus = list(skus)
    whole = {f"{WHOLE}{folding.compact(sku)}"[:LONGEST] for sku in skus}
    return words_of(name, category, *tags, *skus) | whole
