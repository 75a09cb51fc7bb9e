"""The size of an operation: one walk over the document, measuring each fragment once."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from graphql import (
    DocumentNode,
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    GraphQLField,
    GraphQLNamedType,
    GraphQLSchema,
    IntValueNode,
    ListValueNode,
    NullValueNode,
    SelectionSetNode,
    ValueNode,
    VariableNode,
    get_named_type,
    is_interface_type,
    is_object_type,
)
from strawberry.types.fields.resolver import StrawberryResolver

from app.core.graphql import prices
from app.core.pagination import DEFAULT_PAGE, LARGEST_PAGE
from app.engine.graphql.compiled.levels import level_of

MAX_OPEN_FRAGMENTS = 100  # nested fragments
LONGEST_LIST = 1_000  # rows of a list with a given size that is not a connection

_INTROSPECTING = ("__schema", "__type")
_COUNTS = ("totalCount", "totalCountIsExact")
_SIZES = ("first", "last")
_ROWS = ("nodes", "edges")  # of a connection
_BY_ID = "ids"  # the argument of `nodes`, which returns one object per id


@dataclass(slots=True)
class Size:
    depth: int = 0
    fields: int = 0
    aliases: int = 0
    directives: int = 0
    introspections: int = 0
    introspected_levels: int = 0
    counts: int = 0  # `totalCount`s of the connection that this is a part of
    statements: int = 0  # points for statements, which run once whatever the number of objects
    cost: int = 0  # points for each object
    weight: int = 0  # tenths of a point, for the values in arguments
    uses: dict[str, int] = field(default_factory=dict)  # variables in arguments, and how often each is used

    def include(self, other: "Size", times: int = 1) -> None:
        self.depth = max(self.depth, other.depth)
        self.fields += other.fields
        self.aliases += other.aliases
        self.directives += other.directives
        self.introspections += other.introspections
        self.introspected_levels = max(self.introspected_levels, other.introspected_levels)
        self.counts += other.counts
        self.statements += other.statements
        self.cost += other.cost * times
        self.weight += other.weight * times
        for name, uses in other.uses.items():
            self.uses[name] = self.uses.get(name, 0) + uses * times

    @property
    def points(self) -> int:
        return self.cost + self.statements + self.weight // prices.TENTHS


class TooNested(Exception):
    """Fragments are nested too deeply."""


class Measure:
    def __init__(self, schema: GraphQLSchema, document: DocumentNode, variables: Mapping[str, Any]) -> None:
        self.schema = schema
        self.variables = variables
        self.fragments = {
            node.name.value: node for node in document.definitions if isinstance(node, FragmentDefinitionNode)
        }
        self.known: dict[str, Size] = {}
        self.open = 0
        self.sizes: set[str] = set()  # variables that determine numbers of rows

    def selections(self, type_: GraphQLNamedType | None, selection_set: SelectionSetNode | None) -> Size:
        size = Size()
        for node in selection_set.selections if selection_set else ():
            size.directives += len(node.directives or ())
            if isinstance(node, FieldNode):
                if node.selection_set is None and not node.arguments:
                    self._count_leaf(size, type_, node)
                else:
                    size.include(self.field(type_, node))
            elif isinstance(node, FragmentSpreadNode):
                size.include(self.fragment(node.name.value))
            else:
                condition = node.type_condition  # type: ignore[attr-defined]
                inner = self.schema.get_type(condition.name.value) if condition else type_
                size.include(self.selections(inner, node.selection_set))  # type: ignore[attr-defined]
        return size

    def _count_leaf(self, size: Size, type_: GraphQLNamedType | None, node: FieldNode) -> None:
        """Add a field without a selection."""
        size.fields += 1
        size.aliases += node.alias is not None
        size.depth = max(size.depth, 1)
        definition = _definition_of(type_, node)
        if definition is None or type_ is self.schema.mutation_type or not _waits(definition):
            return
        if node.name.value in _COUNTS:
            size.counts += 1
        else:
            size.statements += prices.of_field(f"{type_}.{node.name.value}", prices.STATEMENT)

    def fragment(self, name: str) -> Size:
        if name not in self.known:
            self.known[name] = Size()  # a cycle measures as nothing; validation refuses it
            definition = self.fragments.get(name)
            if definition is not None:
                self.open += 1
                if self.open > MAX_OPEN_FRAGMENTS:
                    raise TooNested
                type_ = self.schema.get_type(definition.type_condition.name.value)
                self.known[name] = self.selections(type_, definition.selection_set)
                self.open -= 1
        return self.known[name]

    def field(self, type_: GraphQLNamedType | None, node: FieldNode) -> Size:
        name = node.name.value
        definition = _definition_of(type_, node)
        size = Size(fields=1, aliases=1 if node.alias else 0, depth=1)
        inner_type = get_named_type(definition.type) if definition is not None else None
        inner = self.selections(inner_type, node.selection_set)
        if name in _INTROSPECTING:
            self._introspect(size, name, inner)
            return size
        rows = self.rows(node, inner_type)
        size.include(inner, rows)
        size.depth = inner.depth + 1
        if node.selection_set is not None:
            size.cost += prices.OBJECT
        self._read(size, type_, node, definition, rows)
        return size

    def _introspect(self, size: Size, name: str, inner: Size) -> None:
        """Introspection is priced separately; its fields are not fields of the shop."""
        size.fields += inner.fields
        size.aliases += inner.aliases
        size.directives += inner.directives
        size.introspections = 1
        size.introspected_levels = inner.depth + 1
        size.cost += prices.SCHEMA if name == "__schema" else prices.TYPE

    def _read(
        self,
        size: Size,
        type_: GraphQLNamedType | None,
        node: FieldNode,
        definition: GraphQLField | None,
        rows: int,
    ) -> None:
        """Add the cost of a field itself: its statement and its arguments."""
        uses: list[str] = []
        for argument in node.arguments or ():
            if argument.name.value not in _SIZES:
                size.weight += prices.weight_of_literal(argument.value, uses)
        for each in uses:
            size.uses[each] = size.uses.get(each, 0) + 1
        if definition is None or type_ is self.schema.mutation_type:
            return
        size.cost += prices.of_value(f"{type_}.{node.name.value}")
        if not _is_level(definition):  # the rows of a level field are not read from the database
            size.cost += size.counts * prices.COUNT
        size.counts = 0
        usual = prices.STATEMENT if _waits(definition) else 0
        reads = prices.of_field(f"{type_}.{node.name.value}", usual)
        is_for_each = "first" in definition.args and not _is_level(definition)
        if _BY_ID in definition.args:
            size.statements += reads * rows
        elif is_for_each:
            size.cost += reads
        else:
            size.statements += reads

    def rows(self, node: FieldNode, inner_type: GraphQLNamedType | None) -> int:
        named = {argument.name.value: argument.value for argument in node.arguments or ()}
        sizes = [named[name] for name in _SIZES if name in named]
        if sizes:
            most = LARGEST_PAGE if self.is_page(node, inner_type) else LONGEST_LIST
            return max(self._size_of(given, most) for given in sizes)
        if _BY_ID in named and node.name.value == "nodes":
            return self._number_of(named[_BY_ID])
        # A connection without a size has the default page size.
        return DEFAULT_PAGE if self.is_page(node, inner_type) else prices.rows_of_list(node.name.value)

    def is_page(self, node: FieldNode, inner_type: GraphQLNamedType | None) -> bool:
        """Whether rows of a connection are selected, directly or in a fragment."""
        if node.selection_set is None or not is_object_type(inner_type) or "nodes" not in inner_type.fields:
            return False
        return any(each.name.value in _ROWS for each in self.fields_of(node.selection_set).values())

    def _size_of(self, given: ValueNode, most: int) -> int:
        """The number of rows that a page size can mean.

        A size that is not known before running counts as the largest.
        """
        if isinstance(given, IntValueNode):
            return min(max(int(given.value), 0), most) if len(given.value) < 12 else most
        if isinstance(given, NullValueNode):
            return DEFAULT_PAGE
        if isinstance(given, VariableNode):
            self.sizes.add(given.name.value)
            value = self.variables.get(given.name.value)
            return min(max(value, 0), most) if isinstance(value, int) else LARGEST_PAGE
        return LARGEST_PAGE

    def _number_of(self, given: ValueNode) -> int:
        """The number of ids, up to the maximum."""
        if isinstance(given, ListValueNode):
            return min(len(given.values), LARGEST_PAGE)
        if isinstance(given, VariableNode):
            self.sizes.add(given.name.value)
            value = self.variables.get(given.name.value)
            return min(len(value), LARGEST_PAGE) if isinstance(value, list) else 1
        return 1

    def fields_of(self, selection_set: SelectionSetNode) -> dict[str, FieldNode]:
        """The fields of one object by response name, including those in fragments."""
        found: dict[str, FieldNode] = {}
        entered: set[str] = set()
        waiting = [selection_set]
        for selections in waiting:  # the list grows during the loop
            for node in selections.selections:
                if isinstance(node, FieldNode):
                    found.setdefault((node.alias or node.name).value, node)
                elif not isinstance(node, FragmentSpreadNode):
                    waiting.append(node.selection_set)  # type: ignore[attr-defined]
                elif node.name.value in self.fragments and node.name.value not in entered:
                    entered.add(node.name.value)
                    waiting.append(self.fragments[node.name.value].selection_set)
        return found


def _definition_of(type_: GraphQLNamedType | None, node: FieldNode) -> GraphQLField | None:
    if not (is_object_type(type_) or is_interface_type(type_)):
        return None
    found: GraphQLField | None = type_.fields.get(node.name.value)
    return found


def _resolver(definition: GraphQLField) -> StrawberryResolver[Any] | None:
    return getattr(definition.extensions.get("strawberry-definition"), "base_resolver", None)


def _waits(definition: GraphQLField) -> bool:
    resolver = _resolver(definition)
    return resolver is not None and bool(resolver.is_async)


def _is_level(definition: GraphQLField) -> bool:
    resolver = _resolver(definition)
    return resolver is not None and level_of(resolver.wrapped_func) is not None
