"""The reference of a stock movement is shown only to callers who could fetch it by its id."""

from typing import Any

import pytest

from app.access.permissions import Permission
from app.core.ids import from_global, to_global
from tests import make
from tests.access.places import SKU_WITH_LOTS, World, two_places
from tests.ask import Api
from tests.statements import statements

pytestmark = pytest.mark.usefixtures("clean")

MOVEMENTS = """query($f: StockMovementFilter, $n: Int = 100) { stockMovements(filter: $f, first: $n) {
  nodes { id reason referenceId } } }"""
OF_A_LOT = """query($sku: String!, $n: String!) { stockLot(sku: $sku, number: $n) {
  movements(first: 20) { nodes { reason referenceId } } levels { level { lotAllocations { forId } } } } }"""
NODE = "query($id: ID!) { node(id: $id) { id } }"


async def _callers(world: World) -> dict[str, Api]:
    """Callers who see some of the references of the first place's movements."""
    api, own = world.all, world.own
    return {
        "all": world.all,
        "stock": api.as_(await make.token(Permission.STOCK_VIEW)),
        "orders": api.as_(await make.token(Permission.STOCK_VIEW, Permission.ORDERS_VIEW)),
        "purchasing": api.as_(await make.token(Permission.STOCK_VIEW, Permission.PURCHASING_VIEW)),
        "annex": api.as_(await make.token(locations=[own.annex])),
        **world.limited,
    }


async def _movements(caller: Api, **filter: Any) -> dict[str, str | None]:
    nodes = (await caller.ask(MOVEMENTS, f=filter))["stockMovements"]["nodes"]
    return {node["id"]: node["referenceId"] for node in nodes}


async def test_a_reference_is_null_and_cannot_be_filtered_by_unless_node_returns_its_object(api: Api):
    world = await two_places(api)
    known = await _movements(world.all)
    assert {id for id in known.values() if id} and None in known.values()
    hidden: dict[str, set[str]] = {}
    for name, caller in (await _callers(world)).items():
        hidden[name] = set()
        seen = await _movements(caller)
        for movement, reference in seen.items():
            whole = known[movement]
            if whole is None:
                assert reference is None
                continue
            is_given = (await caller.ask(NODE, id=whole))["node"] is not None
            assert reference == (whole if is_given else None), name
            found = await _movements(caller, referenceId={"in": [whole]})
            others = await _movements(caller, **{"not": {"referenceId": {"eq": whole}}})
            assert (movement in found, movement in others) == (is_given, not is_given)
            assert len(found) + len(others) == len(seen)
            if not is_given:
                hidden[name].add(from_global(whole)[0])
    assert hidden["all"] == set()
    assert hidden["stock"] == {"Order", "SupplierReturn"}
    assert (hidden["orders"], hidden["purchasing"]) == ({"SupplierReturn"}, {"Order"})


async def test_lot_movements_and_lot_allocations_hide_references_by_the_same_rule(api: Api):
    world = await two_places(api)
    code = world.own.shop.channel.code
    placed = await make.order((SKU_WITH_LOTS, 1), channel=code)
    callers = await _callers(world)
    allocated, moved = {}, {}
    for name in ("all", "stock"):
        lot = (await callers[name].ask(OF_A_LOT, sku=SKU_WITH_LOTS, n=f"LOT-{code}"))["stockLot"]
        allocated[name] = [
            each["forId"] for level in lot["levels"] for each in level["level"]["lotAllocations"]
        ]
        moved[name] = [each["referenceId"] for each in lot["movements"]["nodes"]]
    assert allocated == {"all": [to_global("Order", placed.id)], "stock": [None]}
    assert moved["all"] == moved["stock"] == [world.own.ids["receipt_id"]]


async def test_references_are_checked_with_one_statement_per_type(api: Api):
    world = await two_places(api)
    named = await _movements(world.all)
    besides = []
    for count in (5, 100):
        with statements() as ran:
            nodes = (await world.all.ask(MOVEMENTS, n=count))["stockMovements"]["nodes"]
        wholes = [named[node["id"]] for node in nodes]
        besides.append(len(ran) - len({from_global(each)[0] for each in wholes if each}))
    assert len(nodes) > 15 and besides[0] == besides[1]
