"""Typed errors of orders."""

import strawberry

from app.core.graphql.errors import UserError
from app.core.graphql.scalars import Money, doc, graphql_enum
from app.orders.lifecycle import HoldKind
from app.orders.shown import PriceChangeKind

graphql_enum(HoldKind, "Reason why an order is on hold.")


@strawberry.type(description="The order is on hold; processing continues when its holds are released.")
class OrderOnHold(UserError):
    kinds: list[HoldKind] = doc("Kinds of the order's open holds.")


@strawberry.type(
    description="The order, or a part of it, has already shipped. The rest of an order can be cancelled with "
    "`lines`. The gift note can be changed until everything has shipped."
)
class OrderAlreadyShipped(UserError):
    pass


@strawberry.type(
    description="The period in which a customer can cancel the order is over; a cancellation can be "
    "requested."
)
class TooLateToCancel(UserError):
    pass


@strawberry.type(
    description="The lines or data to change belong to a package that is already packed or shipped."
)
class TooLateToEdit(UserError):
    pass


@strawberry.type(description="A supplier ships part of the order and has already been asked to ship it.")
class WithSupplier(UserError):
    pass


graphql_enum(PriceChangeKind, "Kind of amount that differs from the one shown in the cart.")


@strawberry.type(description="An amount that differs from the one shown in the cart.")
class PriceChange:
    kind: PriceChangeKind = doc("Kind of amount.")
    sku: str | None = doc("SKU with the changed price; null for amounts of the whole order.")
    before: Money = doc("Amount shown in the cart.")
    after: Money = doc("Current amount.")


@strawberry.type(
    description="The total of the order differs from the expected total. The order was not placed: "
    "show the buyer the actual total and place the order with it as the expected "
    "total."
)
class TotalChanged(UserError):
    expected: Money = doc("The expected total.")
    actual: Money = doc("The actual total of the order.")
    changes: list[PriceChange] = doc(
        "Amounts that differ from those last shown in the cart; empty for an order placed without a cart."
    )
