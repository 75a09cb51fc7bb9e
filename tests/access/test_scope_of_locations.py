"""A caller limited to locations, or to the channels that sell from them, sees and changes nothing elsewhere.

The operations are all of stock, purchasing, fulfillment and planning: a new one fails here until it is
classified.
"""

import json
from collections.abc import AsyncIterator, Iterable, Iterator
from typing import Any

import httpx
import pytest
from strawberry.utils.str_converters import to_camel_case

from app.access.permissions import Permission
from app.core.actor import Actor, ActorKind
from app.core.graphql.context import Context
from app.core.graphql.policy import policy_of
from app.core.ids import new_id
from app.core.scope import Area, Grant
from app.fulfillment.schema import FulfillmentMutation, FulfillmentQuery
from app.inventory.schema import InventoryMutation, InventoryQuery
from app.notifications.schema import NotificationQuery
from app.planning.schema import PlanningMutation
from app.schema import schema
from app.settings import settings
from app.suppliers.schema import PurchasingMutation, PurchasingQuery
from tests import make
from tests.access.changes import (
    ANSWER,
    CHANGES,
    NESTED,
    NESTED_OF_A_CHANNEL,
    OF_A_CHANNEL,
    OF_A_LOCATION,
    ROWS,
    answer_of,
)
from tests.access.places import LIMITS, Place, World, two_places
from tests.ask import Api
from tests.conftest import begin_anew
from tests.database import rows_of_all_tables

PAGE = "(first: 100) { totalCount nodes { id } }"


@pytest.fixture(scope="module")
async def world(application: httpx.ASGITransport) -> AsyncIterator[World]:
    """Created once, because these tests change nothing."""
    await begin_anew()
    async with httpx.AsyncClient(transport=application, base_url="http://test") as client:
        yield await two_places(Api(client))


def _fields(*types: Any) -> Iterator[tuple[str, Any]]:
    for each in types:
        for one in each.__strawberry_definition__.fields:
            yield to_camel_case(one.python_name), one


async def _executed(actor: Actor, document: str) -> dict[str, Any]:
    """The data of an operation by an actor with the given grants."""

    async def same(_credential: str | None) -> Actor:
        return actor

    result = await schema.execute(
        document, context_value=Context(actor=actor, settings=settings(), identify=same)
    )
    assert not result.errors, result.errors
    return result.data


def _of_two_grants(everywhere: Iterable[Permission], own: Area) -> Actor:
    """An actor with some permissions everywhere, and all of them in one place."""
    grants = (Grant(frozenset(everywhere)), Grant(frozenset(Permission), own))
    return Actor(ActorKind.APP, new_id(), "two grants", grants)


def _area(place: Place, limit: str) -> Area:
    if limit == "channels":
        return Area(channels=frozenset({place.shop.channel.id}))
    return Area(locations=frozenset(each.id for each in place.locations))


def test_it_is_said_of_each_operation_what_of_it_belongs_to_a_place():
    mutations = dict(_fields(InventoryMutation, PurchasingMutation, FulfillmentMutation, PlanningMutation))
    of_a_place = {name for name, one in mutations.items() if not policy_of(one).everywhere}
    assert of_a_place == {*CHANGES, *OF_A_LOCATION, *OF_A_CHANNEL}


@pytest.mark.parametrize("limit", LIMITS)
async def test_things_of_another_place_are_changed_by_no_operation_and_answered_as_unknown(
    world: World, limit: str
):
    limited, before = world.limited[limit], await rows_of_all_tables()
    for name, arguments in (CHANGES | OF_A_LOCATION | OF_A_CHANNEL).items():
        foreign = await answer_of(limited, name, arguments.format(**world.other.named()))
        unknown = await answer_of(limited, name, arguments.format(**world.other.unknown()))
        assert foreign == unknown, name
        assert "NOT_FOUND" in json.dumps(foreign), name
    assert await rows_of_all_tables() == before


@pytest.mark.parametrize("limit", LIMITS)
async def test_things_of_another_place_within_an_operation_on_the_own_one_are_answered_as_unknown(
    world: World, limit: str
):
    limited, before = world.limited[limit], await rows_of_all_tables()
    for name, arguments in (NESTED | (NESTED_OF_A_CHANNEL if limit == "channels" else {})).items():
        answers = []
        for others in (world.other.named(), world.other.unknown()):
            named = world.own.named() | {f"other_{key}": value for key, value in others.items()}
            answers.append(await answer_of(limited, name, arguments.format(**named)))
        assert answers[0] == answers[1], name
        assert "errorCode" in json.dumps(answers[0]), (name, answers[0])
    assert await rows_of_all_tables() == before


