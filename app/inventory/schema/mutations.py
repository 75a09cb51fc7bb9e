"""Changing stock through the graph."""

from typing import Annotated, Any

import strawberry

from app.access.permissions import Permission
from app.catalog.schema.mutations import Policy, changes_without_nulls
from app.channels import queries as channels
from app.channels.schema import MANAGE as MANAGE_CHANNELS
from app.channels.schema import Channel
from app.core import refusals
from app.core.bulk import ErrorPolicy, write_rows
from app.core.graphql.bulk import BulkResult, bulk_result
from app.core.graphql.errors import mutation
from app.core.graphql.policy import needs
from app.core.graphql.scalars import ExpectedVersion, IdempotencyKey, Metadata, MoneyInput, arg, doc
from app.core.ids import row_id
from app.core.money import Money as MoneyValue
from app.core.money import checked_currency
from app.customers.schema import AddressInput
from app.inventory import models, queries, service
from app.inventory.lifecycle import LocationKind, StockReason
from app.inventory.schema.types import Location, StockLevel
from app.inventory.service.moving import LevelData

MANAGE = needs(Permission.STOCK_MANAGE)


@strawberry.input(description="A new location.")
class LocationCreateInput:
    code: str = doc("Its short name: small letters, digits, - and _.")
    name: str = doc("What people call it.")
    kind: LocationKind = doc("What kind of place it is.", default=LocationKind.WAREHOUSE)
    address: AddressInput | None = doc("Where it is.", default=None)
    external_reference: str | None = doc("Its key in another system.", default=None)
    metadata: Metadata | None = doc("Whatever the company keeps with it.", default=None)


@strawberry.input(description="Changes of a location; what is left out stays.")
class LocationUpdateInput:
    id: strawberry.ID = doc("The location.")
    name: str | None = doc("What people call it.", default=strawberry.UNSET)
    is_active: bool | None = doc("Whether channels sell from it.", default=strawberry.UNSET)
    address: AddressInput | None = doc("Where it is.", default=strawberry.UNSET)
    metadata: Metadata | None = doc("Whatever the company keeps with it.", default=strawberry.UNSET)


@strawberry.input(description="Which locations a channel sells from.")
class ChannelLocationsSetInput:
    channel: str = doc("The channel's code.")
    locations: list[str] = doc("The locations' codes, the first choice first.")


@strawberry.input(description="Goods that came in.")
class StockReceiveInput:
    sku: str = doc("What.")
    location: str = doc("The location's code.")
    quantity: int = doc("How many units.")
    unit_cost: MoneyInput | None = doc("What a unit cost.", default=None)
    note: str = doc("A note for the ledger.", default="")


@strawberry.input(description="A correction of what is on hand.")
class StockAdjustInput:
    sku: str = doc("What.")
    location: str = doc("The location's code.")
    change: int = doc("How many units more; below zero: fewer.")
    reason: StockReason = doc(
        "Why: FOUND, RETURN, COUNT, CORRECTION for more; LOSS, DAMAGE, COUNT, CORRECTION for fewer."
    )
    note: str = doc("A note for the ledger.", default="")


@strawberry.input(description="What a level should be.")
class StockRowInput:
    sku: str = doc("What.")
    location: str = doc("The location's code.")
    on_hand: int = doc("Units on the shelf.")
    expected_on_hand: int | None = doc("Refuse the row unless this many are on hand now.", default=None)
    safety_stock: int | None = doc("Units kept back from sale; left out, it stays.", default=None)
    backorder_limit: int | None = doc(
        "How many more than there are may be sold; left out, it stays.", default=None
    )


