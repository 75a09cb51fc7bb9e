"""The definition of a rule: its check, the facts it needs, and its default setting."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from app.orders.lifecycle import HoldKind
from app.orders.queries.facts import Facts, Reader
from app.orders.rule_settings import Outcome

Limits = Mapping[str, int]
Check = Callable[[Facts, Limits], str | None]


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
    reads: Reader | None = None  # reads the facts that need a query, if the rule is active
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
