"""Documents: parsed, measured and validated once for each text; paid for at each run."""

import asyncio
import hashlib
import math
import time
from collections.abc import Hashable, Mapping
from dataclasses import dataclass, field
from typing import Any

from graphql import (
    DocumentNode,
    GraphQLError,
    OperationDefinitionNode,
    OverlappingFieldsCanBeMergedRule,
    parse,
    specified_rules,
)
from strawberry.exceptions import MissingQueryError
from strawberry.extensions import SchemaExtension
from strawberry.schema.exceptions import CannotGetOperationTypeError, InvalidOperationTypeError
from strawberry.schema.validation_rules.maybe_null import MaybeNullValidationRule
from strawberry.schema.validation_rules.one_of import OneOfInputValidationRule
from strawberry.types import ExecutionContext

from app.core.graphql import limits, persisted, prices
from app.core.graphql.faults import REFUSED, BadRequest, RequestFault
from app.core.graphql.introspection import IntrospectionIsOff
from app.core.graphql.merging import FieldsMergeRule
from app.engine.caches import SizeBoundedCache, bytes_of
from app.engine.graphql import parsing, validating
from app.engine.graphql.schema import graph_of, names_operation
from app.engine.switches import on

KEEP_BYTES = 24_000_000
BYTES_OF_TOKEN = 900  # memory, including the parsed document and its plans
MOST_VERDICTS = 50  # per document, by the sizes that its variables request
MEASURING = 10  # a tenth of the price of reading the document
MOST_ERRORS = 20
LONG = 200  # points of a new document above which it is read in slices
_HINT = " Did you mean"

_RULES = (
    *(rule for rule in specified_rules if rule is not OverlappingFieldsCanBeMergedRule),
    FieldsMergeRule,
    MaybeNullValidationRule,
    OneOfInputValidationRule,
)
Errors = list[GraphQLError]


