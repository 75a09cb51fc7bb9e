"""Parsed and validated documents, kept for the next time the same text arrives."""

import hashlib
import math
from collections import OrderedDict
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from graphql import (
    DocumentNode,
    GraphQLError,
    NoSchemaIntrospectionCustomRule,
    OperationDefinitionNode,
    specified_rules,
    validate,
)
from strawberry.extensions import SchemaExtension
from strawberry.schema.validation_rules.maybe_null import MaybeNullValidationRule
from strawberry.schema.validation_rules.one_of import OneOfInputValidationRule

from app.core.budgets import Spent
from app.core.graphql import limits, persisted
from app.core.graphql.faults import BadRequest, RequestFault

COST_OF_CHECKING = 20  # points for a document that was not seen before
KEEP = 500  # documents; each is at most 2,000 tokens

_RULES = (*specified_rules, MaybeNullValidationRule, OneOfInputValidationRule)


@dataclass(slots=True)
class Known:
    """A document that was parsed before, what validation said, and what it costs to run."""

    document: DocumentNode
    errors: list[GraphQLError] | None = None
    verdicts: dict[str | None, limits.Verdict] = field(default_factory=dict)  # by operation


_known: OrderedDict[str, Known] = OrderedDict()


def _remember(text: str, document: DocumentNode) -> Known:
    _known[text] = known = Known(document)
    if len(_known) > KEEP:
        _known.popitem(last=False)
    return known


class Documents(SchemaExtension):
    """Parses, measures and validates, each once for each text; and charges for each time that it runs."""

    _spent: Spent | None = None
    _told = False

    def on_operation(self) -> Iterator[None]:
        self.execution_context.parse_options["max_tokens"] = limits.MAX_TOKENS
        yield

    def on_parse(self) -> Iterator[None]:
        context = self.execution_context
        known = _known.get(context.query or "")
        if known is not None:
            _known.move_to_end(context.query or "")
            context.graphql_document = known.document
        yield
        if known is None and context.graphql_document is not None and context.query:
            _remember(context.query, context.graphql_document)

    def on_validate(self) -> Iterator[None]:
        context = self.execution_context
        document = context.graphql_document
        assert document is not None
        if self._is_not_trusted():
            message = "Visitors may only send documents that were registered with this server."
            context.pre_execution_errors = [
                GraphQLError(message, extensions={"code": "DOCUMENT_NOT_TRUSTED"})
            ]
            yield
            return
        if context._provided_operation_name is None and _is_ambiguous(document):
            context.pre_execution_errors = [RequestFault(BadRequest("Say which operation: `operationName`."))]
            yield
            return
        known = _known.get(context.query or "") or Known(document)
        verdict = known.verdicts.get(context.operation_name)
        if verdict is None or verdict.varies:
            verdict = limits.verdict(document, context.variables, context.operation_name)
            known.verdicts[context.operation_name] = verdict
        if verdict.refusal is not None:
            context.pre_execution_errors = [verdict.refusal]
            yield
            return
        if known.errors is None:
            if not self._charge(COST_OF_CHECKING):
                yield
                return
            known.errors = self._validate(document)
        context.pre_execution_errors = known.errors
        if not known.errors:
            self._charge(verdict.cost)
        yield

    def _charge(self, cost: int) -> bool:
        """Take points from the caller's budget, or refuse the operation."""
        self._spent = spent = self.execution_context.context.spend(cost)
        if spent is None or spent.allowed:
            return True
        wait = math.ceil(spent.wait * 10) / 10
        message = f"You have used up your points for now: this costs {cost}. Try again in {wait} seconds."
        extensions = {"code": "RATE_LIMITED", "retryAfter": wait}
        self.execution_context.pre_execution_errors = [GraphQLError(message, extensions=extensions)]
        return False

    def get_results(self) -> dict[str, Any]:
        """What the operation cost and what is left, for the answer's `extensions`."""
        spent = self._spent
        if spent is None or self._told:
            return {}
        self._told = True  # once for a stream, which has paid when it began
        return {"cost": {"spent": spent.cost if spent.allowed else 0, "left": spent.left,
                         "perSecond": spent.per_second}}  # fmt: skip

    def _is_not_trusted(self) -> bool:
        asking = self.execution_context.context
        registered = persisted.trusted(asking.settings.trusted_documents)
        return asking.credential is None and not persisted.is_trusted(
            self.execution_context.query or "", registered
        )

    def _validate(self, document: DocumentNode) -> list[GraphQLError]:
        context = self.execution_context
        settings = context.context.settings
        rules = _RULES
        if not (settings.introspection or settings.is_development):
            rules = (*_RULES, NoSchemaIntrospectionCustomRule)
        return validate(context.schema._schema, document, rules, max_errors=20)


def _is_ambiguous(document: DocumentNode) -> bool:
    """Whether a document has several operations, of which the request must name one."""
    definitions = document.definitions
    return len(definitions) > 1 and sum(isinstance(each, OperationDefinitionNode) for each in definitions) > 1


def parsed(text: str) -> DocumentNode | None:
    """A document that was parsed a moment ago."""
    known = _known.get(text)
    return known.document if known else None


def hash_of(text: str | None) -> str:
    """How a document is named in logs, where its text (and the literals in it) must not go."""
    return hashlib.sha256((text or "").encode()).hexdigest()[:16]


def forget_all() -> None:
    _known.clear()
