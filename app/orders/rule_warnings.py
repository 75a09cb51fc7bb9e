"""Warnings of validation rules that do not hold an order: pure functions.

The only module that reads and writes the orders' column `warnings`.
"""

from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class RuleWarning:
    """The warning of one rule."""

    rule: str
    reason: str


def warnings_from_json(stored: Iterable[Mapping[str, Any]] | None) -> list[RuleWarning]:
    return [RuleWarning(each["rule"], each["reason"]) for each in stored or ()]


def warnings_to_json(warnings: Iterable[RuleWarning]) -> list[dict[str, Any]]:
    return [asdict(each) for each in warnings]
