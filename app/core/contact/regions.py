"""States, provinces and counties: found by code, name or abbreviation, in any script and case."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache

from app.core.contact import territories
from app.core.contact.region_names import ALSO, KINDS
from app.core.folding import compact, folded, words_of
from app.core.problems import ProblemCode
from app.core.refusals import Invalid
from app.engine.caches import cached_for_short_text

SHORTEST_BEGINNING = 3


@dataclass(frozen=True, slots=True)
class Region:
    """A region of a country."""

    code: str  # ISO 3166-2 code where there is one, else the key; independent of how the region is written
    key: str  # as the country's postal service writes it
    name: str
    latin: str  # in Latin letters
    postal_codes: str = ""  # a pattern that matches the beginning of its postal codes

    def written(self, *, in_latin: bool) -> str:
        """The region as it is written in an address:

        `IL`, `Co. Mayo`, `東京都`; `Tokyo` in an address in Latin letters.
        """
        if is_latin(self.key) != in_latin:
            return self.latin if in_latin else self.name
        return self.key


def is_latin(text: str) -> bool:
    """Whether the letters of a text are Latin; true for a text without letters."""
    return all(not each.isalpha() or each < "\u0250" or "\u1e00" <= each <= "\u1eff" for each in text)


@lru_cache(maxsize=300)
def regions_of(country: str) -> tuple[Region, ...]:
    """The regions of a country's addresses; empty for countries without a list."""
    rules = territories.rules(country)
    keys = _listed(rules, "sub_keys")
    if not keys:
        return ()
    columns = (
        _listed(rules, name, len(keys)) for name in ("sub_isoids", "sub_names", "sub_lnames", "sub_zips")
    )
    return tuple(
        Region(iso or key, key, name or key, _latin_of(country, key, name, latin), zips)
        for key, iso, name, latin, zips in zip(keys, *columns, strict=True)
    )


def _latin_of(country: str, key: str, name: str, latin: str) -> str:
    if is_latin(key):
        return key
    return latin or next(
        (each for each in (name, *_translated(country, key)) if each and is_latin(each)), key
    )


def _listed(rules: Mapping[str, str], name: str, length: int = 0) -> list[str]:
    listed = rules[name].split("~") if rules.get(name) else []
    return listed + [""] * (length - len(listed))


def _translated(country: str, key: str) -> Iterator[str]:
    """The names of a region in the other languages of the country."""
    for language, rules in territories.database(country).items():
        if language.startswith(f"{country}--"):
            keys = _listed(rules, "sub_keys")
            for name in ("sub_names", "sub_lnames", "sub_lfnames"):
                yield from (each for each, own in zip(_listed(rules, name), keys, strict=False) if own == key)


@lru_cache(maxsize=300)
def _known(country: str) -> dict[str, Region]:
    """The regions by all of their folded names; the first name given wins."""
    regions = regions_of(country)
    found: dict[str, Region] = {}
    named = [(region, _names(country, region)) for region in regions]
    for region in regions:
        found.setdefault(compact(region.key), region)
    for region, _ in named:
        found.setdefault(compact(region.code), region)
        found.setdefault(compact(f"{country}-{region.code}"), region)
    for region, names in named:
        for name in names:
            found.setdefault(compact(name), region)
    for key, aliases in ALSO.get(country, {}).items():
        if meant := found.get(compact(key)):
            found |= {compact(alias): meant for alias in aliases if compact(alias) not in found}
    for region, names in named:
        for name in names:
            found.setdefault(_bare(name), region)
    return {name: region for name, region in found.items() if name}


def _names(country: str, region: Region) -> list[str]:
    rules = territories.rules(country)
    formal = zip(_listed(rules, "sub_keys"), _listed(rules, "sub_lfnames"), strict=False)
    extra = [name for key, name in formal if key == region.key]
    return [region.name, region.latin, *extra, *_translated(country, region.key)]


def _bare(name: str) -> str:
    """A name without the word for its kind:

    `Co. Mayo`, `Cairo Governorate` and `Guangdong Sheng` become `mayo` and so on.
    """
    words = [word for word in words_of(name) if word not in KINDS]
    bare = "".join(words)
    for kind in ("特别行政区", "特別自治市", "自治区", "特别", "省", "市", "都", "府", "県", "縣", "县"):
        if len(bare) > len(kind) + 1 and bare.endswith(folded(kind)):
            return bare.removesuffix(folded(kind))
    return bare


@cached_for_short_text(4_096)
def the_region(country: str, text: str) -> Region | None:
    """The region of a country that a text names; None if there is none."""
    known = _known(country)
    for name in (compact(text), _bare(text)):
        if name and name in known:
            return known[name]
    # An abbreviation with a full stop that is the beginning of exactly one region's name: `Calif.`
    begun = compact(text)
    if text.rstrip().endswith(".") and len(begun) >= SHORTEST_BEGINNING:
        meant = {region.key: region for name, region in known.items() if name.startswith(begun)}
        if len(meant) == 1:
            return next(iter(meant.values()))
    return None


def region_code(country: str, text: str) -> str:
    """The code by which regions are compared; the folded text if no region matches."""
    found = the_region(country, text) if text else None
    return found.code if found else folded(text).upper()


def region_spellings(country: str, text: str) -> list[str]:
    """The forms in which a region may be stored in a table: its code, and its names in capitals."""
    found = the_region(country, text) if text else None
    names = (found.code, found.key, found.name, found.latin) if found else (folded(text), text)
    return list(dict.fromkeys(name.upper() for name in names))


def checked_region(country: str, text: str, *path: str) -> str:
    """The region's code for configuration; an empty text stays empty.

    Raises:
        Invalid: the country has a list of regions, and this is none of them.
    """
    if not folded(text):
        return ""
    if regions_of(country) and the_region(country, text) is None:
        raise Invalid(
            f"There is no such region in {country}.",
            *path,
            code=ProblemCode.UNKNOWN_REGION,
            given=text[:80],
            country=country,
            choices=choices_of(country),
        )
    return region_code(country, text)


def choices_of(country: str) -> list[str]:
    """The regions of a country in Latin letters."""
    return [region.written(in_latin=True) for region in regions_of(country)]


@cached_for_short_text(4_096)
def region_of_postal_code(country: str, code: str) -> Region | None:
    """The region whose postal codes begin like this one; None if there is none or more than one."""
    fitting = [each for each in regions_of(country) if each.postal_codes and begins_like(each, code)]
    return fitting[0] if len(fitting) == 1 else None


def begins_like(region: Region, code: str) -> bool:
    """Whether a postal code belongs to the region; true where the region's postal codes are not known."""
    return not region.postal_codes or re.match(f"(?:{region.postal_codes})", code) is not None
