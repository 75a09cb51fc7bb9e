"""The values of messages about back-in-stock requests."""

from dataclasses import dataclass
from typing import Any

from app.catalog import queries as catalog
from app.channels import queries as channels
from app.channels.models import Channel
from app.core.links import shown_link
from app.notifications.back_in_stock import queries
from app.notifications.back_in_stock.slots import is_expired, token_of
from app.notifications.lifecycle import BackInStockStatus, MessageKind
from app.notifications.models import BackInStockRequest, Message
from app.notifications.order_wording import NotNeeded
from app.settings import settings


class GoneAgain(NotNeeded):
    """The variant cannot be bought any more: the request waits again."""


@dataclass(frozen=True, slots=True)
class Facts:
    """The values of a template, the channel, and the page on which the request is withdrawn."""

    values: dict[str, object]
    channel: Channel
    link: str


async def facts_of(message: Message) -> Facts:
    """What a message says.

    Raises:
        GoneAgain, NotNeeded: it is not to be sent.
    """
    row = await queries.by_id(message.subject_id)
    if row is None or row.status is BackInStockStatus.WITHDRAWN:
        raise NotNeeded("The request was withdrawn.")
    pair = (row.variant_id, row.channel_id)
    if message.kind is MessageKind.BACK_IN_STOCK_CONFIRM:
        if row.status is not BackInStockStatus.UNCONFIRMED or is_expired(row):
            raise NotNeeded("The request was confirmed, or has expired.")
    elif not await queries.available([pair]):
        raise GoneAgain("The variant was not available any more. The request waits again.")
    named = await names_of(row)
    link = link_of(row)
    return Facts({**named.values, "link": link}, named.channel, link)


async def names_of(row: BackInStockRequest) -> Facts:
    """The names of the variant and the shop."""
    (variant,) = await catalog.variants_by_id([row.variant_id])
    (channel,) = await channels.channels_by_id([row.channel_id])
    assert variant is not None
    assert channel is not None
    product: Any = await variant.product
    name = f"{product.name}, {variant.name}" if variant.name else product.name
    values: dict[str, object] = {
        "name": name,
        "shop": channel.name,
        "website": shown_link(channel.website_url) or "",
    }
    return Facts(values, channel, "")


def link_of(row: BackInStockRequest) -> str:
    """The page on which a request is confirmed or withdrawn."""
    config = settings()
    base = config.public_url.rstrip("/") or f"http://localhost:{config.port}"
    return f"{base}/back-in-stock/{token_of(row.id)}"
