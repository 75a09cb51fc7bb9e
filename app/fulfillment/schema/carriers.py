"""Carriers, their labels, boxes and manifests, in the graph."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Annotated, Any

import strawberry

from app.access.permissions import Permission
from app.core import refusals
from app.core.graphql.errors import UserError, mutation, refusal_type
from app.core.graphql.extending import extends
from app.core.graphql.filters import DateFilter, StringFilter, range_q, string_q
from app.core.graphql.levels import level_field
from app.core.graphql.node import After, Before, Connection, First, Last, Node, connection
from app.core.graphql.policy import field, needs, query
from app.core.graphql.scalars import ExpectedVersion, Money, arg, doc, graphql_enum, money, serves
from app.core.ids import row_id
from app.core.pagination import Order as Sort
from app.core.pagination import PageArgs
from app.fulfillment import models, queries, service
from app.fulfillment import refusals as own
from app.fulfillment.lifecycle import CarrierKind, LabelStatus
from app.fulfillment.schema.mutations import MANAGE, STEPS, WORK
from app.fulfillment.schema.types import VIEW, FulfillmentOrder, Package, PackageContent, Shipment
from app.inventory import queries as stock
from app.inventory.schema import Location

graphql_enum(CarrierKind, "How a carrier is reached.")
graphql_enum(LabelStatus, "What has come of a label.")

SET_UP = needs(Permission.CARRIERS_MANAGE)
BY_CODE = Sort(("code", "id"))
NEWEST = Sort(("created_at", "id"), descending=True)


@strawberry.type(description="The carrier will not do what it was asked; the message is in its own words.")
class CarrierSaysNo(UserError):
    pass


@strawberry.type(description="The carrier did not answer: nobody knows yet what came of it.")
class NoAnswerYet(UserError):
    pass


refusal_type(own.CarrierSaysNo, CarrierSaysNo)
refusal_type(own.NoAnswerYet, NoAnswerYet)
CARRIER = (own.CarrierSaysNo, own.NoAnswerYet)


@strawberry.type(description="A carrier as the company uses it. Seen by staff.")
class Carrier(Node):
    is_type_of = serves(models.CarrierAccount)

    code: str = doc("What shipments call it.")
    name: str = doc("What people call it.")
    kind: CarrierKind = doc("How it is reached.")
    tracking_url: str = doc("Its page for a parcel; `{number}` stands for the tracking number.")
    is_active: bool = doc("Whether anything is sent with it.")
    version: int = doc("Goes up with each change.")

    @field(SET_UP)
    def has_secrets(self, root: strawberry.Parent[Any], info: strawberry.Info) -> bool | None:
        """Whether it has credentials; they are never shown. Null without CARRIERS_MANAGE."""
        return bool(root.secrets)


@strawberry.type(description="A label for a package.")
class Label(Node):
    is_type_of = serves(models.Label)

    status: LabelStatus = doc("What has come of it.")
    service: str = doc("The carrier's service.")
    tracking_number: str | None = doc("What the carrier knows the package by.")
    label_url: str = doc("Where the carrier keeps the label; empty for one that we print: see `printUrl`.")
    problem: str = doc("What the carrier says is wrong; may be empty.")
    created_at: datetime = doc("When it was asked for.")

    @field()
    def cost(self, root: strawberry.Parent[Any]) -> Money | None:
        """What it costs."""
        return money(root.cost_minor, root.cost_currency) if root.cost_minor is not None else None

    @level_field(Carrier, VIEW)
    async def carrier(roots: Sequence[Any], info: strawberry.Info) -> list[Any]:
        """Of which carrier."""
        return await info.context.load_many(queries.accounts_by_id, [root.account_id for root in roots])


@extends(Package)
class PackageLabel:
    @level_field(Label | None, VIEW)
    async def label(roots: Sequence[Any], info: strawberry.Info) -> list[Any]:
        """Its carrier's label, the last that was asked for. Seen by staff."""
        return await info.context.load_many(queries.labels_by_package, [root.id for root in roots])


@strawberry.type(description="A box that goods are packed into.")
class Box(Node):
    is_type_of = serves(models.Box)

    code: str = doc("Its short name.")
    name: str = doc("What people call it.")
    length_mm: int = doc("Its inner length, in millimetres.")
    width_mm: int = doc("Its inner width.")
    height_mm: int = doc("Its inner height.")
    most_grams: int = doc("What may be in it.")
    empty_grams: int = doc("What it weighs itself.")
    is_active: bool = doc("Whether it is proposed.")
    version: int = doc("Goes up with each change.")


@strawberry.type(description="A package that is proposed.")
class ProposedPackage:
    box: str = doc("The code of its box; empty where nothing fits into any.")
    weight_grams: int | None = doc(
        "What it should weigh with its box; null where something was never weighed."
    )
    contents: list[PackageContent] = doc("What goes into it.")


