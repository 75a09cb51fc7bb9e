"""Domain events: immutable facts about one subject, named in the past tense."""

import dataclasses
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, ClassVar
from uuid import UUID

_WORD = re.compile(r"(?<!^)(?=[A-Z])")
_needs: dict[str, Mapping[str, str]] = {}  # by event name, see Event.needs


@dataclass(frozen=True, kw_only=True)
class Event:
    """The base class of events. A subclass names the kind of its subject and adds the facts as fields.

    `subject_id` is the row that the event is about; `channel_id` is its channel, if any, by which readers of
    some channels are filtered. `happened_at` is for events of an imported history. `needs` maps facts to the
    permission that a reader of the journal needs for them; without it they are null.
    """

    subject_kind: ClassVar[str]
    needs: ClassVar[Mapping[str, str]] = {}

    subject_id: UUID
    channel_id: UUID | None = None
    happened_at: datetime | None = None

    def __init_subclass__(cls, **options: Any) -> None:
        super().__init_subclass__(**options)
        if cls.needs:
            _needs[cls.name()] = cls.needs

    @classmethod
    def name(cls) -> str:
        """`OrderPlaced` is named `order_placed` in the table, in webhooks and in the API."""
        return _WORD.sub("_", cls.__name__).lower()

    def facts(self) -> dict[str, Any]:
        """The payload: every field except subject and channel."""
        return {
            field.name: _plain(getattr(self, field.name))
            for field in dataclasses.fields(self)
            if field.name not in ("subject_id", "channel_id", "happened_at")
        }


def facts_for(name: str, facts: Mapping[str, Any], may: Callable[[str], bool]) -> dict[str, Any]:
    """The facts of an event for a reader; those that it may not see are null."""
    needs = _needs.get(name, {})
    return {fact: value if fact not in needs or may(needs[fact]) else None for fact, value in facts.items()}


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
