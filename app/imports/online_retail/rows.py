"""Builds an order's rows from an invoice and the credits matched with it."""

from decimal import Decimal
from typing import Any
from uuid import UUID

from app.catalog.models import Variant
from app.channels.models import Channel
from app.core.ids import fingerprint, new_id
from app.core.uow import UnitOfWork
from app.imports.online_retail.matching import Cancelled, goods
from app.imports.online_retail.reading import COUNTRIES, Invoice
from app.orders import derived_statuses
from app.orders import queries as orders
from app.orders.events import OrderCancelled, OrderImported, OrderLinesCancelled
from app.orders.lifecycle import CancelReason, OrderStatus, PaymentStatus
from app.orders.models import Order, OrderCancellation, OrderLine
from app.orders.recorded import CancelledLine
from app.payments.lifecycle import PaymentKind, TenderStatus
from app.payments.models import Payment, PaymentTransaction

NO_TAX = Decimal(0)


def order_of(uow: UnitOfWork, channel: Channel, sale: Invoice, customer: UUID | None) -> Order:
    """The order of an invoice; `customer` is null if the file has none."""
    shipping = sum(row.amount_minor for row in sale.rows if row.is_shipping)
    subtotal = sum(row.amount_minor for row in goods(sale.rows))
    id = new_id()
    return Order(
        id=id,
        number=f"{channel.number_prefix}{sale.number}",
        channel_id=channel.id,
        customer_id=customer,
        status=OrderStatus.COMPLETED,
        payment_status=PaymentStatus.PAID,
        external_reference=sale.number,
        metadata={"country": COUNTRIES.get(sale.country, sale.country)},
        currency=channel.currency,
        prices_include_tax=channel.prices_include_tax,
        subtotal_minor=subtotal,
        shipping_minor=shipping,
        total_minor=subtotal + shipping,
        tracking_hash=fingerprint(orders.tracking_token(id, 1)),
        placed_at=sale.at,
        confirmed_at=sale.at,
        created_at=sale.at,
        updated_at=uow.at,
    )


def lines_of(
    order: Order, sale: Invoice, taken: list[Cancelled], variants: dict[str, Variant], names: dict[str, str]
) -> list[OrderLine]:
    """The order's lines, less the credited units."""
    lines = []
    for position, row in enumerate(goods(sale.rows), start=1):
        cancelled = sum(credit.units.get(position, 0) for credit in taken)
        lines.append(
            OrderLine(
                id=new_id(),
                order_id=order.id,
                position=position,
                variant_id=variants[row.sku].id,
                sku=row.sku,
                product_name=(row.description or names.get(row.sku, row.sku)).title()[:250],
                quantity=row.quantity,
                quantity_cancelled=cancelled,
                quantity_shipped=row.quantity - cancelled,
                unit_price_minor=row.unit_minor,
                tax_rate=NO_TAX,
                total_minor=row.amount_minor,
            )
        )
    return lines


def derive_statuses(order: Order, lines: list[OrderLine], taken: list[Cancelled]) -> None:
    """Set the statuses that follow from cancellations."""
    if lines and all(line.quantity_cancelled == line.quantity for line in lines):
        order.status = OrderStatus.CANCELLED
        order.cancel_reason = CancelReason.OTHER
        order.cancelled_at = max(credit.at for credit in taken)
    order.fulfillment_status = derived_statuses.fulfillment_status(order.status, lines)
    order.tracking_stage = derived_statuses.tracking_stage(order.status, order.fulfillment_status)
    order.cancelled_minor = sum(credit.amount_minor for credit in taken)
    order.paid_minor = order.total_minor - order.cancelled_minor


def payment_of(order: Order) -> tuple[Payment, PaymentTransaction] | None:
    """The payment of an order: one payment of the full amount due; None if nothing is due."""
    if not order.paid_minor:
        return None
    assert order.placed_at is not None
    payment = Payment(
        id=new_id(),
        order_id=order.id,
        position=1,
        gateway="manual",
        currency=order.currency,
        status=TenderStatus.CAPTURED,
        authorized_minor=order.paid_minor,
        captured_minor=order.paid_minor,
        created_at=order.placed_at,
        updated_at=order.placed_at,
    )
    transaction = PaymentTransaction(
        id=new_id(),
        order_id=order.id,
        payment_id=payment.id,
        kind=PaymentKind.CAPTURE,
        gateway="import",
        amount_minor=order.paid_minor,
        currency=order.currency,
        recorded_by="import",
        at=order.placed_at,
        created_at=order.placed_at,
    )
    return payment, transaction


def cancellations_of(order: Order, lines: list[OrderLine], taken: list[Cancelled]) -> list[OrderCancellation]:
    """The cancellations of an order, one for each credit."""
    return [
        OrderCancellation(
            id=new_id(),
            order_id=order.id,
            reason=CancelReason.OTHER,
            lines=_cancelled_lines(lines, credit),
            amount_minor=credit.amount_minor,
            external_reference=credit.credit,
            at=credit.at,
        )
        for credit in taken
    ]


def _cancelled_lines(lines: list[OrderLine], credit: Cancelled) -> list[dict[str, Any]]:
    return [
        CancelledLine(lines[position - 1].id, quantity, credit.amounts[position]).to_json()
        for position, quantity in credit.units.items()
    ]


def announce(
    uow: UnitOfWork, order: Order, lines: list[OrderLine], taken: list[Cancelled], channel_code: str
) -> None:
    """Record the events of the imported order and its cancellations in the journal."""
    uow.is_new(order.id)
    uow.announce(
        OrderImported(
            subject_id=order.id,
            channel_id=order.channel_id,
            happened_at=order.placed_at,
            order_number=order.number or "",
            source=channel_code,
        )
    )
    for credit in taken:
        uow.announce(
            OrderLinesCancelled(
                subject_id=order.id,
                channel_id=order.channel_id,
                happened_at=credit.at,
                reason=CancelReason.OTHER.value,
                amount_minor=credit.amount_minor,
                lines=_cancelled_lines(lines, credit),
            )
        )
    if order.status is OrderStatus.CANCELLED:
        uow.announce(
            OrderCancelled(
                subject_id=order.id,
                channel_id=order.channel_id,
                happened_at=order.cancelled_at,
                reason=CancelReason.OTHER.value,
                note="",
                released_units=0,
            )
        )