@extends(FulfillmentOrder)
class ProposedPackages:
    @field(VIEW)
    async def proposed_packages(
        self, root: strawberry.Parent[Any], info: strawberry.Info
    ) -> list[ProposedPackage] | None:
        """Into which boxes it should be packed: the largest things first, each where there is room.

        `fulfillmentPack` with `asProposed` packs it so.
        """
        names = {
            part.sku: part.name
            for part in await info.context.load(queries.lines_by_fulfillment_order, root.id)
        }
        return [
            ProposedPackage(
                box=each.box,
                weight_grams=each.weight_grams,
                contents=[
                    PackageContent(sku=content.sku, name=names[content.sku], quantity=content.quantity)
                    for content in each.contents or ()
                ],
            )
            for each in await service.proposed_packages(root)
        ]


@strawberry.type(description="What was handed to a carrier at one time: its driver signs it.")
class Manifest(Node):
    is_type_of = serves(models.Manifest)

    number: str = doc("Its number.")
    carrier: str = doc("To which carrier.")
    day: date = doc("On which day, by the location's clock.")
    packages: int = doc("How many packages are on it.")
    weight_grams: int | None = doc("What they weigh; null where one was not weighed.")
    created_by: str = doc("Who made it.")
    created_at: datetime = doc("When.")

    @level_field(Location)
    async def location(roots: Sequence[Any], info: strawberry.Info) -> list[Any]:
        """From where."""
        return await info.context.load_many(stock.locations_by_id, [root.location_id for root in roots])

    @level_field(list[Shipment], VIEW)
    async def shipments(roots: Sequence[Any], info: strawberry.Info) -> list[Any]:
        """What is on it, the first that left first."""
        return await info.context.load_many(queries.shipments_by_manifest, [root.id for root in roots])


@strawberry.type(description="What one service of a carrier takes for a package.")
class ShippingRate:
    service: str = doc("The service, as `fulfillmentLabelBuy` takes it.")
    amount: Money = doc("What it takes.")
    days: int | None = doc("In how many days the package should arrive, if the carrier says so.")


@strawberry.type(description="What a carrier takes for a package.")
class PackageRates:
    position: int = doc("The package's place, from 1.")
    rates: list[ShippingRate] = doc("By its services, the cheapest first.")


@strawberry.input(description="Which manifests.")
class ManifestFilter:
    location: StringFilter | None = doc("Of locations with such a code.", default=None)
    carrier: StringFilter | None = doc("Of such carriers.", default=None)
    day: DateFilter | None = doc("By day.", default=None)


@strawberry.type
class CarrierQuery:
    @query(VIEW)
    async def carriers(
        self,
        info: strawberry.Info,
        first: First = None,
        after: After = None,
        last: Last = None,
        before: Before = None,
    ) -> Connection[Carrier]:
        """The carriers that were set up, by their codes."""
        rows = queries.carriers_visible_to(info.context.actor)
        return await connection(rows, PageArgs(BY_CODE, first, after, last, before))

    @query(VIEW)
    async def boxes(
        self,
        info: strawberry.Info,
        first: First = None,
        after: After = None,
        last: Last = None,
        before: Before = None,
    ) -> Connection[Box]:
        """The boxes that goods are packed into, by their codes."""
        rows = queries.boxes_visible_to(info.context.actor)
        return await connection(rows, PageArgs(BY_CODE, first, after, last, before))

    @query(VIEW)
    async def manifests(
        self,
        info: strawberry.Info,
        filter: Annotated[ManifestFilter | None, arg("Which.")] = None,
        first: First = None,
        after: After = None,
        last: Last = None,
        before: Before = None,
    ) -> Connection[Manifest]:
        """What was handed to carriers, the newest first."""
        rows = queries.manifests_visible_to(info.context.actor)
        if filter is not None:
            rows = rows.filter(string_q("carrier", filter.carrier) & range_q("day", filter.day))
            if filter.location is not None:
                rows = rows.filter(location_id__in=stock.location_ids(string_q("code", filter.location)))
        return await connection(rows, PageArgs(NEWEST, first, after, last, before))

    @query(MANAGE)
    async def shipping_rates(
        self,
        info: strawberry.Info,
        fulfillment_order_id: Annotated[strawberry.ID, arg("The fulfillment order; it is packed.")],
        carrier: Annotated[str, arg("The carrier's code.")],
    ) -> list[PackageRates]:
        """What a carrier takes for the packages of a fulfillment order. It is asked while you wait."""
        actor = info.context.actor
        id = row_id(fulfillment_order_id, "FulfillmentOrder", "fulfillment_order_id")
        row = await queries.fulfillment_order(actor, id, "fulfillment_order_id")
        found = await service.rates_for(row, await queries.carrier(actor, carrier))
        return [
            PackageRates(
                position=package.position,
                rates=[
                    ShippingRate(
                        service=rate.service,
                        amount=money(rate.amount.minor, rate.amount.currency),
                        days=rate.days,
                    )
                    for rate in rates
                ],
            )
            for package, rates in found
        ]


