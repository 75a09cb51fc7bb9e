"""Commands of orders, one module for each kind."""

from app.orders.service.cancel_requests import decline_cancel, grant_cancel, request_cancel
from app.orders.service.cancelling import cancel, cancel_parts
from app.orders.service.claiming import claim_guest_orders
from app.orders.service.drafting import delete_draft, draft, expire_drafts, update_draft
from app.orders.service.editing import edit, edit_locked, preview_edit
from app.orders.service.edits import EditData, LineEdit
from app.orders.service.holding import confirm, cure, hold, release_due, release_holds
from app.orders.service.indexing import index, index_fresh, index_many, index_parcels
from app.orders.service.numbering import are_numbers_drawn_first, draw_number
from app.orders.service.paying import record_payment
from app.orders.service.placing import place
from app.orders.service.progressing import Progress, note_progress, record_progress
from app.orders.service.promising import arrives_on, leaves_on, promise_by_id, update_promise
from app.orders.service.reallocating import find_missing_stock
from app.orders.service.rescheduling import reschedule
from app.orders.service.rule_settings import change_rule, set_rule
from app.orders.service.sourcing import demand_of, preview_sourcing
from app.orders.service.updating import note, update

__all__ = [
    "EditData",
    "LineEdit",
    "Progress",
    "are_numbers_drawn_first",
    "arrives_on",
    "cancel",
    "cancel_parts",
    "change_rule",
    "claim_guest_orders",
    "confirm",
    "cure",
    "decline_cancel",
    "delete_draft",
    "demand_of",
    "draft",
    "draw_number",
    "edit",
    "edit_locked",
    "expire_drafts",
    "find_missing_stock",
    "grant_cancel",
    "hold",
    "index",
    "index_fresh",
    "index_many",
    "index_parcels",
    "leaves_on",
    "note",
    "note_progress",
    "place",
    "preview_edit",
    "preview_sourcing",
    "promise_by_id",
    "record_payment",
    "record_progress",
    "release_due",
    "release_holds",
    "request_cancel",
    "reschedule",
    "set_rule",
    "update",
    "update_draft",
    "update_promise",
]
