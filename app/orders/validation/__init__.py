"""Validation rules that hold an order instead of refusing it: small pure functions, each with a code.

A rule checks the facts of an order and returns a finding or None. What follows (nothing, a warning, a hold)
and the limits are settings of the channel: see the model `RuleSetting`.
"""

from app.orders.queries.facts import Facts, LineFacts, content_of, facts_of
from app.orders.validation.examining import Finding, examine, needed
from app.orders.validation.registry import Rule
from app.orders.validation.rules import RULES

__all__ = [
    "RULES",
    "Facts",
    "Finding",
    "LineFacts",
    "Rule",
    "content_of",
    "examine",
    "facts_of",
    "needed",
]
