"""Who is limited to some locations, or to the channels that sell from them, sees and changes nothing elsewhere.

The operations are all those of stock, purchasing, fulfilment and planning: a new one does not pass here
before it is said what of it belongs to a location.
"""

import asyncio
import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

import pytest
from strawberry.utils.str_converters import to_camel_case

from app.access.permissions import Permission
from app.core.actor import Actor, ActorKind
from app.core.graphql.context import Context
from app.core.graphql.policy import policy_of
from app.core.ids import new_id
from app.core.journal.sequencing import sequence
from app.core.scope import Area, Grant
from app.fulfillment.schema import FulfillmentMutation, FulfillmentQuery
from app.inventory.schema import InventoryMutation, InventoryQuery
from app.notifications.schema import NotificationQuery
from app.planning.schema import PlanningMutation
from app.schema import schema
from app.settings import settings
from app.suppliers.schema import PurchasingMutation, PurchasingQuery
from tests import make
from tests.access import places
from tests.access.places import Place
from tests.ask import Api
from tests.context import context_of
from tests.database import feed_has_read_all, rows_of_all_tables

MONEY = '{{amount: "1", currency: "USD"}}'
# Each operation that changes something of a location, with what names it in braces.
CHANGES = {
    "stockAssemble": 'input: {{sku: "MUG", location: "{location}", quantity: 1}}',
    "stockDisassemble": 'input: {{sku: "MUG", location: "{location}", quantity: 1}}',
    "stockPolicyBulkSet": 'input: [{{sku: "MUG", location: "{location}", safetyStock: 1}}]',
    "stockReceive": 'input: {{sku: "MUG", location: "{location}", quantity: 1}}',
    "stockAdjust": 'input: {{sku: "MUG", location: "{location}", change: 1, reason: FOUND}}',
    "stockSetAside": 'input: {{sku: "MUG", location: "{location}", quantity: 1, to: DAMAGED}}',
    "stockBulkSet": 'input: [{{sku: "MUG", location: "{location}", onHand: 60}}]',
    "stockReceiptCreate": 'input: {{location: "{location}", lines: [{{sku: "MUG", quantity: 1}}]}}',
    "stockLandedCostAdd": f'input: {{{{receiptId: "{{receipt_id}}", cost: {{{{name: "Duty", amount: {MONEY}}}}}}}}}',
    "stockCostCorrect": f'input: {{{{receiptId: "{{receipt_id}}", line: 1, unitCost: {MONEY}}}}}',
    "stockReceiptReverse": 'input: {{receiptId: "{receipt_id}"}}',
    "stockIncomingCreate": 'input: {{sku: "MUG", location: "{location}", quantity: 1, expectedOn: "2099-01-01"}}',
    "stockIncomingUpdate": 'input: {{id: "{incoming_id}", quantity: 4}}',
    "stockTransferCreate": 'input: {{source: "{location}", destination: "{annex}", '
    'lines: [{{sku: "MUG", quantity: 1}}]}}',
    "stockTransferReceive": 'input: {{id: "{transfer_id}"}}',
    "stockTransferTurnBack": 'id: "{transfer_id}"',
    "stockTransferShip": 'input: {{id: "{transfer_id}"}}',
    "stockTransferCancel": 'id: "{transfer_id}"',
    "stockCountStart": 'input: {{location: "{location}"}}',
    "stockCountApprove": 'id: "{count_id}"',
    "stockCountReject": 'id: "{count_id}"',
    "stockCountSubmit": 'input: {{countId: "{count_id}", lines: [{{sku: "MUG", quantity: 50}}], isComplete: false}}',
    "stockCountCancel": 'id: "{count_id}"',
    "purchaseOrderCreate": 'input: {{supplier: "acme", location: "{location}", '
    f'lines: [{{{{sku: "MUG", quantity: 1, unitCost: {MONEY}}}}}]}}}}',
    "purchaseOrderUpdate": 'input: {{id: "{purchase_order_id}", note: "Soon"}}',
    "purchaseOrderReceive": 'input: {{id: "{purchase_order_id}"}}',
    "purchaseOrderConfirm": 'id: "{purchase_order_id}", expectedOn: "2099-01-01"',
    "purchaseOrderSend": 'id: "{purchase_order_id}"',
    "purchaseOrderReceiptReverse": 'input: {{receiptId: "{bought_receipt_id}"}}',
    "purchaseOrderClose": 'id: "{purchase_order_id}"',
    "purchaseOrderCancel": 'id: "{purchase_order_id}"',
    "supplierReturnCreate": 'input: {{supplier: "acme", location: "{location}", '
    f'lines: [{{{{sku: "MUG", quantity: 1, unitCredit: {MONEY}}}}}]}}}}',
    "supplierReturnCredit": f'input: {{{{id: "{{return_id}}", amount: {MONEY}}}}}',
    "supplierReturnCancel": 'id: "{return_id}"',
    "fulfillmentReassign": 'input: {{id: "{work_id}"}}',
    "fulfillmentRecall": 'id: "{work_id}"',
    "fulfillmentRelease": 'id: "{work_id}"',
    "fulfillmentBulkRelease": 'ids: ["{work_id}"]',
    "pickListCancel": 'id: "{pick_list_id}"',
    "pickListCreate": 'input: {{locationId: "{location_id}"}}',
    "fulfillmentSplit": 'input: {{id: "{work_id}", lines: []}}',
    "fulfillmentMerge": 'input: {{id: "{work_id}", otherIds: ["{sent_id}"]}}',
    "fulfillmentPick": 'input: {{id: "{work_id}"}}',
    "fulfillmentUnpick": 'id: "{work_id}"',
    "fulfillmentPack": 'input: {{id: "{work_id}"}}',
    "fulfillmentUnpack": 'id: "{work_id}"',
    "fulfillmentLabelBuy": 'input: {{id: "{work_id}", carrier: "parcels"}}',
    "fulfillmentLabelVoid": 'id: "{work_id}"',
    "fulfillmentBulkShip": 'input: [{{id: "{work_id}"}}]',
    "fulfillmentShip": 'input: {{id: "{work_id}"}}',
    "manifestCreate": 'input: {{location: "{location}", carrier: "postal"}}',
    "shipmentTrackingRecord": 'input: {{shipmentId: "{shipment_id}", stage: IN_TRANSIT}}',
    "shipmentTrackingCorrect": 'input: {{shipmentId: "{shipment_id}", stage: EXCEPTION, reason: "A wrong scan"}}',
    "shipmentDeliver": 'input: {{shipmentId: "{shipment_id}"}}',
    "shipmentReceiveBack": 'input: {{shipmentId: "{shipment_id}", resolution: CANCEL}}',
    "dropShipAccept": 'input: {{id: "{work_id}"}}',
    "dropShipReject": 'input: {{id: "{work_id}"}}',
    "dropShipShip": 'input: {{id: "{work_id}", carrier: "postal"}}',
    "replenishmentRun": 'input: {{locations: ["{location}"]}}',
}
# What belongs to a location for all channels, and what to a channel as a whole.
OF_A_LOCATION = {"locationUpdate": 'input: {{id: "{location_id}", name: "Mine"}}'}
OF_A_CHANNEL = {
    "channelLocationsSet": 'input: {{channel: "{channel}", locations: ["{annex}", "{location}"]}}',
    "sourcingPolicySet": 'input: {{channel: "{channel}", maxParcels: 2}}',
}
# Things of another place named within an operation on the own one: what begins with `other_` is theirs.
NESTED = {
    "stockTransferCreate": 'input: {{source: "{location}", destination: "{other_location}", '
    'lines: [{{sku: "MUG", quantity: 1}}]}}',
    "stockReceive": 'input: {{sku: "MUG", location: "{location}", quantity: 1, incomingId: "{other_incoming_id}"}}',
    "stockReceiptCreate": 'input: {{location: "{location}", '
    'lines: [{{sku: "MUG", quantity: 1, incomingId: "{other_incoming_id}"}}]}}',
    "purchaseOrderUpdate": 'input: {{id: "{purchase_order_id}", location: "{other_location}"}}',
    "supplierReturnCreate": 'input: {{purchaseOrderId: "{other_received_order_id}", location: "{location}", '
    'lines: [{{sku: "MUG", quantity: 1}}]}}',
    "fulfillmentReassign": 'input: {{id: "{work_id}", locationId: "{other_location_id}"}}',
    "pickListCreate": 'input: {{locationId: "{location_id}", fulfillmentOrderIds: ["{other_work_id}"]}}',
    "fulfillmentMerge": 'input: {{id: "{work_id}", otherIds: ["{other_work_id}"]}}',
    "fulfillmentBulkRelease": 'ids: ["{other_work_id}"]',
    "shipmentReceiveBack": 'input: {{shipmentId: "{shipment_id}", resolution: CANCEL, '
    'locationId: "{other_location_id}"}}',
    "shipmentTrackingRecord": 'input: {{shipmentId: "{shipment_id}", packageId: "{other_package_id}", '
    "stage: IN_TRANSIT}}",
    "replenishmentRun": 'input: {{locations: ["{location}", "{other_location}"]}}',
}
NESTED_OF_A_CHANNEL = {
    "channelLocationsSet": 'input: {{channel: "{channel}", locations: ["{location}", "{other_location}"]}}'
}
ROWS = "... on BulkResult { rows { index status error { errorCode message path } } }"
ANSWER = "__typename ... on UserError { errorCode message path }"
PAGE = "(first: 100) { totalCount nodes { id } }"
LIMITS = ("locations", "channels")


