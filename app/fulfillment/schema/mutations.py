"""Working in the warehouse through the graph."""

from datetime import date
from typing import Annotated, Any

import strawberry

from app.access.permissions import Permission
from app.core import refusals
from app.core.graphql.errors import UserError, mutation, refusal_type
from app.core.graphql.policy import needs
from app.core.graphql.scalars import ExpectedVersion, IdempotencyKey, MoneyInput, Text, arg, doc
from app.core.ids import row_id
from app.core.money import Money as MoneyValue
from app.core.problems import ProblemCode
from app.fulfillment import models, queries, service
from app.fulfillment.lifecycle import PickListKind
from app.fulfillment.refusals import NotReleasable as NotReleasableRefusal
from app.fulfillment.schema.types import FulfillmentOrder, PickList
from app.fulfillment.service import (
    ContentData,
    Missing,
    PackageData,
    PickData,
    PickedLot,
    Scan,
    ShipData,
)
from app.inventory import queries as stock
from app.inventory import refusals as stock_refusals

MANAGE = needs(Permission.FULFILLMENT_MANAGE)


@strawberry.type(description="The location may not start on it yet; the message says why.")
class NotReleasable(UserError):
    pass


refusal_type(NotReleasableRefusal, NotReleasable)

STEPS = (refusals.IllegalTransition,)
WORK = (*STEPS, NotReleasableRefusal)
TAKES = (*WORK, stock_refusals.InsufficientStock)


@strawberry.input(description="Units of a lot, or a serial number, that were taken.")
class PickedLotInput:
    number: str = doc("The lot or serial number.")
    quantity: int = doc("How many; of a serial number it is one.", default=1)


@strawberry.input(description="Units that were taken from the shelf.")
class PickLineInput:
    code: str = doc("The SKU, or the barcode that was scanned, of the piece or of a carton.")
    quantity: int = doc("How many: pieces, or cartons where the barcode is a carton's.", default=1)
    lots: list[PickedLotInput] = doc("Which, where it is kept by lot or serial number.", default_factory=list)


@strawberry.input(description="Units that are not on the shelf where they should be.")
class PickMissingInput:
    code: str = doc("The SKU, or a barcode of the piece or of a carton.")
    quantity: int = doc("How many: pieces, or cartons where the barcode is a carton's.")
    substitute: Text = doc(
        "The SKU that is sent for them instead: one of the variant's `substitutes`, at no higher price.",
        default="",
    )
    lots: list[PickedLotInput] = doc(
        "Which lots or serial numbers are missing; left out: such as are kept for the order and not picked.",
        default_factory=list,
    )


@strawberry.input(description="What was picked. Without lines and without anything missing: all of it.")
class FulfillmentPickInput:
    id: strawberry.ID = doc("The fulfillment order.")
    lines: list[PickLineInput] = doc("What was taken.", default_factory=list)
    missing: list[PickMissingInput] = doc("What was not there.", default_factory=list)
    picker: Text = doc("Who picks; the caller if left out.", default="")

    def data(self) -> PickData:
        return PickData(
            scans=[
                Scan(
                    line.code,
                    line.quantity,
                    [PickedLot(lot.number, lot.quantity) for lot in line.lots],
                )
                for line in self.lines
            ],
            missing=[
                Missing(
                    each.code,
                    each.quantity,
                    each.substitute,
                    [PickedLot(lot.number, lot.quantity) for lot in each.lots],
                )
                for each in self.missing
            ],
            picker=self.picker,
        )


@strawberry.input(description="Units in a package.")
class PackageContentInput:
    sku: str = doc("The SKU.")
    quantity: int = doc("How many.")


@strawberry.input(description="A package.")
class PackageInput:
    contents: list[PackageContentInput] | None = doc(
        "What is in it; left out in one of them: all that is in no other.", default=None
    )
    box: Text = doc("The code of its box: one that is in use, or any where no boxes are set up.", default="")
    weight_grams: int | None = doc("Its weight.", default=None)
    length_mm: int | None = doc("Its length.", default=None)
    width_mm: int | None = doc("Its width.", default=None)
    height_mm: int | None = doc("Its height.", default=None)
    tracking_number: str | None = doc("What the carrier knows it by.", default=None)

    def data(self) -> PackageData:
        contents = self.contents
        return PackageData(
            contents=None if contents is None else [ContentData(c.sku, c.quantity) for c in contents],
            box=self.box,
            weight_grams=self.weight_grams,
            length_mm=self.length_mm,
            width_mm=self.width_mm,
            height_mm=self.height_mm,
            tracking_number=self.tracking_number,
        )


