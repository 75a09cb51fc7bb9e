"""Queues the messages to the buyer of an order, in the transaction of what happened."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from typing import Any
from uuid import UUID

import orjson

from app.core.database import insert_selected
from app.core.ids import new_id
from app.core.journal.event import Event
from app.core.uow import UnitOfWork
from app.fulfillment.events import (
    FulfillmentCollected,
    FulfillmentDelivered,
    FulfillmentReady,
    FulfillmentReadyUndone,
    FulfillmentShipped,
    ShipmentTracked,
)
from app.fulfillment.lifecycle import ShipmentStage
from app.notifications.facts import LineChange, MessageFacts
from app.notifications.lifecycle import MessageKind
from app.notifications.models import Message
from app.notifications.queries import KIND_OF_SHIPPED, ORDER_TO_TELL
from app.notifications.service import start_problem
from app.orders import queries as orders
from app.orders.events import (
    OrderCancelled,
    OrderCancelRequested,
    OrderConfirmed,
    OrderDelayed,
    OrderEdited,
    OrderHeld,
    OrderLinesCancelled,
    OrderPlaced,
    OrderPromised,
)
from app.orders.gift_cards import GiftRecipient
from app.orders.lifecycle import HoldKind
from app.payments.events import GiftCardsIssued, PaymentRefunded
from app.payments.service.holding import NOT_TOLD

K = MessageKind
# Stages of a package of which the buyer is notified.
TOLD_STAGES: Mapping[str, MessageKind] = {
    ShipmentStage.OUT_FOR_DELIVERY.value: K.ORDER_OUT_FOR_DELIVERY,
    ShipmentStage.DELIVERED.value: K.ORDER_DELIVERED,
    ShipmentStage.FAILED_ATTEMPT.value: K.ORDER_DELIVERY_FAILED,
    ShipmentStage.RETURNED_TO_SENDER.value: K.ORDER_DELIVERY_FAILED,
}
# What an event of the second kind says already, in a message of its own, if both happen at once.
SAID_BY: Mapping[type[Event], tuple[type[Event], ...]] = {
    OrderDelayed: (OrderEdited, OrderCancelled),
    OrderPromised: (OrderEdited, OrderCancelled),
    OrderHeld: (OrderCancelRequested, OrderCancelled),
    OrderLinesCancelled: (OrderCancelled,),
}
# What follows when the message exists: one that was dropped is needed after all.
AGAIN = (
    "(kind, cause, address) DO UPDATE SET status = 'queued', facts = excluded.facts,"
    " next_at = excluded.next_at, problem = excluded.problem WHERE message.status = 'dropped'"
)


@dataclass(frozen=True, slots=True)
class OrderMessage:
    """A message to be queued for the buyer of an order; there is one of each kind and cause."""

    kind: MessageKind
    order_id: UUID
    cause: str
    facts: MessageFacts = field(default_factory=MessageFacts)


async def queue_order_messages(uow: UnitOfWork, events: Sequence[Event]) -> None:
    """Queue the messages about what a transaction did, one statement each.

    The messages about an order that is placed in it are queued with the order: see listeners.
    """
    if all(type(event) not in _MESSAGES for event in events):
        return
    happened = {(type(event), event.subject_id) for event in events}
    wanted: dict[tuple[MessageKind, str], OrderMessage] = {}
    for event in events:
        make = _MESSAGES.get(type(event))
        if make is None or event.happened_at is not None or (OrderPlaced, event.subject_id) in happened:
            continue
        if any((kind, event.subject_id) in happened for kind in SAID_BY.get(type(event), ())):
            continue
        for message in make(uow, event):
            key = (message.kind, message.cause)
            wanted[key] = _together(wanted[key], message) if key in wanted else message
    for message in wanted.values():
        await _queue(uow, message)


def _together(first: OrderMessage, second: OrderMessage) -> OrderMessage:
    """One message about the packages, or the holds, of two."""
    packages = first.facts.package_ids + second.facts.package_ids
    holds = first.facts.hold_ids + second.facts.hold_ids
    return replace(first, facts=replace(first.facts, package_ids=packages, hold_ids=holds))


async def _queue(uow: UnitOfWork, message: OrderMessage) -> None:
    is_shipment = message.kind is K.ORDER_SHIPPED
    columns = {
        "id": "$1", "kind": KIND_OF_SHIPPED if is_shipment else f"'{message.kind.value}'", "cause": "$2",
        "address": "COALESCE($8, o.email)", "subject_id": "o.id", "order_id": "o.id",
        "language": "o.language", "facts": "$3", "status": "'queued'", "attempts": "0", "next_at": "$4",
        "problem": "$5", "created_at": "$6",
    }  # fmt: skip
    facts = orjson.dumps(message.facts.to_json()).decode()
    values = (
        new_id(), message.cause, facts, uow.at, start_problem(), uow.at, message.order_id,
        await _recipient(message),
    )  # fmt: skip
    await insert_selected(Message, columns, ORDER_TO_TELL, *values, conflict=AGAIN)


async def _recipient(message: OrderMessage) -> str | None:
    """The address to which gift cards are sent instead of that of the order."""
    if message.facts.line_id is None:
        return None
    lines = await orders.lines(message.order_id)
    found = next((GiftRecipient.of(line) for line in lines if line.id == message.facts.line_id), None)
    return found.email if found else None


def _once(kind: MessageKind) -> Callable[[UnitOfWork, Any], Iterable[OrderMessage]]:
    """A message that an order has once."""
    return lambda uow, event: [OrderMessage(kind, event.subject_id, str(event.subject_id))]


def _held(uow: UnitOfWork, event: OrderHeld) -> Iterable[OrderMessage]:
    # A wait for stock is a delay. Holds that are put at once share a message.
    if event.kind != HoldKind.STOCK.value and event.rule not in NOT_TOLD:
        facts = MessageFacts(hold_ids=(UUID(event.hold_id),))
        yield OrderMessage(K.ORDER_HELD, event.subject_id, f"{event.subject_id} {uow.at.isoformat()}", facts)


def _delayed(uow: UnitOfWork, event: OrderDelayed) -> Iterable[OrderMessage]:
    """A message for each time; whether the buyer must still be told is decided when it is sent."""
    before, now = (date.fromisoformat(day) if day else None for day in (event.before_on, event.promised_on))
    cause = f"{event.subject_id} {uow.at.isoformat()}"
    yield OrderMessage(K.ORDER_DELAYED, event.subject_id, cause, MessageFacts(before, now))


def _promised(uow: UnitOfWork, event: OrderPromised) -> Iterable[OrderMessage]:
    """A message about a day that has become known; it is sent if the buyer was told that it is not."""
    if event.before_on is None:
        cause = f"{event.subject_id} {uow.at.isoformat()}"
        yield OrderMessage(K.ORDER_DELAYED, event.subject_id, cause)


def _shipped(uow: UnitOfWork, event: FulfillmentShipped) -> Iterable[OrderMessage]:
    # Whether it is a part of the order is decided by the order's status after the command.
    facts = MessageFacts(shipment_id=event.shipment_id)
    yield OrderMessage(K.ORDER_SHIPPED, event.subject_id, str(event.shipment_id), facts)


def _ready(uow: UnitOfWork, event: FulfillmentReady) -> Iterable[OrderMessage]:
    facts = MessageFacts(
        fulfillment_order_id=event.fulfillment_order_id,
        keep_until=date.fromisoformat(event.keep_until),
        lines=_units(event.lines),
    )
    cause = f"{event.fulfillment_order_id} {uow.at.isoformat()}"
    yield OrderMessage(K.ORDER_READY_FOR_PICKUP, event.subject_id, cause, facts)


def _not_ready(uow: UnitOfWork, event: FulfillmentReadyUndone) -> Iterable[OrderMessage]:
    """A message to a buyer who was told that it is ready; whether that is so is decided when it is sent."""
    facts = MessageFacts(
        fulfillment_order_id=event.fulfillment_order_id,
        ready_at=datetime.fromisoformat(event.ready_at),
        lines=_units(event.lines),
    )
    cause = f"{event.fulfillment_order_id} {uow.at.isoformat()}"
    yield OrderMessage(K.ORDER_NOT_READY_FOR_PICKUP, event.subject_id, cause, facts)


def _collected(uow: UnitOfWork, event: FulfillmentCollected) -> Iterable[OrderMessage]:
    facts = MessageFacts(fulfillment_order_id=event.fulfillment_order_id, lines=_units(event.lines))
    yield OrderMessage(K.ORDER_COLLECTED, event.subject_id, str(event.shipment_id), facts)


def _units(lines: Sequence[Mapping[str, Any]]) -> tuple[LineChange, ...]:
    return tuple(LineChange(line["sku"], None, line["quantity"]) for line in lines)


def _tracked(uow: UnitOfWork, event: ShipmentTracked) -> Iterable[OrderMessage]:
    if event.stage in TOLD_STAGES:
        yield _about_packages(uow, event, (event.package_id,), event.stage)


def _delivered(uow: UnitOfWork, event: FulfillmentDelivered) -> Iterable[OrderMessage]:
    yield _about_packages(uow, event, tuple(event.package_ids), ShipmentStage.DELIVERED.value)


def _about_packages(
    uow: UnitOfWork, event: ShipmentTracked | FulfillmentDelivered, packages: tuple[UUID, ...], stage: str
) -> OrderMessage:
    """A message about packages of a shipment; those that change at the same time share one."""
    cause = f"{event.shipment_id} {stage} {uow.at.isoformat()}"
    facts = MessageFacts(shipment_id=event.shipment_id, package_ids=packages, stage=stage)
    return OrderMessage(TOLD_STAGES[stage], event.subject_id, cause, facts)


def _edited(uow: UnitOfWork, event: OrderEdited) -> Iterable[OrderMessage]:
    lines = tuple(LineChange(line["sku"], line["before"], line["after"]) for line in event.lines)
    facts = MessageFacts(lines=lines, changed=tuple(event.changed))
    yield OrderMessage(K.ORDER_EDITED, event.subject_id, event.edit_id, facts)


def _lines_cancelled(uow: UnitOfWork, event: OrderLinesCancelled) -> Iterable[OrderMessage]:
    lines = tuple(LineChange(line["sku"], line["quantity"], 0) for line in event.lines if line.get("sku"))
    facts = MessageFacts(lines=lines, amount_minor=event.amount_minor)
    cause = f"{event.subject_id} {uow.at.isoformat()}"
    yield OrderMessage(K.ORDER_ITEMS_CANCELLED, event.subject_id, cause, facts)


def _refunded(uow: UnitOfWork, event: PaymentRefunded) -> Iterable[OrderMessage]:
    facts = MessageFacts(amount_minor=event.amount_minor, currency=event.currency)
    yield OrderMessage(K.ORDER_REFUNDED, event.subject_id, event.transaction_id, facts)


def _gift_cards(uow: UnitOfWork, event: GiftCardsIssued) -> Iterable[OrderMessage]:
    facts = MessageFacts(card_ids=tuple(UUID(id) for id in event.card_ids), line_id=UUID(event.line_id))
    cause = f"{event.line_id} {event.card_ids[0]}"
    yield OrderMessage(K.GIFT_CARD_ISSUED, event.subject_id, cause, facts)


_MESSAGES: Mapping[type[Event], Callable[[UnitOfWork, Any], Iterable[OrderMessage]]] = {
    OrderConfirmed: _once(K.ORDER_CONFIRMED),
    OrderHeld: _held,
    OrderDelayed: _delayed,
    OrderPromised: _promised,
    OrderEdited: _edited,
    OrderCancelled: _once(K.ORDER_CANCELLED),
    OrderLinesCancelled: _lines_cancelled,
    FulfillmentShipped: _shipped,
    FulfillmentReady: _ready,
    FulfillmentReadyUndone: _not_ready,
    FulfillmentCollected: _collected,
    FulfillmentDelivered: _delivered,
    ShipmentTracked: _tracked,
    PaymentRefunded: _refunded,
    GiftCardsIssued: _gift_cards,
}
