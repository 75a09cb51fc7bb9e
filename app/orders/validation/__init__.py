"""Validation rules that hold an order instead of refusing it: small pure functions, each with a code.

A rule checks the facts of an order and returns a finding or None. What follows (nothing, a warning, a hold)
and the limits are settings of the channel: see the model `RuleSetting`.
"""

from app.orders.validation.examining import Finding, Setting, examine, needed
from app.orders.validation.facts import Facts, LineFacts, RecentOrder, content_of
from app.orders.validation.registry import ExtraFact, Outcome, Rule
from app.orders.validation.rules import RULES

__all__ = [
    "RULES",
    "ExtraFact",
    "Facts",
    "Finding",
    "LineFacts",
    "Outcome",
    "RecentOrder",
    "Rule",
    "Setting",
    "content_of",
    "examine",
    "needed",
]
