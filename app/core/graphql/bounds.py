"""Validation of all arguments before any of them is used.

One walk over the arguments of a field finds each text with forbidden characters, each scalar that was
refused, and whatever is too long, too many or too deep, all with their paths. A text is single-line unless
its name is among those that may have several lines. Further limits are checked by the domain.
"""

import functools
import math
from collections.abc import Callable, Mapping
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from typing import Any

from graphql import (
    GraphQLField,
    GraphQLFloat,
    GraphQLID,
    GraphQLInputType,
    GraphQLInt,
    GraphQLScalarType,
    GraphQLString,
    get_nullable_type,
    is_input_object_type,
    is_list_type,
    is_object_type,
)

from app.core.card_numbers import SHORTEST, has_card_number
from app.core.characters import without_invisible
from app.core.graphql import errors
from app.core.graphql.coercion import (
    CARD_NUMBER,
    Refused,
    fault_of_cards,
    fault_of_code,
    fault_of_line,
    fault_of_lines_in,
    fault_of_text,
)
from app.core.graphql.policy import policy_of
from app.core.graphql.scalars import LIMIT, Limit
from app.core.problems import ProblemCode
from app.core.refusals import Problem, ValidationFailed
from app.core.spelling import as_written, parsed
from app.engine.graphql.schema import graph_of, info_of

LONGEST_TEXT = 50_000  # characters: the longest product description, far below any limit of a database
MOST_ITEMS = 10_000  # in all lists of the arguments of one field; a statement takes 32,767 parameters
DEEPEST_INPUT = 12  # nested inputs, including a filter's `and`, `or` and `not`
MOST_PROBLEMS = 100  # problems reported in one response
BOUNDS = "bounds"


# The kinds of values. They are compared for every argument of every operation, so they are integers.
TEXT, NUMBER, SCALAR, LIST, OBJECT, DATA = range(6)
Spelling = Callable[[str], str]
COMPARED = ("eq", "in")  # the filter fields whose texts are compared as a whole


@dataclass(slots=True, eq=False)
class Bound:
    """How values of a type are validated."""

    kind: int
    limit: Limit
    longest: int = LONGEST_TEXT
    item: "Bound | None" = None  # for a list: its items
    spell: "Spelling | None" = None  # for a text: brings it into its stored form
    is_one_line: bool = True  # for a text, or the texts in a JSON object
    is_free: bool = False  # for a text: it has no format of its own, so it could contain a card number
    fields: "dict[str, Bound] | None" = None  # for an object


_NOTHING = Limit()
TEXT_FILTER = "StringFilter"
_KINDS = {
    GraphQLString.name: TEXT,
    GraphQLID.name: TEXT,
    GraphQLFloat.name: NUMBER,
    GraphQLInt.name: NUMBER,
}