@strawberry.type
class InventoryMutation:
    @mutation(
        "LocationCreateResult",
        Location,
        policy=MANAGE,
        refuses=(refusals.AlreadyExists, refusals.IdempotencyConflict),
    )
    async def location_create(
        self,
        info: strawberry.Info,
        input: Annotated[LocationCreateInput, arg("The new location.")],
        idempotency_key: IdempotencyKey = None,
    ) -> Any:
        """Open a location."""
        address = input.address.data() if input.address else None
        data = service.LocationData(**(vars(input) | {"address": address, "metadata": input.metadata or {}}))
        return await info.context.once_row(
            idempotency_key,
            "locationCreate",
            data,
            lambda work: service.create_location(work, data),
            models.Location,
        )

    @mutation("LocationUpdateResult", Location, policy=MANAGE, refuses=(refusals.StaleVersion,))
    async def location_update(
        self,
        info: strawberry.Info,
        input: Annotated[LocationUpdateInput, arg("The changes.")],
        expected_version: ExpectedVersion = None,
    ) -> Any:
        """Change a location."""
        changes = changes_without_nulls(input, ("address",), "name", "is_active", "address", "metadata")
        if changes.get("address") is not None:
            changes["address"] = changes["address"].data()
        id = row_id(input.id, "Location", "id")
        return await service.update_location(
            info.context.actor, id, changes, expected_version=expected_version
        )

    @mutation("ChannelLocationsSetResult", Channel, policy=MANAGE_CHANNELS)
    async def channel_locations_set(
        self, info: strawberry.Info, input: Annotated[ChannelLocationsSetInput, arg("Channel and locations.")]
    ) -> Any:
        """Say from which locations a channel sells. Replaces what was said before."""
        actor = info.context.actor
        channel = await channels.by_code(input.channel, actor, "channel")
        locations = [
            await queries.location(actor, "locations", str(index), code=code)
            for index, code in enumerate(input.locations)
        ]
        await service.set_channel_locations(actor, channel, locations)
        return channel

    @mutation("StockReceiveResult", StockLevel, policy=MANAGE, refuses=(refusals.IdempotencyConflict,))
    async def stock_receive(
        self,
        info: strawberry.Info,
        input: Annotated[StockReceiveInput, arg("What came in.")],
        idempotency_key: IdempotencyKey = None,
    ) -> Any:
        """Put received goods on the shelf."""
        location = await queries.location(info.context.actor, code=input.location)
        cost = currency = None
        if input.unit_cost is not None:
            currency = checked_currency(input.unit_cost.currency, "unit_cost", "currency")
            cost = MoneyValue.of(input.unit_cost.amount, currency, "unit_cost", "amount").minor
        return await info.context.once_row(
            idempotency_key,
            "stockReceive",
            input,
            lambda work: service.receive(
                work,
                sku=input.sku,
                location=location,
                quantity=input.quantity,
                unit_cost_minor=cost,
                cost_currency=currency,
                note=input.note,
            ),
            models.StockLevel,
        )

    @mutation("StockAdjustResult", StockLevel, policy=MANAGE, refuses=(refusals.IdempotencyConflict,))
    async def stock_adjust(
        self,
        info: strawberry.Info,
        input: Annotated[StockAdjustInput, arg("The correction.")],
        idempotency_key: IdempotencyKey = None,
    ) -> Any:
        """Put right what is on hand, with a reason."""
        location = await queries.location(info.context.actor, code=input.location)
        return await info.context.once_row(
            idempotency_key,
            "stockAdjust",
            input,
            lambda work: service.adjust(
                work,
                sku=input.sku,
                location=location,
                change=input.change,
                reason=input.reason,
                note=input.note,
            ),
            models.StockLevel,
        )

    @mutation("StockBulkSetResult", BulkResult, policy=MANAGE)
    async def stock_bulk_set(
        self,
        info: strawberry.Info,
        input: Annotated[list[StockRowInput], arg("1 to 1,000 levels.")],
        error_policy: Policy = ErrorPolicy.REJECT_FAILED,
    ) -> Any:
        """Set many levels to what a count or another system says."""
        actor = info.context.actor

        async def write(work: Any, row: StockRowInput) -> Any:
            location = await queries.location(actor, code=row.location)
            return await service.set_level(work, LevelData(**(vars(row) | {"location": location})))

        return bulk_result(await write_rows(actor, input, write, error_policy, "input"), "StockLevel")
