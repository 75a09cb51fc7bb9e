"""The verbs of orders, a file for each family."""

from app.orders.service.cancelling import cancel
from app.orders.service.drafting import draft, expire_drafts, update_draft
from app.orders.service.numbering import draw_number
from app.orders.service.placing import confirm, place
from app.orders.service.promising import promise_anew
from app.orders.service.restocking import find_missing_stock
from app.orders.service.sourcing import preview_sourcing
from app.orders.service.updating import note, update

__all__ = [
    "cancel",
    "confirm",
    "draft",
    "draw_number",
    "expire_drafts",
    "find_missing_stock",
    "note",
    "place",
    "preview_sourcing",
    "promise_anew",
    "update",
    "update_draft",
]
