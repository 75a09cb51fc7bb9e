"""What is done with channels and their terms."""

from app.channels.service.channels import ChannelData, create, update
from app.channels.service.discounts import create_discount
from app.channels.service.naming import checked_code
from app.channels.service.shipping import set_shipping_method
from app.channels.service.taxes import set_tax_rate

__all__ = [
    "ChannelData",
    "checked_code",
    "create",
    "create_discount",
    "set_shipping_method",
    "set_tax_rate",
    "update",
]
