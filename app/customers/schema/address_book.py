"""The address book in GraphQL."""

from typing import Annotated, Any

import strawberry

from app.core.graphql.errors import mutation
from app.core.graphql.policy import SIGNED_IN
from app.core.graphql.scalars import arg
from app.core.ids import row_id
from app.customers import book
from app.customers.schema.customers import Customer


@strawberry.type
class AddressBookMutation:
    @mutation("CustomerAddressRemoveResult", Customer, policy=SIGNED_IN)
    async def customer_address_remove(
        self, info: strawberry.Info, id: Annotated[strawberry.ID, arg("ID of the address book entry.")]
    ) -> Any:
        """Remove an address from a customer's address book. Orders keep their addresses. Customers can remove
        their own addresses, staff those of any customer. If the default address is removed, the customer has
        no default address."""
        return await book.remove(info.context.actor, row_id(id, "CustomerAddress", "id"))
