"""Shipping methods of a channel."""

from collections.abc import Mapping
from typing import Any

from app.channels import queries
from app.channels.events import ChannelUpdated
from app.channels.models import Channel, ShippingMethod
from app.channels.service.classing import checked_tax_class
from app.channels.service.naming import checked_code
from app.core.database import one_at_a_time
from app.core.ids import new_id
from app.core.problems import ProblemCode
from app.core.refusals import Problems
from app.core.texts import checked_countries
from app.core.uow import UnitOfWork, command

LONGEST_NAME = 120


@command
async def set_shipping_method(
    uow: UnitOfWork, /, channel: Channel, *, code: str, **changes: Any
) -> ShippingMethod:
    """Create or update a shipping method of a channel. `changes` has columns; others keep their values.

    Raises:
        ValidationFailed: every invalid value, and every value that a new method lacks.
    """
    await one_at_a_time(f"shipping_method:{channel.id}")
    problems = Problems()
    with problems.caught():
        checked_code(code, "code")
    written = await _as_stored(changes, problems)
    method = await queries.method(channel.id, code)
    if method is None:
        for name, field in (("name", "name"), ("price_minor", "price")):
            if changes.get(name) is None:
                problems.add(
                    "This field is required for a new shipping method.", field, code=ProblemCode.REQUIRED
                )
    problems.refuse_if_any()
    method = method or ShippingMethod(id=new_id(), channel_id=channel.id, code=code)
    for name, value in written.items():
        setattr(method, name, value)
    await method.save()
    uow.announce(
        ChannelUpdated(subject_id=channel.id, channel_id=channel.id, changed=[f"shipping_method:{code}"])
    )
    return method


async def _as_stored(changes: Mapping[str, Any], problems: Problems) -> dict[str, Any]:
    written = dict(changes)
    if "name" in written:
        written["name"] = written["name"].strip()
        if not 1 <= len(written["name"]) <= LONGEST_NAME:
            problems.add(
                f"The name must have 1 to {LONGEST_NAME} characters.",
                "name",
                code=ProblemCode.WRONG_LENGTH,
                minimum=1,
                maximum=LONGEST_NAME,
            )
    for name, field in (("price_minor", "price"), ("free_from_minor", "free_from")):
        if (written.get(name) or 0) < 0:
            problems.add("The price must not be negative.", field, code=ProblemCode.TOO_SMALL, minimum=0)
    if not 0 <= written.get("transit_days", 0) <= 365:
        text = "The transit time must be between 0 and 365 working days."
        problems.add(text, "transit_days", minimum=0, maximum=365, code=ProblemCode.NOT_IN_RANGE)
    if written.get("countries") is not None:
        with problems.caught():
            written["countries"] = checked_countries(written["countries"], "countries")
        if not written["countries"]:
            text = "List at least one country, or send null for all countries."
            problems.add(text, "countries", code=ProblemCode.TOO_FEW, minimum=1)
    if "tax_class" in written:
        with problems.caught():
            written["tax_class"] = await checked_tax_class(written["tax_class"], "tax_class")
    return written