@dataclass(slots=True)
class Known:
    """A parsed document with its validation result and its cost."""

    document: DocumentNode
    price: int  # of parsing and validating it
    errors: dict[bool, Errors] = field(default_factory=dict)  # by whether introspection is allowed
    sizes: dict[str | None, tuple[str, ...]] = field(default_factory=dict)  # by operation
    verdicts: dict[Hashable, limits.Verdict] = field(default_factory=dict)  # by operation and sizes

    def verdict(self, execution: ExecutionContext) -> limits.Verdict:
        """What is known of an operation. New sizes are measured, and paid for, again."""
        name, variables = execution.operation_name, execution.variables or {}
        sizes = self.sizes.get(name)
        found = self.verdicts.get(_key(name, sizes, variables)) if sizes is not None else None
        if found is None:
            found = limits.verdict(graph_of(execution.schema), self.document, variables, name)
            if sizes:
                execution.context.take(self.price // MEASURING)
            if len(self.verdicts) >= MOST_VERDICTS:
                self.verdicts.clear()
            self.sizes[name] = found.sizes
            self.verdicts[_key(name, found.sizes, variables)] = found
        return found


def _key(name: str | None, sizes: tuple[str, ...], variables: Mapping[str, Any]) -> Hashable:
    if not sizes:
        return name
    asked = (variables.get(each) for each in sizes)
    return name, *(len(each) if isinstance(each, list) else each if isinstance(each, int) else None
                   for each in asked)  # fmt: skip


_documents: SizeBoundedCache[str, Known] = SizeBoundedCache(KEEP_BYTES)


def is_known(text: str | None) -> bool:
    """Whether a document was read before and is cached."""
    return text is not None and _documents.get(text) is not None


async def prepare(execution: ExecutionContext) -> Errors | None:
    """Parse, measure and validate a request's document and take its points; None if it may run.

    A long new document is read and validated in slices.

    Raises:
        MissingQueryError, CannotGetOperationTypeError, InvalidOperationTypeError.
    """
    text = execution.query
    if not text:
        raise MissingQueryError
    known = _documents.get(text)
    if known is not None and _is_trusted(execution, text):
        return await _prepared(execution, known)
    began = time.perf_counter()
    price = prices.of_document(text, limits.MAX_TOKENS)
    refusal = _refusal_of_text(execution, text) or charge(execution.context, price)
    if refusal is not None:
        return [refusal]
    read = _read(text, price)
    if price >= LONG:
        await asyncio.sleep(time.perf_counter() - began)
    return await _prepared(execution, read)


async def _prepared(execution: ExecutionContext, known: Known | GraphQLError) -> Errors | None:
    """The errors of a parsed document for this request; None if it may run."""
    caller = execution.context
    if not isinstance(known, Known):
        return [known]
    execution.graphql_document = known.document
    try:
        _check_kind(execution)
        errors = await _errors_of(execution, known)
    except REFUSED:
        caller.take(prices.REFUSAL)
        raise
    if errors:
        caller.take(prices.REFUSAL + len(errors))
    return errors or _paid(execution, known)


def _refusal_of_text(execution: ExecutionContext, text: str) -> GraphQLError | None:
    """Why a document is not parsed."""
    refusal = limits.refusal_of_text(text)
    if refusal is None and not _is_trusted(execution, text):
        message = "Unauthenticated callers can send only documents that are registered with this server."
        refusal = GraphQLError(message, extensions={"code": "DOCUMENT_NOT_TRUSTED"})
    if refusal is not None:
        execution.context.take(prices.of_failure(len(text)))
    return refusal


def _read(text: str, price: int) -> Known | GraphQLError:
    """Parse a new document, which was paid for."""
    try:
        document = (
            parsing.parse(text, limits.MAX_TOKENS)
            if on.parsing
            else parse(text, max_tokens=limits.MAX_TOKENS)
        )
    except GraphQLError as error:
        return error
    return _documents.keep(text, Known(document, price), 2 * bytes_of(text) + price * BYTES_OF_TOKEN)


def _check_kind(execution: ExecutionContext) -> None:
    try:
        kind = execution.operation_type
    except RuntimeError as error:
        raise CannotGetOperationTypeError(execution.operation_name) from error
    if kind not in execution.allowed_operations:
        raise InvalidOperationTypeError(kind)


async def _errors_of(execution: ExecutionContext, known: Known) -> Errors:
    """The errors of a parsed document for this request."""
    if not names_operation(execution) and _is_ambiguous(known.document):
        return [
            RequestFault(BadRequest("The document has several operations. Select one with `operationName`."))
        ]
    refusal = known.verdict(execution).refusal
    if refusal is not None:
        return [refusal]
    settings = execution.context.settings
    is_on = settings.introspection or settings.is_development
    errors = known.errors.get(is_on)
    if errors is None:
        rules = _RULES if is_on else (*_RULES, IntrospectionIsOff)
        errors = known.errors[is_on] = await _validated(execution, known, rules)
    return errors.copy()


async def _validated(execution: ExecutionContext, known: Known, rules: validating.Rules) -> Errors:
    """The result of the validation rules."""
    schema = graph_of(execution.schema)
    if known.price < LONG or not on.validating:
        errors = validating.at_once(schema, known.document, rules, MOST_ERRORS)
    else:
        errors = await validating.in_slices(schema, known.document, rules, MOST_ERRORS)
    for error in errors:
        error.message = error.message.partition(_HINT)[0]
    return errors


def _paid(execution: ExecutionContext, known: Known) -> Errors | None:
    """Take the points for running an operation, by its document and the values of its variables."""
    variables, caller = execution.variables or {}, execution.context
    verdict = known.verdict(execution)
    weights, values = dict[str, int](), 0
    for name, value in variables.items():
        weights[name], number = prices.weigh(value)
        values += number
    cost = verdict.cost_with(weights, variables) if weights else verdict.cost
    refusal = limits.refusal_of_values(values) or verdict.refusal_of_cost(cost)
    if refusal is not None:
        caller.take(prices.REFUSAL + sum(weights.values()) // prices.TENTHS)
    else:
        refusal = charge(caller, cost)
        caller.cost = cost
    return None if refusal is None else [refusal]


def charge(caller: Any, cost: int) -> GraphQLError | None:
    """Take points from the caller's budget; return an error with the waiting time if there are not enough."""
    spent = caller.spend(cost)
    if spent is None or spent.allowed:
        return None
    wait = math.ceil(spent.wait * 10) / 10
    message = f"The rate limit is exceeded: this operation costs {cost} points. Try again in {wait} seconds."
    return GraphQLError(message, extensions={"code": "RATE_LIMITED", "retryAfter": wait})


class Costs(SchemaExtension):
    """Adds the cost of the operation and the remaining points to the response's `extensions`."""

    _told = False

    def get_results(self) -> dict[str, Any]:
        spent = self.execution_context.context.spent
        if spent is None or self._told:
            return {}
        self._told = True  # once for a stream, which pays when it starts
        return {"cost": {"spent": spent.cost if spent.allowed else 0, "left": spent.left,
                         "perSecond": spent.per_second}}  # fmt: skip


def _is_trusted(execution: ExecutionContext, text: str) -> bool:
    asking = execution.context
    registered = persisted.trusted(asking.settings.trusted_documents)
    return asking.credential is not None or persisted.is_trusted(text, registered)


def _is_ambiguous(document: DocumentNode) -> bool:
    """Whether a document has several operations, so that the request must name one."""
    definitions = document.definitions
    return len(definitions) > 1 and sum(isinstance(each, OperationDefinitionNode) for each in definitions) > 1


def parsed(text: str) -> DocumentNode | None:
    """A recently parsed document."""
    known = _documents.get(text)
    return known.document if known else None


def hash_of(text: str | None) -> str:
    """The name of a document in logs, which must not contain its text and literals."""
    return hashlib.sha256((text or "").encode()).hexdigest()[:16]
