"""The verbs of orders, a file for each family."""

from app.orders.service.cancelling import cancel
from app.orders.service.drafting import draft, expire_drafts, update_draft
from app.orders.service.numbering import draw_number
from app.orders.service.placing import confirm, place
from app.orders.service.updating import note, update

__all__ = [
    "cancel",
    "confirm",
    "draft",
    "draw_number",
    "expire_drafts",
    "note",
    "place",
    "update",
    "update_draft",
]
