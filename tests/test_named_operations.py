"""No message, description or page names an operation, field or type that is not in the schema."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from app.schema import schema

ROOT = Path(__file__).parents[1]
NAME = re.compile(r"(?<![\w./$#-])[a-z][a-z0-9]+(?:[A-Z][a-z0-9]*)+(?![\w/-])")
# "Ask for a return instead." names an operation as much as `returnRequest` does.
IN_WORDS = re.compile(r"\b(?:ask for|request|open|create|start|make) an? (?:new )?([a-z]+)", re.IGNORECASE)
FENCE = re.compile(r"^```.*?^```", re.MULTILINE | re.DOTALL)
OTHERS = {
    "camelCase": "a way of writing",
    "documentId": "a member of the request's body",
    "operationName": "a member of the request's body",
    "persistedQuery": "an extension of the request",
    "perSecond": "a member of the answer's extensions",
    "retryAfter": "a member of the answer's extensions",
    "cancelPayment": "a function of the guide",
    "fiscalYear": "a parameter of the export of the ledger",
    "crispEdges": "SVG",
    "viewBox": "SVG",
    "cacheExchange": "urql",
    "relayStylePagination": "Apollo Client",
    "typePolicies": "Apollo Client",
    "connectionParams": "graphql-ws",
    "localStorage": "browsers",
    "sessionStorage": "browsers",
    "fetchOptions": "urql",
    "isAccepted": "a member of the answer to a new token",
    "setTimeout": "browsers",
    "headingLevel": "an option of the tracking widget",
}
HISTORIES = {"CHANGELOG.md"}  # names former operations


def _schema_names() -> set[str]:
    names: set[str] = set()
    for kind in schema._schema.type_map.values():
        fields = getattr(kind, "fields", {})
        names |= {kind.name, *fields, *getattr(kind, "values", {})}
        names |= {name for field in fields.values() for name in getattr(field, "args", {})}
    for directive in schema._schema.directives:
        names |= {directive.name, *directive.args}
    return names


def _texts() -> Iterator[tuple[str, str]]:
    """Sentences of the sources with their places, and the prose of the pages."""
    for path in sorted((ROOT / "app").rglob("*.py")):
        if "migrations" in path.parts:
            continue
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Constant) and isinstance(node.value, str) and " " in node.value:
                yield f"{path.relative_to(ROOT)}:{node.lineno}", node.value
    pages = [page for page in (ROOT / "docs").rglob("*.md") if "node_modules" not in page.parts]
    for path in [*sorted(pages), ROOT / "README.md", ROOT / "CONTRIBUTING.md"]:
        text = path.read_text()
        code = FENCE.findall(text)
        told = set(NAME.findall("".join(code)))  # names of the page's own code
        prose = FENCE.sub("", text)
        yield (
            path.relative_to(ROOT).as_posix(),
            " ".join(w for w in prose.split() if w.strip("`(),.") not in told),
        )


def _unknown_names(text: str, known: set[str]) -> list[str]:
    return [name for name in NAME.findall(text) if name not in known and name not in OTHERS]


def test_names_in_messages_descriptions_and_pages_exist_in_the_schema():
    known = _schema_names()
    found = [f"{where}: {name}" for where, text in _texts() for name in _unknown_names(text, known)]
    assert found == []


def _messages() -> Iterator[tuple[str, str]]:
    """The messages of refusals: sentences that are not descriptions of the code."""
    for path in sorted((ROOT / "app").rglob("*.py")):
        tree = ast.parse(path.read_text())
        docs = {
            id(node.body[0].value)
            for node in ast.walk(tree)
            if isinstance(node, (ast.Module, ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef))
            and node.body
            and isinstance(node.body[0], ast.Expr)
        }
        for node in ast.walk(tree):
            if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in docs:
                yield f"{path.relative_to(ROOT)}:{node.lineno}", node.value


def test_every_request_that_a_message_suggests_has_a_mutation():
    mutations = " ".join(schema._schema.mutation_type.fields).lower()  # type: ignore[union-attr]
    mutations += " subscription"
    found = [
        f"{where}: {match[0]}"
        for where, text in _messages()
        for match in IN_WORDS.finditer(text)
        if not match[1].isupper() and match[1].lower() not in mutations
    ]
    assert found == []


def test_a_suggested_request_is_found_in_a_message():
    found = IN_WORDS.search("It has left. Ask for a return instead.")
    assert found is not None
    assert found[1] == "return"


@pytest.mark.parametrize("text", ["Use returnRequest.", "See `stockRelease` first.", "orderUncancel does it"])
def test_a_name_that_is_not_in_the_schema_is_found(text: str):
    assert _unknown_names(text, _schema_names()) != []
