"""How a channel wants its orders sent: data, set by people."""

from dataclasses import dataclass

from app.core.described import Described


class Strategy(Described):
    """Which location is asked first."""

    PRIORITY = "priority", "In the channel's own order of its locations."
    NEAREST = "nearest", "The nearest to where the order goes."
    FEWEST_SHIPMENTS = "fewest_shipments", "As few parcels as can be; of those, the channel's order."
    LOWEST_COST = "lowest_cost", "The lowest sum of what parcels and units cost to send."


class Split(Described):
    """Whether an order may leave in several parcels."""

    ANY = "any", "From several locations, as stock is there."
    SINGLE_LOCATION = "single_location", "All from one location, or not at all."


class DropShip(Described):
    """When suppliers send directly."""

    NEVER = "never", "They do not."
    LAST_RESORT = "last_resort", "When one's own locations cannot send it all."
    LIKE_OTHERS = "like_others", "Whenever the strategy chooses them."
    FIRST = "first", "Whenever they can send it all; one's own stock is saved."


class ShortPick(Described):
    """What becomes of units that were not on the shelf and that no other location has."""

    WAIT = "wait", "They wait for stock; the buyer is told of the delay."
    CANCEL = "cancel", "They are cancelled, and what was paid for them is due back."


@dataclass(frozen=True, slots=True)
class Policy:
    """The rules of one channel. `max_parcels` None is no limit.

    `ships_complete`: nothing leaves before everything can. `earliest_first`: a location that can send today
    goes before one that cannot, whatever the strategy says.
    """

    strategy: Strategy = Strategy.PRIORITY
    split: Split = Split.ANY
    drop_ship: DropShip = DropShip.LAST_RESORT
    max_parcels: int | None = None
    min_parcel_units: int = 1
    ships_complete: bool = False
    earliest_first: bool = False
    short_pick: ShortPick = ShortPick.WAIT
