"""Bundles, kits and units of measure in GraphQL."""

from typing import Annotated

import strawberry

from app.access.permissions import Permission
from app.catalog.lifecycle import Composition
from app.catalog.models import Variant as VariantRow
from app.catalog.schema import Variant
from app.catalog.schema.terms import MANAGE_ALL as MANAGE_CATALOG
from app.catalog.service import composing
from app.core import refusals
from app.core.graphql.errors import mutation
from app.core.graphql.once import Effect
from app.core.graphql.scalars import ExpectedVersion, Text, arg, doc
from app.core.ids import row_id
from app.core.problems import ProblemCode
from app.inventory.kits import service
from app.inventory.locations import queries as location_queries
from app.inventory.policies import MANAGE
from app.inventory.stock import models as stock_models
from app.inventory.stock import queries as stock
from app.inventory.stock.schema.mutations.lots import StockLotInput, lots_of
from app.inventory.stock.schema.types import StockLevel
from app.inventory.stock.schema.types.shortages import TAKES_STOCK


@strawberry.input(description="A component of a bundle or kit.")
class ComponentInput:
    sku: str = doc("SKU of the variant.")
    quantity: int = doc("Number of units of the component in one bundle or kit.", default=1)


@strawberry.input(description="Input for setting the components of a variant.")
class VariantComponentsSetInput:
    id: strawberry.ID = doc("The variant.")
    composition: Composition = doc("Type of the variant: a bundle, a kit or a simple item.")
    components: list[ComponentInput] = doc("Components of the variant; each SKU once.", default_factory=list)


@strawberry.input(description="A unit of measure in which a variant is purchased.")
class VariantUnitInput:
    code: str = doc("Code of the unit of measure, such as carton.")
    quantity: int = doc("Number of pieces in the unit.")
    barcode: str | None = doc("GTIN.", default=None)


@strawberry.input(description="Input for setting the units of measure in which a variant is purchased.")
class VariantUnitsSetInput:
    id: strawberry.ID = doc("The variant.")
    units: list[VariantUnitInput] = doc(
        "The complete list of units of measure; units that are not listed are removed."
    )


@strawberry.input(description="Input for assembling or disassembling kits.")
class StockAssembleInput:
    sku: str = doc("SKU of the kit.")
    location: str = doc("Code of the location.")
    quantity: int = doc("Number of kits.")
    lots: list[StockLotInput] = doc(
        "Lots or serial numbers of the kits, if the kits are tracked.", default_factory=list
    )
    note: Text = doc("Note recorded in the stock ledger.", default="")


@strawberry.type
class KitMutation:
    @mutation("VariantComponentsSetResult", Variant, policy=MANAGE_CATALOG)
    async def variant_components_set(
        self,
        info: strawberry.Info,
        input: Annotated[VariantComponentsSetInput, arg("Variant and components.")],
        expected_version: ExpectedVersion = None,
    ) -> VariantRow:
        """Set the components of a variant, replacing the current ones. A BUNDLE is sold as one line but
        stocked and shipped as its components; a KIT is assembled and stocked as its own SKU."""
        parts: dict[str, int] = {}
        for index, part in enumerate(input.components):
            if part.sku in parts:
                raise refusals.Invalid(
                    "This SKU is listed twice.",
                    "components",
                    str(index),
                    "sku",
                    code=ProblemCode.REPEATED,
                )
            parts[part.sku] = part.quantity
        id = row_id(input.id, "Variant", "id")
        return await composing.set_components(
            info.context.actor,
            id,
            input.composition,
            parts,
            is_stocked=await stock.is_stocked(id),
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
        input: Annotated[VariantUnitsSetInput, arg("Variant and units of measure.")],
        expected_version: ExpectedVersion = None,
    ) -> VariantRow:
        """Set the units of measure in which a variant is purchased. Stock is counted in pieces."""
        units = [composing.UnitData(**vars(unit)) for unit in input.units]
        id = row_id(input.id, "Variant", "id")
        return await composing.set_units(info.context.actor, id, units, expected_version=expected_version)

    @mutation(
        "StockAssembleResult", StockLevel, policy=MANAGE, refuses=TAKES_STOCK, once=stock_models.StockLevel
    )
    async def stock_assemble(
        self,
        info: strawberry.Info,
        input: Annotated[StockAssembleInput, arg("Kits to assemble or disassemble.")],
    ) -> Effect:
        """Assemble kits from their components. The value of a kit is the value of its components."""
        location = await location_queries.location_for(
            Permission.STOCK_MANAGE, info.context.actor, code=input.location
        )
        given = vars(input) | {"location": location, "lots": lots_of(input.lots)}
        return lambda uow: service.assemble(uow, **given)

    @mutation(
        "StockDisassembleResult", StockLevel, policy=MANAGE, refuses=TAKES_STOCK, once=stock_models.StockLevel
    )
    async def stock_disassemble(
        self,
        info: strawberry.Info,
        input: Annotated[StockAssembleInput, arg("Kits to assemble or disassemble.")],
    ) -> Effect:
        """Disassemble kits into their components."""
        location = await location_queries.location_for(
            Permission.STOCK_MANAGE, info.context.actor, code=input.location
        )
        given = vars(input) | {"location": location, "lots": lots_of(input.lots)}
        return lambda uow: service.disassemble(uow, **given)