@pytest.mark.parametrize("limit", LIMITS)
async def test_the_settings_of_an_own_place_need_the_permission_for_all_that_use_it(world: World, limit: str):
    """A location belongs to all channels that sell from it; a channel may sell from locations of others."""
    limited, before = world.limited[limit], await rows_of_all_tables()
    for name, arguments in (OF_A_CHANNEL if limit == "locations" else OF_A_LOCATION).items():
        answer = await answer_of(limited, name, arguments.format(**world.own.named()))
        assert answer["errorCode"] == "NOT_FOUND", name
    assert await rows_of_all_tables() == before


@pytest.mark.parametrize("limit", LIMITS)
async def test_who_sees_everything_changes_only_what_is_where_it_may_change_it(world: World, limit: str):
    sees = {each for each in Permission if each.value.endswith("_view")}
    actor, before = _of_two_grants(sees, _area(world.own, limit)), await rows_of_all_tables()
    for name, arguments in (CHANGES | OF_A_LOCATION | OF_A_CHANNEL).items():
        rows = ROWS if "Bulk" in name else ""
        document = f"mutation {{ {name}({arguments.format(**world.other.named())}) {{ {ANSWER} {rows} }} }}"
        answer = (await _executed(actor, document))[name]
        assert "NOT_FOUND" in json.dumps(answer), (name, answer)
    assert await rows_of_all_tables() == before


@pytest.mark.parametrize("limit", LIMITS)
async def test_costs_are_seen_where_the_permission_for_costs_holds(world: World, limit: str):
    sees = set(Permission) - {Permission.STOCK_COSTS}
    costs = "(first: 100) {{ nodes {{ location {{ code parcelCost {{ amount }} }} {more} }} }}"
    asked = (
        "{ stockLevels" + costs.format(more="value { amount }")
        + " stockReceipts" + costs.format(more="landedCosts { name } lines { cost { amount } landedCost { amount } }")
        + " purchaseOrders" + costs.format(more="total { amount } lines { unitCost { amount } }")
        + " supplierReturns"
        + costs.format(more="creditExpected { amount } lines { creditExpected { amount } value { amount } }")
        + " }"
    )  # fmt: skip
    answer = await _executed(_of_two_grants(sees, _area(world.own, limit)), asked)
    own = {place.code for place in world.own.locations}
    for name, page in answer.items():
        codes = set()
        for node in page["nodes"]:
            code = node.pop("location")
            codes.add(code["code"])
            values = [code["parcelCost"], *_leaves(node)]
            shown = {value is not None for value in values}
            assert shown == {code["code"] in own}, (name, node)
        assert codes & own and codes - own, name


def _leaves(node: dict[str, Any]) -> Iterator[Any]:
    for value in node.values():
        if isinstance(value, list) and value:
            for each in value:
                yield from _leaves(each)
        elif value != []:
            yield value


def _lists() -> list[str]:
    """All lists of objects that belong to a place."""
    queries = _fields(InventoryQuery, PurchasingQuery, FulfillmentQuery, NotificationQuery)
    of_all = {"suppliers", "carriers", "boxes"}
    types = schema._schema.query_type.fields
    return [
        name for name, _ in queries if str(types[name].type).endswith("Connection!") and name not in of_all
    ]


async def _listed(api: Api) -> dict[str, set[str]]:
    found = {}
    for name in _lists():
        page = (await api.ask(f"{{ {name}{PAGE} }}"))[name]
        found[name] = {row["id"] for row in page["nodes"]}
        assert page["totalCount"] == len(found[name]), name
    return found


@pytest.mark.parametrize("limit", LIMITS)
async def test_lists_and_ids_show_the_own_place_and_nothing_else(world: World, limit: str):
    listed, everything = await _listed(world.limited[limit]), await _listed(world.all)
    of_own = {name: {id for id in ids if id in listed[name]} for name, ids in everything.items()}
    assert len(listed) >= 13 and listed == of_own
    for name, ids in everything.items():
        assert (0 if (limit, name) == ("channels", "manifests") else 1) <= len(listed[name]) < len(ids), name
        assert not listed[name] & {*world.other.ids.values()}, name
        if name == "stockMovements":  # their ids are only known from this list
            continue
        nodes = await world.limited[limit].ask(
            "query($ids: [ID!]!) { nodes(ids: $ids) { id } }", ids=sorted(ids)
        )
        assert {node["id"] for node in nodes["nodes"] if node} == listed[name], name


