"""Remove shipped units from stock, and record which lots left."""

from collections import defaultdict
from collections.abc import Sequence
from uuid import UUID

from app.core.database import update_each
from app.core.problems import ProblemCode
from app.core.refusals import Invalid, ValidationFailed
from app.core.uow import UnitOfWork
from app.fulfillment.contents import Lots, added, as_stored, deal, less, lots_of, read, write
from app.fulfillment.models import FulfillmentLine, FulfillmentOrder, Package
from app.inventory.stock import queries as stock
from app.inventory.stock.service import shipping
from app.inventory.stock.service.lot_numbers import LotData
from app.inventory.stock.service.shipping import IssuedUnits


async def issue_stock(
    uow: UnitOfWork, row: FulfillmentOrder, parts: Sequence[FulfillmentLine], packages: Sequence[Package]
) -> bool:
    """Let its goods leave the stock; whether some are kept by lot: lines and packages now say which left."""
    quantities: dict[UUID, int] = defaultdict(int)
    lots: dict[str, Lots] = defaultdict(Lots)
    unpicked = [part for part in parts if part.picked < part.quantity]
    for part in unpicked:
        part.picked = part.quantity
    await update_each(unpicked, "picked")
    for part in parts:
        if part.tracks_stock:
            quantities[part.variant_id] += part.quantity
            lots[part.sku] = added(lots[part.sku], lots_of(part.lots))
    if not quantities:
        return False
    try:
        left = await shipping.ship(
            uow,
            claimant=row.order_id,
            quantities=dict(quantities),
            location_id=row.location_id,
            leaves_with=row.id,
            picked={
                sku: [LotData(number, units) for number, units in own.items()]
                for sku, own in lots.items()
                if own
            },
        )
    except (Invalid, ValidationFailed) as refusal:  # about lots that were picked: nothing here names them
        raise Invalid(
            (
                f"The picked units are no longer in stock. {refusal.message} Undo the picking "
                "(fulfillmentUnpick) and pick again."
            ),
            "id",
            code=ProblemCode.NOT_POSSIBLE_NOW,
        ) from refusal
    return await _note_lots(parts, packages, left)


async def _note_lots(
    parts: Sequence[FulfillmentLine], packages: Sequence[Package], left: Sequence[IssuedUnits]
) -> bool:
    """Note on lines, and in their packages, which lots left: what was picked of a line, else as they come."""
    by_variant: dict[UUID, Lots] = defaultdict(Lots)
    ids = list({lot.lot_id for each in left for lot in each.lots})
    if not ids:
        return False
    numbers = {lot.id: lot.number for lot in await stock.lots_by_id(ids) if lot}
    for each in left:
        lots = by_variant[each.variant_id]
        for lot in each.lots:
            lots[numbers[lot.lot_id]] = lots.get(numbers[lot.lot_id], 0) + lot.quantity
    own = [part for part in parts if part.tracks_stock and part.variant_id in by_variant]
    own = [part for part in own if by_variant[part.variant_id]]
    for part in own:
        by_variant[part.variant_id] = less(by_variant[part.variant_id], lots_of(part.lots))
    by_line: dict[UUID, Lots] = {}
    for part in own:
        picked = lots_of(part.lots)
        more = deal(by_variant[part.variant_id], part.quantity - sum(picked.values()))
        by_line[part.id] = added(picked, more)
        part.lots = as_stored(by_line[part.id])
    await update_each(own, "lots")
    for package in packages:
        contents = read(package.contents)
        for content in contents:
            if content.line_id in by_line:
                content.lots = deal(by_line[content.line_id], content.quantity)
        package.contents = write(contents)
    return True
