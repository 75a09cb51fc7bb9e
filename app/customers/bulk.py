"""Writing many customers at once through the graph."""

from datetime import date
from typing import Annotated, Any

import strawberry

from app.catalog.schema.terms import Policy
from app.core.bulk import ErrorPolicy, write_rows
from app.core.graphql.bulk import BulkResult, bulk_result
from app.core.graphql.errors import mutation
from app.core.graphql.scalars import Metadata, MoneyInput, arg, doc
from app.customers import upserting
from app.customers.schema import MANAGE, AddressInput, said_of


@strawberry.input(
    description="A customer as another system has it: found by the external reference, else by the e-mail "
    "address. What is left out stays as it is; null takes away what can be empty."
)
class CustomerUpsertInput:
    external_reference: str | None = doc("The key in another system, unique.", default=strawberry.UNSET)
    email: str | None = doc("The e-mail address; null for none.", default=strawberry.UNSET)
    name: str | None = doc("The name.", default=strawberry.UNSET)
    phone: str | None = doc("A phone number; empty for none.", default=strawberry.UNSET)
    address: AddressInput | None = doc(
        "The default address, which the address book keeps too; null for no default.",
        default=strawberry.UNSET,
    )
    note: str | None = doc("A note for staff.", default=strawberry.UNSET)
    born_on: date | None = doc("The date of birth; null for unknown.", default=strawberry.UNSET)
    credit_limit: MoneyInput | None = doc("What they may owe; null for no limit.", default=strawberry.UNSET)
    tags: list[str] | None = doc("Words to group by.", default=strawberry.UNSET)
    metadata: Metadata | None = doc("Whatever the shop keeps with it.", default=strawberry.UNSET)
    private_metadata: Metadata | None = doc("Whatever staff keep with it.", default=strawberry.UNSET)


@strawberry.type
class CustomerBulkMutation:
    @mutation("CustomerBulkUpsertResult", BulkResult, policy=MANAGE)
    async def customer_bulk_upsert(
        self,
        info: strawberry.Info,
        input: Annotated[list[CustomerUpsertInput], arg("1 to 1,000 customers.")],
        error_policy: Policy = ErrorPolicy.REJECT_FAILED,
    ) -> Any:
        """Make or change many customers, found by external reference, else by e-mail address.

        A row changes what it says and nothing else. One whose e-mail address belongs to a customer of another
        external reference is refused.
        """

        async def write(work: Any, row: CustomerUpsertInput) -> Any:
            return await upserting.upsert(work, said_of(row, work.actor))

        outcomes = await write_rows(info.context.actor, input, write, error_policy, "input")
        return bulk_result(outcomes, "Customer")
