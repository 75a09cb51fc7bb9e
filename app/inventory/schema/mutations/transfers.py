"""Moving goods between locations through the graph."""

from datetime import date
from typing import Annotated, Any

import strawberry

from app.access.permissions import Permission
from app.core import refusals
from app.core.graphql.errors import mutation
from app.core.graphql.scalars import ExpectedVersion, IdempotencyKey, Text, arg, doc
from app.core.ids import row_id
from app.core.problems import ProblemCode
from app.inventory import models, queries, service
from app.inventory import refusals as stock_refusals
from app.inventory.schema.mutations.locations import MANAGE
from app.inventory.schema.mutations.lots import StockLotInput, lots_of
from app.inventory.schema.types import StockTransfer
from app.inventory.service.arriving import Arrived
from app.inventory.service.transferring import TransferData, TransferItem

CREATES = (refusals.AlreadyExists, stock_refusals.InsufficientStock)
STEPS = (refusals.IllegalTransition,)


@strawberry.input(description="Units of one SKU to be moved.")
class StockTransferLineInput:
    sku: str = doc("What.")
    quantity: int = doc("How many pieces, or units as `unit` says.")
    unit: str | None = doc(
        "The code of the unit that the quantity is in, such as carton; left out: pieces.", default=None
    )


@strawberry.input(description="Goods to be moved from one location to another.")
class StockTransferCreateInput:
    source: str = doc("The code of the location that they leave.")
    destination: str = doc("The code of the location that they go to.")
    lines: list[StockTransferLineInput] = doc("What: 1 to 500 lines, each SKU once.")
    expected_on: date | None = doc("The day on which they are expected to arrive.", default=None)
    note: Text = doc("A note.", default="")
    external_reference: str | None = doc("Its key in another system, unique.", default=None)


@strawberry.input(description="The lots or serial numbers that were picked of a SKU.")
class StockPickedInput:
    sku: str = doc("What.")
    lots: list[StockLotInput] = doc("Which units: as many as leave of it.")


@strawberry.input(description="A transfer that leaves.")
class StockTransferShipInput:
    id: strawberry.ID = doc("The transfer.")
    lines: list[StockTransferLineInput] | None = doc(
        "What leaves, where that is not all; what stays behind is free again.", default=None
    )
    expected_on: date | None = doc("The day on which it is expected to arrive.", default=None)
    picked: list[StockPickedInput] = doc(
        "Which lots or serial numbers were picked, where it is not those that were kept for it.",
        default_factory=list,
    )


@strawberry.input(description="What was found of one SKU when a transfer was opened.")
class StockTransferArrivalInput:
    sku: str = doc("What.")
    received: int = doc("How many units arrived in order.", default=0)
    damaged: int = doc("How many arrived damaged.", default=0)
    missing: int = doc("How many are known not to arrive.", default=0)
    unit: str | None = doc(
        "The code of the unit that the three are in, such as carton; left out: pieces.", default=None
    )
    lots: list[StockLotInput] = doc(
        "Which units arrived in order, where the SKU is kept by lot or serial number; left out, those that "
        "expire first.",
        default_factory=list,
    )
    damaged_lots: list[StockLotInput] = doc(
        "Which units arrived damaged; left out, those that expire first.", default_factory=list
    )

    def arrived(self) -> Arrived:
        lots = {"lots": lots_of(self.lots), "damaged_lots": lots_of(self.damaged_lots)}
        return Arrived(**(vars(self) | lots))


@strawberry.input(description="A transfer that arrives.")
class StockTransferReceiveInput:
    id: strawberry.ID = doc("The transfer.")
    lines: list[StockTransferArrivalInput] | None = doc(
        "What was found; left out, everything arrived in order.", default=None
    )
    is_complete: bool = doc(
        "Whether nothing more is expected: then what did not arrive is missing, and written off.",
        default=True,
    )
    note: Text = doc("A note for the ledger.", default="")
    accept_over_receipt: bool = doc(
        "Whether more arrived in order than was sent: it is booked as found. Without it that is refused.",
        default=False,
    )


