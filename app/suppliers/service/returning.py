"""Returning goods to suppliers, and the credit for them."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from app.access.permissions import Permission
from app.catalog.models import Variant
from app.core.database import count_up, insert
from app.core.ids import new_id
from app.core.money import Money
from app.core.problems import ProblemCode
from app.core.refusals import AlreadyExists, Invalid, Problems
from app.core.texts import LONGEST_REFERENCE, LONGEST_REMARK, checked_note, checked_reference
from app.core.uow import UnitOfWork, command
from app.core.versions import refuse_stale, write_changes
from app.inventory.locations.models import Location
from app.inventory.receiving.service.supplier_returns import (
    SupplierReturnItem,
    reference_of_return,
    return_to_supplier,
    undo_supplier_return,
)
from app.inventory.stock.lifecycle import StockBucket
from app.inventory.stock.service import levels, lot_numbers, units_of_measure
from app.suppliers import queries
from app.suppliers.events import SupplierReturnCancelled, SupplierReturnCreated, SupplierReturnCredited
from app.suppliers.models import (
    PurchaseOrder,
    Supplier,
    SupplierReturn,
    SupplierReturnLine,
    SupplierReturnNumber,
)
from app.suppliers.service.lines import MOST_LINES
from app.suppliers.service.ordering import locked_for_goods
from app.suppliers.service.suppliers import LARGEST_COST


@dataclass(frozen=True, slots=True)
class ReturnedItem:
    """A quantity of a SKU to be returned, in pieces or in a unit such as a carton.

    The credit for a piece or unit is in minor units; None: as agreed, or the supplier's price.
    """

    sku: str
    quantity: int
    credit_minor: int | None = None
    bucket: StockBucket = StockBucket.AVAILABLE
    lots: Sequence[lot_numbers.LotData] = ()
    unit: str | None = None


@dataclass(slots=True)
class SupplierReturnData:
    supplier: Supplier
    location: Location
    lines: Sequence[ReturnedItem]
    purchase_order_id: UUID | None = None  # with which they were received
    reference: str = ""
    note: str = ""
    external_reference: str | None = None


@command
async def create_supplier_return(uow: UnitOfWork, data: SupplierReturnData) -> SupplierReturn:
    """Return goods to a supplier: they leave stock at cost, and a credit is expected.

    Raises:
        NotFound: a SKU or the purchase order does not exist.
        Invalid, ValidationFailed: invalid quantities or credits, more than was received with the purchase
            order, or more than is in stock.
        AlreadyExists: another return has this external reference.
    """
    _refuse_bad(data)
    if data.external_reference and await queries.return_reference_is_taken(data.external_reference):
        raise AlreadyExists(
            "Another supplier return already has this external reference.", "external_reference"
        )
    order = None
    if data.purchase_order_id is not None:
        order = await locked_for_goods(
            uow, Permission.STOCK_MANAGE, data.purchase_order_id, None, "purchase_order_id"
        )
    variants = await levels.stocked_variants(
        [(line.sku, ("lines", str(i), "sku")) for i, line in enumerate(data.lines)]
    )
    pieces = [
        levels.checked_quantity(
            await units_of_measure.in_pieces(variant, line.quantity, line.unit, "lines", str(index)),
            "lines",
            str(index),
            "quantity",
        )
        for index, (line, variant) in enumerate(zip(data.lines, variants, strict=True))
    ]
    credits = await _credits(data, order, variants, pieces)
    row = SupplierReturn(
        id=new_id(),
        number=f"SR-{await count_up(SupplierReturnNumber):06d}",
        supplier_id=data.supplier.id,
        location_id=data.location.id,
        purchase_order_id=order.id if order is not None else None,
        currency=data.supplier.currency,
        reference=data.reference,
        note=data.note,
        external_reference=data.external_reference,
        created_at=uow.at,
        updated_at=uow.at,
    )
    items = [
        SupplierReturnItem(variant, units, line.bucket, line.lots)
        for line, variant, units in zip(data.lines, variants, pieces, strict=True)
    ]
    reference = reference_of_return(row.id, data.note)
    worth = await return_to_supplier(uow, location=data.location, items=items, reference=reference)
    await insert([row])
    await insert(
        [
            SupplierReturnLine(
                id=new_id(),
                supplier_return_id=row.id,
                position=position,
                variant_id=item.variant.id,
                quantity=item.quantity,
                credit_minor=credit,
                value_minor=value,
            )
            for position, (item, credit, value) in enumerate(zip(items, credits, worth, strict=True), 1)
        ]
    )
    uow.is_new(row.id)
    uow.announce(
        SupplierReturnCreated(
            subject_id=row.id,
            number=row.number,
            supplier_id=row.supplier_id,
            location_id=row.location_id,
            units=sum(pieces),
        )
    )
    return row


def _refuse_bad(data: SupplierReturnData) -> None:
    problems = Problems()
    if not 1 <= len(data.lines) <= MOST_LINES:
        problems.add(
            f"A supplier return must have 1 to {MOST_LINES} lines.",
            "lines",
            code=ProblemCode.WRONG_COUNT,
            minimum=1,
            maximum=MOST_LINES,
        )
    with problems.caught():
        checked_note(data.note, "note", longest=LONGEST_REMARK)
    with problems.caught():
        checked_note(data.reference, "reference", longest=LONGEST_REFERENCE)
    with problems.caught():
        data.external_reference = checked_reference(data.external_reference, "external_reference")
    for index, line in enumerate(data.lines):
        with problems.caught("lines", str(index)):
            levels.checked_quantity(line.quantity, "quantity")
        if line.credit_minor is not None:
            with problems.caught("lines", str(index)):
                _checked_amount(line.credit_minor, data.supplier.currency, "unit_credit")
    problems.refuse()


def _checked_amount(minor: int, currency: str, *path: str) -> int:
    if not 0 <= minor <= LARGEST_COST:
        raise Invalid(
            "The credit must not be negative or too large.",
            *path,
            code=ProblemCode.TOO_SMALL if minor < 0 else ProblemCode.TOO_LARGE,
            minimum_amount=Money(0, currency),
            maximum_amount=Money(LARGEST_COST, currency),
        )
    return minor


async def _credits(
    data: SupplierReturnData, order: PurchaseOrder | None, variants: Sequence[Variant], pieces: Sequence[int]
) -> list[int]:
    """The expected credit of each line: as given, else as agreed, else the supplier's price.

    Raises:
        Invalid: a SKU that is not in the purchase order, more than was received and not returned, or an
            unknown cost.
    """
    agreed = {} if order is None else {line.variant_id: line for line in await queries.lines_of(order.id)}
    sent_back = {} if order is None else await queries.returned_to_supplier(order.id)
    asked = await queries.items_of(data.supplier.id, [variant.id for variant in variants])
    found = []
    for index, (line, variant, units) in enumerate(zip(data.lines, variants, pieces, strict=True)):
        path = ("lines", str(index))
        bought, item = agreed.get(variant.id), asked.get(variant.id)
        if order is not None and bought is None:
            raise Invalid(
                "This SKU is not part of the purchase order.", *path, "sku", code=ProblemCode.NOT_FOUND
            )
        if bought is not None:
            can = max(0, bought.received - sent_back.get(variant.id, 0))
            if units > can:
                raise Invalid(
                    f"Only {can} units were received with {order.number if order else ''} and not returned.",
                    *path,
                    "quantity",
                    code=ProblemCode.NOT_ENOUGH,
                    available=can,
                )
            sent_back[variant.id] = sent_back.get(variant.id, 0) + units
        if line.credit_minor is not None:
            found.append(line.credit_minor * line.quantity)
        elif bought is not None:
            found.append(bought.cost_of(units))
        elif item is not None:
            found.append(item.cost_minor * units)
        else:
            raise Invalid(
                f"The supplier {data.supplier.name} has no cost for this SKU. Enter the credit.",
                *path,
                "unit_credit",
                code=ProblemCode.REQUIRED,
            )
    return found


@command
async def credit_supplier_return(
    uow: UnitOfWork, id: UUID, *, amount_minor: int, reference: str = "", expected_version: int | None = None
) -> SupplierReturn:
    """Record the credit note for a return; its amount may differ from the expected one.

    Raises:
        NotFound, StaleVersion.
        Invalid: it was credited already, or an invalid amount or reference.
    """
    row = await queries.locked_return(Permission.PURCHASING_MANAGE, uow.actor, id, "id")
    refuse_stale(row, expected_version)
    _refuse_unless_open(row)
    _checked_amount(amount_minor, row.currency, "amount", "amount")
    checked_note(reference, "reference", longest=LONGEST_REFERENCE)
    changes = {"credited_minor": amount_minor, "credit_reference": reference, "credited_at": uow.at}
    await write_changes(row, changes, uow.at)
    uow.announce(
        SupplierReturnCredited(
            subject_id=row.id, number=row.number, amount_minor=amount_minor, currency=row.currency
        )
    )
    return row


def _refuse_unless_open(row: SupplierReturn) -> None:
    if row.credited_at is not None:
        raise Invalid("The supplier return is already credited.", "id", code=ProblemCode.NOT_POSSIBLE_NOW)
    if row.cancelled_at is not None:
        raise Invalid("The supplier return is cancelled.", "id", code=ProblemCode.NOT_POSSIBLE_NOW)


@command
async def cancel_supplier_return(
    uow: UnitOfWork, id: UUID, *, expected_version: int | None = None
) -> SupplierReturn:
    """Cancel a return: the goods are in stock again at their former value.

    Raises:
        NotFound, StaleVersion.
        Invalid: it was credited or cancelled already.
    """
    row = await queries.locked_return(Permission.STOCK_MANAGE, uow.actor, id, "id")
    refuse_stale(row, expected_version)
    _refuse_unless_open(row)
    (lines,) = await queries.return_lines_by_return([row.id])
    reference = reference_of_return(row.id, row.note)
    await undo_supplier_return(uow, reference=reference, worth=[line.value_minor for line in lines])
    await write_changes(row, {"cancelled_at": uow.at}, uow.at)
    uow.announce(SupplierReturnCancelled(subject_id=row.id, number=row.number))
    return row
