"""Mutations of transfers."""

from datetime import date
from typing import Annotated

import strawberry

from app.access.permissions import Permission
from app.core import refusals
from app.core.graphql.errors import mutation
from app.core.graphql.once import Effect
from app.core.graphql.scalars import ExpectedVersion, Text, arg, doc
from app.core.ids import row_id
from app.core.problems import ProblemCode
from app.inventory.locations import queries as location_queries
from app.inventory.policies import MANAGE
from app.inventory.stock.schema.mutations.lots import StockLotInput, lots_of
from app.inventory.stock.schema.types.shortages import TAKES_STOCK
from app.inventory.transfers import models, service
from app.inventory.transfers.schema.types import StockTransfer
from app.inventory.transfers.service.arrivals import Arrived
from app.inventory.transfers.service.drafts import TransferData, TransferItem

CREATES = (refusals.AlreadyExists, *TAKES_STOCK)
STEPS = (refusals.IllegalTransition,)


@strawberry.input(description="Units of a SKU to transfer.")
class StockTransferLineInput:
    sku: str = doc("SKU of the variant.")
    quantity: int = doc("Quantity in pieces, or in the unit given by `unit`.")
    unit: str | None = doc(
        "Code of the unit of measure of the quantity, such as carton; defaults to pieces.", default=None
    )


@strawberry.input(description="Input for creating a stock transfer.")
class StockTransferCreateInput:
    source: str = doc("Code of the source location.")
    destination: str = doc("Code of the destination location.")
    lines: list[StockTransferLineInput] = doc("Lines of the transfer: 1 to 500, each SKU once.")
    expected_on: date | None = doc("Expected arrival date.", default=None)
    note: Text = doc("Internal note.", default="")
    external_reference: str | None = doc("Key in an external system, unique.", default=None)


@strawberry.input(description="Lots or serial numbers that were picked for a SKU.")
class StockPickedInput:
    sku: str = doc("SKU of the variant.")
    lots: list[StockLotInput] = doc(
        "Picked lots or serial numbers; their units must add up to the number shipped."
    )


@strawberry.input(description="Input for shipping a transfer.")
class StockTransferShipInput:
    id: strawberry.ID = doc("The stock transfer.")
    lines: list[StockTransferLineInput] | None = doc(
        "Lines to ship, if not all; the reservation of the remaining units is released.", default=None
    )
    expected_on: date | None = doc("Expected arrival date.", default=None)
    picked: list[StockPickedInput] = doc(
        "Lots or serial numbers that were picked, if they differ from the allocated ones.",
        default_factory=list,
    )


@strawberry.input(description="Units of a SKU found on arrival of a transfer.")
class StockTransferArrivalInput:
    sku: str = doc("SKU of the variant.")
    received: int = doc("Number of units that arrived in good condition.", default=0)
    damaged: int = doc("Number of units that arrived damaged.", default=0)
    missing: int = doc("Number of units known to be missing.", default=0)
    unit: str | None = doc(
        "Code of the unit of measure of the three quantities, such as carton; defaults to pieces.",
        default=None,
    )
    lots: list[StockLotInput] = doc(
        "Lots or serial numbers that arrived in good condition, if the SKU is tracked; if omitted, "
        "those with the earliest expiry date.",
        default_factory=list,
    )
    damaged_lots: list[StockLotInput] = doc(
        "Lots or serial numbers that arrived damaged; if omitted, those with the earliest expiry date.",
        default_factory=list,
    )

    def arrived(self) -> Arrived:
        lots = {"lots": lots_of(self.lots), "damaged_lots": lots_of(self.damaged_lots)}
        return Arrived(**(vars(self) | lots))


@strawberry.input(description="Input for receiving a transfer.")
class StockTransferReceiveInput:
    id: strawberry.ID = doc("The stock transfer.")
    lines: list[StockTransferArrivalInput] | None = doc(
        "Units found; if omitted, all units arrived in good condition.", default=None
    )
    is_complete: bool = doc(
        "Whether the transfer is complete; units that did not arrive are then written off as missing.",
        default=True,
    )
    note: Text = doc("Note recorded in the stock ledger.", default="")
    accept_over_receipt: bool = doc(
        "Whether to accept more units in good condition than were shipped, which are recorded as "
        "found. If false, such a receipt is rejected.",
        default=False,
    )


