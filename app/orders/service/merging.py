"""What a draft says, with what was sent put over it."""

from collections.abc import Sequence

from app.channels.models import Channel
from app.customers.contact import AddressData
from app.orders.cart import SetAside
from app.orders.models import Order, OrderLine
from app.orders.service.composing import OrderData
from app.orders.service.faults import LineData


def merged(
    order: Order, channel: Channel, lines: Sequence[OrderLine], data: OrderData, said: frozenset[str]
) -> OrderData:
    """A draft with its `lines` and what is set aside of it, and the fields of `data` that were `said`."""
    aside = SetAside.of(order)
    kept = OrderData(
        channel=channel.code,
        lines=[
            *(LineData(line.sku, line.quantity, line.metadata) for line in lines),
            *(LineData(**line) for line in aside.lines),
        ],
        email=order.email or None,
        phone=order.phone or None,
        shipping_address=AddressData(**order.shipping_address) if order.shipping_address else None,
        billing_address=AddressData(**order.billing_address) if order.billing_address else None,
        shipping_method=order.shipping_method or aside.shipping_method,
        discount_codes=[*order.discount_codes, *aside.discount_codes],
        payment_gateway=order.payment_gateway or None,
        customer_id=order.customer_id,
        purchase_order_number=order.purchase_order_number,
        note=order.note,
        tags=list(order.tags),
        metadata=dict(order.metadata),
        external_reference=order.external_reference,
        had_lines="lines" not in said,
    )
    if (
        "shipping_address" in said
        and "billing_address" not in said
        and order.billing_address == order.shipping_address
    ):
        kept.billing_address = None  # it was only ever the same: let it follow
    for name in said:
        setattr(kept, name, getattr(data, name))
    return kept
