"""What validation rules noted of an order without holding it: pure.

The only place that reads and writes the orders' column `warnings`.
"""

from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class RuleWarning:
    """What one rule noted."""

    rule: str
    reason: str


def warnings_from_json(stored: Iterable[Mapping[str, Any]] | None) -> list[RuleWarning]:
    return [RuleWarning(each["rule"], each["reason"]) for each in stored or ()]


def warnings_to_json(warnings: Iterable[RuleWarning]) -> list[dict[str, Any]]:
    return [asdict(each) for each in warnings]
