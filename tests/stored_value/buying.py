"""Gift cards as products: what the tests of buying them share."""

import re
from dataclasses import dataclass
from typing import Any

from app.notifications import jobs
from tests import make
from tests.ask import Api
from tests.journeys.life import Story
from tests.letterbox import Letterbox
from tests.payments.desk import Desk
from tests.stored_value.till import Till

SEEN = """query($n: String!) { order(number: $n) { id status fulfillmentStatus paymentStatus trackingStage
  total { amount } tax { amount } shipping { amount } amountDue { amount } amountPaid { amount } promisedOn
  lines { nodes { id sku quantity quantityShipped quantityDelivered isGiftCard taxRate
    discount { amount } total { amount } giftRecipient { email name note }
    giftCards { giftCard { id currency balance { amount } disabledAt } price { amount }
      takenBack { amount } refunded { amount } } } }
  messages { kind address status } } }"""
ADDED = """mutation($input: OrderEditInput!) { orderEdit(input: $input) { __typename
  ... on OrderEdit { order { number } } ... on UserError { errorCode message path }
  ... on ValidationFailed { problems { code path } } } }"""
CODE = re.compile(r"[0-9A-Z]{4}(?:-[0-9A-Z]{4}){3}")


@dataclass
class Counter:
    """A shop that sells gift cards at 25.00 and mugs at 10.00, with 5.00 of shipping."""

    story: Story
    post: Letterbox

    @classmethod
    async def open(cls, api: Api, post: Letterbox) -> "Counter":
        story = await Story.begin(api)
        await story.sell("GIFT-25", east=None, price=2500, is_gift_card=True)
        await story.sell("MUG", east=50, price=1000)
        await make.tax()
        return cls(story, post)

    @property
    def till(self) -> Till:
        return Till(self.story.staff)

    def desk(self, number: str) -> Desk:
        return Desk(self.story, number)

    async def seen(self, number: str) -> dict[str, Any]:
        found: dict[str, Any] = (await self.story.staff.ask(SEEN, n=number))["order"]
        return found

    async def line(self, number: str, sku: str = "GIFT-25") -> dict[str, Any]:
        lines = (await self.seen(number))["lines"]["nodes"]
        return next(line for line in lines if line["sku"] == sku)  # type: ignore[no-any-return]

    async def cards(self, number: str, sku: str = "GIFT-25") -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = (await self.line(number, sku))["giftCards"]
        return found

    async def buy_paid(self, *lines: tuple[str, int], amount: str, **more: Any) -> str:
        """An order that is placed and paid."""
        number = await self.story.buy(*lines, **more)
        paid = await self.desk(number).record(amount)
        assert paid["__typename"] == "PaymentTransaction", paid
        return number

    async def mails(self) -> list[tuple[str, str, str]]:
        """Recipient, subject and text of the mails about gift cards that are due."""
        await jobs.send_messages()
        mails = [
            mail for mail in self.post.mails if "gift" in mail["Subject"] or "Gutschein" in mail["Subject"]
        ]
        self.post.mails.clear()
        return [
            (mail["To"], mail["Subject"], mail.get_body(("plain",)).get_content())  # type: ignore[union-attr]
            for mail in mails
        ]

    async def codes(self) -> list[str]:
        """The codes in the mails that are due."""
        return [code for _, _, text in await self.mails() for code in CODE.findall(text)]
