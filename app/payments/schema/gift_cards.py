"""Gift cards that orders have bought, in GraphQL."""

from collections.abc import Sequence
from typing import Annotated, Any

import strawberry

from app.core import refusals
from app.core.graphql.errors import mutation
from app.core.graphql.levels import level_field
from app.core.graphql.once import Idempotent
from app.core.graphql.policy import AROUND_IT, PART_OF_IT, field
from app.core.graphql.scalars import ExpectedVersion, Money, Text, arg, doc, money, serves
from app.core.ids import row_id
from app.orders.schema.lines import with_order
from app.orders.schema.types import VIEW, VIEW_IT
from app.payments import models, queries
from app.payments.schema.mutations import REFUND, REFUSES
from app.payments.schema.types import PaymentTransaction
from app.payments.service import gift_card_refunds
from app.payments.service.calling import carry_out
from app.stored_value import queries as stored_values
from app.stored_value.schema import StoredValue


@strawberry.type(description="A gift card that was issued for a unit of an order line.")
class PurchasedGiftCard:
    row: strawberry.Private[Any]
    currency: strawberry.Private[str]

    @field(reach=AROUND_IT)
    async def gift_card(self, info: strawberry.Info) -> StoredValue:
        """The gift card. Its code is only in the message that was sent to the recipient."""
        return await info.context.load(stored_values.by_id, self.row.card_id)

    @field()
    def price(self) -> Money:
        """What the buyer pays for it, after discounts."""
        return money(self.row.price_minor, self.currency)

    @field()
    def taken_back(self) -> Money | None:
        """What was unspent when the purchase was refunded, and was taken off the card; null before."""
        taken = self.row.taken_back_minor
        return None if taken is None else money(taken, self.currency)

    @field()
    def refunded(self) -> Money:
        """What was refunded for it: at most what was unspent, and at most its price."""
        return money(self.row.refunded_minor, self.currency)


@strawberry.type
class OrderLineGiftCards:
    @level_field(list[PurchasedGiftCard] | None, VIEW, reach=PART_OF_IT)
    async def gift_cards(roots: Sequence[Any], info: strawberry.Info) -> list[Any]:
        """The gift cards that were issued for the line; null for callers other than staff."""
        await with_order(roots, info)
        found = await info.context.load_many(queries.purchased_by_line, [line.id for line in roots])
        return [
            [PurchasedGiftCard(row=row, currency=line.currency) for row in rows]
            if VIEW_IT.shows(info.context.actor, line.owner)
            else None
            for line, rows in zip(roots, found, strict=True)
        ]


@strawberry.input(description="Input for refunding gift cards that an order has bought.")
class GiftCardRefundInput:
    order_id: strawberry.ID = doc("The order.")
    gift_card_ids: list[strawberry.ID] | None = doc(
        "The gift cards; if omitted, all that the order has bought.", default=None
    )
    reference: str | None = doc(
        "Bank reference. A payment or refund with the same reference cannot be recorded twice for an order.",
        default=None,
    )
    note: Text = doc("Internal staff note, up to 500 characters.", default="")
    preview: bool = doc("Whether to return the refund without saving it.", default=False)


@strawberry.type(description="A refund of gift cards that an order has bought.")
class GiftCardRefund:
    is_type_of = serves(models.PaymentTransaction)

    @field()
    async def amount(self, root: strawberry.Parent[Any], info: strawberry.Info) -> Money:
        """The amount that is refunded: what was unspent on each card, at most its price."""
        rows = root.known_parts
        if not rows and root.refund_id:
            rows = await info.context.load(queries.transactions_by_refund, root.refund_id)
        return money(sum(row.amount_minor for row in rows or [root]), root.currency)

    @field(reach=AROUND_IT)
    def refund(self, root: strawberry.Parent[Any]) -> PaymentTransaction:
        """The transaction of the refund; `parts` has one for each payment that gives money back."""
        return root

    @field(reach=PART_OF_IT)
    async def gift_cards(
        self, root: strawberry.Parent[Any], info: strawberry.Info
    ) -> list[PurchasedGiftCard]:
        """The gift cards, with what was taken back and refunded in all. They are disabled."""
        rows = root.known_cards
        if rows is None:
            rows = await info.context.load(queries.refunded_by, root.id)
        return [PurchasedGiftCard(row=row, currency=root.currency) for row in rows]


@strawberry.type
class GiftCardPurchaseMutation:
    @mutation(
        "GiftCardRefundResult",
        GiftCardRefund,
        policy=REFUND,
        refuses=(*REFUSES, refusals.IllegalTransition),
        once=models.PaymentTransaction,
    )
    async def gift_card_refund(
        self,
        info: strawberry.Info,
        input: Annotated[GiftCardRefundInput, arg("The order and its gift cards.")],
        expected_version: ExpectedVersion = None,
    ) -> Idempotent | models.PaymentTransaction:
        """Refund the purchase of gift cards. Each card is disabled and what is unspent is taken back; no more
        than that is refunded, and at most the price of the card. `paymentRefund` refunds everything else of
        the order. The refund limit of the caller's role applies to both together. With `preview`, nothing is
        saved."""
        given = input.gift_card_ids
        order_id = row_id(input.order_id, "Order", "order_id")
        terms: dict[str, Any] = {
            "card_ids": None
            if given is None
            else [row_id(id, "StoredValue", "gift_card_ids", str(index)) for index, id in enumerate(given)],
            "reference": input.reference,
            "note": input.note,
            "expected_version": expected_version,
        }
        if input.preview:
            actor = info.context.actor
            return await gift_card_refunds.preview_refund_of_gift_cards(actor, order_id, **terms)
        return Idempotent(
            lambda uow: gift_card_refunds.refund_gift_cards(uow, order_id, **terms), after=carry_out
        )
