"""What the graph answers when an order cannot be changed any more."""

import strawberry

from app.core.graphql.errors import UserError, refusal_type
from app.orders import refusals


@strawberry.type(description="Something of the order has left the building; it can only come back.")
class OrderAlreadyShipped(UserError):
    pass


@strawberry.type(description="The time in which a customer may cancel is over; it can be asked for.")
class TooLateToCancel(UserError):
    pass


@strawberry.type(description="What is to be changed is in a package already, or has left.")
class TooLateToEdit(UserError):
    pass


@strawberry.type(description="A supplier sends a part of it and has been asked already.")
class WithSupplier(UserError):
    pass


refusal_type(refusals.OrderAlreadyShipped, OrderAlreadyShipped)
refusal_type(refusals.TooLateToCancel, TooLateToCancel)
refusal_type(refusals.TooLateToEdit, TooLateToEdit)
refusal_type(refusals.WithSupplier, WithSupplier)
