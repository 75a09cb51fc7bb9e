"""Bulk upsert of customers."""

from datetime import date
from typing import Annotated

import strawberry

from app.catalog.schema.terms import Policy
from app.core.bulk import ErrorPolicy, Written, write_rows
from app.core.graphql.bulk import BulkResult, bulk_result
from app.core.graphql.errors import mutation
from app.core.graphql.scalars import Metadata, MoneyInput, arg, doc
from app.core.uow import UnitOfWork
from app.customers import upserting
from app.customers.schema.addresses import AddressInput
from app.customers.schema.customers import MANAGE
from app.customers.schema.inputs import service_fields


@strawberry.input(
    description="A customer from an external system, matched by external reference, else by email "
    "address. Omitted fields keep their values; null clears optional fields."
)
class CustomerUpsertInput:
    external_reference: str | None = doc("Key in an external system, unique.", default=strawberry.UNSET)
    email: str | None = doc("Email address; null for none.", default=strawberry.UNSET)
    name: str | None = doc("Name of the person.", default=strawberry.UNSET)
    phone: str | None = doc("Phone number; empty for none.", default=strawberry.UNSET)
    address: AddressInput | None = doc(
        "Default address, also added to the address book; null for no default address.",
        default=strawberry.UNSET,
    )
    note: str | None = doc("Internal staff note.", default=strawberry.UNSET)
    born_on: date | None = doc("Date of birth; null if unknown.", default=strawberry.UNSET)
    credit_limit: MoneyInput | None = doc(
        "Credit limit, in any currency: the amount the customer can owe before their orders are put on hold; "
        "null for no limit.",
        default=strawberry.UNSET,
    )
    tags: list[str] | None = doc("Tags for grouping customers.", default=strawberry.UNSET)
    metadata: Metadata | None = doc(
        "Custom JSON data, visible to everyone who can see the customer.",
        default=strawberry.UNSET,
    )
    private_metadata: Metadata | None = doc(
        "Custom JSON data, visible to staff only.", default=strawberry.UNSET
    )


@strawberry.type
class CustomerBulkMutation:
    @mutation("CustomerBulkUpsertResult", BulkResult, policy=MANAGE)
    async def customer_bulk_upsert(
        self,
        info: strawberry.Info,
        input: Annotated[list[CustomerUpsertInput], arg("1 to 1,000 customers.")],
        error_policy: Policy = ErrorPolicy.REJECT_FAILED,
    ) -> BulkResult:
        """Create or update many customers, matched by external reference, else by email address. Only the
        fields given in a row are changed. A row is rejected if its email address belongs to a customer with
        another external reference."""

        async def write(uow: UnitOfWork, row: CustomerUpsertInput) -> Written:
            return await upserting.upsert(uow, service_fields(row, uow.actor))

        outcomes = await write_rows(info.context.actor, input, write, error_policy, "input")
        return bulk_result(outcomes, "Customer")
