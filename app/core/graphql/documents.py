"""Parsed and validated documents, kept for the next time the same text arrives."""

import hashlib
from collections import OrderedDict
from collections.abc import Iterator
from dataclasses import dataclass

from graphql import DocumentNode, GraphQLError, NoSchemaIntrospectionCustomRule, specified_rules, validate
from strawberry.extensions import SchemaExtension
from strawberry.schema.validation_rules.maybe_null import MaybeNullValidationRule
from strawberry.schema.validation_rules.one_of import OneOfInputValidationRule

from app.core.graphql import limits, persisted

KEEP = 500  # documents; each is at most 2,000 tokens

_RULES = (*specified_rules, MaybeNullValidationRule, OneOfInputValidationRule)


@dataclass(slots=True)
class Known:
    """A document that was parsed before, what validation said, and whether its size varies."""

    document: DocumentNode
    errors: list[GraphQLError] | None = None
    size_varies: bool = True


_known: OrderedDict[str, Known] = OrderedDict()


def _remember(text: str, document: DocumentNode) -> Known:
    _known[text] = known = Known(document)
    if len(_known) > KEEP:
        _known.popitem(last=False)
    return known


class Documents(SchemaExtension):
    """Parses, measures and validates, each once for each text."""

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
        known = _known.get(context.query or "") or Known(document)
        if known.errors is None or known.size_varies:
            too_large, known.size_varies = limits.refusal(document, context.variables, context.operation_name)
            if too_large is not None:
                context.pre_execution_errors = [too_large]
                yield
                return
        if known.errors is None:
            known.errors = self._validate(document)
        context.pre_execution_errors = known.errors
        yield

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


def parsed(text: str) -> DocumentNode | None:
    """A document that was parsed a moment ago."""
    known = _known.get(text)
    return known.document if known else None


def hash_of(text: str | None) -> str:
    """How a document is named in logs, where its text (and the literals in it) must not go."""
    return hashlib.sha256((text or "").encode()).hexdigest()[:16]


def forget_all() -> None:
    _known.clear()
