"""Replenishment suggestions: pure functions."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from app.planning.lifecycle import SuggestionKind
from app.planning.stocking import Policy, order_quantity


@dataclass(frozen=True, slots=True)
class Need:
    """The present and target quantities of a variant at a location."""

    variant_id: UUID
    location_id: UUID
    available: int
    position: int  # available, on order and on drafts
    wanted: Policy
    supplier_id: UUID | None = None
    pack: int = 1
    least: int = 1


@dataclass(frozen=True, slots=True)
class Suggestion:
    """Suggested units of a variant for a location."""

    kind: SuggestionKind
    variant_id: UUID
    location_id: UUID
    quantity: int
    source_id: UUID | None = None  # the location to transfer from
    supplier_id: UUID | None = None


def suggest(needs: Sequence[Need], *, may_transfer: bool = True) -> list[Suggestion]:
    """Suggested transfers and purchases, for each variant starting with the location that lacks most.

    Units that another location has above its order-up-to level are transferred first, from the location with
    the largest surplus; the rest is purchased in whole packs.
    """
    by_variant: dict[UUID, list[Need]] = {}
    for need in needs:
        by_variant.setdefault(need.variant_id, []).append(need)
    found: list[Suggestion] = []
    for group in by_variant.values():
        found += _of_variant(group, may_transfer)
    return found


def _of_variant(group: Sequence[Need], may_transfer: bool) -> list[Suggestion]:
    spare = {
        need.location_id: need.available - need.wanted.order_up_to
        for need in group
        if may_transfer and need.available > need.wanted.order_up_to
    }
    found: list[Suggestion] = []
    for need in sorted(group, key=lambda need: (need.position - need.wanted.order_up_to, need.location_id)):
        missing = order_quantity(need.position, need.wanted)
        if not missing:
            continue
        for source_id in sorted(spare, key=lambda id: (-spare[id], id)):
            units = min(missing, spare[source_id])
            if units > 0:
                spare[source_id] -= units
                missing -= units
                found.append(
                    Suggestion(
                        SuggestionKind.TRANSFER, need.variant_id, need.location_id, units, source_id=source_id
                    )
                )
        if missing > 0:
            found.append(_bought(need, missing))
    return found


def _bought(need: Need, missing: int) -> Suggestion:
    if need.supplier_id is None:
        return Suggestion(SuggestionKind.NO_SUPPLIER, need.variant_id, need.location_id, missing)
    units = max(missing, need.least)
    units = -(-units // need.pack) * need.pack
    return Suggestion(
        SuggestionKind.PURCHASE, need.variant_id, need.location_id, units, supplier_id=need.supplier_id
    )
