"""Keeps the value of stock: each unit that enters or leaves carries its cost.

The caller has locked the levels; a level's layers are changed only under its lock.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any, NamedTuple
from uuid import UUID

from app.core.database import Change, write_together
from app.core.ids import new_id
from app.core.uow import UnitOfWork
from app.inventory.stock import queries, valuation
from app.inventory.stock.lifecycle import CostMethod, StockReason, ValueAccount
from app.inventory.stock.models import CostFlow, CostLayer, StockMovement, ValueEntry
from app.inventory.stock.valuation import Draw, Layer, Share
from app.settings import settings

A = ValueAccount

# The account that the value of a unit goes to, or comes from, by reason.
LEAVES_TO = {
    StockReason.SALE: A.COST_OF_SALES,
    StockReason.TRANSFER_OUT: A.IN_TRANSIT,
    StockReason.ASSEMBLY: A.ASSEMBLY,
    StockReason.SUPPLIER_RETURN: A.SUPPLIERS,
}
COMES_FROM = {
    StockReason.RECEIPT: A.SUPPLIERS,
    StockReason.RETURN: A.COST_OF_SALES,
    StockReason.TRANSFER_IN: A.IN_TRANSIT,
    StockReason.ASSEMBLY: A.ASSEMBLY,
}


@dataclass(frozen=True, slots=True)
class Part:
    """Some of the incoming units, with their total value and since when they are owned.

    `share` is their part of a batch, so that later cost changes reach them.
    """

    quantity: int
    value_minor: int
    received_at: datetime
    origin_id: UUID | None = None  # the line of their receipt, for units that were owned before
    is_estimated: bool = False
    share: Share | None = None


class Drawn(NamedTuple):
    """What was drawn from a level's cost layers, its receipt, and the batch in which it left."""

    draw: Draw
    origin_id: UUID
    share: Share


