"""What an event is: a frozen fact, named in the past tense, about one subject."""

import dataclasses
import re
from dataclasses import dataclass
from datetime import datetime
from typing import Any, ClassVar
from uuid import UUID

_WORD = re.compile(r"(?<!^)(?=[A-Z])")


@dataclass(frozen=True, kw_only=True)
class Event:
    """The base of every event. A subclass names its subject's kind and adds the facts as fields.

    `subject_id` is the row that the event is about; `channel_id` the channel that it belongs to, if any:
    readers who may see only some channels are filtered by it. `happened_at` is for what is only being
    written down now: the history of another system.
    """

    subject_kind: ClassVar[str]

    subject_id: UUID
    channel_id: UUID | None = None
    happened_at: datetime | None = None

    @classmethod
    def name(cls) -> str:
        """`OrderPlaced` is called `order_placed` in the table, in webhooks and in the API."""
        return _WORD.sub("_", cls.__name__).lower()

    def facts(self) -> dict[str, Any]:
        """The payload: every field beyond subject and channel."""
        return {
            field.name: _plain(getattr(self, field.name))
            for field in dataclasses.fields(self)
            if field.name not in ("subject_id", "channel_id", "happened_at")
        }


def _plain(value: Any) -> Any:
    if isinstance(value, UUID):
        return str(value)
    if isinstance(value, (list, tuple)):
        return [_plain(item) for item in value]
    if isinstance(value, dict):
        return {str(key): _plain(item) for key, item in value.items()}
    if hasattr(value, "isoformat"):
        return value.isoformat()
    if value is None or isinstance(value, (bool, int, str)):
        return str(value) if isinstance(value, str) else value
    return str(value)
