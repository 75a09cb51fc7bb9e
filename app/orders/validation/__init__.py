"""What can stop an order without refusing it: small pure rules, each with a code.

A rule looks at the facts of an order and says what is wrong, or nothing. What then happens (nothing, a
warning, a hold) and at which limits is data of the channel: see the model `RuleSetting`.
"""

from app.orders.validation.examining import Finding, Setting, examine, needed
from app.orders.validation.facts import Facts, LineFacts, RecentOrder, content_of
from app.orders.validation.registry import Asks, Outcome, Parameter, Rule
from app.orders.validation.rules import RULES

__all__ = [
    "RULES",
    "Asks",
    "Facts",
    "Finding",
    "LineFacts",
    "Outcome",
    "Parameter",
    "RecentOrder",
    "Rule",
    "Setting",
    "content_of",
    "examine",
    "needed",
]
