"""The documents in README and docs are valid, and request prices in a way that caches can distinguish."""

import json
import re
from pathlib import Path

import pytest
from graphql import (
    FieldNode,
    GraphQLError,
    LoneAnonymousOperationRule,
    OperationDefinitionNode,
    TypeInfo,
    TypeInfoVisitor,
    Visitor,
    get_named_type,
    parse,
    specified_rules,
    validate,
    visit,
)

from app.schema import schema
from app.web import graphiql

ROOT = Path(__file__).parent.parent
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]
# A block may show several operations, which are sent separately.
RULES = [rule for rule in specified_rules if rule is not LoneAnonymousOperationRule]
OF_A_CHANNEL = {"price", "available", "availableToPromise"}


def _documents(page: Path) -> list[str]:
    """Whole documents: blocks of GraphQL, the code of guides, and bodies of shell requests."""
    text = page.read_text()
    blocks = re.findall(r"```graphql\n(.*?)```", text, flags=re.DOTALL)
    scripts = re.findall(r"```js\n(.*?)```", text, flags=re.DOTALL)
    fragments = "".join(re.findall(r"`(fragment .*?)`", "".join(scripts), flags=re.DOTALL))
    for found in re.findall(r"`((?:query|mutation|subscription) .*?)`", "".join(scripts), flags=re.DOTALL):
        blocks.append(re.sub(r"\$\{\w+\}", "", found) + _needed(found, fragments))
    for found in re.findall(r'"query":\s*("(?:[^"\\]|\\.)*")', text):
        blocks.append(json.loads(found.replace("'\\''", "").replace("\n", " ")))
    return [block for block in blocks if not block.lstrip().startswith("...")]


def _needed(document: str, fragments: str) -> str:
    parts = re.split(r"(?=fragment )", fragments)
    return "".join(part for part in parts if part and f"...{part.split()[1]}" in document)


def _filled(document: str) -> str:
    """Ids that the shell inserts are missing."""
    return re.sub(r"'\$\w+'", "x", document)


ALL = [(page.name, document) for page in PAGES for document in _documents(page)]
ALL += [("GraphiQL", graphiql.EXAMPLES)]
ALL += [("starter shop", (ROOT / "docs" / "storefront" / "src" / "operations.graphql").read_text())]


def test_there_are_documents_to_check():
    assert {"README.md", "storefront.md", "build-a-shop.md", "warehouse.md"} <= {name for name, _ in ALL}
    assert len(ALL) > 60


@pytest.mark.parametrize(("page", "document"), ALL)
def test_every_document_is_valid_and_prices_name_their_channel(page: str, document: str):
    parsed = parse(_filled(document))
    assert any(isinstance(each, OperationDefinitionNode) for each in parsed.definitions)
    assert [str(error) for error in validate(schema._schema, parsed, RULES) if _matters(error)] == []
    info = TypeInfo(schema._schema)
    unclear: list[str] = []

    class Prices(Visitor):
        def enter_field(self, node: FieldNode, *_rest: object) -> None:
            parent = info.get_parent_type()
            is_variant = parent is not None and get_named_type(parent).name == "Variant"
            says = any(argument.name.value == "channel" for argument in node.arguments or ())
            if is_variant and not says and node.name.value in OF_A_CHANNEL:
                unclear.append(node.name.value)

    visit(parsed, TypeInfoVisitor(info, Prices()))
    assert unclear == [], page


def _matters(error: GraphQLError) -> bool:
    """An id that the shell inserts may be a number."""
    return "cannot represent" not in error.message
