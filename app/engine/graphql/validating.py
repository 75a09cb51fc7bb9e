"""Validating a long document in slices, so that nobody waits for all of it.

graphql-core walks through a document in one go. Here the same rules are told of the same nodes in the same
order, and others have a turn after every few of them.
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

NODES = 100  # of a slice

Rules = Sequence[type[ASTValidationRule]]
Errors = list[GraphQLError]
Usages = dict[int, list[VariableUsage]]  # of variables, by the id of the operation or fragment they are in


class _Context(ValidationContext):
    """What the rules share; where variables are used is known before they ask."""

    usages: Usages

    def get_variable_usages(self, node: Any) -> list[VariableUsage]:
        return self.usages[id(node)]


def at_once(schema: GraphQLSchema, document: DocumentNode, rules: Rules, most: int) -> Errors:
    """What the rules say of a short document; after `most` errors it is not read further."""
    return validate(schema, document, rules, max_errors=most, hide_suggestions=True)


async def in_slices(schema: GraphQLSchema, document: DocumentNode, rules: Rules, most: int) -> Errors:
    """The same of a long one, with a rest after each slice that is as long as the slice was."""
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
    """Where each operation and each fragment uses variables itself, which several rules ask for."""
    usages: Usages = {}
    for each in document.definitions:
        if isinstance(each, (OperationDefinitionNode, FragmentDefinitionNode)):
            types = TypeInfo(schema)
            visitor = VariableUsageVisitor(types)
            await _paced(_walk(each, TypeInfoVisitor(types, visitor)))
            usages[id(each)] = visitor.usages
    return usages


async def _paced(walk: Iterator[None]) -> None:
    """Walk to the end, with a rest after each slice."""
    is_over = False
    while not is_over:
        began = time.perf_counter()
        is_over = any(next(walk, walk) is walk for _ in range(NODES))
        await asyncio.sleep(time.perf_counter() - began)


def _walk(root: Node, visitor: Visitor) -> Iterator[None]:
    """Visit each node as graphql-core's `visit` does, in steps, for a visitor that looks or skips."""
    path: list[Any] = []
    ancestors: list[Any] = []
    open_: list[tuple[Any, Any, Any, Iterator[tuple[Any, Any]]]] = []  # what is entered and not yet left

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
    """What is right inside a node or a list of nodes, each with its place."""
    if isinstance(thing, tuple):
        yield from enumerate(thing)
        return
    for name in query_document_keys_to_validate.get(thing.kind, ()):
        child = getattr(thing, name, None)
        if child is not None:
            yield name, child