@strawberry.input(description="Into what a fulfillment order was packed.")
class FulfillmentPackInput:
    id: strawberry.ID = doc("The fulfillment order.")
    packages: list[PackageInput] = doc(
        "Its packages; left out: one, with everything in it.", default_factory=list
    )
    as_proposed: bool = doc("Pack it as `proposedPackages` says; say no packages then.", default=False)


@strawberry.input(description="How a fulfillment order left.")
class FulfillmentShipInput:
    id: strawberry.ID = doc("The fulfillment order.")
    carrier: str = doc("Who carries it.", default="manual")
    service: Text = doc("The carrier's service.", default="")
    tracking_numbers: list[str] = doc("The packages' numbers, in their order.", default_factory=list)
    tracking_url: Text = doc("The carrier's page; `{number}` stands for the tracking number.", default="")
    cost: MoneyInput | None = doc("What the carrier takes.", default=None)
    expected_on: date | None = doc("When it should arrive; else as promised.", default=None)
    packages: list[PackageInput] = doc("Its packages, if it is not packed yet.", default_factory=list)

    def data(self) -> ShipData:
        cost = self.cost
        return ShipData(
            carrier=self.carrier,
            service=self.service,
            tracking_numbers=self.tracking_numbers,
            tracking_url=self.tracking_url,
            cost=MoneyValue.of(cost.amount, cost.currency.upper(), "cost", "amount") if cost else None,
            expected_on=self.expected_on,
            packages=[package.data() for package in self.packages],
        )


@strawberry.input(description="What is to be picked in one walk.")
class PickListCreateInput:
    location_id: strawberry.ID = doc("Where.")
    kind: PickListKind = doc("How it is walked.", default=PickListKind.SINGLE)
    fulfillment_order_ids: list[strawberry.ID] | None = doc(
        "For which; left out: the most urgent that is released and on no list.", default=None
    )
    zone: Text = doc("Only what lies in this zone; a WAVE needs one.", default="")
    most_orders: int = doc("How many at most, where none are named: 1 to 100.", default=20)
    picker: Text = doc("Who walks; the caller if left out.", default="")


@strawberry.input(description="Who else is to send it.")
class FulfillmentReassignInput:
    id: strawberry.ID = doc("The fulfillment order.")
    location_id: strawberry.ID | None = doc(
        "Where to; left out, whichever location sourcing chooses.", default=None
    )
    reason: Text = doc("Why; up to 500 characters.", default="")


def _id(given: strawberry.ID) -> Any:
    return row_id(given, "FulfillmentOrder", "id")


