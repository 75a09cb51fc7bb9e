"""Limits on the size of an operation, which `sizes` measures.

The cost is what an operation can make the server do: every object that it may return (lists counted with
their page size), the statements that read them, and its arguments. The other limits bound the document
itself. `prices` has the price of each.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from graphql import (
    DocumentNode,
    FieldNode,
    GraphQLError,
    GraphQLField,
    GraphQLSchema,
    OperationDefinitionNode,
    OperationType,
    get_named_type,
)

from app.core.graphql import prices
from app.core.graphql.sizes import MAX_OPEN_FRAGMENTS, Measure, Size, TooNested

MAX_CHARACTERS = 100_000
MAX_LINES = 2_000
MAX_TOKENS = 2_000
MAX_OPERATIONS = 25  # in one document
MAX_DEPTH = 12
MAX_ALIASES = 30
MAX_DIRECTIVES = 50
MAX_FIELDS = 5_000
MAX_ROOT_MUTATIONS = 5
MAX_COST = 20_000
MAX_VALUES = 50_000  # in all variables of a request
MAX_INTROSPECTED_LEVELS = 20
MAX_INTROSPECTIONS = 2  # of `__schema` and `__type` in one operation

_BULK = "BulkResult"


def refusal_of_text(text: str) -> GraphQLError | None:
    """Why a document is not parsed."""
    if len(text) > MAX_CHARACTERS:
        return _too_large("characters", len(text), MAX_CHARACTERS, "Send long texts as variables.")
    lines = text.count("\n") + text.count("\r") + 1
    return _too_large("lines", lines, MAX_LINES) if lines > MAX_LINES else None


def refusal_of_values(values: int) -> GraphQLError | None:
    """Why variables are rejected by the number of values in them."""
    return _too_large("values in its variables", values, MAX_VALUES) if values > MAX_VALUES else None


@dataclass(frozen=True, slots=True)
class Verdict:
    """What is known of an operation before it runs."""

    refusal: GraphQLError | None  # why it is too large
    cost: int = 0  # the points for running it, without the contents of its variables
    uses: Mapping[str, int] = field(default_factory=dict)  # how often each variable is used in arguments
    rows_in: tuple[str, ...] = ()  # variables with the rows of bulk mutations
    sizes: tuple[str, ...] = ()  # variables whose values the verdict depends on
    is_mutation: bool = False

    def cost_with(self, weights: Mapping[str, int], variables: Mapping[str, Any]) -> int:
        """The cost including the contents of the variables, by the weight of each."""
        used = sum(weight * max(1, self.uses.get(name, 0)) for name, weight in weights.items())
        rows = sum(prices.rows_of(variables.get(name)) for name in self.rows_in)
        return self.cost + used // prices.TENTHS + rows * prices.ROW

    def refusal_of_cost(self, cost: int) -> GraphQLError | None:
        """Why a query costs too much with its variables.

        A mutation is not limited by its number of rows here.
        """
        if self.is_mutation or cost <= MAX_COST:
            return None
        return _too_large("cost", cost, MAX_COST)


def verdict(
    schema: GraphQLSchema, document: DocumentNode, variables: Mapping[str, Any], name: str | None
) -> Verdict:
    """Whether an operation is too large, and its cost. The operation must exist in the document."""
    operation = next(each for each in _operations(document) if name is None or _name_of(each) == name)
    measure = Measure(schema, document, variables)
    root = schema.get_root_type(operation.operation)
    try:
        size = measure.selections(root, operation.selection_set)
    except (TooNested, RecursionError):
        return Verdict(_too_large("fragments inside one another", MAX_OPEN_FRAGMENTS + 1, MAX_OPEN_FRAGMENTS))
    size.directives += len(operation.directives or ())
    sizes = tuple(sorted(measure.sizes))
    roots = measure.fields_of(operation.selection_set)
    is_mutation = operation.operation is OperationType.MUTATION
    problem = _problem(size, roots, document, is_mutation)
    if problem is not None:
        return Verdict(problem, sizes=sizes)
    cost, rows_in = 1 + size.points, list[str]()
    if is_mutation:
        cost += sum(_writing(root, node, rows_in) for node in roots.values())
    return Verdict(None, cost, size.uses, tuple(rows_in), sizes, is_mutation)


def _operations(document: DocumentNode) -> Iterator[OperationDefinitionNode]:
    return (node for node in document.definitions if isinstance(node, OperationDefinitionNode))


def _name_of(operation: OperationDefinitionNode) -> str | None:
    return operation.name.value if operation.name else None


def _writing(root: Any, node: FieldNode, rows_in: list[str]) -> int:
    """The cost of a mutation besides its response; adds the variables with rows of a bulk mutation to
    `rows_in`.
    """
    name = node.name.value
    if name.startswith("__"):
        return 0
    cost = prices.of_field(f"{root}.{name}", 0) + prices.MUTATION
    definition = root.fields.get(name) if root is not None else None
    if definition is not None and _is_bulk(definition):
        rows = sum(prices.rows_of_literal(each.value, rows_in) for each in node.arguments or ())
        cost += rows * prices.ROW
    return cost


def _is_bulk(definition: GraphQLField) -> bool:
    answered = get_named_type(definition.type)
    return any(each.name == _BULK for each in getattr(answered, "types", (answered,)))


def _problem(
    size: Size, roots: Mapping[str, FieldNode], document: DocumentNode, is_mutation: bool
) -> GraphQLError | None:
    limits = (
        ("operations", sum(1 for _ in _operations(document)), MAX_OPERATIONS),
        ("nested levels", size.depth, MAX_DEPTH),
        ("introspected levels", size.introspected_levels, MAX_INTROSPECTED_LEVELS),
        ("introspecting fields", size.introspections, MAX_INTROSPECTIONS),
        ("aliases", size.aliases, MAX_ALIASES),
        ("directives", size.directives, MAX_DIRECTIVES),
        ("fields", size.fields, MAX_FIELDS),
        ("cost", size.cost + size.statements if is_mutation else size.points, MAX_COST),
    )
    for what, found, most in limits:
        if found > most:
            return _too_large(what, found, most)
    if (
        is_mutation
        and sum(not node.name.value.startswith("__") for node in roots.values()) > MAX_ROOT_MUTATIONS
    ):
        message = f"An operation can call at most {MAX_ROOT_MUTATIONS} mutations."
        return GraphQLError(message, extensions={"code": "QUERY_TOO_COMPLEX"})
    return None


def _too_large(what: str, found: int, most: int, advice: str = "") -> GraphQLError:
    message = f"The operation is too large: {what} {found}; the maximum is {most}. {advice}"
    return GraphQLError(message.strip(), extensions={"code": "QUERY_TOO_COMPLEX"})