@dataclass
class World:
    own: Place
    other: Place
    all: Api
    limited: dict[str, Api]


@pytest.fixture
async def world(api: Api) -> World:
    acme = await places.supplier()
    own = await places.place("columbus", acme, is_first=True)
    other = await places.place("reno", acme, is_first=False)
    await sequence()  # the feed may not have placed the last events yet
    return World(
        own,
        other,
        api.as_(await make.token()),
        {
            "locations": api.as_(await make.token(locations=own.locations)),
            "channels": api.as_(await make.token(channels=[own.shop.channel])),
        },
    )


def _fields(*types: Any) -> Iterator[tuple[str, Any]]:
    for each in types:
        for one in each.__strawberry_definition__.fields:
            yield to_camel_case(one.python_name), one


async def _answer(api: Api, name: str, arguments: str) -> Any:
    rows = ROWS if "Bulk" in name else ""
    return await api.do(f"mutation {{ {name}({arguments}) {{ {ANSWER} {rows} }} }}")


async def _executed(actor: Actor, document: str) -> dict[str, Any]:
    """The data of an operation of an actor with grants that no token has yet."""

    async def same(_credential: str | None) -> Actor:
        return actor

    result = await schema.execute(
        document, context_value=Context(actor=actor, settings=settings(), identify=same)
    )
    assert not result.errors, result.errors
    return result.data


