"""Hostile values in every field of every input: each is taken or refused by name, and breaks nothing for others."""

import pytest

from app.core.graphql.bounds import BOUNDS
from app.core.graphql.schema import Schema
from app.core.ids import to_global
from app.orders.models import Order
from app.schema import schema
from tests import make
from tests.ask import Api
from tests.executors import execute_once
from tests.hostile import values
from tests.hostile.fields import all_sites
from tests.hostile.ground import Ground, lay
from tests.hostile.reading import read_lists, read_pages, read_stream
from tests.hostile.trying import Trial

GRAPH = schema._schema


@pytest.fixture
async def trial(api: Api, monkeypatch: pytest.MonkeyPatch) -> Trial:
    monkeypatch.setattr(Schema, "execute", execute_once)  # other tests compare the executors
    ground = Ground()
    tokens = await lay(api, ground)
    await ground.look()
    ground.needed["CustomerUpdateInput", "id"] = ground.ids["Customer"][0]
    return Trial(api, ground, GRAPH, tokens)


@pytest.mark.timeout(1_800)
async def test_no_value_in_any_field_meets_a_bug_or_breaks_what_others_read(trial: Trial, capsys):
    for root in ("Query", "Subscription", "Mutation"):
        for name in GRAPH.type_map[root].fields:
            await trial.try_field(root, name)
            if root == "Mutation":
                await trial.ground.look()
    wanted = {site.name: site for site in all_sites(GRAPH)}
    for site in wanted.values():
        if site.root not in ("Query", "Subscription", "Mutation"):
            await trial.try_field(site.root, site.field)
    tried = trial.tried
    with capsys.disabled():
        print(f"\n{len(tried.sites)} of {len(wanted)} places in inputs tried with {tried.requests} requests")
    assert not tried.faults, "\n".join(tried.faults[:50])
    assert tried.sites == set(wanted)
    # A mutation whose plain request is refused is not tried to its end. A few need what a shop rarely has.
    refused = set(GRAPH.mutation_type.fields) - tried.accepted
    assert len(refused) < len(tried.accepted) / 4, " ".join(sorted(refused))
    await _everything_can_be_read(trial)


async def _everything_can_be_read(trial: Trial) -> None:
    await (await make.shop("last")).sell("Z")
    last = await make.order(("Z", 1), channel="last")
    rows = await read_lists(trial.api.as_(trial.tokens["staff"]), GRAPH)
    assert rows["orders"] == await Order.all().count()
    assert {name for name in ("products", "customers", "stockLevels", "events") if not rows[name]} == set()
    assert await read_stream(schema, trial.tokens["staff"], to_global("Order", last.id)) > rows["orders"]
    assert await read_pages(trial.api) > rows["orders"]


def test_there_are_hostile_values_for_every_type_of_value():
    kinds = {site.kind for site in all_sites(GRAPH)} - {"LIST", "OBJECT", "ENUM"}
    assert kinds <= set(values.ODD)
    assert kinds - {"Int", "Float", "Boolean"} == set(values.REFUSED)


async def test_a_field_without_bounds_is_found(trial: Trial, monkeypatch: pytest.MonkeyPatch):
    bounds = GRAPH.mutation_type.fields["orderDraftCreate"].extensions[BOUNDS]
    monkeypatch.delitem(bounds["input"].fields, "note")
    await trial.try_field("Mutation", "orderDraftCreate")
    assert any(fault.startswith("Mutation.orderDraftCreate(input.note)") for fault in trial.tried.faults)
