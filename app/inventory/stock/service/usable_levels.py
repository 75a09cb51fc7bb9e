"""The levels and locations that can be used for a destination."""

from dataclasses import replace

from app.inventory.sourcing import Place, Site
from app.inventory.stock.models import StockLevel


def usable(
    levels: list[StockLevel], sites: list[Site], to: Place | None
) -> tuple[list[StockLevel], list[Site]]:
    """The levels and sites that can be used for a destination: those of the location of a pick-up, else all.

    The countries that the location ships to do not matter for a pick-up.
    """
    if to is None or to.pickup_at is None:
        return levels, sites
    return (
        [level for level in levels if level.location_id == to.pickup_at],
        [replace(site, countries=None) for site in sites if site.id == to.pickup_at],
    )
