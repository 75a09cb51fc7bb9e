"""Fixes the details of the accounts of order lines."""

from collections.abc import Collection, Sequence
from uuid import UUID

from app.accounting import queries
from app.accounting.models import LedgerLabel
from app.accounting.recognition import Label
from app.channels import queries as channels
from app.core.contact import region_code
from app.orders.models import Order, OrderLine


async def labels_of(
    orders: Collection[Order], lines: Sequence[OrderLine]
) -> tuple[dict[UUID, Label], list[LedgerLabel]]:
    """The labels of the lines of orders, and the rows of those that had none.

    The place of an order is the same for all of its lines. It is that of its address when revenue is first
    recognized, with the region if regions of the country have tax rates.
    """
    countries = await _countries(orders)
    facts = await queries.line_facts([order.id for order in orders], set(countries.values()))
    places = {line.order_id: facts.labels[line.id].place for line in lines if line.id in facts.labels}
    for order in orders:
        country = countries[order.id]
        region = (order.shipping_address or {}).get("region") or ""
        code = region_code(country, region) if country in facts.regional else ""
        places.setdefault(order.id, f"{country}-{code}" if code else country)
    new = [
        LedgerLabel(
            id=line.id,
            order_id=line.order_id,
            category=facts.categories[line.id],
            place=places[line.order_id],
        )
        for line in lines
        if line.id not in facts.labels
    ]
    return facts.labels | {row.id: Label(row.category, row.place) for row in new}, new


async def _countries(orders: Collection[Order]) -> dict[UUID, str]:
    """The country of the address of each order, or of its channel if it has none."""
    found = {order.id: (order.shipping_address or {}).get("country") or "" for order in orders}
    without = [order for order in orders if not found[order.id]]
    if without:
        rows = await channels.channels_by_id(sorted({order.channel_id for order in without}))
        homes = {row.id: row.default_country for row in rows if row is not None}
        found |= {order.id: homes.get(order.channel_id, "") for order in without}
    return found
