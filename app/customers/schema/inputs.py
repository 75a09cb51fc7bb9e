"""Inputs for creating and updating customers."""

from datetime import date
from typing import Any

import strawberry

from app.core.actor import Actor
from app.core.graphql.changes import changes_of
from app.core.graphql.scalars import Metadata, MoneyInput, Text, doc
from app.core.money import Money as MoneyValue
from app.core.money import checked_currency
from app.customers.schema.addresses import AddressInput
from app.customers.service import CustomerData


@strawberry.input(description="Input for creating a customer.")
class CustomerCreateInput:
    email: str | None = doc("Email address.", default=None)
    name: Text = doc("Name of the person.", default="")
    phone: Text = doc("Phone number, starting with + and the country code.", default="")
    address: AddressInput | None = doc("First entry of the address book.", default=None)
    note: Text = doc("Internal staff note.", default="")
    born_on: date | None = doc("Date of birth, for goods with a minimum age.", default=None)
    credit_limit: MoneyInput | None = doc(
        "Credit limit, in any currency: the amount the customer can owe before their orders are put on hold.",
        default=None,
    )
    tags: list[str] = doc("Tags for grouping customers.", default_factory=list)
    metadata: Metadata | None = doc(
        "Custom JSON data, visible to everyone who can see the customer.",
        default=None,
    )
    private_metadata: Metadata | None = doc("Custom JSON data, visible to staff only.", default=None)
    external_reference: str | None = doc("Key in an external system, unique.", default=None)

    def data(self, by: Actor) -> CustomerData:
        address = self.address.data(by) if self.address else None
        changes = vars(self) | {"address": address, "credit_limit": _limit(self.credit_limit)}
        kept: dict[str, Any] = {
            "metadata": self.metadata or {},
            "private_metadata": self.private_metadata or {},
        }
        return CustomerData(**(changes | kept))


@strawberry.input(description="Input for updating a customer; omitted fields keep their values.")
class CustomerUpdateInput:
    id: strawberry.ID = doc("The customer.")
    email: str | None = doc("Email address; null for none.", default=strawberry.UNSET)
    name: str | None = doc("Name of the person.", default=strawberry.UNSET)
    phone: str | None = doc("Phone number.", default=strawberry.UNSET)
    address: AddressInput | None = doc(
        "Default address, added to the address book; null for no default address.", default=strawberry.UNSET
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
    external_reference: str | None = doc(
        "Key in an external system, unique; null for none.", default=strawberry.UNSET
    )


_CAN_BE_NULL = ("email", "address", "born_on", "credit_limit", "external_reference")


def service_fields(given: Any, by: Actor) -> dict[str, Any]:
    """The fields of an input under the names of the service.

    Raises:
        Invalid: null for a required field.
    """
    changes = changes_of(given, nullable=_CAN_BE_NULL, besides=("id",))
    if changes.get("address") is not None:
        changes["address"] = changes["address"].data(by)
    if "credit_limit" in changes:
        changes["credit_limit"] = _limit(changes["credit_limit"])
    return changes


def _limit(given: MoneyInput | None) -> MoneyValue | None:
    if given is None:
        return None
    currency = checked_currency(given.currency, "credit_limit", "currency")
    return MoneyValue.of(given.amount, currency, "credit_limit", "amount")
