"""Commands of the promotions domain."""

from app.promotions.service.discounts import create_discount, update_discount
from app.promotions.service.using import give_back, move_uses, use, used_by_buyer

__all__ = ["create_discount", "give_back", "move_uses", "update_discount", "use", "used_by_buyer"]
