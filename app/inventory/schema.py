"""The queries, mutations and subscriptions of the inventory."""

import strawberry

from app.inventory.counts.schema.mutations import CountMutation
from app.inventory.counts.schema.queries import CountQuery
from app.inventory.kits.schema import KitMutation
from app.inventory.locations.schema.mutations import LocationMutation
from app.inventory.locations.schema.pickup import PickupMutation, PickupQuery
from app.inventory.locations.schema.queries import LocationQuery
from app.inventory.receiving.schema.mutations import ReceiptMutation
from app.inventory.receiving.schema.queries import ReceiptQuery
from app.inventory.stock.schema.mutations.incoming import IncomingMutation
from app.inventory.stock.schema.mutations.levels import StockMutation
from app.inventory.stock.schema.mutations.lots import TrackingMutation
from app.inventory.stock.schema.queries.incoming import IncomingQuery
from app.inventory.stock.schema.queries.levels import LevelQuery
from app.inventory.stock.schema.queries.lots import LotQuery
from app.inventory.stock.schema.subscriptions import InventorySubscription
from app.inventory.transfers.schema.mutations import TransferMutation
from app.inventory.transfers.schema.queries import TransferQuery

__all__ = ["InventoryMutation", "InventoryQuery", "InventorySubscription"]


@strawberry.type
class InventoryQuery(
    LotQuery,
    TransferQuery,
    CountQuery,
    IncomingQuery,
    ReceiptQuery,
    LocationQuery,
    PickupQuery,
    LevelQuery,
):
    pass


@strawberry.type
class InventoryMutation(
    TrackingMutation,
    KitMutation,
    LocationMutation,
    PickupMutation,
    StockMutation,
    ReceiptMutation,
    IncomingMutation,
    TransferMutation,
    CountMutation,
):
    pass