@strawberry.input(description="A credential of a carrier.")
class CarrierSecretInput:
    name: str = doc("For EASYPOST: `api_key` and `webhook_secret`.")
    value: str = doc("It is stored sealed, and never shown again.")


@strawberry.input(description="A carrier.")
class CarrierSetInput:
    code: str = doc("What shipments call it: small letters, digits, - and _.")
    name: str = doc("What people call it.")
    kind: CarrierKind = doc("How it is reached; stays for ever.")
    tracking_url: str = doc("Its page for a parcel; `{number}` stands for the tracking number.", default="")
    api_url: str = doc("Where its API is; left out, the carrier's own address.", default="")
    secrets: list[CarrierSecretInput] | None = doc(
        "Its credentials, all of them; left out, those that there are stay.", default=None
    )
    is_active: bool = doc("Whether anything is sent with it.", default=True)


@strawberry.input(description="A box: inner millimetres, grams.")
class BoxSetInput:
    code: str = doc("Its short name: small letters, digits, - and _.")
    name: str = doc("What people call it.")
    length_mm: int = doc("Its inner length.")
    width_mm: int = doc("Its inner width.")
    height_mm: int = doc("Its inner height.")
    most_grams: int = doc("What may be in it.")
    empty_grams: int = doc("What it weighs itself.", default=0)
    is_active: bool = doc("Whether it is proposed.", default=True)


@strawberry.input(description="Which labels are bought, and of whom.")
class FulfillmentLabelBuyInput:
    id: strawberry.ID = doc("The fulfillment order; it is packed.")
    carrier: str = doc("The carrier's code.")
    service: str = doc("One of its services, see `shippingRates`; left out, the cheapest.", default="")


@strawberry.input(description="What is handed to a carrier.")
class ManifestCreateInput:
    location: str = doc("The code of the location.")
    carrier: str = doc("The carrier's code.")


@strawberry.type
class CarrierMutation:
    @mutation("CarrierSetResult", Carrier, policy=SET_UP, refuses=(refusals.StaleVersion,))
    async def carrier_set(
        self,
        info: strawberry.Info,
        input: Annotated[CarrierSetInput, arg("The carrier.")],
        expected_version: ExpectedVersion = None,
    ) -> Any:
        """Set up a carrier, or change the one of this code."""
        secrets = input.secrets
        given = vars(input) | {
            "secrets": None if secrets is None else {each.name: each.value for each in secrets}
        }
        return await service.set_carrier(
            info.context.actor, service.CarrierData(**given), expected_version=expected_version
        )

    @mutation("BoxSetResult", Box, policy=SET_UP, refuses=(refusals.StaleVersion,))
    async def box_set(
        self,
        info: strawberry.Info,
        input: Annotated[BoxSetInput, arg("The box.")],
        expected_version: ExpectedVersion = None,
    ) -> Any:
        """Add a box, or change the one of this code."""
        return await service.set_box(
            info.context.actor, service.BoxData(**vars(input)), expected_version=expected_version
        )

    @mutation("FulfillmentLabelBuyResult", FulfillmentOrder, policy=MANAGE, refuses=(*WORK, *CARRIER))
    async def fulfillment_label_buy(
        self,
        info: strawberry.Info,
        input: Annotated[FulfillmentLabelBuyInput, arg("Which, and of whom.")],
        expected_version: ExpectedVersion = None,
    ) -> Any:
        """Buy a label for each package of a fulfillment order that has none. Called twice, it buys once."""
        actor = info.context.actor
        return await service.buy_labels(
            actor,
            row_id(input.id, "FulfillmentOrder", "id"),
            await queries.carrier(actor, input.carrier),
            input.service.strip(),
            expected_version=expected_version,
        )

    @mutation("FulfillmentLabelVoidResult", FulfillmentOrder, policy=MANAGE, refuses=STEPS)
    async def fulfillment_label_void(
        self,
        info: strawberry.Info,
        id: Annotated[strawberry.ID, arg("The fulfillment order; it is packed.")],
        expected_version: ExpectedVersion = None,
    ) -> Any:
        """Give the labels of a fulfillment order back; the carrier is told by itself. It stays packed."""
        return await service.void_labels(
            info.context.actor, row_id(id, "FulfillmentOrder", "id"), expected_version=expected_version
        )

    @mutation("ManifestCreateResult", Manifest, policy=MANAGE)
    async def manifest_create(
        self, info: strawberry.Info, input: Annotated[ManifestCreateInput, arg("From where, to whom.")]
    ) -> Any:
        """Put on a sheet what has left with a carrier and is on none yet: its driver signs it."""
        actor = info.context.actor
        location = await stock.location(actor, "location", code=input.location)
        return await service.create_manifest(actor, location, carrier=input.carrier)
