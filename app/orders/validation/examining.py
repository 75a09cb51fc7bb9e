"""Runs the rules on the facts of an order."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from app.orders.lifecycle import HoldKind
from app.orders.validation.facts import Facts
from app.orders.validation.registry import ExtraFact, Outcome
from app.orders.validation.rules import RULES


@dataclass(frozen=True, slots=True)
class Setting:
    """A channel's setting of a rule."""

    outcome: Outcome
    limits: Mapping[str, int] = field(default_factory=dict[str, int])
    release_after_minutes: int | None = None  # a hold is released automatically after this time; None: never


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


def needed(settings: Mapping[str, Setting]) -> frozenset[ExtraFact]:
    """The facts that must be read for the active rules."""
    wanted: set[ExtraFact] = set()
    for code, rule in RULES.items():
        if rule.extra is not None and outcome_of(code, settings) is not Outcome.OFF:
            wanted.add(rule.extra)
    return frozenset(wanted)


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
