"""Validates long documents in slices, so that other requests get turns.

graphql-core validates a document in one pass. Here the same rules visit the same nodes in the same order,
with turns of other work in between.
"""

import asyncio
import time
from collections.abc import Iterator, Sequence
from typing import Any

from graphql import (
    ASTValidationRule,
    DocumentNode,
    FragmentDefinitionNode,
    GraphQLError,
    GraphQLSchema,
    Node,
    OperationDefinitionNode,
    ParallelVisitor,
    TypeInfo,
    TypeInfoVisitor,
    ValidationContext,
    Visitor,
    validate,
)
from graphql.language.visitor import SKIP
from graphql.validation.validate import (
    FragmentNestingVisitor,
    ValidationAbortedError,
    query_document_keys_to_validate,
)
from graphql.validation.validation_context import VariableUsage, VariableUsageVisitor

NODES = 100  # per slice

Rules = Sequence[type[ASTValidationRule]]
Errors = list[GraphQLError]
Usages = dict[int, list[VariableUsage]]  # variables, by the id of their operation or fragment


class _Context(ValidationContext):
    """The shared context of the rules, with the usages of variables computed in advance."""

    usages: Usages

    def get_variable_usages(self, node: Any) -> list[VariableUsage]:
        return self.usages[id(node)]


def at_once(schema: GraphQLSchema, document: DocumentNode, rules: Rules, most: int) -> Errors:
    """Validate a short document; stop after `most` errors."""
    return validate(schema, document, rules, max_errors=most, hide_suggestions=True)


async def in_slices(schema: GraphQLSchema, document: DocumentNode, rules: Rules, most: int) -> Errors:
    """Validate a long document, with a pause after each slice that is as long as the slice took."""
    errors: Errors = []
    types = TypeInfo(schema)

    def note(error: GraphQLError) -> None:
        if len(errors) == most:
            raise ValidationAbortedError(
                "Too many validation errors, error limit reached. Validation aborted."
            )
        errors.append(error)

    context = _Context(schema, document, types, note, hide_suggestions=True)
    context.usages = await _usages(schema, document)
    visitors: list[Visitor] = [rule(context) for rule in rules]
    fragments = {
        each.name.value: each for each in document.definitions if isinstance(each, FragmentDefinitionNode)
    }
    if fragments:
        visitors.insert(0, FragmentNestingVisitor(fragments))
    try:
        await _paced(_walk(document, TypeInfoVisitor(types, ParallelVisitor(visitors))))
    except ValidationAbortedError as error:
        errors.append(ValidationAbortedError(error.message))
    except RecursionError:
        errors.append(ValidationAbortedError("Validation aborted."))
    return errors


async def _usages(schema: GraphQLSchema, document: DocumentNode) -> Usages:
    """The variables that each operation and fragment uses directly, which several rules need."""
    usages: Usages = {}
    for each in document.definitions:
        if isinstance(each, (OperationDefinitionNode, FragmentDefinitionNode)):
            types = TypeInfo(schema)
            visitor = VariableUsageVisitor(types)
            await _paced(_walk(each, TypeInfoVisitor(types, visitor)))
            usages[id(each)] = visitor.usages
    return usages


async def _paced(walk: Iterator[None]) -> None:
    """Walk to the end, with a pause after each slice."""
    is_over = False
    while not is_over:
        began = time.perf_counter()
        is_over = any(next(walk, walk) is walk for _ in range(NODES))
        await asyncio.sleep(time.perf_counter() - began)


def _walk(root: Node, visitor: Visitor) -> Iterator[None]:
    """Visit nodes like graphql-core's `visit`, in steps, for a visitor that inspects or skips."""
    path: list[Any] = []
    ancestors: list[Any] = []
    # nodes that were entered and not left yet
    open_: list[tuple[Any, Any, Any, Iterator[tuple[Any, Any]]]] = []

    def enter(thing: Any, key: Any, parent: Any) -> None:
        if isinstance(thing, Node):
            call = visitor.get_enter_leave_for_kind(thing.kind).enter
            if call is not None and call(thing, key, parent, path, ancestors) is SKIP:
                if path:
                    path.pop()
                return
        open_.append((thing, key, parent, _inside(thing)))
        if parent is not None:
            ancestors.append(parent)

    enter(root, None, None)
    while open_:
        thing, key, parent, inside = open_[-1]
        for at, child in inside:
            path.append(at)
            enter(child, at, thing)
            break
        else:
            open_.pop()
            if ancestors:
                ancestors.pop()
            if isinstance(thing, Node):
                call = visitor.get_enter_leave_for_kind(thing.kind).leave
                if call is not None:
                    call(thing, key, parent, path, ancestors)
                yield
            if path:
                path.pop()


def _inside(thing: Any) -> Iterator[tuple[Any, Any]]:
    """The direct children of a node or a list of nodes, with their keys."""
    if isinstance(thing, tuple):
        yield from enumerate(thing)
        return
    for name in query_document_keys_to_validate.get(thing.kind, ()):
        child = getattr(thing, name, None)
        if child is not None:
            yield name, child
