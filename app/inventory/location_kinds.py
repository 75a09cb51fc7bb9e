"""The kinds of locations."""

from app.core.described import Described


class LocationKind(Described):
    WAREHOUSE = "warehouse", "The company's own warehouse."
    SHOP = "shop", "A store that ships, or hands over goods, from its shelves."
    THIRD_PARTY = "third_party", "Warehouse of a third-party logistics provider (3PL)."
    DROP_SHIP = (
        "drop_ship",
        "A supplier that ships directly to the buyer (drop shipping); the stock belongs to the supplier.",
    )
