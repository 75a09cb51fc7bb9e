"""Order mutations."""

from typing import Annotated
from uuid import UUID

import strawberry

from app.access.permissions import Permission
from app.access.refusals import TooManyAttempts
from app.core import refusals
from app.core.bulk import apply_each
from app.core.graphql.bulk import BulkResult, bulk_result
from app.core.graphql.changes import changes_of
from app.core.graphql.errors import mutation
from app.core.graphql.once import Idempotent
from app.core.graphql.policy import ANYONE, SIGNED_IN, needs
from app.core.graphql.scalars import ExpectedVersion, arg
from app.core.idempotency import KeyName
from app.core.ids import row_id
from app.core.networks import networks_of
from app.inventory.stock.schema.types.shortages import TAKES_STOCK
from app.orders import models, queries
from app.orders import refusals as own
from app.orders.schema import refusals as _types  # noqa: F401  # the refusals have their types
from app.orders.schema.adjusting import amount
from app.orders.schema.inputs import (
    OrderCancelInput,
    OrderPlaceInput,
    OrderRescheduleInput,
    OrderUpdateInput,
    units_by_line,
)
from app.orders.schema.types import Order
from app.orders.service import cancelling, holding, numbering, placing, rescheduling, updating
from app.stored_value import looking

MANAGE = needs(Permission.ORDERS_MANAGE)
PLACING = (
    *TAKES_STOCK,
    refusals.AlreadyExists,
    refusals.IllegalTransition,
)
STEPPING = (refusals.IllegalTransition,)