@dataclass(slots=True)
class Books:
    """The cost layers of some locked levels, changed in memory and written at the end.

    Stock at a location of kind DROP_SHIP belongs to the supplier: it has no value, and its movements are not
    posted.
    """

    uow: UnitOfWork
    method: CostMethod
    open: dict[UUID, list[Layer]]
    rows: dict[UUID, CostLayer]
    suppliers: set[UUID]  # the levels with supplier-owned stock
    changed: dict[UUID, CostLayer] = field(default_factory=dict)
    made: dict[UUID, CostLayer] = field(default_factory=dict)
    entries: list[ValueEntry] = field(default_factory=list)
    flows: list[CostFlow] = field(default_factory=list)
    versions: Mapping[UUID, int] = field(default_factory=dict)  # of the levels

    @classmethod
    async def of(cls, uow: UnitOfWork, levels: Mapping[UUID, int]) -> "Books":
        """The books of some locked levels, by their versions."""
        rows, suppliers = await queries.open_layers(levels)
        method = CostMethod(settings().cost_method)
        books = cls(uow, method, {}, {row.id: row for row in rows}, suppliers, versions=levels)
        for row in rows:
            layer = Layer(row.id, row.received_at, row.remaining, row.remaining_minor)
            books.open.setdefault(row.level_id, []).append(layer)
        if books.method is CostMethod.AVERAGE:
            for layers in books.open.values():
                books._merge(layers)
        return books

    def _merge(self, layers: list[Layer]) -> None:
        """Merge everything into the first layer: the level's moving average."""
        first = layers[0]
        pool = self.rows[first.id]
        for layer in layers[1:]:
            pool.quantity += layer.quantity
            pool.value_minor += layer.value_minor
            batch = Share(new_id())
            for into, sign, share in ((layer, -1, None), (first, 1, batch)):
                row = self.rows[into.id]
                self._flow(
                    row, sign * layer.quantity, layer.value_minor, A.ASSET, StockReason.CORRECTION, share,
                    batch_id=batch.batch_id,
                )  # fmt: skip
        if len(layers) > 1:
            valuation.merge(layers)
            self._note(layers)
            del layers[1:]

    def put(self, level_id: UUID, part: Part, movement: StockMovement, account: ValueAccount) -> None:
        """Add units to a level: as a separate layer, or to its average."""
        if level_id in self.suppliers:
            part, account = replace(part, value_minor=0), A.SUPPLIERS
        row = self._put(level_id, part, movement)
        self._flow(
            row, part.quantity, part.value_minor, account, movement.reason, part.share, movement=movement
        )

    def _put(self, level_id: UUID, part: Part, movement: StockMovement) -> CostLayer:
        layers = self.open.setdefault(level_id, [])
        if self.method is CostMethod.AVERAGE and layers:
            layers[0].quantity += part.quantity
            layers[0].value_minor += part.value_minor
            row = self.rows[layers[0].id]
            row.quantity += part.quantity
            row.value_minor += part.value_minor
            self._note(layers[:1])
            return row
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
            reference_kind=movement.reference_kind,
            reference_id=movement.reference_id,
        )
        self.rows[id] = self.made[id] = row
        layers.append(Layer(id, part.received_at, part.quantity, part.value_minor))
        layers.sort(key=lambda layer: (layer.received_at, layer.id))
        return row

    def take(
        self, movement: StockMovement, account: ValueAccount, leaves_with: UUID | None = None
    ) -> list[Drawn]:
        """Draw the units of a movement from its level's layers.

        They leave in one batch: that of the movement, or of the assembly that uses them. Units that are
        transferred are kept apart by the time of their receipt: each draw is a separate batch.
        """
        batch_id: UUID = (account is A.ASSEMBLY and movement.reference_id) or movement.id
        account = A.SUPPLIERS if movement.level_id in self.suppliers else account
        found = []
        for draw in self._take(movement.level_id, movement.quantity):
            row = self.rows[draw.layer_id]
            share = Share(new_id() if account is A.IN_TRANSIT else batch_id)
            self._flow(
                row, -draw.quantity, draw.value_minor, account, movement.reason, movement=movement,
                batch_id=share.batch_id, leaves_with=leaves_with,
            )  # fmt: skip
            found.append(Drawn(draw, row.origin_id, share))
        return found

    def _flow(
        self,
        layer: CostLayer,
        quantity: int,
        value: int,
        account: ValueAccount,
        reason: StockReason,
        share: Share | None = None,
        *,
        movement: StockMovement | None = None,
        batch_id: UUID | None = None,
        leaves_with: UUID | None = None,
    ) -> None:
        self.flows.append(
            CostFlow(
                id=new_id(),
                layer_id=layer.id,
                level_id=layer.level_id,
                version=self.versions[layer.level_id],
                at=movement.at if movement else self.uow.at,
                quantity=quantity,
                value_minor=value,
                account=account,
                batch_id=batch_id if share is None else share.batch_id,
                part_start=share.start if share else 0,
                part_size=share.size if share else 1,
                part_whole=share.whole if share else 1,
                reason=reason,
                movement_id=movement.id if movement else None,
                reference_id=movement.reference_id if movement else None,
                leaves_with=leaves_with,
            )
        )

    def _take(self, level_id: UUID, quantity: int) -> list[Draw]:
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

    def enter(self, movement: StockMovement, source: ValueAccount, target: ValueAccount, amount: int) -> None:
        """Write an entry of the value ledger, for a movement whose effect on the layers is done.

        Units that arrive at a supplier's location are no longer owned: transit value goes back to the
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
        """The estimated value of units without a cost.

        It is that of the level's other units, else the last cost of the variant anywhere, else zero.
        Supplier-owned stock has no value.
        """
        if level_id in self.suppliers:
            return Part(quantity, 0, self.uow.at, is_estimated=True)
        there, value = valuation.total(self.open.get(level_id, ()))
        if not there:
            value, there = await queries.last_cost(level_id)
        worth = valuation.share(value, quantity, there) if there else 0
        return Part(quantity, worth, self.uow.at, is_estimated=True)

    async def note_balances_then(self) -> None:
        """Record the former balances of a level for movements that are recorded later."""
        later = [entry for entry in self.entries if entry.at < self.uow.at]
        for entry in later:
            units, worth = await queries.balance_at(entry.level_id, entry.at)
            entry.balance_quantity, entry.balance_minor = units + entry.quantity, worth + entry.amount_minor

    async def close(self, *first: Sequence[Any]) -> None:
        """Write the changes, after the new rows that they refer to."""
        columns = ("quantity", "value_minor", "remaining", "remaining_minor", "is_open")
        await write_together(
            [*first, list(self.made.values()), self.entries, self.flows],
            [Change(list(self.changed.values()), columns)],
        )
        self.uow.book(self.entries)
