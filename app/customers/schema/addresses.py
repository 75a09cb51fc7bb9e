"""Postal address types and inputs."""

from collections.abc import Mapping
from typing import Any

import strawberry

from app.access.permissions import Permission
from app.core import refusals
from app.core.actor import Actor
from app.core.graphql.empty import none_if_empty
from app.core.graphql.policy import field
from app.core.graphql.scalars import CountryCode, doc
from app.core.ids import to_global
from app.core.spelling import as_written
from app.customers import models
from app.customers.contact import AddressData

# Holders of one of these permissions may overrule the address data.
_OVERRULE = (Permission.ORDERS_MANAGE, Permission.CUSTOMERS_MANAGE, Permission.STOCK_MANAGE)


@strawberry.type(description="A postal address.")
class Address:
    name: str = doc("Name of the recipient.")
    company: str | None = none_if_empty("Company name; null for a private address.")
    line1: str = doc("Street and house number.")
    line2: str | None = none_if_empty("Apartment, floor or building; null if not given.")
    city: str = doc("City or town.")
    region: str | None = none_if_empty(
        "State, province or county, as written in the country; null if there is none."
    )
    postal_code: str | None = none_if_empty("Postal code; null where the country has none.")
    country: CountryCode = doc("Two-letter ISO 3166-1 country code.")
    phone: str | None = none_if_empty("Phone number for the carrier, in E.164 format; null if not given.")
    latitude: float | None = doc("Latitude in degrees north (WGS 84); null if unknown.", default=None)
    longitude: float | None = doc("Longitude in degrees east (WGS 84); null if unknown.", default=None)

    unverified: list[str] = doc(
        "Fields that were stored as entered because they do not match the known data of the country: "
        "`region`, `postalCode`. Empty if all fields are valid or staff accepted the address.",
        default_factory=list,
    )
    accept_as_written: bool = doc(
        "Whether staff accepted the address although a field could not be verified.",
        default=False,
        name="isAcceptedAsWritten",
    )

    @classmethod
    def of(cls, stored: Mapping[str, Any] | None) -> "Address | None":
        return cls(**stored) if stored else None


@strawberry.type(description="An entry of a customer's address book.")
class CustomerAddress(Address):
    row: strawberry.Private[Any] = None
    is_default_shipping: bool = doc("Whether this is the default shipping address.", default=False)
    is_default_billing: bool = doc("Whether this is the default billing address.", default=False)

    @field()
    def id(self) -> strawberry.ID:
        """ID of the entry, for `customerAddressUpdate` and `customerAddressDelete`. It stays the same when
        the address is changed or saved again."""
        return strawberry.ID(to_global("CustomerAddress", self.row.id))

    @field()
    def label(self) -> str | None:
        """Label of the entry, such as "Home"; null if it has none."""
        return self.row.label or None

    @classmethod
    def of_entry(cls, row: models.CustomerAddress, customer: models.Customer) -> "CustomerAddress":
        return cls(
            **row.address,
            row=row,
            is_default_shipping=row.id == customer.default_shipping_id,
            is_default_billing=row.id == customer.default_billing_id,
        )


@strawberry.input(description="A postal address. The required fields depend on the country.")
class AddressInput:
    name: str = doc("Name of the recipient.")
    line1: str = doc("Street and house number.", spelling=as_written)
    city: str = doc("City or town.", spelling=as_written)
    country: CountryCode = doc("Two-letter ISO 3166-1 country code.")
    company: str | None = doc("Company name.", default=None, spelling=as_written)
    line2: str | None = doc("Apartment, floor or building.", default=None, spelling=as_written)
    region: str | None = doc("State, province or county.", default=None)
    postal_code: str | None = doc("Postal code.", default=None)
    phone: str | None = doc("Phone number for the carrier.", default=None)
    latitude: float | None = doc("Latitude in degrees north (WGS 84); null if unknown.", default=None)
    longitude: float | None = doc("Longitude in degrees east (WGS 84); null if unknown.", default=None)
    accept_as_written: bool = doc(
        "Accept the region, postal code and city as entered, without validating them against the "
        "country. Staff only.",
        default=False,
    )

    def data(self, by: Actor) -> AddressData:
        """The address of the input; `by` is the caller, because only staff may overrule validation.

        Raises:
            Forbidden: a buyer sets `acceptAsWritten`.
        """
        if self.accept_as_written and not any(by.may(each) for each in _OVERRULE):
            raise refusals.Forbidden("Only staff can accept an address as written.")
        given: dict[str, Any] = {name: "" if value is None else value for name, value in vars(self).items()}
        return AddressData(**given | {"latitude": self.latitude, "longitude": self.longitude})
