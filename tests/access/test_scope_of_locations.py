"""A caller limited to locations, or to the channels that sell from them, sees and changes nothing elsewhere.

All mutations of stock, purchasing, fulfillment and planning are tried; a new one must be added to `changes`.
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
    response_of,
)
from tests.access.places import LIMITS, Place, World, two_places
from tests.ask import Api
from tests.conftest import reset
from tests.database import rows_of_all_tables

PAGE = "(first: 100) { totalCount nodes { id } }"


@pytest.fixture(scope="module")
async def world(application: httpx.ASGITransport) -> AsyncIterator[World]:
    """Created once for the module, because its tests change nothing."""
    await reset()
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
    """An actor with some permissions everywhere, and all permissions in one channel or location."""
    grants = (Grant(frozenset(everywhere)), Grant(frozenset(Permission), own))
    return Actor(ActorKind.APP, new_id(), "two grants", grants)


def _area(place: Place, limit: str) -> Area:
    if limit == "channels":
        return Area(channels=frozenset({place.shop.channel.id}))
    return Area(locations=frozenset(each.id for each in place.locations))


def test_every_mutation_that_a_limited_caller_may_use_is_classified():
    mutations = dict(_fields(InventoryMutation, PurchasingMutation, FulfillmentMutation, PlanningMutation))
    of_a_place = {name for name, one in mutations.items() if not policy_of(one).everywhere}
    assert of_a_place == {*CHANGES, *OF_A_LOCATION, *OF_A_CHANNEL}


@pytest.mark.parametrize("limit", LIMITS)
async def test_mutations_of_objects_out_of_scope_change_nothing_and_answer_not_found(
    world: World, limit: str
):
    limited, before = world.limited[limit], await rows_of_all_tables()
    for name, arguments in (CHANGES | OF_A_LOCATION | OF_A_CHANNEL).items():
        foreign = await response_of(limited, name, arguments.format(**world.other.named()))
        unknown = await response_of(limited, name, arguments.format(**world.other.unknown()))
        assert foreign == unknown, name
        assert "NOT_FOUND" in json.dumps(foreign), name
    assert await rows_of_all_tables() == before


@pytest.mark.parametrize("limit", LIMITS)
async def test_inputs_that_refer_to_objects_out_of_scope_get_the_error_of_unknown_ids(
    world: World, limit: str
):
    limited, before = world.limited[limit], await rows_of_all_tables()
    for name, arguments in (NESTED | (NESTED_OF_A_CHANNEL if limit == "channels" else {})).items():
        answers = []
        for others in (world.other.named(), world.other.unknown()):
            named = world.own.named() | {f"other_{key}": value for key, value in others.items()}
            answers.append(await response_of(limited, name, arguments.format(**named)))
        assert answers[0] == answers[1], name
        assert "errorCode" in json.dumps(answers[0]), (name, answers[0])
    assert await rows_of_all_tables() == before


@pytest.mark.parametrize("limit", LIMITS)
async def test_settings_of_a_location_or_channel_need_permission_for_it_as_a_whole(world: World, limit: str):
    """A location belongs to all channels that sell from it; a channel may sell from locations of others."""
    limited, before = world.limited[limit], await rows_of_all_tables()
    for name, arguments in (OF_A_CHANNEL if limit == "locations" else OF_A_LOCATION).items():
        answer = await response_of(limited, name, arguments.format(**world.own.named()))
        assert answer["errorCode"] == "NOT_FOUND", name
    assert await rows_of_all_tables() == before


@pytest.mark.parametrize("limit", LIMITS)
async def test_view_permissions_everywhere_do_not_allow_changes_out_of_scope(world: World, limit: str):
    sees = {each for each in Permission if each.value.endswith("_view")}
    actor, before = _of_two_grants(sees, _area(world.own, limit)), await rows_of_all_tables()
    for name, arguments in (CHANGES | OF_A_LOCATION | OF_A_CHANNEL).items():
        rows = ROWS if "Bulk" in name else ""
        document = f"mutation {{ {name}({arguments.format(**world.other.named())}) {{ {ANSWER} {rows} }} }}"
        answer = (await _executed(actor, document))[name]
        assert "NOT_FOUND" in json.dumps(answer), (name, answer)
    assert await rows_of_all_tables() == before


@pytest.mark.parametrize("limit", LIMITS)
async def test_costs_are_visible_only_where_the_stock_costs_permission_applies(world: World, limit: str):
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
    """All lists of objects that belong to a location or channel."""
    queries = _fields(InventoryQuery, PurchasingQuery, FulfillmentQuery, NotificationQuery)
    of_all = {"suppliers", "carriers", "boxes", "messageSuppressions", "messageTemplates"}
    types = schema._schema.query_type.fields
    return [
        name for name, _ in queries if str(types[name].type).endswith("Connection!") and name not in of_all
    ]


# Manifests are of a location for all channels; back-in-stock requests of a channel as a whole.
NONE_OF_OWN = {("channels", "manifests"), ("locations", "backInStockRequests")}


async def _listed(api: Api) -> dict[str, set[str]]:
    found = {}
    for name in _lists():
        page = (await api.ask(f"{{ {name}{PAGE} }}"))[name]
        found[name] = {row["id"] for row in page["nodes"]}
        assert page["totalCount"] == len(found[name]), name
    return found


@pytest.mark.parametrize("limit", LIMITS)
async def test_lists_and_ids_return_only_objects_in_scope(world: World, limit: str):
    listed, everything = await _listed(world.limited[limit]), await _listed(world.all)
    of_own = {name: {id for id in ids if id in listed[name]} for name, ids in everything.items()}
    assert len(listed) >= 13 and listed == of_own
    for name, ids in everything.items():
        assert (0 if (limit, name) in NONE_OF_OWN else 1) <= len(listed[name]) < len(ids), name
        assert not listed[name] & {*world.other.ids.values()}, name
        if name == "stockMovements":  # their ids are only known from this list
            continue
        nodes = await world.limited[limit].ask(
            "query($ids: [ID!]!) { nodes(ids: $ids) { id } }", ids=sorted(ids)
        )
        assert {node["id"] for node in nodes["nodes"] if node} == listed[name], name


@pytest.mark.parametrize("limit", LIMITS)
async def test_an_object_out_of_scope_is_not_found_by_id_or_code(world: World, limit: str):
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
async def test_reports_and_plans_include_only_locations_in_scope(world: World, limit: str):
    limited = world.limited[limit]
    asked = (
        "{ stockPlan { total rows { level { location { code } } } } "
        "reports { stockValue { locations { location { code } } } "
        "stuck(limits: [{stage: RELEASED, hours: 0}, {stage: OPEN, hours: 0}]) { oldest { "
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
async def test_events_include_only_subjects_in_scope_and_no_ids_out_of_scope(world: World, limit: str):
    asked = "{ events(first: 100) { totalCount nodes { subject name facts } } }"
    answer = (await world.limited[limit].ask(asked))["events"]
    text = json.dumps(answer)
    assert [id for id in world.other.uuids() if id in text] == []
    subjects = {event["subject"] for event in answer["nodes"]}
    expected = {
        "order", "receipt", "transfer", "stock_count", "incoming_stock", "purchase_order", "supplier_return",
        "location", "supplier", "product",
    }  # fmt: skip
    assert expected <= subjects and not subjects & {"stock", "reservation", "api_token"}
    everything = (await world.all.ask(asked))["events"]["totalCount"]
    assert 0 < answer["totalCount"] < everything
    assert answer["totalCount"] == len(answer["nodes"]) or len(answer["nodes"]) == 100


async def test_events_view_shows_only_events_of_subjects_that_the_caller_may_read(world: World):
    secret = await make.token(Permission.EVENTS_VIEW, Permission.STOCK_VIEW, locations=world.own.locations)
    asked = "{ events(first: 100) { nodes { subject } } messages { totalCount } }"
    answer = await world.all.as_(secret).ask(asked)
    subjects = {event["subject"] for event in answer["events"]["nodes"]}
    assert subjects == {"receipt", "transfer", "stock_count", "incoming_stock", "location", "product"}
    assert answer["messages"]["totalCount"] == 0


async def test_a_drop_ship_supplier_token_cannot_read_receipts_and_counts(world: World):
    secret = await make.token(
        Permission.FULFILLMENT_VIEW, Permission.DROP_SHIP_ANSWER, locations=world.own.locations
    )
    names = ("receipt_id", "count_id", "bought_receipt_id", "location_id", "work_id")
    ids = [world.own.ids[name] for name in names]
    nodes = await world.all.as_(secret).ask("query($ids: [ID!]!) { nodes(ids: $ids) { id } }", ids=ids)
    assert [node and node["id"] for node in nodes["nodes"]] == [None, None, None, *ids[3:]]


async def test_shared_objects_lead_only_to_locations_in_scope(world: World):
    """From a variant to its stock levels, and from a public channel to the locations that it sells from."""
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
