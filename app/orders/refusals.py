from app.core.refusals import ErrorCode, Refusal
from app.orders.models import Order


class OrderAlreadyShipped(Refusal):
    """Something of the order has left the building, so it can only come back as a return."""

    code = ErrorCode.ILLEGAL_TRANSITION

    @classmethod
    def of(cls, order: Order) -> "OrderAlreadyShipped":
        return cls(f"Order {order.number} has shipped already. Ask for a return instead.")
