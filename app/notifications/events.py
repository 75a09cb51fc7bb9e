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
