"""Commands of the channels domain."""

from app.channels.service.channels import ChannelData, create, update
from app.channels.service.classing import checked_tax_class, delete_tax_class, set_tax_class
from app.channels.service.naming import checked_code
from app.channels.service.shipping import set_shipping_method
from app.channels.service.taxes import delete_tax_rate, set_tax_rate

__all__ = [
    "ChannelData",
    "checked_code",
    "checked_tax_class",
    "create",
    "delete_tax_class",
    "delete_tax_rate",
    "set_shipping_method",
    "set_tax_class",
    "set_tax_rate",
    "update",
]
