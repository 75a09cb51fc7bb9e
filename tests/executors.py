"""Executes every query of the tests with both executors and compares the results.

The run on each database compares half of the documents, and with RUNS=full all.
"""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from functools import lru_cache
from typing import Any
from weakref import WeakSet

import pytest
from graphql import OperationType, parse
from graphql.error import GraphQLSyntaxError
from graphql.utilities import get_operation_ast

from app.core import clock
from app.core.graphql.context import Context
from app.core.graphql.encoding import dumps
from app.core.graphql.executor import Executor
from app.core.graphql.schema import Schema
from tests import amounts
from tests.statements import uncounted

_REQUEST_ID = re.compile(r'"requestId":"[^"]*"')
_execute_once = Schema.execute
_begin_compiled = Executor.__init__
_not_compiled: WeakSet[Context] = WeakSet()  # of operations that graphql-core executes alone
_known: set[str] = set()  # documents whose columns and shapes were learned in an earlier run


class ExecutorsDisagree(AssertionError):
    """The compiled executor and graphql-core gave different results."""


def answer_of(result: Any) -> str:
    """Data and errors as sent, including the order of keys."""
    errors = [error.formatted for error in result.errors or ()]
    return _REQUEST_ID.sub('"requestId":"…"', dumps([result.data, errors]).decode())


def by_graphql_core(context: Context) -> Context:
    """A context for the same caller, whose operation graphql-core executes alone."""
    other = context.for_operation()
    _not_compiled.add(other)
    return other


def _begin(self: Executor, *args: Any, **kwargs: Any) -> None:
    _begin_compiled(self, *args, **kwargs)
    if isinstance(self.context_value, Context) and self.context_value in _not_compiled:
        self.compiles = self._introspects = False


def _is_compared(query: str | None, name: str | None) -> bool:
    return amounts.is_done_here(query or "") and _reads(query, name)


@lru_cache(maxsize=4_096)
def _reads(query: str | None, name: str | None) -> bool:
    try:
        operation = get_operation_ast(parse(query or ""), name)
    except GraphQLSyntaxError:
        return False
    return operation is not None and operation.operation is OperationType.QUERY


async def _execute_twice(self: Schema, query: str | None, *args: Any, **kwargs: Any) -> Any:
    """`Schema.execute` that raises if the executors disagree.

    The first result of a document is compared with that of a second run, which uses what the first has
    learned; later results are compared directly.
    """
    context = kwargs.get("context_value")
    if not (isinstance(context, Context) and _is_compared(query, kwargs.get("operation_name"))):
        return await _execute_once(self, query, *args, **kwargs)
    moment = context.moment  # of all runs
    compiled = result = await _execute_once(self, query, *args, **kwargs)
    again = query not in _known
    _known.add(query or "")
    answers: tuple[str, str] = ("", "")
    for _ in range(4):  # another task may have changed something in between
        with uncounted():
            ours, theirs = context.for_operation(), by_graphql_core(context)
            ours.moment = theirs.moment = moment
            if again:
                compiled = await _execute_once(self, query, *args, **(kwargs | {"context_value": ours}))
            plain = await _execute_once(self, query, *args, **(kwargs | {"context_value": theirs}))
        answers = answer_of(compiled), answer_of(plain)
        if answers[0] == answers[1]:
            return result
        again, moment = True, clock.now()
    raise ExecutorsDisagree(f"{query}\ncompiled:     {answers[0]}\ngraphql-core: {answers[1]}")


@pytest.fixture(scope="session")
def both_executors() -> Iterator[None]:
    """Execute every query in this process with both executors."""
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(Schema, "execute", _execute_twice)
        patched.setattr(Executor, "__init__", _begin)
        yield


@pytest.fixture
def one_executor(both_executors: None) -> Iterator[None]:
    """Execute queries once, for a test that counts or changes what an execution does."""
    with executing_once():
        yield


@contextmanager
def executing_once() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(Schema, "execute", _execute_once)
        yield
