"""Suppliers and their items in GraphQL."""

from typing import Annotated, Any

import strawberry

from app.access.permissions import Permission
from app.core import refusals
from app.core.graphql.changes import changes_of
from app.core.graphql.errors import mutation
from app.core.graphql.once import Effect
from app.core.graphql.policy import needs
from app.core.graphql.scalars import CurrencyCode, ExpectedVersion, MoneyInput, arg, doc
from app.core.ids import row_id
from app.inventory.locations import queries as locations
from app.inventory.locations.models import Location as LocationRow
from app.suppliers import models, queries
from app.suppliers.schema.costs import cost_in
from app.suppliers.schema.types import Supplier
from app.suppliers.service import suppliers

MANAGE = needs(Permission.PURCHASING_MANAGE, everywhere=True)


@strawberry.input(description="Input for creating a supplier.")
class SupplierCreateInput:
    code: str = doc("Unique code of the supplier. It cannot be changed later.")
    name: str = doc("Display name.")
    currency: CurrencyCode = doc("Currency of payments to the supplier.")
    email: str | None = doc("Email address for purchase orders.", default=None)
    lead_days: int = doc("Lead time in days.", default=14)
    lead_deviation_days: int = doc("Standard deviation of the lead time, in days.", default=0)
    external_reference: str | None = doc("Key in an external system, unique.", default=None)
    over_receipt_percent: int | None = doc(
        "Percentage by which a receipt can exceed the ordered quantity without confirmation, 0 to "
        "100; if omitted, the default setting applies.",
        default=None,
    )
    location: str | None = doc(
        "Code of the location of the type DROP_SHIP from which the supplier ships to buyers directly.",
        default=None,
    )


@strawberry.input(description="Input for updating a supplier; omitted fields keep their values.")
class SupplierUpdateInput:
    id: strawberry.ID = doc("The supplier.")
    name: str | None = doc("Display name.", default=strawberry.UNSET)
    email: str | None = doc("Email address for purchase orders.", default=strawberry.UNSET)
    lead_days: int | None = doc("Lead time in days.", default=strawberry.UNSET)
    lead_deviation_days: int | None = doc(
        "Standard deviation of the lead time, in days.", default=strawberry.UNSET
    )
    over_receipt_percent: int | None = doc(
        "Percentage by which a receipt can exceed the ordered quantity without confirmation, 0 to "
        "100; null to use the default setting.",
        default=strawberry.UNSET,
    )
    is_active: bool | None = doc("Whether the supplier is in use for purchases.", default=strawberry.UNSET)
    location: str | None = doc(
        "Code of the location from which the supplier ships to buyers directly; null for none.",
        default=strawberry.UNSET,
    )


@strawberry.input(
    description="Price and ordering conditions of a supplier for a SKU. Omitted fields keep their "
    "values; a new item needs a cost."
)
class SupplierItemInput:
    sku: str = doc("SKU of the variant.")
    unit_cost: MoneyInput | None = doc(
        "Cost per piece, in the currency of the supplier.", default=strawberry.UNSET
    )
    supplier_sku: str | None = doc("SKU of the supplier; can be empty.", default=strawberry.UNSET)
    pack_quantity: int | None = doc(
        "Pack size: quantities are ordered in multiples of this number of pieces.", default=strawberry.UNSET
    )
    min_quantity: int | None = doc("Minimum order quantity in pieces.", default=strawberry.UNSET)
    lead_days: int | None = doc(
        "Lead time in days, if different from the supplier's; null to use the lead time of the supplier.",
        default=strawberry.UNSET,
    )
    is_preferred: bool | None = doc(
        "Whether this supplier is preferred for the variant.", default=strawberry.UNSET
    )


@strawberry.input(description="Input for updating the items of a supplier.")
class SupplierItemsSetInput:
    supplier: str = doc("Code of the supplier.")
    items: list[SupplierItemInput] = doc("New and changed items; other items are not changed.")
    removed: list[str] = doc("SKUs to remove from the supplier's items.", default_factory=list)


async def _place(info: strawberry.Info, code: str | None) -> LocationRow | None:
    return None if code is None else await locations.location(info.context.actor, "location", code=code)


def _item_changes(given: SupplierItemInput, currency: str, index: int) -> dict[str, Any]:
    """The input of an item under the names of the service.

    Raises:
        Invalid: null for a required value, or another currency.
    """
    path = ("items", str(index))
    try:
        sent = changes_of(given, nullable=("lead_days",))
    except refusals.Refusal as refusal:
        raise refusal.under(*path) from None
    if "unit_cost" in sent:
        sent["cost_minor"] = cost_in(currency, sent.pop("unit_cost"), *path, "unit_cost")
    return sent


@strawberry.type
class SupplierMutation:
    @mutation(
        "SupplierCreateResult",
        Supplier,
        policy=MANAGE,
        refuses=(refusals.AlreadyExists,),
        once=models.Supplier,
    )
    async def supplier_create(
        self,
        info: strawberry.Info,
        input: Annotated[SupplierCreateInput, arg("The supplier.")],
    ) -> Effect:
        """Create a supplier."""
        place = await _place(info, input.location)
        data = suppliers.SupplierData(**vars(input) | {"location": place})
        return lambda uow: suppliers.create_supplier(uow, data)

    @mutation("SupplierUpdateResult", Supplier, policy=MANAGE)
    async def supplier_update(
        self,
        info: strawberry.Info,
        input: Annotated[SupplierUpdateInput, arg("Fields to change.")],
        expected_version: ExpectedVersion = None,
    ) -> models.Supplier:
        """Update a supplier."""
        changes = changes_of(input, nullable=("email", "location", "over_receipt_percent"), besides=("id",))
        if "location" in changes:
            changes["location"] = await _place(info, changes["location"])
        id = row_id(input.id, "Supplier", "id")
        return await suppliers.update_supplier(
            info.context.actor, id, changes, expected_version=expected_version
        )

    @mutation("SupplierItemsSetResult", Supplier, policy=MANAGE)
    async def supplier_items_set(
        self,
        info: strawberry.Info,
        input: Annotated[SupplierItemsSetInput, arg("SKUs sold by the supplier.")],
    ) -> models.Supplier:
        """Set the purchase price and the ordering terms of a supplier for a list of SKUs."""
        supplier = await queries.supplier(info.context.actor, code=input.supplier)
        items = [_item_changes(item, supplier.currency, index) for index, item in enumerate(input.items)]
        return await suppliers.change_supplier_items(
            info.context.actor, supplier.id, items, removed=input.removed
        )