class Bounds:
    """The bounds of a schema's types, computed once for each type."""

    def __init__(
        self, spellings: Mapping[str, Spelling], several: AbstractSet[str], free: AbstractSet[str]
    ) -> None:
        self._inputs: dict[tuple[str, Spelling | None], Bound] = {}
        self._spellings = spellings
        self._several = several
        self._free = free

    def of(
        self,
        type_: GraphQLInputType,
        limit: Limit = _NOTHING,
        spell: Spelling | None = None,
        is_one_line: bool = True,
    ) -> Bound | None:
        """The bound of a type; None if all of its values are valid."""
        inner = get_nullable_type(type_)
        if is_list_type(inner):
            return Bound(LIST, limit, item=self.of(inner.of_type, limit, spell, is_one_line))
        if is_input_object_type(inner):
            key = inner.name, (spell if inner.name == TEXT_FILTER else None)
            known = self._inputs.get(key)
            if known is None:
                known = self._inputs[key] = Bound(OBJECT, _NOTHING, fields={})
                known.fields = self.of_all(inner.fields, dict.fromkeys(COMPARED, key[1]))
            return known
        if not isinstance(inner, GraphQLScalarType) or inner.name == "Boolean":
            return None
        kind = _KINDS.get(inner.name, DATA if inner.name == "JSON" else SCALAR)
        spell = spell if inner.name == GraphQLString.name else None
        if inner.name == GraphQLInt.name and limit.least is None and limit.greatest is None:
            return None  # graphql-core has refused integers beyond 32 bits
        longest = limit.longest or LONGEST_TEXT
        is_free = inner.name == GraphQLString.name and spell is None
        return Bound(kind, limit, longest=longest, spell=spell, is_one_line=is_one_line, is_free=is_free)

    def of_all(
        self, fields: Mapping[str, Any], compared: Mapping[str, Spelling | None] | None = None
    ) -> dict[str, Bound]:
        """The bounds of the fields of an input, or of the arguments of a field."""
        spellings = {**(compared or {}), **self._spellings}
        found = {}
        for name, field in fields.items():
            limit = limit_of(field)
            spell = limit.spelling or spellings.get(name)
            spell = None if spell in (as_written, parsed) else spell
            bound = found[name] = self.of(field.type, limit, spell, name not in self._several)
            text = bound.item if bound is not None and bound.kind == LIST else bound
            if text is not None and text.kind == TEXT and name in self._free:
                text.is_free = True
            elif bound is not None and limit.spelling is parsed:
                bound.is_free = False
        return {name: bound for name, bound in found.items() if bound is not None}


def limit_of(field: Any) -> Limit:
    """What an input's field keeps to, as it is declared with `doc`."""
    definition = field.extensions.get("strawberry-definition")
    metadata = getattr(definition, "metadata", None) or {}
    found: Limit = metadata.get(LIMIT, _NOTHING)
    return found


class _Look:
    """A walk over the arguments of one field."""

    __slots__ = ("items", "problems")

    def __init__(self) -> None:
        self.problems: list[Problem] = []
        self.items = 0

    def at(self, bound: Bound, value: Any, path: tuple[str, ...], depth: int) -> Any:
        """The value to use: a text may be normalized, other values are unchanged."""
        kind = bound.kind
        if kind == TEXT:
            return self.text(bound, value, path)
        if kind == OBJECT:
            self.inside(bound, value, path, depth)
        elif kind == LIST:
            self.list(bound, value, path, depth)
        elif type(value) is Refused:
            self.add(value, path)
        elif kind == NUMBER:
            self.number(value, bound.limit, path)
        elif kind == DATA and (
            fault := (fault_of_lines_in(value) if bound.is_one_line else None) or fault_of_cards(value)
        ):
            self.add(fault, path)
        return value

    def inside(self, bound: Bound, value: dict[str, Any], path: tuple[str, ...], depth: int) -> None:
        if depth > DEEPEST_INPUT:
            message = f"Inputs can be nested at most {DEEPEST_INPUT} levels deep."
            return self.add(Refused(message, ProblemCode.TOO_DEEP, maximum=DEEPEST_INPUT), path)
        fields = bound.fields or {}
        for name, part in value.items():
            inner = fields.get(name)
            if part is None or inner is None:
                continue
            if (
                inner.kind == TEXT
                and part.isprintable()
                and len(part) <= inner.longest
                and not (inner.is_free and len(part) >= SHORTEST)
            ):
                if inner.spell is not None:
                    value[name] = inner.spell(part)
            else:  # the rare case
                value[name] = self.at(inner, part, (*path, name), depth + 1)
        return None

    def list(self, bound: Bound, values: Any, path: tuple[str, ...], depth: int) -> None:
        most = bound.limit.most or MOST_ITEMS
        before, self.items = self.items, self.items + len(values)
        if len(values) > most:
            message = f"This list can have at most {most:,} entries; {len(values):,} were sent."
            self.add(Refused(message, ProblemCode.TOO_MANY, maximum=most), path)
        elif self.items > MOST_ITEMS:
            if before <= MOST_ITEMS:  # report it once
                message = (
                    f"The lists in the arguments of a field can have at most {MOST_ITEMS:,} entries in total."
                )
                self.add(Refused(message, ProblemCode.TOO_MANY, maximum=MOST_ITEMS), path)
        elif bound.item is not None:
            for index, value in enumerate(values):
                if value is not None:
                    values[index] = self.at(bound.item, value, (*path, str(index)), depth)

    def number(self, value: float, limit: Limit, path: tuple[str, ...]) -> None:
        least, greatest = limit.least, limit.greatest
        if not math.isfinite(value):
            self.add(Refused("The number must be finite.", ProblemCode.NOT_A_NUMBER), path)
        elif least is not None and value < least:
            self.add(Refused(f"This must be at least {least:,}.", ProblemCode.TOO_SMALL, minimum=least), path)
        elif greatest is not None and value > greatest:
            message = f"This must be at most {greatest:,}."
            self.add(Refused(message, ProblemCode.TOO_LARGE, maximum=greatest), path)

    def text(self, bound: Bound, value: str, path: tuple[str, ...]) -> str:
        kept, spell = value, bound.spell
        fault: Refused | None
        if len(value) > bound.longest:
            message = f"This must have at most {bound.longest:,} characters; it has {len(value):,}."
            fault = Refused(message, ProblemCode.TOO_LONG, maximum=bound.longest)
        elif bound.is_free and has_card_number(value):
            fault = Refused(CARD_NUMBER)
        elif value.isprintable():  # it contains no character that is refused or removed
            return value if spell is None else spell(value)
        elif spell is not None:
            fault = fault_of_code(value)
            if fault is None:
                kept = spell(value)
                fault = fault_of_line(kept)
        elif bound.is_one_line:
            fault, kept = fault_of_line(value), without_invisible(value)
        else:
            fault = fault_of_text(value)
        if fault is None:
            return kept
        self.add(fault, path)
        return value

    def add(self, fault: Refused, path: tuple[str, ...]) -> None:
        if has_card_number(fault.message):  # a message can quote the value
            fault = Refused(CARD_NUMBER)
        if len(self.problems) < MOST_PROBLEMS:
            self.problems.append(Problem(fault.message, path, fault.code, fault.values))


