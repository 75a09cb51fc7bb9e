"""What the graph answers when an order cannot be placed, changed or go on."""

import strawberry

from app.core.graphql.errors import UserError, refusal_type
from app.core.graphql.scalars import Money, doc, graphql_enum
from app.orders import refusals
from app.orders.lifecycle import HoldKind
from app.orders.shown import PriceChangeKind

graphql_enum(HoldKind, "Why an order is held.")


@strawberry.type(description="Something holds the order; it goes on when its holds are released.")
class OrderOnHold(UserError):
    kinds: list[HoldKind] = doc("The kinds of its open holds.")


@strawberry.type(
    description="Something of the order has left the building; what has not can be cancelled by `lines`."
)
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


graphql_enum(PriceChangeKind, "Which amount is not what a cart showed.")


@strawberry.type(description="An amount that is not what the cart showed.")
class PriceChange:
    kind: PriceChangeKind = doc("Which amount.")
    sku: str | None = doc("The SKU whose price it is; null for amounts of the whole order.")
    before: Money = doc("What the cart showed.")
    after: Money = doc("What it is now.")


@strawberry.type(
    description="The order would not come to the total that was expected. Nothing was placed: show the buyer "
    "what it comes to, and place it with that total expected."
)
class TotalChanged(UserError):
    expected: Money = doc("The total that was expected.")
    actual: Money = doc("What the order comes to now.")
    changes: list[PriceChange] = doc(
        "What is not as the cart showed it last; empty for an order that was placed without one."
    )


refusal_type(refusals.TotalChanged, TotalChanged)
refusal_type(refusals.OrderOnHold, OrderOnHold)
refusal_type(refusals.OrderAlreadyShipped, OrderAlreadyShipped)
refusal_type(refusals.TooLateToCancel, TooLateToCancel)
refusal_type(refusals.TooLateToEdit, TooLateToEdit)
refusal_type(refusals.WithSupplier, WithSupplier)
