"""Carriers, their labels, boxes and manifests, in the graph."""

from collections.abc import Sequence
from datetime import datetime
from typing import Annotated, Any

import strawberry

from app.access.permissions import Permission
from app.core.graphql.changes import changes_of
from app.core.graphql.empty import link_or_none, none_if_empty
from app.core.graphql.errors import UserError, mutation, refusal_type
from app.core.graphql.extending import extends
from app.core.graphql.levels import level_field
from app.core.graphql.node import After, Before, Connection, First, Last, Node, connection
from app.core.graphql.policy import ABOUT_IT, field, needs, query
from app.core.graphql.scalars import ExpectedVersion, Money, Text, arg, doc, graphql_enum, money, serves
from app.core.ids import row_id
from app.core.pagination import Order as Sort
from app.core.pagination import PageArgs
from app.fulfillment import models, queries, service
from app.fulfillment import refusals as own
from app.fulfillment.lifecycle import CarrierKind, LabelStatus
from app.fulfillment.schema.mutations import MANAGE, STEPS, WORK
from app.fulfillment.schema.places import held_at_work
from app.fulfillment.schema.types import VIEW, FulfillmentOrder, Package

graphql_enum(CarrierKind, "How a carrier is reached.")
graphql_enum(LabelStatus, "What has come of a label.")

SET_UP = needs(Permission.CARRIERS_MANAGE, everywhere=True)
BY_CODE = Sort(("code", "id"))


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
    tracking_url: str | None = link_or_none(
        "Its page for a parcel, `{number}` for the tracking number; null for none."
    )
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
    service: str | None = none_if_empty("The carrier's service; null if the carrier has only one.")
    tracking_number: str | None = doc("What the carrier knows the package by.")
    label_url: str | None = link_or_none(
        "Where the carrier keeps the label; null if we print it: see `printUrl`."
    )
    problem: str | None = none_if_empty("What the carrier says is wrong; null if nothing is.")
    created_at: datetime = doc("When it was asked for.")

    @field()
    def cost(self, root: strawberry.Parent[Any]) -> Money | None:
        """What it costs."""
        return money(root.cost_minor, root.cost_currency) if root.cost_minor is not None else None

    @level_field(Carrier | None, VIEW, reach=ABOUT_IT)
    async def carrier(roots: Sequence[Any], info: strawberry.Info) -> list[Any]:
        """Of which carrier."""
        return await info.context.load_many(queries.accounts_by_id, [root.account_id for root in roots])


@extends(Package)
class PackageLabel:
    @level_field(Label | None, VIEW, held_at_work)
    async def label(roots: Sequence[Any], info: strawberry.Info) -> list[Any]:
        """Its carrier's label, the last that was asked for. Seen by staff."""
        return await info.context.load_many(queries.labels_by_package, [root.id for root in roots])


@strawberry.type(description="What one service of a carrier takes for a package.")
class ShippingRate:
    service: str = doc("The service, as `fulfillmentLabelBuy` takes it.")
    amount: Money = doc("What it takes.")
    days: int | None = doc("In how many days the package should arrive, if the carrier says so.")


@strawberry.type(description="What a carrier takes for a package.")
class PackageRates:
    position: int = doc("The package's place, from 1.")
    rates: list[ShippingRate] = doc("By its services, the cheapest first.")


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


@strawberry.input(
    description="A carrier. What is left out stays as it is; a new one needs a name and a kind."
)
class CarrierSetInput:
    code: str = doc("What shipments call it: small letters, digits, - and _.")
    name: str | None = doc("What people call it.", default=strawberry.UNSET)
    kind: CarrierKind | None = doc("How it is reached; stays for ever.", default=strawberry.UNSET)
    tracking_url: str | None = doc(
        "Its page for a parcel; `{number}` stands for the tracking number. Empty for none.",
        default=strawberry.UNSET,
    )
    api_url: str | None = doc(
        "Where its API is: a host on the internet, by https; empty: the carrier's own address.",
        default=strawberry.UNSET,
    )
    secrets: list[CarrierSecretInput] | None = doc(
        "Its credentials, all of them; left out or null, those that there are stay.", default=strawberry.UNSET
    )
    is_active: bool | None = doc("Whether anything is sent with it.", default=strawberry.UNSET)


@strawberry.input(description="Which labels are bought, and of whom.")
class FulfillmentLabelBuyInput:
    id: strawberry.ID = doc("The fulfillment order; it is packed.")
    carrier: str = doc("The carrier's code.")
    service: Text = doc("One of its services, see `shippingRates`; left out, the cheapest.", default="")


@strawberry.type
class CarrierMutation:
    @mutation("CarrierSetResult", Carrier, policy=SET_UP)
    async def carrier_set(
        self,
        info: strawberry.Info,
        input: Annotated[CarrierSetInput, arg("The carrier.")],
        expected_version: ExpectedVersion = None,
    ) -> Any:
        """Set up a carrier, or change the one of this code."""
        said = changes_of(input, nullable=("secrets",), besides=("code",))
        if said.get("secrets") is not None:
            said["secrets"] = {each.name: each.value for each in said["secrets"]}
        return await service.set_up_carrier(
            info.context.actor, input.code, said, expected_version=expected_version
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
