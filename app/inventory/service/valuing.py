"""Keeping the value of stock beside its quantity: each unit that comes or goes takes its cost along.

The levels concerned are locked by the caller, and a level's layers are changed only under its lock.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any
from uuid import UUID

from app.core.database import Change, write_together
from app.core.ids import new_id
from app.core.work import Work
from app.inventory import queries, valuation
from app.inventory.lifecycle import CostMethod, StockReason, ValueAccount
from app.inventory.models import CostLayer, StockMovement, ValueEntry
from app.inventory.valuation import Draw, Layer
from app.settings import settings

A = ValueAccount

# Where the value of a unit goes, or comes from, for each reason to leave or to enter a location.
LEAVES_TO = {
    StockReason.SALE: A.COST_OF_SALES,
    StockReason.TRANSFER_OUT: A.IN_TRANSIT,
    StockReason.ASSEMBLY: A.ASSEMBLY,
}
COMES_FROM = {
    StockReason.RECEIPT: A.SUPPLIERS,
    StockReason.RETURN: A.COST_OF_SALES,
    StockReason.TRANSFER_IN: A.IN_TRANSIT,
    StockReason.ASSEMBLY: A.ASSEMBLY,
}


@dataclass(frozen=True, slots=True)
class Part:
    """Some of the units that come in, with what they are worth together and since when they are ours."""

    quantity: int
    value_minor: int
    received_at: datetime
    origin_id: UUID | None = None  # the layer of their receipt, for what was ours before
    is_estimated: bool = False


@dataclass(slots=True)
class Books:
    """The cost layers of some locked levels, changed in memory and written at the end.

    What is in a location of the kind DROP_SHIP belongs to the supplier: it is worth nothing to us, and
    whatever comes to or leaves it enters no account.
    """

    work: Work
    method: CostMethod
    open: dict[UUID, list[Layer]]
    rows: dict[UUID, CostLayer]
    suppliers: set[UUID]  # the levels whose goods belong to a supplier
    changed: dict[UUID, CostLayer] = field(default_factory=dict)
    made: dict[UUID, CostLayer] = field(default_factory=dict)
    entries: list[ValueEntry] = field(default_factory=list)

    @classmethod
    async def of(cls, work: Work, level_ids: Iterable[UUID]) -> "Books":
        rows, suppliers = await queries.open_layers(level_ids)
        books = cls(work, CostMethod(settings().cost_method), {}, {row.id: row for row in rows}, suppliers)
        for row in rows:
            layer = Layer(row.id, row.received_at, row.remaining, row.remaining_minor)
            books.open.setdefault(row.level_id, []).append(layer)
        if books.method is CostMethod.AVERAGE:
            for layers in books.open.values():
                if len(layers) > 1:
                    valuation.merge(layers)
                    books._note(layers)
                    del layers[1:]
        return books

    def put(self, level_id: UUID, part: Part, reference: tuple[str, UUID | None]) -> None:
        """Add units to a level: as a layer of their own, or to its average."""
        if level_id in self.suppliers:
            part = replace(part, value_minor=0)
        layers = self.open.setdefault(level_id, [])
        if self.method is CostMethod.AVERAGE and layers:
            layers[0].quantity += part.quantity
            layers[0].value_minor += part.value_minor
            row = self.rows[layers[0].id]
            row.quantity += part.quantity
            row.value_minor += part.value_minor
            self._note(layers[:1])
            return
        id = new_id()
        row = CostLayer(
            id=id,
            level_id=level_id,
            received_at=part.received_at,
            quantity=part.quantity,
            value_minor=part.value_minor,
            remaining=part.quantity,
            remaining_minor=part.value_minor,
            is_open=True,
            is_estimated=part.is_estimated,
            origin_id=part.origin_id or id,
            reference_kind=reference[0],
            reference_id=reference[1],
        )
        self.rows[id] = self.made[id] = row
        layers.append(Layer(id, part.received_at, part.quantity, part.value_minor))
        layers.sort(key=lambda layer: (layer.received_at, layer.id))

    def take(self, level_id: UUID, quantity: int) -> list[Draw]:
        """Draw units from a level's layers."""
        layers = self.open.get(level_id, [])
        drawn = valuation.draw(layers, quantity)
        self._note([layer for layer in layers if any(each.layer_id == layer.id for each in drawn)])
        self.open[level_id] = [layer for layer in layers if layer.quantity]
        return drawn

    def _note(self, layers: Sequence[Layer]) -> None:
        for layer in layers:
            row = self.rows[layer.id]
            row.remaining, row.remaining_minor = layer.quantity, layer.value_minor
            row.quantity = max(row.quantity, layer.quantity)
            row.is_open = layer.quantity > 0
            if row.id not in self.made:
                self.changed[row.id] = row

    def origin_of(self, draw: Draw) -> UUID:
        origin: UUID = self.rows[draw.layer_id].origin_id
        return origin

    def enter(self, movement: StockMovement, source: ValueAccount, target: ValueAccount, amount: int) -> None:
        """Write an amount of the value ledger, for a movement whose effect on the layers is done.

        What comes to a supplier's location is not ours any more: what was on its way there goes back to the
        suppliers' account.
        """
        if movement.level_id in self.suppliers:
            if source is not A.IN_TRANSIT or not amount:
                return
            target = A.SUPPLIERS
        quantity, value = valuation.total(self.open.get(movement.level_id, ()))
        self.entries.append(
            ValueEntry(
                id=new_id(),
                level_id=movement.level_id,
                movement_id=movement.id,
                from_account=source,
                to_account=target,
                quantity=movement.quantity,
                amount_minor=amount,
                balance_quantity=quantity,
                balance_minor=value,
                reason=movement.reason,
                reference_kind=movement.reference_kind,
                reference_id=movement.reference_id,
                note=movement.note,
                at=movement.at,
            )
        )

    async def estimate(self, level_id: UUID, quantity: int) -> Part:
        """What units are worth of which nobody says what they cost.

        They are worth what those beside them are; else what the variant cost last, anywhere; else nothing.
        What belongs to a supplier is worth nothing.
        """
        if level_id in self.suppliers:
            return Part(quantity, 0, self.work.at, is_estimated=True)
        there, value = valuation.total(self.open.get(level_id, ()))
        if not there:
            value, there = await queries.last_cost(level_id)
        worth = valuation.share(value, quantity, there) if there else 0
        return Part(quantity, worth, self.work.at, is_estimated=True)

    async def close(self, *first: Sequence[Any]) -> None:
        """Write what has changed, after the new rows that it refers to."""
        columns = ("quantity", "value_minor", "remaining", "remaining_minor", "is_open")
        await write_together(
            [*first, list(self.made.values()), self.entries],
            [Change(list(self.changed.values()), columns)],
        )
