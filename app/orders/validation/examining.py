"""Runs the rules on the facts of an order."""

from collections.abc import Mapping
from dataclasses import dataclass

from app.orders.lifecycle import HoldKind
from app.orders.queries.facts import Facts, Reader
from app.orders.rule_settings import Outcome, Setting
from app.orders.validation.rules import RULES


@dataclass(frozen=True, slots=True)
class Finding:
    """The finding of a rule, and its outcome."""

    rule: str
    hold: HoldKind
    outcome: Outcome
    reason: str
    release_after_minutes: int | None = None


def outcome_of(code: str, settings: Mapping[str, Setting]) -> Outcome:
    chosen = settings.get(code)
    return RULES[code].outcome if chosen is None else chosen.outcome


def needed(settings: Mapping[str, Setting]) -> list[Reader]:
    """The readers of the facts that the active rules need, each once."""
    active = [rule for code, rule in RULES.items() if outcome_of(code, settings) is not Outcome.OFF]
    return list(dict.fromkeys(rule.reads for rule in active if rule.reads is not None))


def examine(facts: Facts, settings: Mapping[str, Setting]) -> list[Finding]:
    """The findings of the active rules, in the order of the registry. `settings` are by rule code."""
    found = []
    for code, rule in RULES.items():
        outcome = outcome_of(code, settings)
        if outcome is Outcome.OFF:
            continue
        chosen = settings.get(code)
        reason = rule.check(facts, rule.limits(chosen.limits if chosen else {}))
        if reason is not None:
            after = chosen.release_after_minutes if chosen else None
            found.append(Finding(code, rule.hold, outcome, reason, after))
    return found
