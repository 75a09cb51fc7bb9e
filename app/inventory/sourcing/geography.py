"""The distance of a location from the destination."""

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import takewhile
from math import asin, cos, radians, sin, sqrt
from typing import Any
from uuid import UUID

EARTH_KM = 6371.0088  # mean radius (IUGG)


@dataclass(frozen=True, slots=True)
class Place:
    """A place: an address as far as it is known, and coordinates in degrees (WGS 84).

    `pickup_at` is the location at which the buyer picks up the goods; only its stock is used.
    """

    country: str = ""
    region: str = ""
    postal_code: str = ""
    latitude: float | None = None
    longitude: float | None = None
    pickup_at: UUID | None = None

    @classmethod
    def of(cls, address: Mapping[str, Any] | None) -> "Place | None":
        """The place of a stored address."""
        if not address:
            return None
        known = {name: address.get(name) for name in _STORED}
        pickup_at = address.get("pickup_at")
        return cls(**known, pickup_at=UUID(pickup_at) if pickup_at else None)  # type: ignore[arg-type]  # as stored

    @property
    def is_mapped(self) -> bool:
        return self.latitude is not None and self.longitude is not None


_STORED = ("country", "region", "postal_code", "latitude", "longitude")  # parts of a stored address


def great_circle_km(a: Place, b: Place) -> float:
    """The great-circle distance in kilometres, by the haversine formula (Sinnott, 1984)."""
    if a.latitude is None or a.longitude is None or b.latitude is None or b.longitude is None:
        raise ValueError("both places must have coordinates")
    first, second = radians(a.latitude), radians(b.latitude)
    half = sin((second - first) / 2) ** 2
    half += cos(first) * cos(second) * sin(radians(b.longitude - a.longitude) / 2) ** 2
    return 2 * EARTH_KM * asin(min(1.0, sqrt(half)))


def remoteness(site: Place | None, to: Place | None) -> tuple[float, ...]:
    """A sort key for sites, nearest first.

    With coordinates on both sides it is the distance; sites without coordinates come after. Without
    coordinates of the destination, addresses are compared: same country, same region, then the length of the
    common prefix of the postal codes (in most countries codes are assigned by area).
    """
    if to is None or site is None:
        return (2.0,)
    if to.is_mapped:
        return (0.0, great_circle_km(site, to)) if site.is_mapped else (1.0,)
    if site.country != to.country:
        return (2.0,)
    pairs = zip(site.postal_code or "", to.postal_code or "", strict=False)
    common = sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], pairs))
    return (0.0 if (site.region or "") == (to.region or "") else 1.0, -float(common))
