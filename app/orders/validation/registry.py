"""The rules by their codes: what each looks for, asks to be told, and does unless a channel differs."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from app.core.described import Described
from app.orders.lifecycle import HoldKind
from app.orders.validation.facts import Facts

Limits = Mapping[str, int]
Check = Callable[[Facts, Limits], str | None]


class Outcome(Described):
    """What follows when a rule finds something."""

    OFF = "off", "The rule is not looked at."
    WARN = "warn", "It is written on the order; the order goes on."
    HOLD = "hold", "The order is held until somebody, or what cures it, releases it."


class Asks(Described):
    """A fact that takes a look of its own into the database, and is read only for a rule that is on."""

    RECENT = "recent", "More of the earlier orders of the same e-mail address than the last ten."
    CUSTOMER = "customer", "The customer's credit and date of birth."
    STOCK = "stock", "What of the order nobody has promised."


@dataclass(frozen=True, slots=True)
class Parameter:
    """A limit that a channel may set: a whole number between two others."""

    default: int
    lowest: int
    highest: int
    description: str


@dataclass(frozen=True, slots=True)
class Rule:
    code: str
    hold: HoldKind
    outcome: Outcome
    description: str
    check: Check
    asks: frozenset[Asks] = frozenset()
    parameters: Mapping[str, Parameter] = field(default_factory=dict[str, Parameter])

    def limits(self, chosen: Limits) -> dict[str, int]:
        """The rule's limits, with what a channel has chosen over the defaults."""
        return {name: chosen.get(name, each.default) for name, each in self.parameters.items()}


RULES: dict[str, Rule] = {}


def rule(
    code: str, hold: HoldKind, outcome: Outcome, *asks: Asks, **parameters: Parameter
) -> Callable[[Check], Check]:
    """Register a check under its code; its docstring is the description that the API shows."""

    def decorate(check: Check) -> Check:
        description = (check.__doc__ or "").strip()
        RULES[code] = Rule(code, hold, outcome, description, check, frozenset(asks), parameters)
        return check

    return decorate