@pytest.mark.parametrize("limit", LIMITS)
async def test_a_thing_of_another_place_is_not_found_by_its_id_or_code(world: World, limit: str):
    queries = {
        "location": 'location(code: "{location}") { id }',
        "locationById": 'location(id: "{location_id}") { id }',
        "stockTransfer": 'stockTransfer(id: "{transfer_id}") { id }',
        "stockCount": 'stockCount(id: "{count_id}") { id }',
        "purchaseOrder": 'purchaseOrder(id: "{purchase_order_id}") { id }',
        "fulfillmentOrder": 'fulfillmentOrder(id: "{work_id}") { id }',
        "pickList": 'pickList(id: "{pick_list_id}") { id }',
    }
    for found, place in ((False, world.other), (True, world.own)):
        document = " ".join(f"{name}: {query}" for name, query in queries.items())
        for name, value in place.named().items():
            document = document.replace(f"{{{name}}}", value)
        answer = await world.limited[limit].ask("{ " + document + " }")
        assert [name for name, value in answer.items() if (value is not None) != found] == []


@pytest.mark.parametrize("limit", LIMITS)
async def test_reports_and_plans_count_the_own_place_alone(world: World, limit: str):
    limited = world.limited[limit]
    asked = (
        "{ stockPlan { total rows { level { location { code } } } } "
        "reports { stockValue { locations { location { code } } } "
        "stuck(limits: [{stage: RELEASED, hours: 0}, {stage: OPEN, hours: 0}]) { eldest { "
        "fulfillmentOrder { location { code } } } } } }"
    )
    answer = await limited.ask(asked)
    codes = {place.code for place in world.own.locations}
    seen = {row["level"]["location"]["code"] for row in answer["stockPlan"]["rows"]}
    worth = {row["location"]["code"] for row in answer["reports"]["stockValue"]["locations"]}
    assert seen and seen <= codes and worth == codes
    for name in ("stockValue", "stockCommitted"):
        refused = await limited.error(f'{{ reports {{ {name}(location: "reno-main") {{ __typename }} }} }}')
        assert refused["extensions"]["code"] == "NOT_FOUND"


@pytest.mark.parametrize("limit", LIMITS)
async def test_the_journal_tells_of_what_could_be_read_and_names_nothing_else(world: World, limit: str):
    asked = "{ events(first: 100) { totalCount nodes { subject name facts } } }"
    answer = (await world.limited[limit].ask(asked))["events"]
    told = json.dumps(answer)
    assert [id for id in world.other.uuids() if id in told] == []
    subjects = {event["subject"] for event in answer["nodes"]}
    expected = {
        "order", "receipt", "transfer", "stock_count", "incoming_stock", "purchase_order", "supplier_return",
        "location", "supplier", "product",
    }  # fmt: skip
    assert expected <= subjects and not subjects & {"stock", "reservation", "api_token"}
    everything = (await world.all.ask(asked))["events"]["totalCount"]
    assert 0 < answer["totalCount"] < everything
    assert answer["totalCount"] == len(answer["nodes"]) or len(answer["nodes"]) == 100


async def test_who_may_read_the_journal_sees_no_events_of_what_it_could_not_read(world: World):
    secret = await make.token(Permission.EVENTS_VIEW, Permission.STOCK_VIEW, locations=world.own.locations)
    asked = "{ events(first: 100) { nodes { subject } } messages { totalCount } }"
    answer = await world.all.as_(secret).ask(asked)
    subjects = {event["subject"] for event in answer["events"]["nodes"]}
    assert subjects == {"receipt", "transfer", "stock_count", "incoming_stock", "location", "product"}
    assert answer["messages"]["totalCount"] == 0


async def test_a_suppliers_token_reads_no_receipts_and_counts(world: World):
    secret = await make.token(
        Permission.FULFILLMENT_VIEW, Permission.DROP_SHIP_ANSWER, locations=world.own.locations
    )
    names = ("receipt_id", "count_id", "bought_receipt_id", "location_id", "work_id")
    ids = [world.own.ids[name] for name in names]
    nodes = await world.all.as_(secret).ask("query($ids: [ID!]!) { nodes(ids: $ids) { id } }", ids=ids)
    assert [node and node["id"] for node in nodes["nodes"]] == [None, None, None, *ids[3:]]


async def test_what_leads_from_things_of_all_to_locations_leads_to_the_own_ones(world: World):
    """From a variant to its levels, from a public channel to the locations that it sells from."""
    asked = (
        '{ variant(sku: "MUG") { stockLevels { location { code } } } '
        'own: channel(code: "columbus") { locations { code } } '
        'other: channel(code: "reno") { locations { code } sourcingPolicy { strategy } } }'
    )
    for limit in LIMITS:
        answer = await world.limited[limit].ask(asked)
        levels = {level["location"]["code"] for level in answer["variant"]["stockLevels"]}
        codes = {place.code for place in world.own.locations}
        assert levels and levels <= codes, limit
        assert {place["code"] for place in answer["own"]["locations"]} == codes, limit
        assert answer["other"] == {"locations": [], "sourcingPolicy": None}, limit
