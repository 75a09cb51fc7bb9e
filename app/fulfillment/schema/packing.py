"""Mutations for packing and shipping."""

from datetime import date
from typing import Annotated

import strawberry

from app.core import refusals
from app.core.graphql.errors import mutation
from app.core.graphql.once import Effect
from app.core.graphql.scalars import ExpectedVersion, MoneyInput, Text, arg, doc
from app.core.ids import row_id
from app.core.money import Money as MoneyValue
from app.core.problems import ProblemCode
from app.fulfillment import models, queries
from app.fulfillment.schema.errors import MANAGE, STEPS, TAKES, WORK
from app.fulfillment.schema.types import FulfillmentOrder
from app.fulfillment.service.warehouse import boxes, packing, shipping
from app.fulfillment.service.warehouse.packing import ContentData, PackageData
from app.fulfillment.service.warehouse.shipping import ShipData


@strawberry.input(description="Units of a SKU in a package.")
class PackageContentInput:
    sku: str = doc("The SKU.")
    quantity: int = doc("Number of units.")


@strawberry.input(description="Input for a package.")
class PackageInput:
    contents: list[PackageContentInput] | None = doc(
        "Contents of the package; one package can omit them to contain all units that are not in the "
        "other packages.",
        default=None,
    )
    box: Text = doc("Code of the box: an active box, or any text if no boxes are set up.", default="")
    weight_grams: int | None = doc("Weight in grams.", default=None)
    length_mm: int | None = doc("Length in millimeters.", default=None)
    width_mm: int | None = doc("Width in millimeters.", default=None)
    height_mm: int | None = doc("Height in millimeters.", default=None)
    tracking_number: str | None = doc("Tracking number of the carrier.", default=None)

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


@strawberry.input(description="Input for packing a fulfillment order.")
class FulfillmentPackInput:
    id: strawberry.ID = doc("The fulfillment order.")
    packages: list[PackageInput] = doc(
        "Packages; if omitted, a single package with all units.", default_factory=list
    )
    as_proposed: bool = doc(
        "Pack according to `proposedPackages`; `packages` must then be omitted.", default=False
    )


@strawberry.input(description="Input for shipping a fulfillment order.")
class FulfillmentShipInput:
    id: strawberry.ID = doc("The fulfillment order.")
    carrier: str = doc("The carrier.", default="manual")
    service: Text = doc("Service of the carrier.", default="")
    tracking_numbers: list[str] = doc("Tracking numbers, in the order of the packages.", default_factory=list)
    tracking_url: Text = doc(
        "URL template of the carrier's tracking page, with `{number}` as the placeholder for the "
        "tracking number.",
        default="",
    )
    cost: MoneyInput | None = doc("Shipping cost charged by the carrier, in any currency.", default=None)
    expected_on: date | None = doc("Expected delivery date; defaults to the promised date.", default=None)
    packages: list[PackageInput] = doc(
        "Packages, if the fulfillment order is not packed yet.", default_factory=list
    )

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


@strawberry.type
class PackingMutation:
    @mutation(
        "FulfillmentPackResult", FulfillmentOrder, policy=MANAGE, refuses=WORK, once=models.FulfillmentOrder
    )
    async def fulfillment_pack(
        self,
        info: strawberry.Info,
        input: Annotated[FulfillmentPackInput, arg("The packages.")],
        expected_version: ExpectedVersion = None,
    ) -> Effect:
        """Pack all picked units."""
        id, packages = (
            row_id(input.id, "FulfillmentOrder", "id"),
            [package.data() for package in input.packages],
        )
        if input.as_proposed:
            if packages:
                raise refusals.Invalid(
                    "Send either `packages` or `asProposed`, not both.",
                    "as_proposed",
                    code=ProblemCode.CONTRADICTION,
                    field="packages",
                )
            packages = await boxes.proposed_packages(await queries.fulfillment_order(info.context.actor, id))
        return lambda uow: packing.pack(uow, id, packages, expected_version=expected_version)

    @mutation("FulfillmentUnpackResult", FulfillmentOrder, policy=MANAGE, refuses=STEPS)
    async def fulfillment_unpack(
        self,
        info: strawberry.Info,
        id: Annotated[strawberry.ID, arg("The fulfillment order.")],
        expected_version: ExpectedVersion = None,
    ) -> models.FulfillmentOrder:
        """Unpack all packages of a fulfillment order."""
        return await packing.unpack(
            info.context.actor, row_id(id, "FulfillmentOrder", "id"), expected_version=expected_version
        )

    @mutation(
        "FulfillmentShipResult", FulfillmentOrder, policy=MANAGE, refuses=TAKES, once=models.FulfillmentOrder
    )
    async def fulfillment_ship(
        self,
        info: strawberry.Info,
        input: Annotated[FulfillmentShipInput, arg("Shipping details.")],
        expected_version: ExpectedVersion = None,
    ) -> Effect:
        """Ship a fulfillment order: its units are removed from stock and the buyer is notified. A fulfillment
        order that is only released is treated as picked and packed."""
        id, data = row_id(input.id, "FulfillmentOrder", "id"), input.data()
        return lambda uow: shipping.ship(uow, id, data, expected_version=expected_version)
