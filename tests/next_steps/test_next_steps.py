"""The mutation of a step that `nextSteps` allows succeeds; of one that it refuses or omits, it is refused."""

from typing import Any

import pytest

from app.catalog import lifecycle as of_products
from app.core.lifecycle import Lifecycle
from app.fulfillment import lifecycle as of_work
from app.inventory.counts import lifecycle as counts_lifecycle
from app.inventory.transfers import lifecycle as transfers_lifecycle
from app.notifications import lifecycle as of_messages
from app.orders import lifecycle as of_orders
from app.payments import lifecycle as of_payments
from app.suppliers import lifecycle as of_purchases
from tests.amounts import is_done_here
from tests.ask import Api
from tests.matrix.asking import GRAPH
from tests.next_steps.callers import Caller
from tests.next_steps.comparing import faults_of, seen_by
from tests.next_steps.ways import WAYS
from tests.next_steps.world import World

LIFE_CYCLES: dict[str, Lifecycle[Any]] = {
    "Order": of_orders.lifecycle,
    "OrderCancelRequest": of_orders.cancel_requests,
    "FulfillmentOrder": of_work.lifecycle,
    "StockCount": counts_lifecycle.count_lifecycle,
    "StockTransfer": transfers_lifecycle.transfer_lifecycle,
    "PurchaseOrder": of_purchases.lifecycle,
    "Product": of_products.lifecycle,
    "MessageTemplate": of_messages.templates,
    "Payment": of_payments.tenders,
    "Dispute": of_payments.disputes,
}
# Steps that follow from another operation, or from time.
AUTOMATIC = {
    "Order": {"COMPLETE", "REOPEN", "EXPIRE"},
    "FulfillmentOrder": {"BEGIN", "SUBMIT", "CANCEL", "DELIVER", "BRING_BACK", "UNDELIVER"},
    "StockCount": {"COMPLETE"},
}


@pytest.mark.parametrize("kind", LIFE_CYCLES)
@pytest.mark.parametrize("whose", ["people and places", "permissions"])
async def test_next_steps_match_the_outcomes_of_the_mutations(
    client: Api, world: World, callers: list[Caller], kind: str, whose: str
):
    """Each caller tries the objects of a type on one of the databases, or on both with RUNS=full."""
    things = [thing for thing in world.things if thing.kind == kind]
    asked = [
        caller
        for caller in callers
        if (caller.about is not None) == (whose == "permissions") and is_done_here(f"{kind} {caller.name}")
    ]
    faults = [fault for caller in asked for fault in await faults_of(client, caller, things)]
    assert not faults, f"{len(faults)}:\n" + "\n".join(faults)


def test_every_type_with_next_steps_is_covered():
    shown = {name for name, kind in GRAPH.type_map.items() if "nextSteps" in getattr(kind, "fields", ())}
    assert shown == WAYS.keys() == LIFE_CYCLES.keys()


def test_every_step_of_a_life_cycle_has_a_mutation_or_is_automatic():
    for kind, life_cycle in LIFE_CYCLES.items():
        steps = {step.name.name for step in life_cycle.steps}
        assert steps - WAYS[kind].keys() == AUTOMATIC.get(kind, set()), kind


async def test_there_is_an_object_in_every_status(client: Api, world: World, callers: list[Caller]):
    (everything,) = [caller for caller in callers if caller.name == "everything"]
    found: dict[str, set[str]] = {kind: set() for kind in LIFE_CYCLES}
    async for seen in seen_by(client, everything, world.things):
        found[seen.thing.kind].add(seen.status)
    for kind, life_cycle in LIFE_CYCLES.items():
        statuses = {status for step in life_cycle.steps for status in (step.target, *step.sources)}
        assert found[kind] == {status.name for status in statuses}, kind