@strawberry.type
class OrderMutation:
    @mutation(
        "OrderPlaceResult",
        Order,
        policy=ANYONE,
        refuses=(*PLACING, own.TotalChanged, TooManyAttempts),
        once=models.Order,
    )
    async def order_place(
        self,
        info: strawberry.Info,
        input: Annotated[OrderPlaceInput, arg("The order.")],
    ) -> Idempotent:
        """Place an order: it is validated and priced, and its stock is reserved, all or nothing."""
        actor = info.context.actor
        data = input.data(input.channel or "", actor)
        data.save_addresses = input.save_addresses
        data.gift_card_codes = list(input.gift_card_codes)
        data.use_store_credit = input.use_store_credit
        if data.gift_card_codes:
            await looking.refuse_guesses(data.gift_card_codes, networks_of(info.context.address))
        draft_id = row_id(input.draft_id, "Order", "draft_id") if input.draft_id else None
        expected = amount(input.expected_total, "expected_total")
        draws = draft_id is None and numbering.are_numbers_drawn_first()
        number: str | None = None

        async def draw(key: KeyName | None) -> None:
            nonlocal number
            number = await numbering.draw_number(actor, data.channel, unless_used=key)

        return Idempotent(
            lambda uow: placing.place(
                uow,
                data,
                number=number,
                draft_id=draft_id,
                draft_token=input.draft_token,
                sent=input.sent(),
                expected=expected,
            ),
            # With its access token in the input, a guest's cart is the same buyer's from any network. The
            # tracking token is in links that are shared, so it proves nothing here.
            guest=f"draft {draft_id}" if draft_id and input.draft_token else data.email,
            proves=lambda order: (
                draft_id is not None and queries.is_access_token(order, input.draft_token or "")
            ),
            whose=queries.access_token,
            first=draw if draws else None,
        )

    @mutation("OrderConfirmResult", Order, policy=MANAGE, refuses=(*STEPPING, own.OrderOnHold))
    async def order_confirm(
        self,
        info: strawberry.Info,
        id: Annotated[strawberry.ID, arg("The order.")],
        expected_version: ExpectedVersion = None,
    ) -> models.Order:
        """Confirm a placed order, so that the warehouse can start work, unless a validation rule puts it on
        hold."""
        order_id = row_id(id, "Order", "id")
        return await holding.confirm(info.context.actor, order_id, expected_version=expected_version)

    @mutation(
        "OrderCancelResult",
        Order,
        policy=ANYONE,
        refuses=(*STEPPING, own.OrderAlreadyShipped, own.TooLateToCancel, own.WithSupplier),
        once=models.Order,
    )
    async def order_cancel(
        self,
        info: strawberry.Info,
        input: Annotated[OrderCancelInput, arg("The order and the reason.")],
        expected_version: ExpectedVersion = None,
    ) -> Idempotent:
        """Cancel an order that has not shipped, or individual lines that have not shipped. Reserved stock is
        available again immediately. Staff need the permission ORDERS_CANCEL; customers can cancel their own
        orders, and guests with the order's `accessToken`, as long as the channel allows it."""
        token = input.access_token
        if token is None:
            SIGNED_IN.check(info.context.actor)
        order_id = row_id(input.id, "Order", "id")
        lines = None if input.lines is None else units_by_line(input.lines)
        return Idempotent(
            lambda uow: cancelling.cancel(
                uow,
                order_id,
                reason=input.reason,
                note=input.note,
                lines=lines,
                token=token,
                expected_version=expected_version,
            ),
            guest=f"order {order_id}" if token else None,
            proves=lambda order: bool(token) and queries.is_access_token(order, token or ""),
            whose=queries.access_token,
        )

    @mutation("OrderBulkCancelResult", BulkResult, policy=needs(Permission.ORDERS_CANCEL))
    async def order_bulk_cancel(
        self,
        info: strawberry.Info,
        input: Annotated[list[OrderCancelInput], arg("1 to 1,000 orders.")],
    ) -> BulkResult:
        """Cancel many orders, or lines of them. Each is processed separately: an error in one does not affect
        the others."""
        actor = info.context.actor

        async def cancel(index: int, row: OrderCancelInput) -> UUID:
            order = await cancelling.cancel(
                actor,
                row_id(row.id, "Order", "id"),
                reason=row.reason,
                note=row.note,
                token=row.access_token,
                lines=None if row.lines is None else units_by_line(row.lines),
            )
            return order.id

        return bulk_result(await apply_each(input, cancel, "input"), "Order")

    @mutation("OrderRescheduleResult", Order, policy=MANAGE, refuses=STEPPING)
    async def order_reschedule(
        self,
        info: strawberry.Info,
        input: Annotated[OrderRescheduleInput, arg("The order and its new date.")],
        expected_version: ExpectedVersion = None,
    ) -> models.Order:
        """Change the promised delivery date of an order. A date later than the original one marks the order
        as delayed, which is visible to the buyer."""
        return await rescheduling.reschedule(
            info.context.actor,
            row_id(input.id, "Order", "id"),
            promised_on=input.promised_on,
            reason=input.reason,
            expected_version=expected_version,
        )

    @mutation("OrderUpdateResult", Order, policy=MANAGE, refuses=(own.OrderAlreadyShipped,))
    async def order_update(
        self,
        info: strawberry.Info,
        input: Annotated[OrderUpdateInput, arg("The changes.")],
        expected_version: ExpectedVersion = None,
    ) -> models.Order:
        """Update an order's customer, contact, note, tags or metadata; the items sold are not changed.
        The gift note can be changed until everything has shipped."""
        changes = changes_of(input, nullable=("customer_id", *models.entered_or_null()), besides=("id",))
        if changes.get("customer_id") is not None:
            changes["customer_id"] = row_id(changes["customer_id"], "Customer", "customer_id")
        id = row_id(input.id, "Order", "id")
        return await updating.update(info.context.actor, id, changes, expected_version=expected_version)

    @mutation("OrderNoteAddResult", Order, policy=MANAGE)
    async def order_note_add(
        self,
        info: strawberry.Info,
        id: Annotated[strawberry.ID, arg("The order.")],
        text: Annotated[str, arg("Text of the note: 1 to 2,000 characters.")],
    ) -> models.Order:
        """Add an internal staff note to the timeline of an order."""
        return await updating.note(info.context.actor, row_id(id, "Order", "id"), text)