@strawberry.type
class TransferMutation:
    @mutation("StockTransferCreateResult", StockTransfer, policy=MANAGE, refuses=CREATES)
    async def stock_transfer_create(
        self,
        info: strawberry.Info,
        input: Annotated[StockTransferCreateInput, arg("The transfer.")],
        idempotency_key: IdempotencyKey = None,
    ) -> Any:
        """Prepare a transfer. Its goods are reserved where they are, so that nobody sells them meanwhile."""
        actor = info.context.actor
        data = TransferData(
            source=await queries.location_for(Permission.STOCK_MANAGE, actor, "source", code=input.source),
            destination=await queries.location_for(
                Permission.STOCK_MANAGE, actor, "destination", code=input.destination
            ),
            lines=[TransferItem(line.sku, line.quantity, line.unit) for line in input.lines],
            expected_on=input.expected_on,
            note=input.note,
            external_reference=input.external_reference,
        )
        return await info.context.once_row(
            idempotency_key,
            "stockTransferCreate",
            input,
            lambda work: service.create_transfer(work, data),
            models.Transfer,
        )

    @mutation(
        "StockTransferShipResult",
        StockTransfer,
        policy=MANAGE,
        refuses=(*STEPS, stock_refusals.InsufficientStock),
    )
    async def stock_transfer_ship(
        self,
        info: strawberry.Info,
        input: Annotated[StockTransferShipInput, arg("The transfer.")],
        expected_version: ExpectedVersion = None,
        idempotency_key: IdempotencyKey = None,
    ) -> Any:
        """Let a transfer leave: what it is worth is in transit from then on."""
        id = row_id(input.id, "StockTransfer", "id")
        quantities: dict[str, int] | None = None if input.lines is None else {}
        for index, line in enumerate(input.lines or []):
            assert quantities is not None
            if line.sku in quantities:
                text = "This SKU stands in the list twice: add the two up."
                raise refusals.Invalid(text, "lines", str(index), "sku", code=ProblemCode.REPEATED)
            quantities[line.sku] = line.quantity
        return await info.context.once_row(
            idempotency_key,
            "stockTransferShip",
            input,
            lambda work: service.ship_transfer(
                work,
                id,
                quantities=quantities,
                units_of={line.sku: line.unit for line in input.lines or [] if line.unit is not None},
                picked={each.sku: lots_of(each.lots) for each in input.picked},
                expected_on=input.expected_on,
                expected_version=expected_version,
            ),
            models.Transfer,
        )

    @mutation("StockTransferReceiveResult", StockTransfer, policy=MANAGE, refuses=STEPS)
    async def stock_transfer_receive(
        self,
        info: strawberry.Info,
        input: Annotated[StockTransferReceiveInput, arg("What arrived.")],
        expected_version: ExpectedVersion = None,
        idempotency_key: IdempotencyKey = None,
    ) -> Any:
        """Take in what arrived, and say what arrived damaged or not at all."""
        id = row_id(input.id, "StockTransfer", "id")
        arrived = None if input.lines is None else [line.arrived() for line in input.lines]
        return await info.context.once_row(
            idempotency_key,
            "stockTransferReceive",
            input,
            lambda work: service.receive_transfer(
                work,
                id,
                arrived=arrived,
                is_complete=input.is_complete,
                note=input.note,
                accepts_more=input.accept_over_receipt,
                expected_version=expected_version,
            ),
            models.Transfer,
        )

    @mutation("StockTransferTurnBackResult", StockTransfer, policy=MANAGE, refuses=STEPS)
    async def stock_transfer_turn_back(
        self,
        info: strawberry.Info,
        id: Annotated[strawberry.ID, arg("The transfer.")],
        expected_on: Annotated[
            date | None, arg("The day on which it should be back; left out: today.")
        ] = None,
        expected_version: ExpectedVersion = None,
    ) -> Any:
        """Say that what is on its way goes back to where it came from; it is received there."""
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
        id: Annotated[strawberry.ID, arg("The transfer.")],
        expected_version: ExpectedVersion = None,
    ) -> Any:
        """Give up a transfer that has not left; its goods are free again."""
        transfer_id = row_id(id, "StockTransfer", "id")
        return await service.cancel_transfer(
            info.context.actor, transfer_id, expected_version=expected_version
        )
