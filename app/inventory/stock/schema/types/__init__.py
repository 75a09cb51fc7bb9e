"""GraphQL types of stock."""

from app.inventory.stock.schema.types.incoming import AvailableToPromise, PromisableFrom, StockIncoming
from app.inventory.stock.schema.types.levels import StockLevel, StockMovement
from app.inventory.stock.schema.types.lots import StockLot
from app.inventory.stock.schema.types.shortages import Shortage
from app.inventory.stock.schema.types.sourcing import SourcingPlan

__all__ = [
    "AvailableToPromise",
    "PromisableFrom",
    "Shortage",
    "SourcingPlan",
    "StockIncoming",
    "StockLevel",
    "StockLot",
    "StockMovement",
]
