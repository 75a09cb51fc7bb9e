"""Statuses of a transfer and the steps between them."""

from app.core.described import Described
from app.core.lifecycle import Lifecycle, Step, step


class TransferStatus(Described):
    DRAFT = "draft", "In preparation; its units are reserved at the source location."
    IN_TRANSIT = "in_transit", "In transit."
    RECEIVED = "received", "Received; units that did not arrive were written off."
    RETURNING = "returning", "Turned back, in transit to the source location."
    RETURNED = "returned", "Returned to the source location; units that did not arrive were written off."
    CANCELLED = "cancelled", "Cancelled before shipping."


T = TransferStatus
ship_transfer = step("ship", {T.DRAFT}, T.IN_TRANSIT)
receive_transfer = step("receive", {T.IN_TRANSIT}, T.RECEIVED)
turn_transfer_back = step("turn_back", {T.IN_TRANSIT}, T.RETURNING)
receive_returned = step("receive", {T.RETURNING}, T.RETURNED)
cancel_transfer = step("cancel", {T.DRAFT}, T.CANCELLED)
TransferStep = Step[TransferStatus]
transfer_lifecycle = Lifecycle(
    ship_transfer, receive_transfer, turn_transfer_back, receive_returned, cancel_transfer
)
