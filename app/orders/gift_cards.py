"""Lines that are gift cards: who gets the cards, what can be ordered, and which part of an order they are.

The only module that reads and writes the lines' column `gift_recipient`.
"""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

from app.core.contact import checked_email
from app.core.problems import ProblemCode
from app.core.refusals import Invalid, Problems
from app.core.texts import LONGEST_REMARK, checked_note
from app.orders.amounts import due
from app.orders.editing import live
from app.orders.recorded import remaining

MOST_CARDS = 200  # units of one line
LONGEST_NAME = 200


@dataclass(frozen=True, slots=True)
class GiftRecipient:
    """The person to whom the gift cards of a line are sent, instead of the buyer."""

    email: str
    name: str = ""
    note: str = ""

    @classmethod
    def of(cls, line: Any) -> "GiftRecipient | None":
        return cls.from_json(line.gift_recipient)

    @classmethod
    def from_json(cls, stored: Any) -> "GiftRecipient | None":
        return cls(**stored) if stored else None

    def to_json(self) -> dict[str, str]:
        return asdict(self)

    def checked(self, *path: str) -> "GiftRecipient":
        """The recipient in its stored form.

        Raises:
            Invalid, ValidationFailed: an invalid address; a name or a note that is too long.
        """
        problems = Problems()
        email = self.email
        with problems.caught():
            email = checked_email(self.email, *path, "email")
        name = self.name.strip()
        if len(name) > LONGEST_NAME:
            text = f"This must have at most {LONGEST_NAME} characters."
            problems.add(text, *path, "name", code=ProblemCode.TOO_LONG, maximum=LONGEST_NAME)
        with problems.caught():
            checked_note(self.note, *path, "note", longest=LONGEST_REMARK)
        problems.refuse()
        return GiftRecipient(email, name, self.note.strip())


def note_bad_line(
    problems: Problems,
    *path: str,
    is_gift_card: bool,
    quantity: int,
    unit_price_minor: int,
    recipient: GiftRecipient | None,
) -> GiftRecipient | None:
    """Note what is wrong with a line that is a gift card, or that has a recipient and is none; return its
    recipient in stored form."""
    if not is_gift_card:
        if recipient is not None:
            text = "This item is not a gift card. Omit the recipient."
            problems.add(text, *path, "gift_recipient", code=ProblemCode.NOT_APPLICABLE, field="sku")
        return None
    if quantity > MOST_CARDS:
        text = f"A line can have at most {MOST_CARDS} gift cards. Add another line."
        problems.add(text, *path, "quantity", code=ProblemCode.NOT_IN_RANGE, minimum=1, maximum=MOST_CARDS)
    if unit_price_minor <= 0:
        text = "This gift card has no worth, because its price is 0. Set a price."
        problems.add(text, *path, "sku", code=ProblemCode.NOT_POSSIBLE_NOW)
    if recipient is not None:
        with problems.caught():
            recipient = recipient.checked(*path, "gift_recipient")
    return recipient


def is_only_gift_cards(lines: Sequence[Any]) -> bool:
    """Whether nothing of an order is shipped, because all of its lines are gift cards."""
    return bool(lines) and all(line.is_gift_card for line in lines)


def worth_of_gift_cards(order: Any, lines: Sequence[Any]) -> int:
    """The part of an order's total that is for gift cards; units that were cancelled are left out."""
    if not any(line.is_gift_card for line in lines):
        return 0
    parts = remaining(order, lines).lines
    return sum(part.total_minor for line, part in zip(lines, parts, strict=True) if line.is_gift_card)


def payable_with_stored_value(order: Any, lines: Sequence[Any]) -> int:
    """The most that gift cards and store credit may pay of an order, in minor units: its total without gift
    cards, and what is to be refunded."""
    wanted = int(order.total_minor - order.cancelled_minor)
    return max(0, wanted - worth_of_gift_cards(order, lines)) + max(0, -due(order))


def refuse_stored_value(path: Sequence[str]) -> Invalid:
    """The refusal of stored value as the payment for gift cards alone."""
    return Invalid(
        "Gift cards cannot be bought with a gift card or store credit. Pay in another way.",
        *path,
        code=ProblemCode.NOT_APPLICABLE,
    )


def live_units(line: Any) -> int:
    """The gift cards that a line is to have."""
    return live(line) if line.is_gift_card else 0
