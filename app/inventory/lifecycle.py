from app.core.lifecycle import Described


class LocationKind(Described):
    WAREHOUSE = "warehouse", "A warehouse of one's own."
    SHOP = "shop", "A shop that sends or hands over from its shelves."
    THIRD_PARTY = "third_party", "A logistics provider's warehouse."
    DROP_SHIP = "drop_ship", "A supplier that sends straight to the buyer."


class StockBucket(Described):
    """Where a unit is. On hand = available + reserved + unavailable."""

    OUTSIDE = "outside", "Not in the location: not yet received, or gone."
    AVAILABLE = "available", "On the shelf, for anyone."
    RESERVED = "reserved", "On the shelf, promised to somebody."
    UNAVAILABLE = "unavailable", "On the shelf, but not to be sold: damaged, quarantined, being checked."


class StockReason(Described):
    """Why stock moved: a closed list."""

    RECEIPT = "receipt", "Received from a supplier."
    SALE = "sale", "Left for a buyer."
    RESERVATION = "reservation", "Promised to a cart, an order or a quote."
    RELEASE = "release", "A promise given back."
    TRANSFER_OUT = "transfer_out", "Left for another location."
    TRANSFER_IN = "transfer_in", "Came from another location."
    COUNT = "count", "A count found another quantity."
    DAMAGE = "damage", "Found damaged."
    LOSS = "loss", "Lost or stolen."
    FOUND = "found", "Found again."
    RETURN = "return", "Came back from a buyer."
    QUARANTINE = "quarantine", "Put aside to be checked."
    CORRECTION = "correction", "A mistake put right."
    ASSEMBLY = "assembly", "Used for, or made as, a kit."


class ClaimantKind(Described):
    """What a reservation is for."""

    ORDER = "order", "An order, draft or placed."
