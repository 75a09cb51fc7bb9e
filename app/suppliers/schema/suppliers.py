"""Suppliers and what they sell, through the graph."""

from typing import Annotated, Any

import strawberry

from app.access.permissions import Permission
from app.core import refusals
from app.core.graphql.changes import changes_of, changes_without_nulls
from app.core.graphql.errors import mutation
from app.core.graphql.policy import needs
from app.core.graphql.scalars import CurrencyCode, ExpectedVersion, IdempotencyKey, MoneyInput, arg, doc
from app.core.ids import row_id
from app.inventory import queries as inventory
from app.suppliers import models, queries, service
from app.suppliers.schema.costs import cost_in
from app.suppliers.schema.types import Supplier

MANAGE = needs(Permission.PURCHASING_MANAGE, everywhere=True)


@strawberry.input(description="A new supplier.")
class SupplierCreateInput:
    code: str = doc("A short name, unique; never changes.")
    name: str = doc("What people call it.")
    currency: CurrencyCode = doc("The currency that it is paid in.")
    email: str | None = doc("Where orders are sent.", default=None)
    lead_days: int = doc("In how many days its goods come.", default=14)
    lead_deviation_days: int = doc("By how many days that differs: one standard deviation.", default=0)
    external_reference: str | None = doc("Its key in another system, unique.", default=None)
    over_receipt_percent: int | None = doc(
        "By how many percent more than was ordered may be received without a word, 0 to 100; left out, as "
        "the setting says.",
        default=None,
    )
    location: str | None = doc(
        "The code of the location, of the kind DROP_SHIP, from which it sends to buyers.", default=None
    )


@strawberry.input(description="What changes of a supplier; what is left out stays.")
class SupplierUpdateInput:
    id: strawberry.ID = doc("The supplier.")
    name: str | None = doc("What people call it.", default=strawberry.UNSET)
    email: str | None = doc("Where orders are sent.", default=strawberry.UNSET)
    lead_days: int | None = doc("In how many days its goods come.", default=strawberry.UNSET)
    lead_deviation_days: int | None = doc("By how many days that differs.", default=strawberry.UNSET)
    over_receipt_percent: int | None = doc(
        "By how many percent more than was ordered may be received without a word, 0 to 100; null: as the "
        "setting says.",
        default=strawberry.UNSET,
    )
    is_active: bool | None = doc("Whether anything is bought from it.", default=strawberry.UNSET)
    location: str | None = doc(
        "The code of the location from which it sends to buyers; null for none.", default=strawberry.UNSET
    )


@strawberry.input(
    description="What a supplier asks for a SKU. What is left out stays as it is; a new one needs a cost."
)
class SupplierItemInput:
    sku: str = doc("What.")
    unit_cost: MoneyInput | None = doc(
        "What a piece costs, in the supplier's currency.", default=strawberry.UNSET
    )
    supplier_sku: str | None = doc("What the supplier calls it; may be empty.", default=strawberry.UNSET)
    pack_quantity: int | None = doc("It is ordered in multiples of so many pieces.", default=strawberry.UNSET)
    min_quantity: int | None = doc("At least so many pieces are ordered.", default=strawberry.UNSET)
    lead_days: int | None = doc(
        "In how many days it comes, where that differs; null: in the supplier's.", default=strawberry.UNSET
    )
    is_preferred: bool | None = doc("Whether it is bought here first.", default=strawberry.UNSET)


@strawberry.input(description="What a supplier sells.")
class SupplierItemsSetInput:
    supplier: str = doc("The supplier's code.")
    items: list[SupplierItemInput] = doc("What is new or has changed; the rest stays.")
    removed: list[str] = doc("SKUs that it does not sell any more.", default_factory=list)


async def _place(info: strawberry.Info, code: str | None) -> Any:
    return None if code is None else await inventory.location(info.context.actor, "location", code=code)


def _said(given: SupplierItemInput, currency: str, index: int) -> dict[str, Any]:
    """What an input says of an item, in the service's words.

    Raises:
        Invalid: null for what must have a value, or another currency.
    """
    path = ("items", str(index))
    try:
        said = changes_of(given, nullable=("lead_days",))
    except refusals.Refusal as refusal:
        raise refusal.under(*path) from None
    if "unit_cost" in said:
        said["cost_minor"] = cost_in(currency, said.pop("unit_cost"), *path, "unit_cost")
    return said


@strawberry.type
class SupplierMutation:
    @mutation(
        "SupplierCreateResult",
        Supplier,
        policy=MANAGE,
        refuses=(refusals.AlreadyExists,),
    )
    async def supplier_create(
        self,
        info: strawberry.Info,
        input: Annotated[SupplierCreateInput, arg("The supplier.")],
        idempotency_key: IdempotencyKey = None,
    ) -> Any:
        """Add somebody from whom things are bought."""
        place = await _place(info, input.location)
        data = service.SupplierData(**vars(input) | {"location": place})
        return await info.context.once_row(
            idempotency_key,
            "supplierCreate",
            input,
            lambda work: service.create_supplier(work, data),
            models.Supplier,
        )

    @mutation("SupplierUpdateResult", Supplier, policy=MANAGE)
    async def supplier_update(
        self,
        info: strawberry.Info,
        input: Annotated[SupplierUpdateInput, arg("What changes.")],
        expected_version: ExpectedVersion = None,
    ) -> Any:
        """Change a supplier."""
        nullable = ("email", "location", "over_receipt_percent")
        names = ("name", "lead_days", "lead_deviation_days", "is_active", *nullable)
        changes = changes_without_nulls(input, nullable, *names)
        if "location" in changes:
            changes["location"] = await _place(info, changes["location"])
        id = row_id(input.id, "Supplier", "id")
        return await service.update_supplier(
            info.context.actor, id, changes, expected_version=expected_version
        )

    @mutation("SupplierItemsSetResult", Supplier, policy=MANAGE)
    async def supplier_items_set(
        self,
        info: strawberry.Info,
        input: Annotated[SupplierItemsSetInput, arg("What it sells.")],
    ) -> Any:
        """Say what a supplier asks for some SKUs, and how they can be ordered."""
        supplier = await queries.supplier(info.context.actor, code=input.supplier)
        items = [_said(item, supplier.currency, index) for index, item in enumerate(input.items)]
        return await service.change_supplier_items(
            info.context.actor, supplier.id, items, removed=input.removed
        )
