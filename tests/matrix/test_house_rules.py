"""Functions that read rows by id or code without an actor, and the code that may use them."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

APP = Path(__file__).parent.parent.parent / "app"
_LOOKS_UP = re.compile(r"^(\w+_)?by_(id|code)$")
# Code that responds to callers may use such a function in a relation that declares `reach`, and in these places.
_CURRENCY = "reads the currency of the object's channel, price list or supplier"
_PARENT = "reads a value of the object that contains this one"
_CHECKED = "the row was fetched for the caller before, or is checked against the caller's scope afterwards"
_SECRET = "a signed link or a secret selects the row"
ALLOWED = {
    "catalog/schema/types.amount": _CURRENCY,
    "channels/schema/types.free_from": _CURRENCY,
    "channels/schema/types.price": _CURRENCY,
    "customers/schema/customers._entry": _PARENT,
    "fulfillment/schema/releasing.fulfillment_reassign": _CHECKED,
    "fulfillment/schema/next_steps.steps_of_all": _PARENT,
    "fulfillment/schema/permissions.held_at_work": _CHECKED,
    "fulfillment/schema/subscriptions._rows": _CHECKED,
    "fulfillment/schema/subscriptions.read": _CHECKED,
    "fulfillment/schema/types.line": _PARENT,
    "fulfillment/schema/types.ship_to": _PARENT,
    "inventory/stock/schema/places.held_at_level": _CHECKED,
    "inventory/counts/schema/types._may_see": _CHECKED,
    "inventory/stock/schema/types/lots._movements": _PARENT,
    "inventory/stock/schema/types/lots.for_id": _PARENT,
    "orders/schema/amounts.lines": _PARENT,
    "orders/schema/delivery.shipping_options": _PARENT,
    "orders/schema/pickup.pickup_options": _PARENT,
    "orders/schema/next_steps._standings": _PARENT,
    "orders/schema/queries._proven": _SECRET,
    "payments/schema/types.next_steps": _PARENT,
    "payments/schema/disputes.next_steps": _PARENT,
    "orders/schema/cancel_requests.next_steps": _PARENT,
    "orders/schema/tracking.order_of": _CHECKED,
    "orders/schema/tracking._update": _SECRET,
    "orders/schema/tracking.of": _SECRET,
    "orders/schema/tracking.of_link": _SECRET,
    "orders/schema/tracking.read": _SECRET,
    "orders/schema/lines.with_order": _PARENT,
    "promotions/schema._named": _PARENT,
    "promotions/schema.amount": _CURRENCY,
    "promotions/schema.discount_update": _CHECKED,
    "promotions/schema.minimum": _CURRENCY,
    "suppliers/schema/returns._ends": _CHECKED,
    "suppliers/schema/returns._wholes": _PARENT,
    "suppliers/schema/types._orders": _PARENT,
    "suppliers/schema/types.expected_on": _PARENT,
    "suppliers/schema/types.unit_cost": _CURRENCY,
    "web/printing._label": _SECRET,
    "web/printing._manifest": _SECRET,
    "web/printing._packing_slip": _SECRET,
    "web/printing._pick_list": _SECRET,
    "web/supplier._shown": _SECRET,
}
# Functions with such a name that do not read rows for a caller.
OTHERS = {
    "engine/database/rows.rows_by_id": "the generic function",
    "core/graphql/persisted.document_by_id": "registered documents are public",
    "orders/service/promising.promise_by_id": "a command of the system",
}


def _trees() -> Iterator[tuple[str, ast.Module]]:
    for path in sorted(APP.rglob("*.py")):
        yield path.relative_to(APP).with_suffix("").as_posix(), ast.parse(path.read_text())


def _functions(tree: ast.AST) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef]:
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield node


def _has_actor(function: ast.FunctionDef | ast.AsyncFunctionDef) -> bool:
    """Whether a function has a parameter `actor`."""
    arguments = [*function.args.posonlyargs, *function.args.args, *function.args.kwonlyargs]
    return any(argument.arg == "actor" for argument in arguments)


def _in_queries(module: str) -> bool:
    return "queries" in module.split("/")


def _answers_callers(module: str) -> bool:
    """Whether a module belongs to the API or the web pages; services run after the check of permissions."""
    parts = module.split("/")
    return module == "schema" or parts[0] == "web" or any(part.endswith("schema") for part in parts)


def _without_actor() -> set[str]:
    return {
        function.name
        for module, tree in _trees()
        if _in_queries(module)
        for function in _functions(tree)
        if _LOOKS_UP.match(function.name) and not _has_actor(function)
    }


def _declares_reach(function: ast.FunctionDef | ast.AsyncFunctionDef) -> bool:
    return any(
        isinstance(decorator, ast.Call) and any(keyword.arg == "reach" for keyword in decorator.keywords)
        for decorator in function.decorator_list
    )


def test_functions_that_read_by_id_or_code_without_an_actor_are_only_in_queries():
    elsewhere = {
        f"{module}.{function.name}"
        for module, tree in _trees()
        if not _in_queries(module)
        for function in _functions(tree)
        if _LOOKS_UP.match(function.name) and not _has_actor(function)
    }
    assert elsewhere == set(OTHERS)


def test_code_that_responds_to_callers_reads_without_an_actor_only_with_a_declared_reason():
    names, found = _without_actor(), set()
    for module, tree in _trees():
        if _answers_callers(module):
            for function in _functions(tree):
                used = {node.attr for node in ast.walk(function) if isinstance(node, ast.Attribute)}
                used |= {node.id for node in ast.walk(function) if isinstance(node, ast.Name)}
                if used & names and not _declares_reach(function):
                    found.add(f"{module}.{function.name}")
    assert found == set(ALLOWED), "\n".join(sorted(found ^ set(ALLOWED)))
