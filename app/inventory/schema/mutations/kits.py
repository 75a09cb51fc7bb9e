"""Bundles, kits and units of measure through the graph."""

from typing import Annotated, Any

import strawberry

from app.access.permissions import Permission
from app.catalog import service as catalog
from app.catalog.lifecycle import Composition
from app.catalog.schema import Variant
from app.catalog.schema.terms import MANAGE_ALL as MANAGE_CATALOG
from app.core import refusals
from app.core.graphql.errors import mutation
from app.core.graphql.scalars import ExpectedVersion, IdempotencyKey, Text, arg, doc
from app.core.ids import row_id
from app.core.problems import ProblemCode
from app.inventory import models, queries, service
from app.inventory import refusals as stock_refusals
from app.inventory.schema.mutations.locations import MANAGE
from app.inventory.schema.mutations.lots import StockLotInput, lots_of
from app.inventory.schema.types import StockLevel

MAKES = (stock_refusals.InsufficientStock,)


@strawberry.input(description="A component of a bundle or a kit.")
class ComponentInput:
    sku: str = doc("What.")
    quantity: int = doc("How many units of it are in one.", default=1)


@strawberry.input(description="What a variant is made of.")
class VariantComponentsSetInput:
    id: strawberry.ID = doc("The variant.")
    composition: Composition = doc("A bundle, a kit, or a single thing again.")
    components: list[ComponentInput] = doc("What it is made of, each SKU once.", default_factory=list)


@strawberry.input(description="A unit in which a variant is bought.")
class VariantUnitInput:
    code: str = doc("What it is called, such as carton.")
    quantity: int = doc("How many pieces are in it.")
    barcode: str | None = doc("Its GTIN.", default=None)


@strawberry.input(description="The units in which a variant is bought.")
class VariantUnitsSetInput:
    id: strawberry.ID = doc("The variant.")
    units: list[VariantUnitInput] = doc("All of them; what is left out is no unit any more.")


@strawberry.input(description="Kits to put together, or to take apart.")
class StockAssembleInput:
    sku: str = doc("The kit.")
    location: str = doc("The location's code.")
    quantity: int = doc("How many kits.")
    lots: list[StockLotInput] = doc(
        "Which kits, where these are kept by lot or serial number.", default_factory=list
    )
    note: Text = doc("A note for the ledger.", default="")


@strawberry.type
class KitMutation:
    @mutation("VariantComponentsSetResult", Variant, policy=MANAGE_CATALOG)
    async def variant_components_set(
        self,
        info: strawberry.Info,
        input: Annotated[VariantComponentsSetInput, arg("Variant and components.")],
        expected_version: ExpectedVersion = None,
    ) -> Any:
        """Say of what a variant is made. Replaces what was said before.

        A BUNDLE is sold as one line, and kept and sent as its components; a KIT is assembled and stocked.
        """
        parts: dict[str, int] = {}
        for index, part in enumerate(input.components):
            if part.sku in parts:
                raise refusals.Invalid(
                    "This SKU stands in the list already.",
                    "components",
                    str(index),
                    "sku",
                    code=ProblemCode.REPEATED,
                )
            parts[part.sku] = part.quantity
        id = row_id(input.id, "Variant", "id")
        return await catalog.set_components(
            info.context.actor,
            id,
            input.composition,
            parts,
            is_stocked=await queries.is_stocked(id),
            expected_version=expected_version,
        )

    @mutation(
        "VariantUnitsSetResult",
        Variant,
        policy=MANAGE_CATALOG,
        refuses=(refusals.AlreadyExists,),
    )
    async def variant_units_set(
        self,
        info: strawberry.Info,
        input: Annotated[VariantUnitsSetInput, arg("Variant and units.")],
        expected_version: ExpectedVersion = None,
    ) -> Any:
        """Say in which units a variant is bought. Stock is counted in pieces."""
        units = [catalog.UnitData(**vars(unit)) for unit in input.units]
        id = row_id(input.id, "Variant", "id")
        return await catalog.set_units(info.context.actor, id, units, expected_version=expected_version)

    @mutation("StockAssembleResult", StockLevel, policy=MANAGE, refuses=MAKES)
    async def stock_assemble(
        self,
        info: strawberry.Info,
        input: Annotated[StockAssembleInput, arg("The kits.")],
        idempotency_key: IdempotencyKey = None,
    ) -> Any:
        """Put kits together from their components; a kit is worth what these were."""
        location = await queries.location_for(
            Permission.STOCK_MANAGE, info.context.actor, code=input.location
        )
        given = vars(input) | {"location": location, "lots": lots_of(input.lots)}
        return await info.context.once_row(
            idempotency_key,
            "stockAssemble",
            input,
            lambda work: service.assemble(work, **given),
            models.StockLevel,
        )

    @mutation("StockDisassembleResult", StockLevel, policy=MANAGE, refuses=MAKES)
    async def stock_disassemble(
        self,
        info: strawberry.Info,
        input: Annotated[StockAssembleInput, arg("The kits.")],
        idempotency_key: IdempotencyKey = None,
    ) -> Any:
        """Take kits apart into their components."""
        location = await queries.location_for(
            Permission.STOCK_MANAGE, info.context.actor, code=input.location
        )
        given = vars(input) | {"location": location, "lots": lots_of(input.lots)}
        return await info.context.once_row(
            idempotency_key,
            "stockDisassemble",
            input,
            lambda work: service.disassemble(work, **given),
            models.StockLevel,
        )
