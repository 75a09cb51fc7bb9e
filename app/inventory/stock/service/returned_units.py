"""What was shipped to a claimant, by batch, and its value when it is returned."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from app.inventory.stock import queries, valuation
from app.inventory.stock.lifecycle import ValueAccount
from app.inventory.stock.models import CostFlow
from app.inventory.stock.service.valuing import Part
from app.inventory.stock.valuation import Share


@dataclass(slots=True)
class Sent:
    """Units that left together, with their cost as currently known.

    Without a batch they left before cost flows were recorded. Supplier-owned units have no cost.
    """

    batch_id: UUID | None
    units: int
    value_minor: int
    leaves_with: UUID | None = None
    is_suppliers: bool = False
    back: int = 0  # units that were returned

    @property
    def open(self) -> int:
        """The units that were not returned."""
        return self.units - self.back


async def sent_to(claimant: UUID, variant_id: UUID, left_with: UUID | None = None) -> list[Sent]:
    """The units of a variant that were shipped to a claimant and not all returned.

    Those that left with the named part first, then the oldest.
    """
    batches: dict[UUID | None, Sent] = {}
    for flow in await queries.flows_sold_to(claimant, variant_id):
        _add(batches, flow)
    for flow in await queries.flows_into(id for id in batches if id is not None):
        batches[flow.batch_id].back += flow.part_size
    units, cost = await queries.sold_before_flows(claimant, variant_id)
    found = [Sent(None, units, cost), *batches.values()]
    found.sort(key=lambda sent: left_with is None or sent.leaves_with != left_with)
    return [sent for sent in found if sent.open > 0]


def _add(batches: dict[UUID | None, Sent], flow: CostFlow) -> None:
    is_suppliers = flow.account is ValueAccount.SUPPLIERS
    sent = batches.setdefault(
        flow.batch_id, Sent(flow.batch_id, 0, 0, flow.leaves_with, is_suppliers=is_suppliers)
    )
    sent.units -= flow.quantity
    sent.value_minor += flow.value_minor


def parts_back(sent: list[Sent], quantity: int, at: datetime) -> tuple[list[Part], list[Share]]:
    """Returned units as parts: own units at their cost, and shares of supplier-owned units."""
    parts, suppliers = list[Part](), list[Share]()
    for each in sent:
        units = min(quantity, each.open)
        quantity -= units
        if not units:
            break
        if each.batch_id is None:
            parts.append(Part(units, valuation.share(each.value_minor, units, each.units), at))
            continue
        share = Share(each.batch_id, each.back, units, each.units)
        if each.is_suppliers:
            suppliers.append(share)
        else:
            parts.append(Part(units, share.of(each.value_minor), at, share=share))
    return parts, suppliers
