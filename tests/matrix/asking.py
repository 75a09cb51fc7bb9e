"""Executes operations and classifies the results; every transaction is rolled back."""

from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import pytest
from graphql import GraphQLField, get_named_type
from tortoise.transactions import in_transaction

from app.core import transaction, uow
from app.schema import schema
from tests.ask import Api

GRAPH = schema._schema
ROOTS = ("Query", "Mutation", "Subscription")
FORBIDDEN, UNAUTHENTICATED, NOT_FOUND, ALLOWED, NOTHING = (
    "forbidden", "signed out", "not found", "allowed", "nothing",
)  # fmt: skip


_REFUSED = {"FORBIDDEN": FORBIDDEN, "UNAUTHENTICATED": UNAUTHENTICATED, "NOT_FOUND": NOT_FOUND}


class _Undone(Exception):
    """Raised at the end of a transaction to roll it back."""

    def __init__(self, result: Any) -> None:
        super().__init__()
        self.result = result


class Undoing:
    """Whether a transaction reached its end since this was last set to False, and a callback for each end."""

    came_to_its_end = False
    at_the_end: Callable[[], Awaitable[None]] | None = None


@contextmanager
def undoing() -> Iterator[Undoing]:
    """Roll back every transaction at its end, while the code continues as after a commit."""
    seen = Undoing()

    async def attempt(body: Callable[[], Awaitable[Any]]) -> Any:
        token = transaction._open.set(True)
        try:
            async with in_transaction("default"):
                result = await body()
                if seen.at_the_end is not None:
                    await seen.at_the_end()
                raise _Undone(result)
        except _Undone as undone:
            seen.came_to_its_end = True
            return undone.result
        finally:
            transaction._open.reset(token)

    async def nothing(_: Any) -> None:
        pass

    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(transaction, "_attempt", attempt)
        patched.setattr(uow.UnitOfWork, "run_deferred", nothing)
        patched.setattr(uow.UnitOfWork, "publish", lambda _: None)
        yield seen


def operation(root: str, name: str) -> GraphQLField:
    found: GraphQLField = GRAPH.type_map[root].fields[name]
    return found


def _selection(field: GraphQLField) -> str:
    """A selection that distinguishes an empty response from others and shows errors of bulk rows."""
    named = get_named_type(field.type)
    if not hasattr(named, "fields") and not hasattr(named, "types"):
        return ""
    if not hasattr(named, "types"):
        fields = getattr(named, "fields", {})
        if "nodes" not in fields:
            is_counted = "total" in fields and get_named_type(fields["total"].type).name == "Int"
            return f" {{ __typename {'total' if is_counted else ''} }}"
        return f" {{ nodes {{ __typename {'id' if 'id' in get_named_type(fields['nodes'].type).fields else ''} }} }}"
    parts = ["__typename", "... on UserError { errorCode message path }"]
    for member in getattr(named, "types", ()):
        if member.name == "BulkResult":
            parts.append("... on BulkResult { rows { error { errorCode message path } } }")
    return " { " + " ".join(parts) + " }"


def document(root: str, name: str) -> str:
    field = operation(root, name)
    declared = ", ".join(f"${each}: {argument.type}" for each, argument in field.args.items())
    passed = ", ".join(f"{each}: ${each}" for each in field.args)
    head = root.lower() + (f"({declared})" if declared else "")
    return f"{head} {{ {name}{f'({passed})' if passed else ''}{_selection(field)} }}"


@dataclass
class Asked:
    """The outcome and the response of an operation."""

    outcome: str
    answer: Any


async def ask(who: Api, root: str, name: str, variables: dict[str, Any], seen: Undoing) -> Asked:
    seen.came_to_its_end = False
    answer = (await who.post(document(root, name), variables)).json()
    return Asked(_outcome(answer, name, seen), answer)


def _outcome(answer: dict[str, Any], name: str, seen: Undoing) -> str:
    for error in answer.get("errors", []):
        code = error.get("extensions", {}).get("code")
        if code in _REFUSED:
            return _REFUSED[code]
        if seen.came_to_its_end:
            return ALLOWED
        return f"{code}: {error['message']}"
    found = answer["data"][name]
    if isinstance(found, dict) and "errorCode" in found:
        return (
            _REFUSED.get(found["errorCode"]) or f"{found['__typename']}: {found['message']} {found['path']}"
        )
    if isinstance(found, dict) and "rows" in found:
        refused = [row["error"] for row in found["rows"] if row["error"]]
        if refused:
            code = refused[0]["errorCode"]
            return _REFUSED.get(code) or f"{code}: {refused[0]['message']}"
    if found in (None, [], [None]) or (isinstance(found, dict) and found.get("nodes") == []):
        return NOTHING
    return ALLOWED
