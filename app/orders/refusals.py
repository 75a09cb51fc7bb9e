from collections.abc import Sequence
from typing import Any

from app.core.money import Money
from app.core.refusals import ErrorCode, Refusal
from app.core.steps import NextStepReason
from app.orders.lifecycle import FulfillmentStatus
from app.orders.models import Hold, Order
from app.orders.shown import PriceChange

ALL_LEFT = (FulfillmentStatus.SHIPPED, FulfillmentStatus.DELIVERED)


class OrderAlreadyShipped(Refusal):
    """The order, or a part of it, was shipped: that part cannot be cancelled or get another gift note."""

    error_code = ErrorCode.ILLEGAL_TRANSITION
    step_reason = NextStepReason.ALREADY_SHIPPED

    @classmethod
    def of(cls, order: Order) -> "OrderAlreadyShipped":
        if order.fulfillment_status in ALL_LEFT:
            return cls(f"Order {order.number} has shipped completely and can no longer be cancelled.")
        return cls(
            f"A part of order {order.number} has already shipped. Cancel the rest with `lines`.",
            "lines",
        )

    @classmethod
    def for_gift_note(cls, order: Order) -> "OrderAlreadyShipped":
        text = f"Order {order.number} has shipped completely: its gift note is on the packing slips."
        return cls(f"{text} Leave `giftNote` out.", "gift_note")


class OrderOnHold(Refusal):
    """The order is on hold."""

    error_code = ErrorCode.ON_HOLD
    step_reason = NextStepReason.ON_HOLD

    def __init__(self, message: str, kinds: Sequence[str]) -> None:
        super().__init__(message)
        self.kinds = list(kinds)

    @classmethod
    def by(cls, holds: Sequence[Hold]) -> "OrderOnHold":
        reasons = " ".join(f"{hold.kind.value.upper()}: {hold.reason}" for hold in holds)
        return cls(
            f"The order is on hold. Release its holds first (orderRelease). {reasons}"[:1_000],
            [hold.kind for hold in holds],
        )

    def detail(self) -> dict[str, Any]:
        return {"kinds": self.kinds}


class TooLateToCancel(Refusal):
    """The customer's time limit for cancelling has passed; staff may still be able to cancel."""

    error_code = ErrorCode.ILLEGAL_TRANSITION
    step_reason = NextStepReason.TOO_LATE

    @classmethod
    def after(cls, minutes: int) -> "TooLateToCancel":
        return cls(
            (
                f"The period of {minutes} minutes for cancellation is over. Request the "
                "cancellation instead (orderCancelRequest)."
            ),
            "id",
        )

    @classmethod
    def begun(cls) -> "TooLateToCancel":
        return cls(
            (
                "The warehouse has already started work. Request the cancellation instead "
                "(orderCancelRequest)."
            ),
            "id",
        )


class TooLateToEdit(Refusal):
    """The part to be changed is packed or shipped."""

    error_code = ErrorCode.ILLEGAL_TRANSITION

    @classmethod
    def packed(cls, number: str, *path: str) -> "TooLateToEdit":
        return cls(
            (
                f"{number} is already packed for the current address or shipping method. Unpack "
                "it first (fulfillmentUnpack)."
            ),
            *path,
        )

    @classmethod
    def left(cls, number: str, *path: str) -> "TooLateToEdit":
        return cls(
            (f"{number} has already shipped. Its address and shipping method can no longer be changed."),
            *path,
        )


class WithSupplier(Refusal):
    """A supplier ships it and has already been sent a request."""

    error_code = ErrorCode.ILLEGAL_TRANSITION
    step_reason = NextStepReason.WITH_SUPPLIER

    @classmethod
    def of(cls, number: str) -> "WithSupplier":
        return cls(
            f"{number} was submitted to its supplier. Ask the supplier to reject it, record "
            "the answer (dropShipReject; with mayResubmit, the rest can be submitted again), "
            "then try again."
        )


class TotalChanged(Refusal):
    """The total of the order would differ from the expected total; nothing was placed."""

    error_code = ErrorCode.TOTAL_CHANGED

    def __init__(self, expected: Money, actual: Money, changes: Sequence[PriceChange]) -> None:
        super().__init__(f"The total of the order is {actual}, not {expected}.", "expected_total")
        self.expected, self.actual, self.changes = expected, actual, list(changes)

    def detail(self) -> dict[str, Any]:
        return {"expected": self.expected, "actual": self.actual, "changes": self.changes}
