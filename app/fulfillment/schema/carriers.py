"""Carriers and labels in GraphQL."""

from collections.abc import Sequence
from datetime import datetime
from typing import Annotated, Any

import strawberry

from app.access.permissions import Permission
from app.core.graphql.changes import changes_of
from app.core.graphql.empty import link_or_none, none_if_empty
from app.core.graphql.errors import UserError, mutation
from app.core.graphql.levels import level_field
from app.core.graphql.node import After, Before, Connection, First, Last, Node, connection
from app.core.graphql.policy import ABOUT_IT, field, needs, query
from app.core.graphql.scalars import ExpectedVersion, Money, Text, arg, doc, graphql_enum, money, serves
from app.core.ids import row_id
from app.core.pagination import Order as Sort
from app.core.pagination import PageArgs
from app.fulfillment import models, queries
from app.fulfillment import refusals as own
from app.fulfillment.carrier_adapters.kinds import CarrierKind
from app.fulfillment.lifecycle import LabelStatus
from app.fulfillment.schema.errors import MANAGE, STEPS, WORK
from app.fulfillment.schema.permissions import held_at_work
from app.fulfillment.schema.types import VIEW, FulfillmentOrder
from app.fulfillment.service.carriers import accounts, labels

graphql_enum(CarrierKind, "Type of integration with a carrier.")
graphql_enum(LabelStatus, "Status of a shipping label.")

SET_UP = needs(Permission.CARRIERS_MANAGE, everywhere=True)
BY_CODE = Sort(("code", "id"))


@strawberry.type(
    description="The carrier rejected the request; `message` contains the carrier's own wording."
)
class CarrierRejected(UserError):
    pass


@strawberry.type(description="The carrier did not respond; the result of the request is unknown.")
class CarrierNotResponding(UserError):
    pass


CARRIER = (own.CarrierRejected, own.CarrierNotResponding)


@strawberry.type(description="A carrier as configured by the company. Visible to staff only.")
class Carrier(Node):
    is_type_of = serves(models.CarrierAccount)

    code: str = doc("Unique short code of the carrier, used by shipments.")
    name: str = doc("Display name.")
    kind: CarrierKind = doc("Type of integration with the carrier.")
    tracking_url: str | None = link_or_none(
        "URL template of the carrier's tracking page, with `{number}` as the placeholder for the "
        "tracking number; null if there is none."
    )
    is_active: bool = doc("Whether the carrier is in use for new shipments.")
    version: int = doc("Version number; increases with every change.")

    @field(SET_UP)
    def has_secrets(self, root: strawberry.Parent[Any], info: strawberry.Info) -> bool | None:
        """Whether credentials are stored; they are never shown. Null without the permission
        CARRIERS_MANAGE."""
        return bool(root.secrets)


@strawberry.type(description="A shipping label for a package.")
class Label(Node):
    is_type_of = serves(models.Label)

    status: LabelStatus = doc("Status of the label.")
    service: str | None = none_if_empty("Service of the carrier; null if the carrier has only one.")
    tracking_number: str | None = doc("Tracking number of the package; null until the label is bought.")
    label_url: str | None = link_or_none(
        "URL of the label at the carrier; null if the system prints the label, see `printUrl`."
    )
    problem: str | None = none_if_empty("Error message from the carrier; null if there is none.")
    created_at: datetime = doc("Time of the request.")

    @field()
    def cost(self, root: strawberry.Parent[Any]) -> Money | None:
        """Price of the label; null until it is bought, and if the carrier does not state it."""
        return money(root.cost_minor, root.cost_currency) if root.cost_minor is not None else None

    @level_field(Carrier | None, VIEW, reach=ABOUT_IT)
    async def carrier(roots: Sequence[Any], info: strawberry.Info) -> list[Any]:
        """Carrier of the label; null without the permission FULFILLMENT_VIEW."""
        return await info.context.load_many(queries.accounts_by_id, [root.account_id for root in roots])


@strawberry.type
class PackageLabel:
    @level_field(Label | None, VIEW, held_at_work)
    async def label(roots: Sequence[Any], info: strawberry.Info) -> list[Any]:
        """Label of the carrier: the one requested last; null if there is none, and for callers other than
        staff."""
        return await info.context.load_many(queries.labels_by_package, [root.id for root in roots])


@strawberry.type(description="Price of a carrier's service for a package.")
class ShippingRate:
    service: str = doc("Service code, as accepted by `fulfillmentLabelBuy`.")
    amount: Money = doc("Price of the service.")
    days: int | None = doc(
        "Estimated number of days until delivery; null if the carrier does not provide it."
    )