def refusal_of(field: GraphQLField, given: dict[str, Any]) -> ValidationFailed | None:
    """The problems of a field's arguments; None if they are valid.

    Brings single-line texts into their stored form.
    """
    bounds: dict[str, Bound] | None = field.extensions.get(BOUNDS)
    if bounds is None:
        return None
    look = _Look()
    for name, value in given.items():
        if value is not None and name in bounds:
            given[name] = look.at(bounds[name], value, (name,), 1)
    return ValidationFailed(look.problems) if look.problems else None


def bound_arguments(
    schema: Any, spellings: Mapping[str, Spelling], several: AbstractSet[str], free: AbstractSet[str]
) -> None:
    """Validate the arguments of every field of a schema before the field is called.

    Args:
        spellings: How texts with certain names are normalized.
        several: The names of texts that may have several lines.
        free: The names of texts that are normalized and searched for card numbers.
    """
    bounds, graphql = Bounds(spellings, several, free), graph_of(schema)
    for type_ in graphql.type_map.values():
        if is_object_type(type_) and not type_.name.startswith("__"):
            for field in type_.fields.values():
                found = bounds.of_all(field.args)
                if found:
                    field.extensions[BOUNDS] = found
                    _bound(field, type_ is graphql.mutation_type, schema)


def _bound(field: GraphQLField, is_mutation: bool, schema: Any) -> None:
    # A subscription validates in `subscribe`; its `resolve` gets the same arguments for each event.
    which = "resolve" if field.subscribe is None else "subscribe"
    function: Callable[..., Any] = getattr(field, which)
    definition: Any = field.extensions["strawberry-definition"]
    policy = policy_of(definition) if is_mutation else None

    @functools.wraps(function)
    def bounded(root: Any, info: Any, **given: Any) -> Any:
        refusal = refusal_of(field, given)
        if refusal is None:
            return function(root, info, **given)
        if policy is None:
            raise refusal
        policy.check(info.context.actor)  # report a missing permission first
        return errors.typed(refusal, definition, info_of(schema, info, definition))

    setattr(field, which, bounded)
