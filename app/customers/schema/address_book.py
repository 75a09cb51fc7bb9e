"""The address book in GraphQL."""

from typing import Annotated

import strawberry

from app.core import refusals
from app.core.graphql.changes import changes_of
from app.core.graphql.errors import mutation
from app.core.graphql.policy import SIGNED_IN
from app.core.graphql.scalars import arg, doc
from app.core.ids import row_id
from app.core.spelling import as_written
from app.customers import book, models
from app.customers.schema.addresses import AddressInput, CustomerAddress
from app.customers.schema.customers import Customer

_LABEL = 'Label of the entry, up to 60 characters, such as "Home"'


@strawberry.input(description="Input for saving an address in a customer's address book.")
class CustomerAddressCreateInput:
    address: AddressInput = doc("The address.")
    customer_id: strawberry.ID | None = doc(
        "The customer. Customers omit it: the address is saved in their own address book.", default=None
    )
    label: str | None = doc(
        f"{_LABEL}; an entry that exists keeps its label if omitted.", default=None, spelling=as_written
    )
    is_default_shipping: bool = doc("Make it the default shipping address.", default=False)
    is_default_billing: bool = doc("Make it the default billing address.", default=False)


@strawberry.input(
    description="Input for changing an entry of an address book; omitted fields keep their values."
)
class CustomerAddressUpdateInput:
    id: strawberry.ID = doc("The entry.")
    address: AddressInput | None = doc("The whole address.", default=strawberry.UNSET)
    label: str | None = doc(f"{_LABEL}; null for none.", default=strawberry.UNSET, spelling=as_written)
    is_default_shipping: bool | None = doc(
        "True makes it the default shipping address; false, if it is, leaves the customer without one.",
        default=strawberry.UNSET,
    )
    is_default_billing: bool | None = doc(
        "True makes it the default billing address; false, if it is, leaves the customer without one.",
        default=strawberry.UNSET,
    )


@strawberry.type
class AddressBookMutation:
    @mutation("CustomerAddressCreateResult", CustomerAddress, policy=SIGNED_IN)
    async def customer_address_create(
        self, info: strawberry.Info, input: Annotated[CustomerAddressCreateInput, arg("The address.")]
    ) -> CustomerAddress:
        """Save an address in an address book. An address that is in the book already keeps its entry, in the
        new spelling. Customers can save addresses in their own book, staff in that of any customer."""
        actor = info.context.actor
        id = row_id(input.customer_id, "Customer", "customer_id") if input.customer_id else None
        sent = {
            "label": input.label,
            **({"is_default_shipping": True} if input.is_default_shipping else {}),
            **({"is_default_billing": True} if input.is_default_billing else {}),
        }
        customer, entry = await book.create(actor, id, input.address.data(actor), sent)
        return CustomerAddress.of_entry(entry, customer)

    @mutation(
        "CustomerAddressUpdateResult",
        CustomerAddress,
        policy=SIGNED_IN,
        refuses=(refusals.AlreadyExists,),
    )
    async def customer_address_update(
        self, info: strawberry.Info, input: Annotated[CustomerAddressUpdateInput, arg("The changes.")]
    ) -> CustomerAddress:
        """Change an entry of an address book. Orders keep their addresses. Customers can change their own
        entries, staff those of any customer."""
        changes = changes_of(input, nullable=("label",), besides=("id",))
        if "address" in changes:
            changes["address"] = changes["address"].data(info.context.actor)
        id = row_id(input.id, "CustomerAddress", "id")
        customer, entry = await book.update(info.context.actor, id, changes)
        return CustomerAddress.of_entry(entry, customer)

    @mutation("CustomerAddressDeleteResult", Customer, policy=SIGNED_IN)
    async def customer_address_delete(
        self, info: strawberry.Info, id: Annotated[strawberry.ID, arg("ID of the address book entry.")]
    ) -> models.Customer:
        """Delete an entry of an address book. Orders keep their addresses. Customers can delete their own
        entries, staff those of any customer. A default address that is deleted is not replaced."""
        return await book.delete(info.context.actor, row_id(id, "CustomerAddress", "id"))
