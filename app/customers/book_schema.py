"""The address book in the graph."""

from typing import Annotated, Any

import strawberry

from app.core.graphql.errors import mutation
from app.core.graphql.policy import SIGNED_IN
from app.core.graphql.scalars import arg
from app.core.ids import row_id
from app.customers import book
from app.customers.schema import Customer


@strawberry.type
class AddressBookMutation:
    @mutation("CustomerAddressRemoveResult", Customer, policy=SIGNED_IN)
    async def customer_address_remove(
        self, info: strawberry.Info, id: Annotated[strawberry.ID, arg("The entry of the address book.")]
    ) -> Any:
        """Take an address out of a customer's address book. Orders keep the addresses that they have.

        A customer may do so in its own book, staff in all. If it was the default address, there is none then.
        """
        return await book.remove(info.context.actor, row_id(id, "CustomerAddress", "id"))
