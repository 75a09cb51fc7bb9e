"""Field selection merging: whether fields with the same response name can be merged, in a single pass.

graphql-core's rule compares fields in pairs, which takes quadratic time. Here the fields of one response name
are grouped once: all must have the shape of the first, and those that can apply to the same object must have
its name and arguments.
"""

from collections.abc import Hashable, Iterable
from typing import Any

from graphql import (
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    GraphQLError,
    GraphQLField,
    GraphQLNamedType,
    ListValueNode,
    ObjectValueNode,
    OperationDefinitionNode,
    SelectionSetNode,
    StringValueNode,
    ValidationContext,
    ValidationRule,
    ValueNode,
    VariableNode,
    get_named_type,
    is_interface_type,
    is_leaf_type,
    is_list_type,
    is_non_null_type,
    is_object_type,
)

MOST_VISITS = 30_000  # fields, each counted once for every place that it is merged into


class _Field:
    """A selected field: its parent type and definition."""

    __slots__ = ("definition", "node", "parent")

    def __init__(self, parent: GraphQLNamedType | None, node: FieldNode) -> None:
        self.parent = parent
        self.node = node
        self.definition: GraphQLField | None = None
        if is_object_type(parent) or is_interface_type(parent):
            self.definition = parent.fields.get(node.name.value)

    @property
    def inner_type(self) -> GraphQLNamedType | None:
        return get_named_type(self.definition.type) if self.definition is not None else None


Fields = list[_Field]
Selected = tuple[GraphQLNamedType | None, SelectionSetNode]


class FieldsMergeRule(ValidationRule):
    """Refuses fields of one response name that differ, and documents with too many fields to merge."""

    def __init__(self, context: ValidationContext) -> None:
        super().__init__(context)
        self._visits = 0
        self._arguments: dict[int, Hashable] = {}  # by the id of the field's node

    def enter_operation_definition(self, node: OperationDefinitionNode, *_: Any) -> None:
        root = self.context.schema.get_root_type(node.operation)
        waiting: list[tuple[list[Selected], bool]] = [([(root, node.selection_set)], True)]
        while waiting:
            selected, whole = waiting.pop()
            for name, fields in self._collected(selected).items():
                problem = self._problem(name, fields, whole)
                if problem is not None:
                    self.report_error(problem)
                else:
                    waiting += _inside(fields, whole)
            if self._visits > MOST_VISITS:
                message = f"The selections of the document overlap in more than {MOST_VISITS:,} places."
                self.report_error(GraphQLError(message, node, extensions={"code": "QUERY_TOO_COMPLEX"}))
                return

    def _collected(self, selected: Iterable[Selected]) -> dict[str, Fields]:
        """The fields of selection sets by response name; each fragment is visited once."""
        found: dict[str, Fields] = {}
        seen: set[str] = set()
        waiting = list(selected)[::-1]
        while waiting and self._visits <= MOST_VISITS:
            parent, selection_set = waiting.pop()
            for node in selection_set.selections:
                self._visits += 1
                if isinstance(node, FieldNode):
                    name = (node.alias or node.name).value
                    found.setdefault(name, []).append(_Field(parent, node))
                elif isinstance(node, FragmentSpreadNode):
                    fragment = self.context.get_fragment(node.name.value)
                    if fragment is not None and node.name.value not in seen:
                        seen.add(node.name.value)
                        waiting.append((self._type_of(fragment), fragment.selection_set))
                else:
                    condition = node.type_condition  # type: ignore[attr-defined]
                    type_ = self.context.schema.get_type(condition.name.value) if condition else parent
                    waiting.append((type_, node.selection_set))  # type: ignore[attr-defined]
        return found

    def _type_of(self, fragment: FragmentDefinitionNode) -> GraphQLNamedType | None:
        return self.context.schema.get_type(fragment.type_condition.name.value)

    def _problem(self, name: str, fields: Fields, whole: bool) -> GraphQLError | None:
        """Why fields of one response name cannot be merged."""
        first = fields[0]
        if len(fields) == 1:
            return None
        shape = _shape_of(first)
        for other in fields[1:]:
            if other.definition is not first.definition and not _agree(shape, _shape_of(other)):
                types = f"`{_type_name(first)}` and `{_type_name(other)}`"
                return _conflict(name, f"is selected with the types {types}", first, other)
        if whole:
            for together in _that_meet(fields):
                first = together[0]
                for other in together[1:]:
                    if other.node.name.value != first.node.name.value:
                        names = f"`{first.node.name.value}` and `{other.node.name.value}`"
                        return _conflict(name, f"is selected as the fields {names}", first, other)
                    if self._arguments_of(other.node) != self._arguments_of(first.node):
                        return _conflict(name, "is selected with different arguments", first, other)
        return None

    def _arguments_of(self, node: FieldNode) -> Hashable:
        if not node.arguments:
            return ()
        known = self._arguments.get(id(node))
        if known is None:
            given = ((argument.name.value, _key_of(argument.value)) for argument in node.arguments)
            known = self._arguments[id(node)] = frozenset(given)
        return known


def _that_meet(fields: Fields) -> list[Fields]:
    """Groups of fields that can apply to the same object: those of one object type, plus those of abstract
    types.
    """
    abstract = [field for field in fields if not is_object_type(field.parent)]
    by_type: dict[str, Fields] = {}
    for field in fields:
        if is_object_type(field.parent):
            by_type.setdefault(field.parent.name, []).append(field)
    if len(by_type) < 2:
        return [fields]
    return [[*of_type, *abstract] for of_type in by_type.values()]


def _inside(fields: Fields, whole: bool) -> list[tuple[list[Selected], bool]]:
    """The selections of fields of one response name: compared fully, or only by shape if they never apply to
    the same object.
    """
    selected = _selected(fields)
    if not selected:
        return []
    sets = _that_meet(fields) if whole and len(fields) > 1 else [fields]
    if not whole or len(sets) == 1:
        return [(selected, whole)]
    return [(selected, False), *((_selected(each), True) for each in sets)]


def _selected(fields: Fields) -> list[Selected]:
    return [(field.inner_type, field.node.selection_set) for field in fields if field.node.selection_set]


def _shape_of(field: _Field) -> tuple[str, GraphQLNamedType | None] | None:
    """The list and non-null wrapping of a field's type, and the type itself if it is a leaf; None for an
    unknown field.
    """
    if field.definition is None:
        return None
    type_: Any = field.definition.type
    wrapping = ""
    while is_list_type(type_) or is_non_null_type(type_):
        wrapping += "[" if is_list_type(type_) else "!"
        type_ = type_.of_type
    return wrapping, type_ if is_leaf_type(type_) else None


def _agree(one: object, other: object) -> bool:
    return one is None or other is None or one == other


def _type_name(field: _Field) -> str:
    return str(field.definition.type) if field.definition is not None else ""


def _key_of(value: ValueNode) -> Hashable:
    """The identity of an argument's value; the fields of an object may be in any order."""
    if isinstance(value, ListValueNode):
        return (value.kind, *(_key_of(each) for each in value.values))
    if isinstance(value, ObjectValueNode):
        return (value.kind, frozenset((field.name.value, _key_of(field.value)) for field in value.fields))
    if isinstance(value, VariableNode):
        return value.kind, value.name.value
    return value.kind, getattr(value, "value", None), isinstance(value, StringValueNode) and value.block


def _conflict(name: str, what: str, first: _Field, other: _Field) -> GraphQLError:
    message = f"`{name}` {what} in the same selection. Use an alias for one of them."
    return GraphQLError(message, [first.node, other.node])
