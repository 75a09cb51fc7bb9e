"""Every domain's listeners: whoever changes something imports this, so that all who should hear of it do."""

from app.customers import listeners as customers
from app.fulfillment import listeners as fulfillment
from app.inventory import listeners as inventory
from app.notifications import listeners as notifications
from app.orders import listeners as orders

__all__ = ["customers", "fulfillment", "inventory", "notifications", "orders"]
