"""The wiring: only the tables of `app.wiring` determine what follows an event."""

import ast
import inspect
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from app import wiring
from app.core import uow
from app.core.actor import SYSTEM
from app.core.ids import new_id
from app.core.journal.event import Event
from app.core.uow import UnitOfWork, transact
from app.customers import listeners as customers
from app.fulfillment import listeners as fulfillment
from app.inventory.stock import listeners as inventory
from app.notifications import listeners as notifications
from app.orders import listeners as orders

APP = Path(wiring.__file__).parent


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
            assert event in annotations.values(), listener


def test_each_kind_of_deferred_task_has_a_handler():
    kinds = set()
    for path in APP.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
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
