"""A channel's sourcing policy."""

from dataclasses import dataclass

from app.core.described import Described


class Strategy(Described):
    """Strategy that determines which location is preferred."""

    PRIORITY = "priority", "In the order of the channel's location ranking."
    NEAREST = "nearest", "The location nearest to the shipping address first."
    FEWEST_SHIPMENTS = (
        "fewest_shipments",
        "The fewest shipments; among equal plans, the channel's location ranking decides.",
    )
    LOWEST_COST = "lowest_cost", "The lowest total cost of shipping packages and units."


class Split(Described):
    """Whether an order can be split into several shipments."""

    ANY = "any", "From several locations, depending on stock."
    SINGLE_LOCATION = "single_location", "From a single location only."


class DropShip(Described):
    """Policy for shipments directly from suppliers (drop shipping)."""

    NEVER = "never", "Suppliers never ship directly."
    LAST_RESORT = (
        "last_resort",
        "Suppliers ship directly only if the company's own locations cannot ship everything.",
    )
    LIKE_OTHERS = "like_others", "Suppliers ship directly whenever the sourcing strategy selects them."
    FIRST = (
        "first",
        (
            "Suppliers ship directly whenever they can ship everything, which preserves the company's own "
            "stock."
        ),
    )


class ShortPick(Described):
    """What happens to units that were missing during picking and that no other location has."""

    WAIT = "wait", "Backorder the units; the buyer is notified of the delay."
    CANCEL = "cancel", "Cancel the units; the amount paid for them is due for refund."


@dataclass(frozen=True, slots=True)
class Policy:
    """The rules of one channel. `max_parcels` None is no limit.

    `ships_complete`: nothing ships until everything can. `earliest_first`: locations that can ship today
    precede others, whatever the strategy.
    """

    strategy: Strategy = Strategy.PRIORITY
    split: Split = Split.ANY
    drop_ship: DropShip = DropShip.LAST_RESORT
    max_parcels: int | None = None
    min_parcel_units: int = 1
    ships_complete: bool = False
    earliest_first: bool = False
    short_pick: ShortPick = ShortPick.WAIT
