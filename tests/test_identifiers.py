"""Identifiers are stored in one form and found in any notation."""

import json
from collections.abc import Mapping
from typing import Any

import pytest
from graphql import (
    GraphQLString,
    get_named_type,
    get_nullable_type,
    is_enum_type,
    is_input_object_type,
    is_list_type,
    is_object_type,
)

from app.core.graphql.bounds import BOUNDS, limit_of, refusal_of
from app.identifiers import SPELLINGS
from app.schema import schema
from tests import make
from tests.ask import PLACE, Api, order_input
from tests.inventory.test_lots import LOT, TRACK

TYPED = "\u200e A\u2011b\u00a01\u2069 "  # with directional marks, several kinds of spaces, another hyphen
# external references keep their characters
KEPT = {"externalReference": "A\u2011b 1", "servicerReference": "A\u2011b 1", "reference": "A\u2011b 1"}
# Texts that are not identifiers, or that a domain parses itself.
OTHERS = {
    # free text
    "address", "apiUrl", "collectedBy", "description", "giftNote", "html", "imageUrl", "instructions", "name", "note", "numberPrefix", "picker", "place", "reason",
    "returnUrl", "search", "service", "signedBy", "supportUrl", "tags", "text", "trackingUrl", "value", "websiteUrl",
    # contact data, places and dates: see core.contact
    "companyName", "defaultLanguage", "email", "language", "languages", "postalCode", "region", "timeZone",
    # secrets, cursors and names of the program
    "accessToken", "after", "before", "currentPassword", "deviceToken", "draftToken", "gateway", "giftCardCode", "giftCardCodes", "idempotencyKey", "newPassword",
    "password", "refreshToken", "rule", "subject", "token",
    # slugs of categories and tax classes
    "categories", "category", "parent", "slug", "taxClass",
    # parsed by their domain: promotions fold case, tracking numbers are split, buyers' numbers are folded
    "discountCodes", "purchaseOrderNumber", "trackingNumber", "trackingNumbers",
    # the parts of a filter
    "contains", "eq", "in", "startsWith",
}  # fmt: skip


def _texts() -> dict[str, set[str]]:
    """The names of texts in inputs and arguments, with their places."""
    found: dict[str, set[str]] = {}
    for type_ in schema._schema.type_map.values():
        places: list[tuple[str, Any]] = []
        if is_input_object_type(type_):
            places = [(type_.name, type_.fields)]
        elif is_object_type(type_) and not type_.name.startswith("__"):
            places = [(f"{type_.name}.{name}", field.args) for name, field in type_.fields.items()]
        for where, fields in places:
            for name, field in fields.items():
                is_text = get_named_type(field.type).name in (GraphQLString.name, "StringFilter", "KeyFilter")
                if is_text and limit_of(field).spelling is None:
                    found.setdefault(name, set()).add(where)
    return found


def test_every_text_of_an_input_is_classified_as_identifier_or_not():
    unknown = {name: where for name, where in _texts().items() if name not in {*SPELLINGS, *OTHERS}}
    assert unknown == {}, (
        "give each field a spelling: doc(…, spelling=spelled) for an identifier, spelling=as_written for other text; "
        "app/identifiers.py has the names of identifiers that several inputs share"
    )
    assert not OTHERS & SPELLINGS.keys()
    assert _texts().keys() >= SPELLINGS.keys() - {"locations"}


def _given(type_: Any, name: str, depth: int = 0) -> Any:
    """A value of an input type with typed text everywhere."""
    inner = get_nullable_type(type_)
    if is_list_type(inner):
        return [_given(inner.of_type, name, depth)]
    if is_input_object_type(inner):
        fields = inner.fields.items() if depth < 5 else ()
        return {each: _given(field.type, each, depth + 1) for each, field in fields}
    if inner == GraphQLString:
        return TYPED
    return next(iter(inner.values)) if is_enum_type(inner) else None


def _unspelled(type_: Any, value: Any, name: str, path: str, compared: str | None = None) -> list[str]:
    """The places where an identifier is stored as typed."""
    inner = get_nullable_type(type_)
    if value is None:
        return []
    if is_list_type(inner):
        return [found for each in value for found in _unspelled(inner.of_type, each, name, path, compared)]
    if is_input_object_type(inner):
        within = name if inner.name == "StringFilter" and name in SPELLINGS else None
        return [
            found
            for each, field in inner.fields.items()
            if each in value
            for found in _unspelled(field.type, value[each], each, f"{path}.{each}", within)
        ]
    identifier = name if name in SPELLINGS else compared if name in ("eq", "in") else None
    if inner == GraphQLString and identifier and value != KEPT.get(identifier, "A-b 1"):
        return [path]
    return []