def _of_two_grants(everywhere: Iterable[Permission], own: Area) -> Actor:
    """Somebody who has some permissions everywhere, and all of them in one place."""
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
        foreign = await _answer(limited, name, arguments.format(**world.other.named()))
        unknown = await _answer(limited, name, arguments.format(**world.other.unknown()))
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
            answers.append(await _answer(limited, name, arguments.format(**named)))
        assert answers[0] == answers[1], name
        assert "errorCode" in json.dumps(answers[0]), (name, answers[0])
    assert await rows_of_all_tables() == before


@pytest.mark.parametrize("limit", LIMITS)
async def test_the_same_operations_reach_things_of_the_own_place(world: World, limit: str):
    reached = CHANGES | (OF_A_LOCATION if limit == "locations" else OF_A_CHANNEL)
    if limit == "channels":
        del reached["manifestCreate"]  # has the parcels of all channels
    for name, arguments in reached.items():
        answer = await _answer(world.limited[limit], name, arguments.format(**world.own.named()))
        assert "NOT_FOUND" not in json.dumps(answer) or name == "fulfillmentLabelBuy", (name, answer)


@pytest.mark.parametrize("limit", LIMITS)
async def test_the_settings_of_an_own_place_need_the_permission_for_all_that_use_it(world: World, limit: str):
    """A location is that of all channels that sell from it; a channel sells from locations of others, too."""
    limited, before = world.limited[limit], await rows_of_all_tables()
    for name, arguments in (OF_A_CHANNEL if limit == "locations" else OF_A_LOCATION).items():
        answer = await _answer(limited, name, arguments.format(**world.own.named()))
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
    """All lists of things that belong to a place."""
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
        if name == "stockMovements":  # nobody has the id of one but from this list
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


async def test_who_may_read_the_journal_sees_no_events_of_what_it_could_not_read(world: World, api: Api):
    secret = await make.token(Permission.EVENTS_VIEW, Permission.STOCK_VIEW, locations=world.own.locations)
    asked = "{ events(first: 100) { nodes { subject } } messages { totalCount } }"
    answer = await api.as_(secret).ask(asked)
    subjects = {event["subject"] for event in answer["events"]["nodes"]}
    assert subjects == {"receipt", "transfer", "stock_count", "incoming_stock", "location", "product"}
    assert answer["messages"]["totalCount"] == 0


