"""Domain events of notifications."""

from dataclasses import dataclass
from typing import ClassVar

from app.core.journal.event import Event


@dataclass(frozen=True, kw_only=True)
class MessageRuleSet(Event):
    """A channel sends messages of a kind, or does not."""

    subject_kind: ClassVar[str] = "message_rule"
    kind: str
    is_active: bool


@dataclass(frozen=True, kw_only=True)
class MessageTemplateSet(Event):
    """The draft of a template was written."""

    subject_kind: ClassVar[str] = "message_template"
    kind: str
    language: str


@dataclass(frozen=True, kw_only=True)
class MessageTemplatePublished(Event):
    subject_kind: ClassVar[str] = "message_template"
    kind: str
    language: str


@dataclass(frozen=True, kw_only=True)
class MessageTemplateRetired(Event):
    subject_kind: ClassVar[str] = "message_template"
    kind: str
    language: str


@dataclass(frozen=True, kw_only=True)
class MessageSuppressionRemoved(Event):
    """An address gets messages again."""

    subject_kind: ClassVar[str] = "message_suppression"
    reason: str


@dataclass(frozen=True, kw_only=True)
class BackInStockRequested(Event):
    """Somebody asked to be told when a variant is available. The journal does not contain the address."""

    subject_kind: ClassVar[str] = "back_in_stock_request"
    sku: str


@dataclass(frozen=True, kw_only=True)
class BackInStockConfirmed(Event):
    """The address of a request was confirmed."""

    subject_kind: ClassVar[str] = "back_in_stock_request"


@dataclass(frozen=True, kw_only=True)
class BackInStockTold(Event):
    """The variant was available, and the message was queued."""

    subject_kind: ClassVar[str] = "back_in_stock_request"


@dataclass(frozen=True, kw_only=True)
class BackInStockReopened(Event):
    """The variant was not available any more when the message was to be sent. The request waits again."""

    subject_kind: ClassVar[str] = "back_in_stock_request"


@dataclass(frozen=True, kw_only=True)
class BackInStockWithdrawn(Event):
    subject_kind: ClassVar[str] = "back_in_stock_request"
