"""The data of an order as sent by a buyer or staff, and the check of its contact data."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from app.channels import queries as channels
from app.channels.calendar import today_of
from app.channels.models import Channel
from app.core.contact import checked_email, checked_phone
from app.core.problems import ProblemCode
from app.core.refusals import Problems, ValidationFailed
from app.customers.contact import AddressData, checked_address, checked_destination
from app.orders.destination import Destination
from app.orders.service.faults import LineData


@dataclass(slots=True)
class OrderData:
    """The data of an order as sent by a buyer or staff. None: not sent."""

    channel: str
    lines: list[LineData] = field(default_factory=list)
    email: str | None = None
    phone: str | None = None
    shipping_address: AddressData | None = None
    billing_address: AddressData | None = None
    destination: Destination | None = None  # of a draft without a shipping address
    shipping_method: str | None = None
    pickup_location: str | None = None  # code; instead of a shipping address and method
    discount_codes: list[str] = field(default_factory=list)
    payment_gateway: str | None = None
    customer_id: UUID | None = None
    entered: dict[str, Any] = field(default_factory=dict[str, Any])  # values of `models.ENTERED` by column
    note: str = ""
    tags: list[str] = field(default_factory=list)
    metadata: dict[str, Any] = field(default_factory=dict)
    external_reference: str | None = None
    stored: frozenset[str] = frozenset()  # fields with the values of the cart, checked when they were sent
    # With which the order is paid when it is placed.
    gift_card_codes: list[str] = field(default_factory=list)
    use_store_credit: bool = False
    save_addresses: bool = False  # in the address book of the customer, when the order is placed


def checked_contact(
    channel: Channel, data: OrderData, problems: Problems, complete: bool
) -> tuple[str, str, AddressData | None, AddressData | None]:
    """The checked contact data; in a cart, stored values are not checked again."""
    email = phone = ""
    addresses: list[AddressData | None] = []
    stored = frozenset[str]() if complete else data.stored
    if data.email and "email" in stored:
        email = data.email
    elif data.email:
        with problems.caught():
            email = checked_email(data.email, "email")
    elif complete:
        problems.add(
            "Enter an email address.",
            "email",
            code=ProblemCode.REQUIRED,
        )
    for name, given in (
        ("shipping_address", data.shipping_address),
        ("billing_address", data.billing_address),
    ):
        address = given if name in stored else None
        with problems.caught():
            address = checked_address(given, name) if given and name not in stored else address
        addresses.append(address)
    shipping, billing = addresses
    if data.phone and "phone" in stored:
        phone = data.phone
    elif data.phone:
        # The buyer's own phone number: read as dialled in the country of the billing address.
        home = billing or shipping
        with problems.caught():
            phone = checked_phone(data.phone, home.country if home else channel.default_country, "phone")
    return email, phone, shipping, billing or shipping


def require_address(data: OrderData, problems: Problems, *, is_shipped: bool) -> None:
    """Note that an order has no address: of the recipient or, if it is picked up or consists of gift cards,
    of the invoice."""
    if data.shipping_address is not None:
        return
    if data.pickup_location is None and is_shipped:
        problems.add("Enter a shipping address.", "shipping_address", code=ProblemCode.REQUIRED)
    elif data.billing_address is None:
        problems.add("Enter a billing address.", "billing_address", code=ProblemCode.REQUIRED)


async def checked_cart_destination(
    channel: Channel, data: OrderData, at: datetime, problems: Problems
) -> Destination | None:
    """The checked destination of a cart without an address; a stored one is not checked again."""
    given = data.destination
    if given is None or "destination" in data.stored:
        return given
    sent = AddressData("", "", "", given.country, region=given.region, postal_code=given.postal_code)
    try:
        country, region, code = checked_destination(sent, "destination")
    except ValidationFailed as refusal:
        problems.take(refusal)
        return None
    is_known = bool(region) or not await channels.has_regional_rates(country, on=today_of(channel, at))
    return Destination(country, region, code, is_tax_known=is_known)