def test_every_operation_receives_identifiers_in_their_stored_form():
    looked_at = 0
    for type_ in schema._schema.type_map.values():
        if not is_object_type(type_) or type_.name.startswith("__"):
            continue
        for name, field in type_.fields.items():
            if BOUNDS not in field.extensions:
                continue
            given = {each: _given(arg.type, each) for each, arg in field.args.items()}
            refusal_of(field, given)
            for each, arg in field.args.items():
                assert _unspelled(arg.type, given[each], each, f"{type_.name}.{name}.{each}") == []
                looked_at += 1
    assert looked_at > 300


@pytest.mark.parametrize("bad", ["a\x00b", "\ud83d"])
async def test_an_identifier_with_characters_that_cannot_be_stored_is_refused(staff: Api, bad: str):
    for asked in (
        "query($s: String!) { stockLevels(filter: {sku: {eq: $s}}) { nodes { onHand } } }",
        "query($s: String!) { stockLevels(filter: {sku: {in: [$s]}}) { nodes { onHand } } }",
        "query($s: String!) { variant(sku: $s) { id } }",
        "query($s: String!) { fulfillmentOrders(filter: {sku: {eq: $s}}) { nodes { number } } }",
        "query($f: StockLevelFilter) { stockLevels(filter: $f) { nodes { onHand } } }",
    ):
        answer = await staff.client.post(
            "/graphql",
            content=json.dumps({"query": asked, "variables": {"s": bad, "f": {"sku": {"eq": bad}}}}),
            headers={"authorization": f"Bearer {staff.token}", "content-type": "application/json"},
        )
        (error,) = answer.json()["errors"]
        assert error["extensions"]["code"] == "INVALID" and error["extensions"]["problems"], error


# For each kind: the stored notation, and others by which it is found.
SKU = ("\u200eMUG\u20111 ", ["MUG-1", " MUG-1\u200f", "MUG\u20131", "\ufeffMUG-1"])
BARCODE = ("4 006381-333931", ["4006381333931", "04006381333931", "4-006381-333931\u200e", "400638 1333931"])
LOT_NUMBER = ("LOT\u201307 ", ["LOT-07", "lot-07", "\u2066Lot-07\u2069", " LOT\u00ad-07"])
SERIAL = ("sn-0001A", ["SN-0001A", "sn-0001a", "SN\u20100001A "])
REFERENCE = (" ERP\u00a07 ", ["ERP 7", "ERP  7", "\u200eERP 7"])

SELL = """
mutation($product: ID!, $sku: String!, $barcode: String, $reference: String) {
  variantCreate(input: {productId: $product, variant: {sku: $sku, barcode: $barcode, externalReference: $reference}}) {
    __typename ... on Variant { id sku barcode } ... on UserError { message path } } }
"""
RECEIVE = """
mutation($sku: String!, $lots: [StockLotInput!]! = [], $quantity: Int! = 1) {
  stockReceive(input: {sku: $sku, location: " web-main\u200e", quantity: $quantity, lots: $lots}) {
    __typename ... on StockLevel { onHand } ... on UserError { message path }
    ... on ValidationFailed { problems { message path } } } }
"""
LOTS = "query($f: StockLotFilter) { stockLots(filter: $f) { nodes { number } } }"
LEVELS = "query($sku: String!) { stockLevels(filter: {sku: {eq: $sku}}) { nodes { onHand } } }"


@pytest.fixture
async def staff(api: Api) -> Api:
    shop = await make.shop()
    await shop.sell("TRAY", stock=9)
    return api.as_(await make.token())


async def _variant(staff: Api, **given: Any) -> Mapping[str, Any]:
    product = (await staff.ask('{ variant(sku: "TRAY") { product { id } } }'))["variant"]["product"]["id"]
    made = await staff.do(
        SELL, **{"product": product, "sku": SKU[0], "barcode": None, "reference": None} | given
    )
    assert made["__typename"] == "Variant", made
    return made


async def test_a_sku_is_found_however_it_is_typed(staff: Api):
    made = await _variant(staff)
    assert made["sku"] == "MUG-1"
    for units, typed in enumerate(SKU[1], 1):
        found = await staff.ask("query($s: String!) { variant(sku: $s) { id } }", s=typed)
        assert found["variant"] == {"id": made["id"]}
        assert await staff.do(RECEIVE, sku=typed) == {"__typename": "StockLevel", "onHand": units}
        assert (await staff.ask(LEVELS, sku=typed))["stockLevels"]["nodes"] == [{"onHand": units}]
    taken = await staff.do(SELL, product=await _product(staff), sku=SKU[1][1], barcode=None, reference=None)
    assert taken["path"] == ["input", "variant", "sku"], taken


