"""The definition of a rule: its check, the facts it needs, and its default setting."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from app.core.described import Described
from app.orders.lifecycle import HoldKind
from app.orders.validation.facts import Facts

Limits = Mapping[str, int]
Check = Callable[[Facts, Limits], str | None]


class Outcome(Described):
    """The outcome of a finding."""

    OFF = "off", "The rule is not checked."
    WARN = "warn", "A warning is recorded on the order, and processing continues."
    HOLD = (
        "hold",
        (
            "The order is put on hold until the hold is released, by a person or because its cause is "
            "resolved."
        ),
    )


class ExtraFact(Described):
    """A fact that requires a separate query and is read only if an active rule needs it."""

    RECENT = "recent", "Earlier orders with the same email address, beyond the last ten."
    CUSTOMER = "customer", "The customer's credit and date of birth."
    STOCK = "stock", "Units of the order that are not covered by stock."


@dataclass(frozen=True, slots=True)
class Parameter:
    """A limit that a channel may set: an integer within bounds."""

    default: int
    lowest: int
    highest: int
    description: str


@dataclass(frozen=True, slots=True)
class Rule:
    check: Check  # its name is the rule's code, its docstring the description in the API
    hold: HoldKind
    outcome: Outcome
    extra: ExtraFact | None = None
    parameters: Mapping[str, Parameter] = field(default_factory=dict[str, Parameter])

    @property
    def code(self) -> str:
        return self.check.__name__

    @property
    def description(self) -> str:
        return (self.check.__doc__ or "").strip()

    def limits(self, chosen: Limits) -> dict[str, int]:
        """The rule's limits: the channel's values over the defaults."""
        return {name: chosen.get(name, each.default) for name, each in self.parameters.items()}
