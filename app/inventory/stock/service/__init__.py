"""Commands that change stock."""

from app.inventory.stock.service.adjusting import adjust, set_aside, set_level, set_policy
from app.inventory.stock.service.backlog import reserve_or_queue, serve_backlog
from app.inventory.stock.service.expiring import quarantine_expired
from app.inventory.stock.service.inbound import (
    change_incoming,
    expect,
    expect_from,
    expect_no_more,
    notice_overdue,
    release_preorders,
    reschedule,
)
from app.inventory.stock.service.levels import checked_quantity, stocked_variants
from app.inventory.stock.service.lot_numbers import LotData
from app.inventory.stock.service.lot_tracking import set_tracking
from app.inventory.stock.service.missing_units import replace_missing, substitute_missing
from app.inventory.stock.service.previewing import (
    DemandToPreview,
    ReservationPreview,
    preview_reservations,
)
from app.inventory.stock.service.promising import commit_for
from app.inventory.stock.service.releasing import (
    expire_due,
    lock_reserved_levels,
    lock_variants,
    release,
    release_beyond,
)
from app.inventory.stock.service.reserving import ReservationResult, plan_for, promote, reserve, reserve_at
from app.inventory.stock.service.returns import take_back
from app.inventory.stock.service.shipping import IssuedUnits, sell, ship
from app.inventory.stock.service.source_refusals import note_refusal
from app.inventory.stock.service.units_of_measure import checked_unit, in_pieces

__all__ = [
    "DemandToPreview",
    "IssuedUnits",
    "LotData",
    "ReservationPreview",
    "ReservationResult",
    "adjust",
    "change_incoming",
    "checked_quantity",
    "checked_unit",
    "commit_for",
    "expect",
    "expect_from",
    "expect_no_more",
    "expire_due",
    "in_pieces",
    "lock_reserved_levels",
    "lock_variants",
    "note_refusal",
    "notice_overdue",
    "plan_for",
    "preview_reservations",
    "promote",
    "quarantine_expired",
    "release",
    "release_beyond",
    "release_preorders",
    "replace_missing",
    "reschedule",
    "reserve",
    "reserve_at",
    "reserve_or_queue",
    "sell",
    "serve_backlog",
    "set_aside",
    "set_level",
    "set_policy",
    "set_tracking",
    "ship",
    "stocked_variants",
    "substitute_missing",
    "take_back",
]
