"""Merges a draft with the fields that were sent."""

from collections.abc import Sequence

from app.channels.models import Channel
from app.core.actor import Actor
from app.customers.contact import AddressData
from app.orders.adjusting import NONE, Adjustments
from app.orders.cart import SetAside
from app.orders.destination import Destination
from app.orders.gift_cards import GiftRecipient
from app.orders.models import ENTERED, Order, OrderLine
from app.orders.service.adjusting import may_adjust
from app.orders.service.faults import LineData
from app.orders.service.pricing import OrderData


def merged(
    by: Actor,
    order: Order,
    channel: Channel,
    lines: Sequence[OrderLine],
    data: OrderData,
    sent: frozenset[str],
) -> OrderData:
    """A draft with its `lines` and what is set aside, and the fields of `data` named in `sent`."""
    aside = SetAside.of(order)
    kept = OrderData(
        channel=channel.code,
        lines=[
            *(
                LineData(
                    line.sku,
                    line.quantity,
                    line.metadata,
                    kept=Adjustments.of(line),
                    id=line.id,
                    recipient=GiftRecipient.of(line),
                )
                for line in lines
            ),
            *(LineData.set_aside(line) for line in aside.lines),
        ],
        email=order.email or None,
        phone=order.phone or None,
        shipping_address=AddressData.from_json(order.shipping_address) if order.shipping_address else None,
        billing_address=AddressData.from_json(order.billing_address) if order.billing_address else None,
        destination=Destination.of(order),
        shipping_method=order.shipping_method or aside.shipping_method,
        pickup_location=(order.pickup or {}).get("code") or aside.pickup_location,
        discount_codes=[*order.discount_codes, *aside.discount_codes],
        payment_gateway=order.payment_gateway or aside.payment_gateway,
        customer_id=order.customer_id,
        entered={name: getattr(order, name) for name in ENTERED},
        note=order.note,
        tags=list(order.tags),
        metadata=dict(order.metadata),
        external_reference=order.external_reference,
        stored=frozenset({"email", "phone", "shipping_address", "billing_address", "destination"}) - sent,
    )
    if (
        "shipping_address" in sent
        and "billing_address" not in sent
        and order.billing_address == order.shipping_address
    ):
        kept.billing_address = None  # it was a copy of the shipping address: it follows
    if "lines" in sent:
        _carry(kept.lines, data.lines, all_of_it=may_adjust(by, channel.id))
    for name in sent:
        if name in ENTERED:
            kept.entered[name] = data.entered.get(name, Order._meta.fields_map[name].default)
        else:
            setattr(kept, name, getattr(data, name))
    _choose_last(kept, data, sent)
    return kept


def _choose_last(kept: OrderData, data: OrderData, sent: frozenset[str]) -> None:
    """A shipping method that is chosen ends the pick-up, and a pick-up location the shipping method."""
    if "pickup_location" in sent and data.pickup_location and "shipping_method" not in sent:
        kept.shipping_method = None
    if "shipping_method" in sent and data.shipping_method and "pickup_location" not in sent:
        kept.pickup_location = None


def _carry(before: Sequence[LineData], now: Sequence[LineData], *, all_of_it: bool) -> None:
    """Keep the id of a line when the line of its SKU is sent again, and what staff set on it: everything with
    `all_of_it`, else what remains after a buyer changes the quantity.
    """
    had = sorted(before, key=lambda line: line.kept == NONE)  # of two lines of a SKU, the one set by staff
    for line in now:
        same = next((each for each in had if each.sku == line.sku), None)
        if same is not None:
            had.remove(same)
            line.id = same.id
            line.kept = same.kept if all_of_it else same.kept.for_units(line.quantity, same.quantity)
