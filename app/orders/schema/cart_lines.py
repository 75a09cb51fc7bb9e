"""Adding, changing and removing lines of a cart in GraphQL."""

from typing import Annotated, Any

import strawberry

from app.core.graphql.changes import cannot_be_null
from app.core.graphql.errors import mutation
from app.core.graphql.once import Idempotent
from app.core.graphql.policy import ANYONE
from app.core.graphql.scalars import ExpectedVersion, Metadata, MoneyInput, Text, arg, doc
from app.core.ids import row_id
from app.orders import models, queries
from app.orders.schema.adjusting import DISCOUNT, REASON, UNIT_PRICE, AdjustmentFields, OrderLineDiscountInput
from app.orders.schema.inputs import GIFT_RECIPIENT, GiftRecipientInput, OrderLineInput
from app.orders.schema.mutations import PLACING
from app.orders.schema.types import Order
from app.orders.service import cart_lines
from app.orders.service.cart_lines import LineChange

DRAFT = "The draft order."
TOKEN = "Proof of ownership by a guest: the draft's `accessToken` or `trackingToken`."


@strawberry.input(description="Input for adding lines to a cart.")
class OrderDraftLineAddInput:
    id: strawberry.ID = doc(DRAFT)
    draft_token: str | None = doc(TOKEN, default=None)
    lines: list[OrderLineInput] = doc(
        "SKUs and quantities to add. Units are added to the line with the same SKU, metadata and recipient, "
        "if there is one without a price or discount set by staff; otherwise they become a new line."
    )


@strawberry.input(description="Changes of a line of a cart; omitted fields keep their values.")
class OrderDraftLineChangeInput:
    line_id: strawberry.ID = doc("ID of the order line.")
    quantity: int | None = doc("New number of units, at least 1.", default=strawberry.UNSET)
    metadata: Metadata | None = doc("Custom JSON data; null removes it.", default=strawberry.UNSET)
    gift_recipient: GiftRecipientInput | None = doc(
        f"{GIFT_RECIPIENT} Null removes it.", default=strawberry.UNSET
    )
    unit_price: MoneyInput | None = doc(UNIT_PRICE, default=strawberry.UNSET)
    discount: OrderLineDiscountInput | None = doc(DISCOUNT, default=strawberry.UNSET)
    reason: Text = doc(REASON, default="")

    def change(self, index: int) -> LineChange:
        if self.quantity is None:
            raise cannot_be_null("lines", str(index), "quantity")
        metadata: Any = None if self.metadata is strawberry.UNSET else self.metadata or {}
        return LineChange(
            row_id(self.line_id, "OrderLine", "lines", str(index), "line_id"),
            None if self.quantity is strawberry.UNSET else self.quantity,
            metadata,
            AdjustmentFields(self.unit_price, self.discount, self.reason).data("lines", str(index)),
            recipient=self.gift_recipient.data() if self.gift_recipient else None,
            removes_recipient=self.gift_recipient is None,
        )


@strawberry.input(description="Input for changing lines of a cart.")
class OrderDraftLineUpdateInput:
    id: strawberry.ID = doc(DRAFT)
    draft_token: str | None = doc(TOKEN, default=None)
    lines: list[OrderDraftLineChangeInput] = doc("The lines to change; others stay as they are.")


@strawberry.input(description="Input for removing lines from a cart.")
class OrderDraftLineRemoveInput:
    id: strawberry.ID = doc(DRAFT)
    draft_token: str | None = doc(TOKEN, default=None)
    line_ids: list[strawberry.ID] = doc(
        "IDs of the lines to remove. A line that is ignored, because its SKU is not sold at the moment, is "
        "removed by the `lineId` of its warning."
    )


@strawberry.type
class CartLineMutation:
    @mutation("OrderDraftLineAddResult", Order, policy=ANYONE, refuses=PLACING, once=models.Order)
    async def order_draft_line_add(
        self,
        info: strawberry.Info,
        input: Annotated[OrderDraftLineAddInput, arg("The cart and the lines to add.")],
        expected_version: ExpectedVersion = None,
    ) -> Idempotent:
        """Add lines to a cart. Its other lines keep their ids, and its stock reservation is renewed.
        InsufficientStock is returned only for SKUs that are added; if only other lines are short, the cart
        has a warning."""
        id = row_id(input.id, "Order", "id")
        lines = [line.data(index) for index, line in enumerate(input.lines)]
        return Idempotent(
            lambda uow: cart_lines.add_lines(
                uow, id, lines, token=input.draft_token, expected_version=expected_version
            ),
            request=vars(input) | {"expected_version": expected_version},
            guest=f"draft {id}" if input.draft_token else None,
            proves=lambda order: queries.is_access_token(order, input.draft_token or ""),
            whose=queries.access_token,
        )

    @mutation("OrderDraftLineUpdateResult", Order, policy=ANYONE, refuses=PLACING)
    async def order_draft_line_update(
        self,
        info: strawberry.Info,
        input: Annotated[OrderDraftLineUpdateInput, arg("The cart and the changes of its lines.")],
        expected_version: ExpectedVersion = None,
    ) -> models.Order:
        """Change lines of a cart: quantity, metadata, recipient and, by staff, price and discount.
        InsufficientStock is returned only for SKUs whose quantity is increased."""
        return await cart_lines.change_lines(
            info.context.actor,
            row_id(input.id, "Order", "id"),
            [line.change(index) for index, line in enumerate(input.lines)],
            token=input.draft_token,
            expected_version=expected_version,
        )

    @mutation("OrderDraftLineRemoveResult", Order, policy=ANYONE, refuses=PLACING)
    async def order_draft_line_remove(
        self,
        info: strawberry.Info,
        input: Annotated[OrderDraftLineRemoveInput, arg("The cart and the lines to remove.")],
        expected_version: ExpectedVersion = None,
    ) -> models.Order:
        """Remove lines from a cart."""
        return await cart_lines.remove_lines(
            info.context.actor,
            row_id(input.id, "Order", "id"),
            [row_id(id, "OrderLine", "line_ids", str(index)) for index, id in enumerate(input.line_ids)],
            token=input.draft_token,
            expected_version=expected_version,
        )
