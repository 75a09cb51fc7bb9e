"""When each step of a fulfillment order can be taken: pure functions.

The mutations and `nextSteps` call these functions.
"""

from collections.abc import Sequence

from app.core.problems import ProblemCode
from app.core.refusals import Invalid
from app.core.steps import NextStepReason
from app.fulfillment import lifecycle as life
from app.fulfillment.lifecycle import LabelStatus
from app.fulfillment.models import FulfillmentOrder, Label, Package
from app.fulfillment.refusals import NotReleasable
from app.inventory.sourcing import SourcingDecision
from app.orders.models import Order


def refuse_release(row: FulfillmentOrder, order: Order) -> None:
    """Check that a fulfillment order can be released.

    Raises:
        IllegalTransition.
        NotReleasable: the order is on hold, or must ship complete and waits for stock.
    """
    life.lifecycle.refuse_unless(row, life.release)
    _refuse_on_hold(row, order)
    decision = SourcingDecision.from_json(order.sourcing) if order.is_waiting else None
    if decision is not None and decision.ships_complete:
        raise NotReleasable.incomplete(row.number, "id").shown_as(NextStepReason.NOT_READY)


def refuse_pick(row: FulfillmentOrder, order: Order) -> None:
    """Raise IllegalTransition, or NotReleasable while the order is on hold."""
    life.lifecycle.refuse_unless(row, life.pick, life.begin)  # picking the first unit begins it
    _refuse_on_hold(row, order)


def refuse_ship(row: FulfillmentOrder, order: Order) -> None:
    """Check that a fulfillment order can be shipped.

    Raises:
        Invalid: the buyer picks it up.
        IllegalTransition.
        NotReleasable: the order is on hold.
    """
    refuse_pickup(row)
    life.lifecycle.refuse_unless(row, life.ship)
    _refuse_on_hold(row, order)


def refuse_pickup(row: FulfillmentOrder) -> None:
    """Raise Invalid if the buyer picks the fulfillment order up, so that it is not sent anywhere."""
    if row.is_pickup:
        raise Invalid(
            (
                "The buyer picks this fulfillment order up at its location. Mark it as ready "
                "(fulfillmentReady) and hand it over (fulfillmentHandOver)."
            ),
            "id",
            code=ProblemCode.WRONG_KIND,
        )


def refuse_make_ready(row: FulfillmentOrder, order: Order) -> None:
    """Check that a fulfillment order can be marked as ready for pick-up.

    Raises:
        Invalid: it is shipped.
        IllegalTransition.
        NotReleasable: the order is on hold.
    """
    if not row.is_pickup:
        raise Invalid(
            "This fulfillment order is shipped to the buyer. Ship it with fulfillmentShip.",
            "id",
            code=ProblemCode.WRONG_KIND,
        )
    life.lifecycle.refuse_unless(row, life.make_ready)
    _refuse_on_hold(row, order)


def refuse_hand_over(row: FulfillmentOrder, order: Order) -> None:
    """Raise IllegalTransition, or NotReleasable while the order is on hold."""
    life.lifecycle.refuse_unless(row, life.hand_over)
    _refuse_on_hold(row, order)


def refuse_ship_direct(row: FulfillmentOrder, order: Order) -> None:
    """Check that a supplier's shipment can be recorded; this accepts a request that was not answered.

    Raises:
        Invalid: it is not shipped by a supplier.
        IllegalTransition.
        NotReleasable: the order is on hold.
    """
    if not row.is_drop_ship:
        raise Invalid(
            "This fulfillment order is not shipped by a supplier. Ship it with fulfillmentShip.",
            "id",
            code=ProblemCode.WRONG_KIND,
        )
    life.lifecycle.refuse_unless(row, life.ship, life.accept)
    _refuse_on_hold(row, order)


def refuse_labels(packages: Sequence[Package], labels: Sequence[Label | None]) -> None:
    """Check that the labels of packages allow shipping.

    Raises:
        Invalid: a label is being bought, or the labels are of several carriers.
    """
    carriers = {package.carrier for package in packages if package.carrier}
    text = ""
    if carriers and any(label and label.status is LabelStatus.PENDING for label in labels):
        text = "A label is being bought. Wait for it, or void it (fulfillmentLabelVoid)."
    elif len(carriers) > 1:
        text = "The packages have labels of several carriers. Void them (fulfillmentLabelVoid)."
    if text:
        raise Invalid(text, "id", code=ProblemCode.NOT_POSSIBLE_NOW).shown_as(NextStepReason.NOT_READY)


def _refuse_on_hold(row: FulfillmentOrder, order: Order) -> None:
    if order.open_holds:
        raise NotReleasable.held(row.number, "id")