@strawberry.type(description="Shipping rates of a carrier for a package.")
class PackageRates:
    position: int = doc("Position of the package, starting at 1.")
    rates: list[ShippingRate] = doc("Rates of the carrier's services, cheapest first.")


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
        """Configured carriers, ordered by code."""
        rows = queries.carriers_visible_to(info.context.actor)
        return await connection(rows, PageArgs(BY_CODE, first, after, last, before))

    @query(MANAGE)
    async def shipping_rates(
        self,
        info: strawberry.Info,
        fulfillment_order_id: Annotated[strawberry.ID, arg("The fulfillment order, which must be packed.")],
        carrier: Annotated[str, arg("Code of the carrier.")],
    ) -> list[PackageRates]:
        """Shipping rates of a carrier for the packages of a fulfillment order. The carrier is called during
        the request."""
        actor = info.context.actor
        id = row_id(fulfillment_order_id, "FulfillmentOrder", "fulfillment_order_id")
        row = await queries.fulfillment_order(actor, id, "fulfillment_order_id")
        found = await labels.rates_for(row, await queries.carrier(actor, carrier))
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


@strawberry.input(description="A credential for a carrier.")
class CarrierSecretInput:
    name: str = doc("Name of the credential, one of those that CarrierKind lists.")
    value: str = doc("Secret value. It is stored encrypted and never shown again.")


@strawberry.input(
    description="Input for creating or updating a carrier. Omitted fields keep their values; a new "
    "carrier needs a name and a kind."
)
class CarrierSetInput:
    code: str = doc(
        "Unique short code of the carrier, used by shipments: lowercase letters, digits, - and _."
    )
    name: str | None = doc("Display name.", default=strawberry.UNSET)
    kind: CarrierKind | None = doc(
        "Type of integration with the carrier; cannot be changed later.", default=strawberry.UNSET
    )
    tracking_url: str | None = doc(
        "URL template of the carrier's tracking page, with `{number}` as the placeholder for the "
        "tracking number. Empty for none.",
        default=strawberry.UNSET,
    )
    api_url: str | None = doc(
        "Base URL of the carrier's API: a public host, over HTTPS. Empty for the carrier's default URL.",
        default=strawberry.UNSET,
    )
    secrets: list[CarrierSecretInput] | None = doc(
        "The complete list of credentials, replacing the stored ones; if omitted or null, the stored "
        "credentials are kept.",
        default=strawberry.UNSET,
    )
    is_active: bool | None = doc("Whether the carrier is in use for new shipments.", default=strawberry.UNSET)


@strawberry.input(description="Input for buying shipping labels for a fulfillment order.")
class FulfillmentLabelBuyInput:
    id: strawberry.ID = doc("The fulfillment order, which must be packed.")
    carrier: str = doc("Code of the carrier.")
    service: Text = doc(
        "Code of a service of the carrier, see `shippingRates`; defaults to the cheapest.", default=""
    )


@strawberry.type
class CarrierMutation:
    @mutation("CarrierSetResult", Carrier, policy=SET_UP)
    async def carrier_set(
        self,
        info: strawberry.Info,
        input: Annotated[CarrierSetInput, arg("The carrier.")],
        expected_version: ExpectedVersion = None,
    ) -> models.CarrierAccount:
        """Create a carrier, or update the carrier with this code."""
        changes = changes_of(input, nullable=("secrets",), besides=("code",))
        if changes.get("secrets") is not None:
            changes["secrets"] = {each.name: each.value for each in changes["secrets"]}
        return await accounts.set_up_carrier(
            info.context.actor, input.code, changes, expected_version=expected_version
        )

    @mutation("FulfillmentLabelBuyResult", FulfillmentOrder, policy=MANAGE, refuses=(*WORK, *CARRIER))
    async def fulfillment_label_buy(
        self,
        info: strawberry.Info,
        input: Annotated[FulfillmentLabelBuyInput, arg("The fulfillment order, carrier and service.")],
        expected_version: ExpectedVersion = None,
    ) -> models.FulfillmentOrder:
        """Buy a label for each package of a fulfillment order without one. Repeated calls do not buy labels
        twice."""
        actor = info.context.actor
        return await labels.buy_labels(
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
        id: Annotated[strawberry.ID, arg("The fulfillment order, which must be packed.")],
        expected_version: ExpectedVersion = None,
    ) -> models.FulfillmentOrder:
        """Void the labels of a fulfillment order; the carrier is notified automatically. The fulfillment
        order stays packed."""
        return await labels.void_labels(
            info.context.actor, row_id(id, "FulfillmentOrder", "id"), expected_version=expected_version
        )
