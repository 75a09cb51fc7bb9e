"""What a message to a buyer must say and cannot read when it is sent. `Message.facts` stores it."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID


@dataclass(frozen=True, slots=True)
class LineChange:
    """The units of an order line before and after; None before for a new line."""

    sku: str
    before: int | None
    after: int


@dataclass(frozen=True, slots=True)
class MessageFacts:
    """The facts of what happened; those that a kind of message does not need are empty."""

    before_on: date | None = None  # the promised day before
    promised_on: date | None = None
    shipment_id: UUID | None = None
    package_ids: tuple[UUID, ...] = ()  # of the shipment; empty: all of its packages
    stage: str = ""  # of these packages
    lines: tuple[LineChange, ...] = ()
    changed: tuple[str, ...] = ()  # edited fields besides lines
    amount_minor: int | None = None
    currency: str = ""
    told_on: date | None = None  # the promised day that the message told, recorded when it is sent
    is_told_unknown: bool = False  # the message told no promised day, because it was not known
    was_unknown: bool = False  # the message before it told no promised day
    fulfillment_order_id: UUID | None = None  # that is or is not ready for pick-up, or was picked up
    keep_until: date | None = None  # the last day on which it can be picked up
    hold_ids: tuple[UUID, ...] = ()  # the holds that were put; empty for those put with the order
    ready_at: datetime | None = None  # from which the fulfillment order was ready, if it is not any more
    card_ids: tuple[UUID, ...] = ()  # the gift cards that were issued for a line
    line_id: UUID | None = None

    def to_json(self) -> dict[str, Any]:
        """The facts that are not empty."""
        found: dict[str, Any] = {
            "before_on": self.before_on.isoformat() if self.before_on else None,
            "promised_on": self.promised_on.isoformat() if self.promised_on else None,
            "fulfillment_order_id": str(self.fulfillment_order_id) if self.fulfillment_order_id else None,
            "ready_at": self.ready_at.isoformat() if self.ready_at else None,
            "keep_until": self.keep_until.isoformat() if self.keep_until else None,
            "shipment_id": str(self.shipment_id) if self.shipment_id else None,
            "package_ids": [str(id) for id in self.package_ids],
            "stage": self.stage,
            "lines": [[each.sku, each.before, each.after] for each in self.lines],
            "changed": list(self.changed),
            "currency": self.currency,
            "hold_ids": [str(id) for id in self.hold_ids],
            "card_ids": [str(id) for id in self.card_ids],
            "line_id": str(self.line_id) if self.line_id else None,
            "is_told_unknown": self.is_told_unknown,
            "was_unknown": self.was_unknown,
            "told_on": self.told_on.isoformat() if self.told_on else None,
        }
        kept = {name: value for name, value in found.items() if value}
        return kept if self.amount_minor is None else kept | {"amount_minor": self.amount_minor}

    @classmethod
    def from_json(cls, stored: dict[str, Any] | None) -> "MessageFacts":
        """Facts as `to_json` wrote them; none for a message without facts."""
        read = stored or {}
        return cls(
            before_on=_day(read.get("before_on")),
            promised_on=_day(read.get("promised_on")),
            shipment_id=UUID(read["shipment_id"]) if "shipment_id" in read else None,
            fulfillment_order_id=(
                UUID(read["fulfillment_order_id"]) if "fulfillment_order_id" in read else None
            ),
            ready_at=datetime.fromisoformat(read["ready_at"]) if "ready_at" in read else None,
            keep_until=_day(read.get("keep_until")),
            package_ids=tuple(UUID(id) for id in read.get("package_ids", ())),
            stage=read.get("stage", ""),
            lines=tuple(LineChange(*each) for each in read.get("lines", ())),
            changed=tuple(read.get("changed", ())),
            amount_minor=read.get("amount_minor"),
            currency=read.get("currency", ""),
            hold_ids=tuple(UUID(id) for id in read.get("hold_ids", ())),
            card_ids=tuple(UUID(id) for id in read.get("card_ids", ())),
            line_id=UUID(read["line_id"]) if "line_id" in read else None,
            is_told_unknown=read.get("is_told_unknown", False),
            was_unknown=read.get("was_unknown", False),
            told_on=_day(read.get("told_on")),
        )


def _day(stored: str | None) -> date | None:
    return date.fromisoformat(stored) if stored else None
