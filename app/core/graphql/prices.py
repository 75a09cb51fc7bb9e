"""What work costs, in points: one is about 25 microseconds of a processor.

An operation pays before it runs, by what its document and its variables can make the server do. What only its
end tells is taken afterwards: the bytes of a long answer, and a selection that had to be executed twice.
`tests/web/test_prices.py` compares the points of generated documents with the time that they take.
"""

import re
from typing import Any

from graphql import ListValueNode, ObjectValueNode, StringValueNode, ValueNode, VariableNode

OBJECT = 1  # each object that may be answered
STATEMENT = 4  # each field that reads from the database, beside the objects that it answers
COUNT = 40  # each `totalCount` that is counted: a statement that goes through the rows of a whole list
READ_BY_ID = 8  # each object of `node` and `nodes`, which are read one by one
MUTATION = 100  # each mutation: a transaction with its checks, events and commit
ROW = 40  # each row of a bulk mutation
SCHEMA, TYPE = 400, 20  # `__schema` and `__type`, before it is known how much they answer
DOCUMENT = 20  # a document that was not seen before, at the least
HASHED_PASSWORD = 800  # besides the mutation
PLAINLY = (
    5  # times the price of an operation in which something fails: it is executed again, object by object
)
WRONG_TOKEN = 50  # looking up a token that is not accepted
REFUSAL = 5  # a request that is refused

UNITS = 4  # objects and computed values that were answered, for a point
CHARACTERS = 100  # of a new document, for a point
BYTES = 1_000  # of an answer, for a point
BODY_BYTES = 2_000  # of a request that is no GraphQL, for a point

# What is sent in arguments weighs in tenths of a point.
TENTHS = 10
_VALUE, _INPUT = 1, 20  # each scalar and each input object
_TEXT = 100  # characters of a text, for a tenth

# What fields cost besides the objects that they answer, where that is not a statement or a mutation.
_FIELDS: dict[str, int] = {}

# What each value of a field costs, where that is more than an object.
_VALUES: dict[str, int] = {}

_TOKEN = re.compile(r'"""|"(?:[^"\\\n\r]|\\.)*+"?|#[^\n\r]*+|[\w.+-]+|[^\s,]')


def costs(points: int, *fields: str) -> None:
    """Say what fields (`Query.node`) cost besides the objects that they answer, where that is not usual."""
    _FIELDS.update(dict.fromkeys(fields, points))


def of_field(field: str, usual: int) -> int:
    """What a field costs besides the objects that it answers."""
    return _FIELDS.get(field, usual)


def costs_each(points: int, *fields: str) -> None:
    """Say what each value of fields (`Variant.availableToPromise`) costs, where that is dear to work out."""
    _VALUES.update(dict.fromkeys(fields, points))


def of_value(field: str) -> int:
    """What each value of a field costs, 0 where that is not more than an object."""
    return _VALUES.get(field, 0)


def of_document(text: str, most_tokens: int) -> int:
    """The price of parsing and validating a new document: its tokens, and its characters."""
    tokens = min(len(_TOKEN.findall(text)), most_tokens)
    return max(DOCUMENT, tokens + len(text) // CHARACTERS)


def of_answer(size: int, paid: int) -> int:
    """What an answer of so many bytes costs beyond what was paid for the operation."""
    return max(0, size // BYTES - paid)


def of_failure(size: int) -> int:
    """The price of a request of so many bytes that is refused before it is known to be GraphQL."""
    return REFUSAL + size // BODY_BYTES


def weigh(value: Any) -> tuple[int, int]:
    """The weight of what a variable is given, and how many values there are in it."""
    weight, waiting = 0, [value]
    for part in waiting:  # grows as it goes
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
    """The weight of a value in a document. The variables in it are added to `uses`."""
    if isinstance(node, VariableNode):
        uses.append(node.name.value)
        return 0
    if isinstance(node, ListValueNode):
        return sum(weight_of_literal(each, uses) for each in node.values)
    if isinstance(node, ObjectValueNode):
        return _INPUT + sum(weight_of_literal(field.value, uses) for field in node.fields)
    return _VALUE + (len(node.value) // _TEXT if isinstance(node, StringValueNode) else 0)


def rows_of(value: Any) -> int:
    """How many rows a bulk mutation is given: the entries of the outermost lists in its argument."""
    rows, waiting = 0, [value]
    for part in waiting:  # grows as it goes
        if isinstance(part, list):
            rows += len(part)
        elif isinstance(part, dict):
            waiting += part.values()
    return rows


def rows_of_literal(node: ValueNode, uses: list[str]) -> int:
    """The same of a value in a document. The variables that may hold rows are added to `uses`."""
    if isinstance(node, VariableNode):
        uses.append(node.name.value)
        return 0
    if isinstance(node, ListValueNode):
        return len(node.values)
    if isinstance(node, ObjectValueNode):
        return sum(rows_of_literal(field.value, uses) for field in node.fields)
    return 0
