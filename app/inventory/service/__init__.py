"""The commands of the inventory."""

from app.inventory.service.adjusting import adjust, set_aside, set_level, set_policy
from app.inventory.service.assembling import assemble, disassemble
from app.inventory.service.capacity import give_capacity_back
from app.inventory.service.costing import add_landed_cost, correct_cost
from app.inventory.service.counting import (
    approve_count,
    cancel_count,
    reject_count,
    start_count,
    submit_count,
)
from app.inventory.service.expiring import quarantine_expired
from app.inventory.service.inbound import (
    change_incoming,
    expect,
    expect_from,
    expect_no_more,
    notice_overdue,
    release_preorders,
    reschedule,
)
from app.inventory.service.levels import checked_quantity, stocked_variant, stocked_variants
from app.inventory.service.locations import (
    HoursData,
    LocationData,
    change_sourcing_policy,
    create_location,
    set_channel_locations,
    set_sourcing_policy,
    update_location,
)
from app.inventory.service.lot_numbers import LotData
from app.inventory.service.promising import commit_for
from app.inventory.service.queueing import reserve_or_queue, serve_backlog
from app.inventory.service.receiving import receive, receive_one
from app.inventory.service.refusing import note_refusal
from app.inventory.service.releasing import expire_due, keep_only, lock_kept, lock_variants, release
from app.inventory.service.replacing import replace_missing, substitute_missing
from app.inventory.service.reserving import ReservationResult, plan_for, promote, reserve, reserve_at
from app.inventory.service.reversing import ReversedItem, reverse_receipt
from app.inventory.service.shipping import Left, sell, ship, take_back
from app.inventory.service.tracking import set_tracking
from app.inventory.service.transfer_receipt import receive_transfer
from app.inventory.service.transferring import (
    cancel_transfer,
    create_transfer,
    ship_transfer,
)
from app.inventory.service.turning_back import turn_transfer_back
from app.inventory.service.units import checked_unit, in_pieces

__all__ = [
    "HoursData",
    "Left",
    "LocationData",
    "LotData",
    "ReservationResult",
    "ReversedItem",
    "add_landed_cost",
    "adjust",
    "approve_count",
    "assemble",
    "cancel_count",
    "cancel_transfer",
    "change_incoming",
    "change_sourcing_policy",
    "checked_quantity",
    "checked_unit",
    "commit_for",
    "correct_cost",
    "create_location",
    "create_transfer",
    "disassemble",
    "expect",
    "expect_from",
    "expect_no_more",
    "expire_due",
    "give_capacity_back",
    "in_pieces",
    "keep_only",
    "lock_kept",
    "lock_variants",
    "note_refusal",
    "notice_overdue",
    "plan_for",
    "promote",
    "quarantine_expired",
    "receive",
    "receive_one",
    "receive_transfer",
    "reject_count",
    "release",
    "release_preorders",
    "replace_missing",
    "reschedule",
    "reserve",
    "reserve_at",
    "reserve_or_queue",
    "reverse_receipt",
    "sell",
    "serve_backlog",
    "set_aside",
    "set_channel_locations",
    "set_level",
    "set_policy",
    "set_sourcing_policy",
    "set_tracking",
    "ship",
    "ship_transfer",
    "start_count",
    "stocked_variant",
    "stocked_variants",
    "submit_count",
    "substitute_missing",
    "take_back",
    "turn_transfer_back",
    "update_location",
]
