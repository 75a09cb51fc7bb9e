"""docs/errors.md and the server's errors agree."""

import re
from pathlib import Path

from app.core.graphql import callers
from app.web.guarding import refusals

ROOT = Path(__file__).parent.parent
PAGE = (ROOT / "docs" / "errors.md").read_text()
# Refusals of arguments and callers, which queries and subscriptions return as GraphQL errors.
BELOW = {each.code for each in vars(refusals).values() if isinstance(each, refusals.Refusal)}
REFUSALS = {"INVALID", "NOT_FOUND", "SERVICE_BUSY", "FORBIDDEN", "UNAUTHENTICATED"}


def test_every_code_of_a_graphql_error_is_explained_and_no_other():
    sources = "\n".join(path.read_text() for path in (ROOT / "app" / "core" / "graphql").glob("*.py"))
    used = set(re.findall(r'"(?:code)": "([A-Z_]+)"', sources))
    used |= set(re.findall(r'"(GRAPHQL_[A-Z]+_FAILED|PERSISTED_QUERY_NOT_FOUND|BAD_REQUEST)"', sources))
    used |= {callers.NOT_ACCEPTED.code, callers.CHANGED.code}
    section = PAGE.split("## GraphQL errors")[1].split("\n## ")[0]
    explained = set(re.findall(r"^\| `([A-Z_]+)` \|", section, flags=re.MULTILINE))
    assert {"BAD_REQUEST", "RATE_LIMITED", "INTERNAL", "GRAPHQL_PARSE_FAILED"} <= used
    assert explained == used | REFUSALS | BELOW
