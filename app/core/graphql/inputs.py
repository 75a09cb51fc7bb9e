"""Builds input objects from type information that is computed once.

Strawberry resolves the type and name of each field again for every input object. Neither changes once the
schema is built.
"""

from collections.abc import Mapping
from dataclasses import MISSING
from typing import Any, TypeVar

from strawberry.schema.config import StrawberryConfig
from strawberry.types.arguments import InputContext, convert_argument
from strawberry.types.base import StrawberryObjectDefinition, StrawberryOptional
from strawberry.types.enum import StrawberryEnumDefinition

T = TypeVar("T")

_AS_THEY_ARE = (str, int, float, bool)


class Builder:
    """Builds the objects of one input type."""

    def __init__(self, definition: StrawberryObjectDefinition) -> None:
        self._definition = definition
        self._parts: list[tuple[str, str, Any, bool]] | None = None
        self._implied: dict[str, None] = {}
        self._texts: list[str] = []  # fields for which null means an empty text

    def __call__(self, type_: type[T], value: Mapping[str, Any], context: InputContext) -> T:
        parts = self._parts or self._found_out(context.config)
        given: dict[str, Any] = self._implied.copy()
        for name, attribute, kind, is_plain in parts:
            if name in value:
                part = value[name]
                given[attribute] = part if is_plain or part is None else convert_argument(
                    part, kind, context.scalar_registry, context.config, context.info,
                    path=(*context.path, name),
                )  # fmt: skip
        for attribute in self._texts:
            if given.get(attribute, "") is None:
                given[attribute] = ""
        return type_(**given)

    def _found_out(self, config: StrawberryConfig) -> list[tuple[str, str, Any, bool]]:
        parts = []
        for field in self._definition.fields:
            kind = field.resolve_type(type_definition=self._definition)
            name = config.name_converter.from_field(field)
            parts.append((name, field.python_name, kind, _is_plain(kind)))
            if field.default_value is MISSING and field.default_factory is MISSING:
                self._implied[field.python_name] = None  # nullable, without a default
            elif field.default_value == "" and isinstance(kind, StrawberryOptional):
                self._texts.append(field.python_name)
        self._parts = parts
        return parts


def _is_plain(kind: Any) -> bool:
    """Whether graphql-core's value needs no conversion."""
    inner = kind.of_type if isinstance(kind, StrawberryOptional) else kind
    return inner in _AS_THEY_ARE or isinstance(inner, StrawberryEnumDefinition)


def build_inputs_once(definitions: list[StrawberryObjectDefinition]) -> None:
    """Let input types build their objects this way."""
    for definition in definitions:
        if definition.is_input and definition.from_input is None:
            definition.from_input = Builder(definition)
