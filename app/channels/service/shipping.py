"""Shipping methods of a channel."""

from app.channels import queries
from app.channels.events import ChannelUpdated
from app.channels.models import Channel, ShippingMethod
from app.channels.service.naming import checked_code
from app.core.ids import new_id
from app.core.refusals import Invalid
from app.core.work import Work, verb


@verb
async def set_shipping_method(
    work: Work,
    channel: Channel,
    *,
    code: str,
    name: str,
    price_minor: int,
    free_from_minor: int | None = None,
    transit_days: int = 2,
    countries: list[str] | None = None,
    tax_class: str = "standard",
    is_active: bool = True,
) -> ShippingMethod:
    """Add or change a channel's shipping method.

    Raises:
        Invalid: a bad code, a negative price, or a time that cannot be.
    """
    checked_code(code, "code")
    if price_minor < 0 or (free_from_minor is not None and free_from_minor < 0):
        raise Invalid("A price cannot be negative.", "price")
    if not 0 <= transit_days <= 365:
        raise Invalid("Transit takes 0 to 365 working days.", "transit_days")
    method = await queries.method(channel.id, code) or ShippingMethod(
        id=new_id(), channel_id=channel.id, code=code
    )
    method.name, method.price_minor, method.free_from_minor = name, price_minor, free_from_minor
    method.transit_days, method.countries, method.tax_class = transit_days, countries, tax_class
    method.is_active = is_active
    await method.save()
    work.announce(
        ChannelUpdated(subject_id=channel.id, channel_id=channel.id, changed=[f"shipping_method:{code}"])
    )
    return method
