"""How large an operation may be: one walk over the document, each fragment measured once.

The cost is what an operation can make the server do: every object that it may return, lists counted
with their page size. The other limits bound the document itself.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from graphql import (
    DocumentNode,
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    GraphQLError,
    InlineFragmentNode,
    IntValueNode,
    NullValueNode,
    OperationDefinitionNode,
    OperationType,
    SelectionSetNode,
    ValueNode,
    VariableNode,
)

from app.core.pagination import DEFAULT_PAGE, LARGEST_PAGE

MAX_TOKENS = 2_000
MAX_DEPTH = 12
MAX_ALIASES = 30
MAX_DIRECTIVES = 50
MAX_FIELDS = 5_000
MAX_ROOT_MUTATIONS = 5
MAX_COST = 20_000
COST_OF_WRITING = 20  # points for each mutation, besides what it returns

# Introspection describes the schema in a deep, wide but bounded document.
_INTROSPECTION_DEPTH = 20


# Fields that answer a whole list, which may be long: how many rows one of them counts as.
LISTS: dict[str, int] = {}


def counts_as(rows: int, *names: str) -> None:
    """Say how many rows a field that answers a whole list counts as, where nothing pages it."""
    LISTS.update(dict.fromkeys(names, rows))


@dataclass(slots=True)
class Size:
    depth: int = 0
    fields: int = 0
    aliases: int = 0
    directives: int = 0
    cost: int = 0

    def include(self, other: "Size", times: int = 1) -> None:
        self.depth = max(self.depth, other.depth)
        self.fields += other.fields
        self.aliases += other.aliases
        self.directives += other.directives
        self.cost += other.cost * times


class _Measure:
    def __init__(self, document: DocumentNode, variables: Mapping[str, Any]) -> None:
        self.variables = variables
        self.fragments = {
            node.name.value: node for node in document.definitions if isinstance(node, FragmentDefinitionNode)
        }
        self.known: dict[str, Size] = {}
        self.uses_variables = False

    def selections(self, selection_set: SelectionSetNode | None) -> Size:
        size = Size()
        for node in selection_set.selections if selection_set else ():
            size.directives += len(node.directives or ())
            if isinstance(node, FieldNode):
                size.include(self.field(node))
            elif isinstance(node, InlineFragmentNode):
                size.include(self.selections(node.selection_set))
            elif isinstance(node, FragmentSpreadNode):
                size.include(self.fragment(node.name.value))
        return size

    def fragment(self, name: str) -> Size:
        if name not in self.known:
            self.known[name] = Size()  # a cycle measures as nothing; validation refuses it next
            definition = self.fragments.get(name)
            if definition is not None:
                self.known[name] = self.selections(definition.selection_set)
        return self.known[name]

    def field(self, node: FieldNode) -> Size:
        size = Size(fields=1, aliases=1 if node.alias else 0)
        if node.selection_set is None:
            size.depth = 1
            return size
        inner = self.selections(node.selection_set)
        size.include(inner, self.page_size(node))
        size.cost += 1
        size.depth = inner.depth + 1
        return size

    def page_size(self, node: FieldNode) -> int:
        named = {argument.name.value: argument.value for argument in node.arguments or ()}
        sizes = [named[name] for name in ("first", "last") if name in named]
        if sizes:
            return max(self._size_of(given) for given in sizes)
        # A connection without a size has the default page.
        inner = node.selection_set.selections if node.selection_set else ()
        is_connection = any(isinstance(i, FieldNode) and i.name.value in ("nodes", "edges") for i in inner)
        return DEFAULT_PAGE if is_connection else LISTS.get(node.name.value, 1)

    def _size_of(self, given: ValueNode) -> int:
        """The rows that a page size can mean. What is not known before running counts as the largest."""
        if isinstance(given, IntValueNode):
            return _clamped(int(given.value)) if len(given.value) < 12 else LARGEST_PAGE
        if isinstance(given, NullValueNode):
            return DEFAULT_PAGE
        if isinstance(given, VariableNode):
            self.uses_variables = True
            value = self.variables.get(given.name.value)
            return _clamped(value) if isinstance(value, int) else LARGEST_PAGE
        return LARGEST_PAGE


def _clamped(size: int) -> int:
    return min(max(size, 0), LARGEST_PAGE)


@dataclass(frozen=True, slots=True)
class Verdict:
    """What was found out of an operation before it runs."""

    refusal: GraphQLError | None  # why it is too large
    cost: int  # the points that running it takes
    varies: bool  # whether the two depend on its variables


def verdict(
    document: DocumentNode, variables: Mapping[str, Any] | None, operation_name: str | None
) -> Verdict:
    """Whether an operation is too large, and what it costs."""
    measure = _Measure(document, variables or {})
    operations = [node for node in document.definitions if isinstance(node, OperationDefinitionNode)]
    cost = 0
    for operation in operations:
        if operation_name is not None and operation.name and operation.name.value != operation_name:
            continue
        size = measure.selections(operation.selection_set)
        size.directives += len(operation.directives or ())
        problem = _problem(operation, size)
        if problem is not None:
            refusal = GraphQLError(problem, extensions={"code": "QUERY_TOO_COMPLEX"})
            return Verdict(refusal, size.cost, measure.uses_variables)
        writes = len(operation.selection_set.selections) if _is_mutation(operation) else 0
        cost = max(cost, 1 + size.cost + writes * COST_OF_WRITING)
    return Verdict(None, cost, measure.uses_variables)


def _is_mutation(operation: OperationDefinitionNode) -> bool:
    return operation.operation is OperationType.MUTATION


def _problem(operation: OperationDefinitionNode, size: Size) -> str | None:
    roots = [n for n in operation.selection_set.selections if isinstance(n, FieldNode)]
    introspects = bool(roots) and all(n.name.value.startswith("__") for n in roots)
    limits = (
        ("nested levels", size.depth, _INTROSPECTION_DEPTH if introspects else MAX_DEPTH),
        ("aliases", size.aliases, MAX_ALIASES),
        ("directives", size.directives, MAX_DIRECTIVES),
        ("fields", size.fields, MAX_FIELDS),
        ("cost", size.cost, MAX_COST),
    )
    for what, found, most in limits:
        if found > most:
            return f"This operation is too large: {what} {found}, where {most} is the most."
    if _is_mutation(operation) and size.fields and len(roots) > MAX_ROOT_MUTATIONS:
        return f"An operation may call {MAX_ROOT_MUTATIONS} mutations at the most."
    return None