async def _product(staff: Api) -> str:
    found = await staff.ask('{ variant(sku: "TRAY") { product { id } } }')
    return str(found["variant"]["product"]["id"])


async def test_an_order_line_finds_its_sku_however_it_is_typed(staff: Api):
    placed = await staff.do(PLACE, input=order_input(("\u200eTRAY ", 2)))
    assert placed["__typename"] == "Order" and placed["lines"]["nodes"][0]["sku"] == "TRAY"


async def test_a_barcode_is_found_with_and_without_separators(staff: Api):
    made = await _variant(staff, barcode=BARCODE[0])
    assert made["barcode"] == "4006381333931"
    for typed in BARCODE[1]:
        found = await staff.ask(
            "query($b: String!) { variantByBarcode(barcode: $b) { variant { id } } }", b=typed
        )
        assert found["variantByBarcode"] == {"variant": {"id": made["id"]}}, typed


@pytest.mark.parametrize(("tracking", "kind"), [("LOT", LOT_NUMBER), ("SERIAL", SERIAL)])
async def test_a_lot_or_serial_number_is_the_same_however_it_is_typed(
    staff: Api, tracking: str, kind: tuple[str, list[str]]
):
    made = await _variant(staff)
    await staff.do(TRACK, input={"id": made["id"], "tracking": tracking, "tracksExpiry": False})
    written, read = kind
    assert (await staff.do(RECEIVE, sku="MUG-1", lots=[{"number": written}]))["onHand"] == 1
    numbers = set()
    for typed in read:
        found = await staff.ask(LOT, sku=" MUG-1", number=typed)
        numbers.add(found["stockLot"]["number"])
        for key in ({"eq": typed}, {"in": ["NONE", typed]}, {"startsWith": written.strip()[:3]}):
            listed = await staff.ask(LOTS, f={"number": key})
            assert len(listed["stockLots"]["nodes"]) == 1, key
        again = await staff.do(RECEIVE, sku="MUG-1", lots=[{"number": typed}])
        if tracking == "SERIAL":
            assert "already on hand" in again["message"], "it is the same unit"
    assert len(numbers) == 1
    lots = await staff.ask("{ stockLots { nodes { number } } }")
    assert [each["number"] for each in lots["stockLots"]["nodes"]] == list(numbers)
    twice = [{"number": "New-1"}, {"number": "NEW-1"}]
    refused = await staff.do(RECEIVE, sku="MUG-1", quantity=2, lots=twice)
    assert refused["problems"][0]["path"] == ["input", "lots", "1", "number"]


CREATED = {
    "customers": "customerCreate(input: {name: \"Ada\", externalReference: $r})",
    "orders": "orderDraftCreate(input: {channel: \"web\", lines: [], externalReference: $r})",
    "stockTransfers": (
        "stockTransferCreate(input: {source: \"web-main\", destination: \"west\", externalReference: $r, "
        "lines: [{sku: \"TRAY\", quantity: 1}]})"
    ),
}  # fmt: skip


@pytest.mark.parametrize("documents", CREATED)
async def test_an_external_reference_is_found_however_it_is_typed(staff: Api, documents: str):
    await make.location("west")
    made = await staff.do(
        f"mutation($r: String) {{ {CREATED[documents]} {{ __typename ... on Node {{ id }} }} }}",
        r=REFERENCE[0],
    )
    assert made["id"], made
    asked = f"query($r: String!) {{ {documents}(filter: {{externalReference: {{eq: $r}}}}) {{ nodes {{ id }} }} }}"
    for typed in REFERENCE[1]:
        assert (await staff.ask(asked, r=typed))[documents]["nodes"] == [{"id": made["id"]}], typed
    among = asked.replace("eq: $r", "in: [$r]")
    assert (await staff.ask(among, r=REFERENCE[1][2]))[documents]["nodes"] == [{"id": made["id"]}]


def test_every_list_of_objects_with_an_update_time_has_a_filter_by_it():
    """Other systems synchronize by this filter."""
    graph, lacking, seen = schema._schema, [], 0
    assert graph.query_type is not None
    for name, field in graph.query_type.fields.items():
        nodes = getattr(get_named_type(field.type), "fields", {}).get("nodes")
        things: Any = get_named_type(nodes.type) if nodes else None
        if "filter" not in field.args or "updatedAt" not in getattr(things, "fields", {}):
            continue
        seen += 1
        given: Any = get_named_type(field.args["filter"].type)
        if "updatedAt" not in given.fields:
            lacking.append(name)
    assert lacking == [] and seen > 5