@strawberry.type
class FulfillmentMutation:
    @mutation("FulfillmentReleaseResult", FulfillmentOrder, policy=MANAGE, refuses=WORK)
    async def fulfillment_release(
        self,
        info: strawberry.Info,
        id: Annotated[strawberry.ID, arg("The fulfillment order.")],
        expected_version: ExpectedVersion = None,
    ) -> Any:
        """Let a location start on its part of an order."""
        return await service.release(info.context.actor, _id(id), expected_version=expected_version)

    @mutation("FulfillmentRecallResult", FulfillmentOrder, policy=MANAGE, refuses=STEPS)
    async def fulfillment_recall(
        self,
        info: strawberry.Info,
        id: Annotated[strawberry.ID, arg("The fulfillment order.")],
        expected_version: ExpectedVersion = None,
    ) -> Any:
        """Take a release back, while nobody has begun."""
        return await service.recall(info.context.actor, _id(id), expected_version=expected_version)

    @mutation(
        "FulfillmentReassignResult",
        FulfillmentOrder,
        policy=MANAGE,
        refuses=(*STEPS, stock_refusals.InsufficientStock),
    )
    async def fulfillment_reassign(
        self,
        info: strawberry.Info,
        input: Annotated[FulfillmentReassignInput, arg("Who else.")],
        expected_version: ExpectedVersion = None,
    ) -> Any:
        """Have another location send what this one has not begun; the answer is what is left of this one."""
        actor = info.context.actor
        to = None
        if input.location_id is not None:
            to = await stock.location(
                actor, "location_id", id=row_id(input.location_id, "Location", "location_id")
            )
        row = await service.reassign(
            actor, _id(input.id), to=to, reason=input.reason, expected_version=expected_version
        )
        return (await queries.by_id([row.id]))[0]

    @mutation("PickListCreateResult", PickList, policy=MANAGE)
    async def pick_list_create(
        self,
        info: strawberry.Info,
        input: Annotated[PickListCreateInput, arg("What is to be picked.")],
        idempotency_key: IdempotencyKey = None,
    ) -> Any:
        """Make a pick list for one walk: one order, several, or what several need from one zone."""
        actor = info.context.actor
        place = row_id(input.location_id, "Location", "location_id")
        location = await stock.location(actor, "location_id", id=place)
        ids = input.fulfillment_order_ids
        wanted = (
            None
            if ids is None
            else [
                row_id(id, "FulfillmentOrder", "fulfillment_order_ids", str(index))
                for index, id in enumerate(ids)
            ]
        )
        return await info.context.once_row(
            idempotency_key,
            "pickListCreate",
            input,
            lambda work: service.create_list(
                work,
                location,
                kind=input.kind,
                fulfillment_order_ids=wanted,
                zone=input.zone,
                most_orders=input.most_orders,
                picker=input.picker,
            ),
            models.PickList,
        )

    @mutation("PickListCancelResult", PickList, policy=MANAGE)
    async def pick_list_cancel(
        self, info: strawberry.Info, id: Annotated[strawberry.ID, arg("The pick list.")]
    ) -> Any:
        """Give a pick list up; what was picked stays picked, the rest can go on another list."""
        return await service.cancel_list(info.context.actor, row_id(id, "PickList", "id"))

    @mutation("FulfillmentPickResult", FulfillmentOrder, policy=MANAGE, refuses=TAKES)
    async def fulfillment_pick(
        self,
        info: strawberry.Info,
        input: Annotated[FulfillmentPickInput, arg("What was picked.")],
        expected_version: ExpectedVersion = None,
        idempotency_key: IdempotencyKey = None,
    ) -> Any:
        """Note what was taken from the shelves, and what was not there.

        What is missing is written off and looked for elsewhere: another location sends it, else it waits for
        stock or is cancelled, as the channel's `shortPick` says; or a substitute is sent. The timeline
        says which.
        """
        id, data = _id(input.id), input.data()
        return await info.context.once_row(
            idempotency_key,
            "fulfillmentPick",
            input,
            lambda work: service.pick(work, id, data, expected_version=expected_version),
            models.FulfillmentOrder,
        )

    @mutation("FulfillmentUnpickResult", FulfillmentOrder, policy=MANAGE, refuses=STEPS)
    async def fulfillment_unpick(
        self,
        info: strawberry.Info,
        id: Annotated[strawberry.ID, arg("The fulfillment order.")],
        expected_version: ExpectedVersion = None,
    ) -> Any:
        """Put what was picked back on the shelf."""
        return await service.unpick(info.context.actor, _id(id), expected_version=expected_version)

    @mutation("FulfillmentPackResult", FulfillmentOrder, policy=MANAGE, refuses=WORK)
    async def fulfillment_pack(
        self,
        info: strawberry.Info,
        input: Annotated[FulfillmentPackInput, arg("The packages.")],
        expected_version: ExpectedVersion = None,
        idempotency_key: IdempotencyKey = None,
    ) -> Any:
        """Put all that was picked into packages."""
        id, packages = _id(input.id), [package.data() for package in input.packages]
        if input.as_proposed:
            if packages:
                raise refusals.Invalid(
                    "Say packages, or have them as proposed.",
                    "as_proposed",
                    code=ProblemCode.CONTRADICTION,
                    field="packages",
                )
            packages = await service.proposed_packages(
                await queries.fulfillment_order(info.context.actor, id)
            )
        return await info.context.once_row(
            idempotency_key,
            "fulfillmentPack",
            input,
            lambda work: service.pack(work, id, packages, expected_version=expected_version),
            models.FulfillmentOrder,
        )

    @mutation("FulfillmentUnpackResult", FulfillmentOrder, policy=MANAGE, refuses=STEPS)
    async def fulfillment_unpack(
        self,
        info: strawberry.Info,
        id: Annotated[strawberry.ID, arg("The fulfillment order.")],
        expected_version: ExpectedVersion = None,
    ) -> Any:
        """Take everything out of its packages again."""
        return await service.unpack(info.context.actor, _id(id), expected_version=expected_version)

    @mutation("FulfillmentShipResult", FulfillmentOrder, policy=MANAGE, refuses=TAKES)
    async def fulfillment_ship(
        self,
        info: strawberry.Info,
        input: Annotated[FulfillmentShipInput, arg("How it travels.")],
        expected_version: ExpectedVersion = None,
        idempotency_key: IdempotencyKey = None,
    ) -> Any:
        """Note that a fulfillment order has left: its goods leave the stock and the buyer is told.

        One that was only released counts as picked and packed.
        """
        id, data = _id(input.id), input.data()
        return await info.context.once_row(
            idempotency_key,
            "fulfillmentShip",
            input,
            lambda work: service.ship(work, id, data, expected_version=expected_version),
            models.FulfillmentOrder,
        )
