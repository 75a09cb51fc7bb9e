"""Updating notes, tags and other fields of an order that do not change the sold items."""

from typing import Any
from uuid import UUID

from app.channels import queries as channels
from app.core.contact import checked_email, checked_phone
from app.core.problems import ProblemCode
from app.core.refusals import Invalid, NotFound, Problems
from app.core.texts import checked_note, checked_tags
from app.core.uow import UnitOfWork, command
from app.core.versions import refuse_stale, write_changes
from app.customers import queries as customers
from app.orders import queries
from app.orders.conditions import MANAGED, refuse_gift_note
from app.orders.events import OrderNoted, OrderUpdated
from app.orders.models import Order
from app.orders.service.holding import check_rules_again
from app.promotions import service as promotions
from app.promotions.scope import Buyer

HIGHEST_PRIORITY = 9
WHOSE = ("customer_id", "email")  # identify the buyer; rules depend on them


@command
async def update(
    uow: UnitOfWork, id: UUID, changes: dict[str, Any], *, expected_version: int | None = None
) -> Order:
    """Update an order's customer, contact, note, tags, metadata, priority or purchase order number.

    If the customer or e-mail address changes, the rules are checked again. They may hold the order but
    release nothing, which may require another permission.

    Raises:
        NotFound, StaleVersion, Invalid, ValidationFailed.
        OrderAlreadyShipped: everything was shipped, and the gift note is to be changed.
    """
    order = await queries.locked(uow.actor, id, MANAGED)
    refuse_stale(order, expected_version)
    if changes.get("gift_note", order.gift_note) != order.gift_note:
        refuse_gift_note(order)
    written, problems = dict(changes), Problems()
    for name, checked in (("email", checked_email), ("note", checked_note), ("tags", checked_tags)):
        if name in written:
            with problems.caught():
                written[name] = checked(written[name], name)
    if "phone" in written:
        home = await _home(uow, order)
        with problems.caught():
            written["phone"] = checked_phone(written["phone"], home, "phone")
    if not 0 <= written.get("priority", 0) <= HIGHEST_PRIORITY:
        problems.add(
            (f"The priority must be between 0 and {HIGHEST_PRIORITY}; the highest is processed first."),
            "priority",
            code=ProblemCode.NOT_IN_RANGE,
            minimum=0,
            maximum=HIGHEST_PRIORITY,
        )
    problems.refuse()
    if written.get("customer_id") is not None:
        await _refuse_unknown(uow, written["customer_id"])
    is_of_another = any(written.get(name, getattr(order, name)) != getattr(order, name) for name in WHOSE)
    await write_changes(order, written, uow.at)
    if is_of_another and order.discount_codes:
        await promotions.move_uses(order.id, Buyer(order.customer_id, order.email))
    uow.announce(OrderUpdated(subject_id=order.id, channel_id=order.channel_id, changed=sorted(changes)))
    if is_of_another and order.status.is_open:
        await check_rules_again(uow, order, cures=False)
    return order


async def _refuse_unknown(uow: UnitOfWork, customer_id: UUID) -> None:
    found = await customers.visible_to(uow.actor).get_or_none(id=customer_id)
    if found is None or not found.is_active:
        raise NotFound.of("customer", "customer_id")


async def _home(uow: UnitOfWork, order: Order) -> str:
    """The country in which the buyer's phone number is dialled."""
    address = order.billing_address or order.shipping_address
    if address:
        return str(address["country"])
    return (await channels.by_id(order.channel_id, uow.actor, "id")).default_country


@command
async def note(uow: UnitOfWork, id: UUID, text: str) -> Order:
    """Add a staff note to an order's timeline.

    Raises:
        NotFound; Invalid for an empty note or one that is too long.
    """
    stripped = checked_note(text.strip(), "text")
    if not stripped:
        raise Invalid("Enter the text of the note.", "text", code=ProblemCode.REQUIRED)
    order = await queries.locked(uow.actor, id, MANAGED)
    uow.announce(OrderNoted(subject_id=order.id, channel_id=order.channel_id, text=stripped))
    return order