@strawberry.type
class TransferMutation:
    @mutation(
        "StockTransferCreateResult", StockTransfer, policy=MANAGE, refuses=CREATES, once=models.Transfer
    )
    async def stock_transfer_create(
        self,
        info: strawberry.Info,
        input: Annotated[StockTransferCreateInput, arg("The stock transfer.")],
    ) -> Effect:
        """Create a transfer. Its goods are reserved at the source location, so that they cannot be sold in
        the meantime."""
        actor = info.context.actor
        data = TransferData(
            source=await location_queries.location_for(
                Permission.STOCK_MANAGE, actor, "source", code=input.source
            ),
            destination=await location_queries.location_for(
                Permission.STOCK_MANAGE, actor, "destination", code=input.destination
            ),
            lines=[TransferItem(line.sku, line.quantity, line.unit) for line in input.lines],
            expected_on=input.expected_on,
            note=input.note,
            external_reference=input.external_reference,
        )
        return lambda uow: service.create_transfer(uow, data)

    @mutation(
        "StockTransferShipResult",
        StockTransfer,
        policy=MANAGE,
        refuses=(*STEPS, *TAKES_STOCK),
        once=models.Transfer,
    )
    async def stock_transfer_ship(
        self,
        info: strawberry.Info,
        input: Annotated[StockTransferShipInput, arg("The stock transfer.")],
        expected_version: ExpectedVersion = None,
    ) -> Effect:
        """Ship a transfer. From then on, its value is in transit."""
        id = row_id(input.id, "StockTransfer", "id")
        quantities: dict[str, int] | None = None if input.lines is None else {}
        for index, line in enumerate(input.lines or []):
            assert quantities is not None
            if line.sku in quantities:
                text = "This SKU is listed twice. Combine the two entries."
                raise refusals.Invalid(text, "lines", str(index), "sku", code=ProblemCode.REPEATED)
            quantities[line.sku] = line.quantity
        return lambda uow: service.ship_transfer(
            uow,
            id,
            quantities=quantities,
            units_of={line.sku: line.unit for line in input.lines or [] if line.unit is not None},
            picked={each.sku: lots_of(each.lots) for each in input.picked},
            expected_on=input.expected_on,
            expected_version=expected_version,
        )

    @mutation("StockTransferReceiveResult", StockTransfer, policy=MANAGE, refuses=STEPS, once=models.Transfer)
    async def stock_transfer_receive(
        self,
        info: strawberry.Info,
        input: Annotated[StockTransferReceiveInput, arg("Received goods.")],
        expected_version: ExpectedVersion = None,
    ) -> Effect:
        """Receive the goods of a transfer, and record damaged and missing units."""
        id = row_id(input.id, "StockTransfer", "id")
        arrived = None if input.lines is None else [line.arrived() for line in input.lines]
        return lambda uow: service.receive_transfer(
            uow,
            id,
            arrived=arrived,
            is_complete=input.is_complete,
            note=input.note,
            accepts_more=input.accept_over_receipt,
            expected_version=expected_version,
        )

    @mutation("StockTransferTurnBackResult", StockTransfer, policy=MANAGE, refuses=STEPS)
    async def stock_transfer_turn_back(
        self,
        info: strawberry.Info,
        id: Annotated[strawberry.ID, arg("The stock transfer.")],
        expected_on: Annotated[date | None, arg("Expected date of return; defaults to today.")] = None,
        expected_version: ExpectedVersion = None,
    ) -> models.Transfer:
        """Return a transfer that is in transit to its source location; its goods are received there."""
        return await service.turn_transfer_back(
            info.context.actor,
            row_id(id, "StockTransfer", "id"),
            expected_on=expected_on,
            expected_version=expected_version,
        )

    @mutation("StockTransferCancelResult", StockTransfer, policy=MANAGE, refuses=STEPS[:2])
    async def stock_transfer_cancel(
        self,
        info: strawberry.Info,
        id: Annotated[strawberry.ID, arg("The stock transfer.")],
        expected_version: ExpectedVersion = None,
    ) -> models.Transfer:
        """Cancel a transfer that has not shipped; its reserved goods are released."""
        transfer_id = row_id(id, "StockTransfer", "id")
        return await service.cancel_transfer(
            info.context.actor, transfer_id, expected_version=expected_version
        )