async def test_a_suppliers_token_reads_no_receipts_and_counts(world: World, api: Api):
    secret = await make.token(
        Permission.FULFILLMENT_VIEW, Permission.DROP_SHIP_ANSWER, locations=world.own.locations
    )
    names = ("receipt_id", "count_id", "bought_receipt_id", "location_id", "work_id")
    ids = [world.own.ids[name] for name in names]
    nodes = await api.as_(secret).ask("query($ids: [ID!]!) { nodes(ids: $ids) { id } }", ids=ids)
    assert [node and node["id"] for node in nodes["nodes"]] == [None, None, None, *ids[3:]]


async def test_a_transfer_is_seen_from_both_ends_and_worked_on_at_the_own_one(world: World):
    here, there = world.own.shop.location.code, world.other.shop.location.code
    ends = f'source: "{there}", destination: "{here}"'
    made = await world.all.do(
        f'mutation {{ stockTransferCreate(input: {{ {ends}, lines: [{{sku: "MUG", quantity: 1}}] }}) '
        "{ ... on StockTransfer { id } } }"
    )
    limited, id = world.limited["locations"], made["id"]
    asked = (
        "query($id: ID!) { stockTransfer(id: $id) { nextSteps { step isPossible } "
        "source { code parcelCost { amount } } destination { code parcelCost { amount } } } }"
    )
    seen = (await limited.ask(asked, id=id))["stockTransfer"]
    assert seen["source"] == {"code": there, "parcelCost": None}
    assert seen["destination"]["parcelCost"] == {"amount": "0.00"}
    assert {each["step"]: each["isPossible"] for each in seen["nextSteps"]} == {
        "SHIP": False,
        "CANCEL": False,
    }
    ship = "mutation($id: ID!) { stockTransferShip(input: {id: $id}) { __typename } }"
    receive = "mutation($id: ID!) { stockTransferReceive(input: {id: $id}) { __typename } }"
    refused = await limited.error(ship, id=id)
    assert refused["extensions"]["code"] == "FORBIDDEN"
    assert (await world.all.do(ship, id=id))["__typename"] == "StockTransfer"
    assert (await limited.do(receive, id=id))["__typename"] == "StockTransfer"


async def test_a_lot_is_found_by_where_the_caller_sees_it_and_not_by_where_else_it_is(world: World):
    receive = (
        'mutation($at: String!) { stockReceive(input: {sku: "TEA", location: $at, quantity: 2, '
        'lots: [{number: "L1", quantity: 2}]}) { __typename } }'
    )
    take = (
        'mutation($at: String!) { stockAdjust(input: {sku: "TEA", location: $at, change: -2, reason: LOSS, '
        'lots: [{number: "L1", quantity: 2}]}) { __typename } }'
    )
    here, there = world.own.shop.location.code, world.other.shop.location.code
    for at in (here, there):
        assert (await world.all.do(receive, at=at))["__typename"] == "StockLevel"
    assert (await world.all.do(take, at=here))["__typename"] == "StockLevel"
    asked = "query($filter: StockLotFilter!) { stockLots(filter: $filter) { nodes { number levels { onHand } } } }"
    for limit in LIMITS:
        found = [
            (
                await world.limited[limit].ask(
                    asked, filter={"sku": {"eq": "TEA"}, "number": {"eq": "L1"}, **filter}
                )
            )["stockLots"]["nodes"]
            for filter in (
                {"location": {"eq": here}},
                {"location": {"eq": there}},
                {"isOnHand": {"eq": True}},
                {"isOnHand": {"eq": False}},
            )
        ]
        assert [len(rows) for rows in found] == [1, 0, 0, 1], limit
        assert found[0][0]["levels"] == [], limit


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


@pytest.mark.parametrize("limit", LIMITS)
async def test_streams_tell_of_the_own_place_alone(world: World, limit: str):
    await feed_has_read_all()
    context = await context_of(str(world.limited[limit].token))
    stream = await schema.subscribe(
        "subscription { stockLevelUpdated { location { code } } }", context_value=context
    )
    waiting = asyncio.ensure_future(anext(aiter(stream)))
    await asyncio.sleep(0.1)  # it listens
    for place in (world.other, world.own):
        await place.shop.stock("MUG", 70)
    async with asyncio.timeout(10):
        told = await waiting
    assert told.data == {"stockLevelUpdated": {"location": {"code": world.own.shop.location.code}}}
    queue = (
        f'subscription {{ fulfillmentQueueUpdated(locationId: "{world.other.ids["location_id"]}") {{ id }} }}'
    )
    refused = await anext(aiter(await schema.subscribe(queue, context_value=context)))
    assert [error.extensions["code"] for error in refused.errors] == ["NOT_FOUND"]
