"""Prices of work in points; one point is about 25 microseconds of CPU time.

An operation pays before it runs, by what its document and its variables can make the server do. What is known
only afterwards is taken at the end: the bytes of a long response, and a selection that had to be executed
twice. `tests/web/test_prices.py` compares the points of generated documents with their measured time.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from graphql import ListValueNode, ObjectValueNode, StringValueNode, ValueNode, VariableNode

OBJECT = 1  # each object that may be returned
STATEMENT = 4  # each field that reads from the database, besides its objects
COUNT = 40  # each `totalCount`: a statement that counts the rows of a whole list
READ_BY_ID = 8  # each object of `node` and `nodes`, which are read one at a time
MUTATION = 100  # each mutation: a transaction with its checks, events and commit
ROW = 40  # each row of a bulk mutation
SCHEMA, TYPE = 400, 20  # `__schema` and `__type`, before the size of their response is known
DOCUMENT = 20  # minimum for a new document
HASHED_PASSWORD = 800  # in addition to the mutation
PLAINLY = 5  # multiple of the price of an operation with an error: it is executed again, object by object
WRONG_TOKEN = 50  # looking up a token that is not accepted
REFUSAL = 5  # a request that is refused

UNITS = 4  # objects and computed values per point
CHARACTERS = 100  # of a new document per point
BYTES = 1_000  # of a response per point
BODY_BYTES = 2_000  # of a request that is not GraphQL, per point

# Arguments are weighed in tenths of a point.
TENTHS = 10
_VALUE, _INPUT = 1, 20  # each scalar and each input object
_TEXT = 100  # characters of a text per tenth of a point


@dataclass(frozen=True, slots=True)
class FieldCosts:
    """The points of fields (`Query.node`) that differ from the defaults."""

    # Besides their objects, where it is not the cost of a statement or a mutation.
    fields: Mapping[str, int] = field(default_factory=dict)
    # Of each value, where it is more than that of an object.
    values: Mapping[str, int] = field(default_factory=dict)
    # By the name of a field of any type: the number of rows that an unpaginated list is counted as.
    lists: Mapping[str, int] = field(default_factory=dict)

    def names(self) -> set[str]:
        """The fields with costs, as `Type.field`."""
        return {*self.fields, *self.values}


_costs = FieldCosts()

_TOKEN = re.compile(r'"""|"(?:[^"\\\n\r]|\\.)*+"?|#[^\n\r]*+|[\w.+-]+|[^\s,]')


def set_costs(costs: FieldCosts) -> None:
    """Use the costs of a schema; `app.wiring.schema` lists them."""
    global _costs
    _costs = costs


def of_field(name: str, usual: int) -> int:
    """The cost of a field besides its objects."""
    return _costs.fields.get(name, usual)


def of_value(name: str) -> int:
    """The cost of each value of a field; 0 if it is not more than that of an object."""
    return _costs.values.get(name, 0)


def rows_of_list(name: str) -> int:
    """The number of rows that an unpaginated list is counted as."""
    return _costs.lists.get(name, 1)


def of_document(text: str, most_tokens: int) -> int:
    """The price of parsing and validating a new document, by its tokens and characters."""
    tokens = min(len(_TOKEN.findall(text)), most_tokens)
    return max(DOCUMENT, tokens + len(text) // CHARACTERS)


def of_answer(size: int, paid: int) -> int:
    """The cost of a response of this size beyond what was paid for the operation."""
    return max(0, size // BYTES - paid)


def of_failure(size: int) -> int:
    """The price of a request of this size that is refused before it is known to be GraphQL."""
    return REFUSAL + size // BODY_BYTES


def weigh(value: Any) -> tuple[int, int]:
    """The weight of a variable's value, and the number of values in it."""
    weight, waiting = 0, [value]
    for part in waiting:  # the list grows during the loop
        kind = type(part)
        if kind is str:
            weight += _VALUE + len(part) // _TEXT
        elif kind is dict:
            weight += _INPUT
            waiting += part.values()
        elif kind is list:
            waiting += part
        else:
            weight += _VALUE
    return weight, len(waiting)


def weight_of_literal(node: ValueNode, uses: list[str]) -> int:
    """The weight of a literal in a document. Its variables are added to `uses`."""
    if isinstance(node, VariableNode):
        uses.append(node.name.value)
        return 0
    if isinstance(node, ListValueNode):
        return sum(weight_of_literal(each, uses) for each in node.values)
    if isinstance(node, ObjectValueNode):
        return _INPUT + sum(weight_of_literal(field.value, uses) for field in node.fields)
    return _VALUE + (len(node.value) // _TEXT if isinstance(node, StringValueNode) else 0)


def rows_of(value: Any) -> int:
    """The number of rows of a bulk mutation: the items of the outermost lists in its argument."""
    rows, waiting = 0, [value]
    for part in waiting:  # the list grows during the loop
        if isinstance(part, list):
            rows += len(part)
        elif isinstance(part, dict):
            waiting += part.values()
    return rows


def rows_of_literal(node: ValueNode, uses: list[str]) -> int:
    """The number of rows in a literal. Variables that may contain rows are added to `uses`."""
    if isinstance(node, VariableNode):
        uses.append(node.name.value)
        return 0
    if isinstance(node, ListValueNode):
        return len(node.values)
    if isinstance(node, ObjectValueNode):
        return sum(rows_of_literal(field.value, uses) for field in node.fields)
    return 0
