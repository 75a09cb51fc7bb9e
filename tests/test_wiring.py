"""The wiring: only the tables of `app.wiring` determine what follows an event."""

import ast
import inspect
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import Any, get_args

import pytest
import strawberry

from app import wiring
from app.core import uow
from app.core.actor import SYSTEM
from app.core.graphql.errors import mutation, set_outcomes
from app.core.graphql.extending import extend
from app.core.graphql.policy import ANYONE, query
from app.core.graphql.prices import FieldCosts
from app.core.graphql.schema import Schema
from app.core.ids import new_id
from app.core.journal.event import Event
from app.core.refusals import Refusal
from app.core.uow import UnitOfWork, transact
from app.customers import listeners as customers
from app.fulfillment import listeners as fulfillment
from app.inventory.stock import listeners as inventory
from app.notifications import listeners as notifications
from app.orders import listeners as orders
from app.wiring import schema as wiring_schema
from tests.conftest import ON_POSTGRES

APP = Path(wiring.__file__).parent.parent


def _functions(module: ModuleType) -> Iterator[Any]:
    for name, function in inspect.getmembers(module, inspect.iscoroutinefunction):
        if function.__module__ == module.__name__ and not name.startswith("_"):
            yield function


@pytest.mark.parametrize("module", [customers, fulfillment, inventory, notifications, orders])
def test_every_function_of_a_listeners_module_is_in_a_table(module: ModuleType):
    wired = {each for found in wiring.LISTENERS.values() for each in found} | {*wiring.DEFERRED.values()}
    assert set(_functions(module)) <= wired


def test_each_listener_accepts_the_event_to_which_it_is_wired():
    for event, listeners in wiring.LISTENERS.items():
        for listener in listeners:
            annotations = inspect.get_annotations(listener, eval_str=True)  # type: ignore[arg-type]
            accepted = {each for kind in annotations.values() for each in get_args(kind) or (kind,)}
            kinds = [each for each in accepted if isinstance(each, type)]
            assert any(issubclass(event, each) for each in kinds), listener


def test_each_kind_of_deferred_task_has_a_handler():
    kinds = set()
    texts = (path.read_text() for path in APP.rglob("*.py"))
    for text in (each for each in texts if ".defer(" in each):  # parsing all modules takes seconds
        for node in ast.walk(ast.parse(text)):
            if (
                isinstance(node, ast.Call)
                and isinstance(node.func, ast.Attribute)
                and node.func.attr == "defer"
            ):
                first = node.args[0] if node.args else None
                if isinstance(first, ast.Constant) and isinstance(first.value, str):
                    kinds.add(first.value)
    assert kinds == wiring.DEFERRED.keys()


def test_titles_are_given_only_to_events_that_exist():
    names = {event.name() for event in _kinds(Event)}
    assert wiring.BUYER_TITLES.keys() | wiring.STAFF_TITLES.keys() <= names


async def test_a_command_before_wire_is_called_fails(api: Any, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(uow, "_wiring", None)

    async def body(made: UnitOfWork) -> None:
        made.defer("order.stock", new_id())

    with pytest.raises(RuntimeError, match=r"app\.wiring\.wire"):
        await transact(SYSTEM, body)


def _kinds(base: type[Event]) -> Iterator[type[Event]]:
    for each in base.__subclasses__():
        yield each
        yield from _kinds(each)


def test_modules_can_be_imported_in_any_order_and_register_nothing():
    seed = "b" if ON_POSTGRES else "a"  # in a full run each database tries its own order and modules
    found = subprocess.run(
        [sys.executable, "-m", "tests.importing", seed, "5"],
        cwd=APP.parent,
        capture_output=True,
        text=True,
        timeout=280,
    )
    assert (found.stderr, found.returncode) == ("", 0)
    assert found.stdout == (APP.parent / "schema.graphql").read_text()


def test_a_cost_of_a_field_that_does_not_exist_is_refused():
    @strawberry.type
    class Query:
        @query(ANYONE)
        async def here(self, info: strawberry.Info) -> int:
            """A number."""
            return 1

    for costs in (
        FieldCosts(fields={"Query.there": 1}),
        FieldCosts(values={"Gone.here": 1}),
        FieldCosts(lists={"there": 2}),
    ):
        with pytest.raises(TypeError, match=r"there|Gone"):
            Schema(Query, None, None, costs=costs)


def test_a_type_cannot_get_two_fields_of_one_name():
    @strawberry.type
    class Thing:
        name: str

    @strawberry.type
    class Named:
        name: str

    @strawberry.type
    class Sized:
        size: int

    extend({Thing: [Sized]})
    extend({Thing: [Sized]})
    fields = Thing.__strawberry_definition__.fields  # type: ignore[attr-defined]
    assert [each.python_name for each in fields] == ["name", "size"]
    with pytest.raises(TypeError, match="Thing already has a field name"):
        extend({Thing: [Named]})


def test_a_mutation_whose_refusal_has_no_type_does_not_build():
    class Unlisted(Refusal):
        pass

    @strawberry.type
    class Mutation:
        @mutation("ThingResult", wiring_schema.Order, policy=ANYONE, refuses=(Unlisted,))
        async def thing_do(self, info: strawberry.Info) -> Any:
            """Do it."""

    with pytest.raises(TypeError, match="ThingResult: no type is listed for Unlisted"):
        set_outcomes(Mutation, wiring_schema.REFUSALS)
