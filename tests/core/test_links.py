"""Links and images accept web addresses only; stored values of earlier versions that are not are returned as null."""

import re
from typing import Any

import pytest
from graphql import get_named_type, is_input_object_type, is_object_type

from app.catalog.models import Product
from app.core.graphql.empty import LinkOrNone
from app.core.links import CONTACT, is_link, shown_link
from app.schema import schema
from tests import make
from tests.ask import Api
from tests.fulfillment import test_drop_shipping
from tests.journeys.life import Story

story = test_drop_shipping.story
TYPES = schema._schema.type_map
_IS_LINK = re.compile(r"(?i)(url|uri|link|href|picture|image)s?$")
BAD = [
    "javascript:alert(1)", "JavaScript:alert(1)", "javascript://shop.example/%0aalert(1)", "data:text/html,<script>alert(1)</script>",
    "data:image/svg+xml;base64,AAAA", "vbscript:x", "file:///etc/passwd", "blob:https://shop.example/x", "about:blank", "//shop.example/a.png",
    "/a.png", "a.png", "https:a.png", "https://", "https:///a.png", "https://user:secret@shop.example/a.png", "https://shop.example@evil.example",
    "https://shop.example/a b", "https://shop.example/\\a", 'https://shop.example/"x', "https://shop.example/<x>", "https://[::1", "https://a:99999/",
    "https://shop.example/\u202egnp.a", "https://shop.example/a\r\nX: y", "java\nscript:alert(1)", "\x01javascript:alert(1)", "https://shop.example/\x7f",
]  # fmt: skip
GOOD = "https://cdn.example.com/a.png?x=1&y={number}#z"
OUTCOME = "{ __typename ... on UserError { path } ... on ValidationFailed { problems { path } } }"
# The other fields of a request, by the type of its input.
INPUTS: dict[str, tuple[str, dict[str, Any]]] = {
    "ProductCreateInput": ("productCreate", {"name": "Lamp"}),
    "ProductUpdateInput": ("productUpdate", {"id": ""}),
    "ProductUpsertInput": ("productBulkUpsert", {"slug": "lamp", "name": "Lamp"}),
    "CarrierSetInput": ("carrierSet", {"code": "van", "name": "Van", "kind": "MANUAL"}),
    "ChannelCreateInput": ("channelCreate", {"code": "new", "name": "New", "currency": "USD", "kind": "WEB"}),
    "ChannelUpdateInput": ("channelUpdate", {"id": ""}),
    "FulfillmentShipInput": ("fulfillmentShip", {"id": "", "carrier": "van"}),
    "PaymentGatewaySetInput": (
        "paymentGatewaySet",
        {
            "code": "card",
            "name": "Card",
            "kind": "STRIPE",
            "secrets": [{"name": "secret_key", "value": "k"}, {"name": "webhook_secret", "value": "w"}],
        },
    ),
    "PaymentAuthorizeInput": (
        "paymentAuthorize",
        {"orderId": "", "gateway": "card", "amount": {"amount": "1", "currency": "USD"}},
    ),
    "PaymentContinueInput": ("paymentContinue", {"orderId": ""}),
    "DropShipShipInput": ("dropShipShip", {"id": "", "carrier": "van", "trackingNumbers": ["RR1"]}),
}
# Link fields that the server writes itself, or that were always validated.
OWN = {
    "Order.trackingUrl", "ClientAction.url", "FulfillmentOrder.packingSlipUrl", "PickList.printUrl", "Package.labelPrintUrl", "Manifest.printUrl",
    "OpenidSignInStarted.authorizationUrl", "Channel.websiteUrl", "Channel.supportUrl", "TrackingShop.websiteUrl", "TrackingShop.supportUrl",
}  # fmt: skip


def _links() -> list[tuple[str, str]]:
    """Every input field that is a link, as type and field name."""
    return [
        (type_.name, name)
        for type_ in TYPES.values()
        if is_input_object_type(type_)
        for name, field in type_.fields.items()
        if _IS_LINK.search(name) and get_named_type(field.type).name == "String"
    ]


def test_all_input_fields_that_are_links_are_covered():
    assert {type_ for type_, _ in _links()} == set(INPUTS)
    assert len(_links()) > 10


async def test_an_invalid_link_is_refused_with_the_path_of_its_field_and_nothing_is_written(story: Story):
    _, work = await test_drop_shipping._submitted(story)
    channel = (await story.staff.ask('{ channel(code: "web") { id } }'))["channel"]["id"]
    product = (await story.staff.ask('{ variant(sku: "LAMP") { product { id } } }'))["variant"]["product"][
        "id"
    ]
    before = await Product.all().values()
    ids = {"ProductUpdateInput": product, "ChannelUpdateInput": channel}
    accepted = []
    for type_, name in _links():
        operation, given = INPUTS[type_]
        if "id" in given:
            given = given | {"id": ids.get(type_, work)}
        links = [link for link in BAD if not (name == "supportUrl" and is_link(link, CONTACT))]
        for link in links:
            refused, path = await _tried(story.staff, operation, given | {name: link})
            if not refused or name not in path:
                accepted.append((type_, name, link, path))
    assert accepted == []
    assert await Product.all().values() == before


async def _tried(staff: Api, operation: str, given: dict[str, Any]) -> tuple[bool, list[str]]:
    """Whether an input is refused, and the path of the refusal."""
    if operation != "productBulkUpsert":
        type_ = next(name for name, (each, _) in INPUTS.items() if each == operation)
        answer = await staff.do(f"mutation($i: {type_}!) {{ {operation}(input: $i) {OUTCOME} }}", i=given)
        return "path" in answer, (answer.get("problems") or [answer])[0].get("path") or []
    mutation = """mutation($i: [ProductUpsertInput!]!) { productBulkUpsert(input: $i) { __typename
      ... on UserError { path } ... on BulkResult { rows { error { path } } } } }"""
    answer = await staff.do(mutation, i=[given])
    error = answer["rows"][0]["error"] if "rows" in answer else answer
    return error is not None, (error or {}).get("path") or []


async def test_a_web_address_is_stored_without_surrounding_spaces(story: Story):
    for type_ in ("ProductCreateInput", "CarrierSetInput"):
        operation, given = INPUTS[type_]
        name = "imageUrl" if type_ == "ProductCreateInput" else "trackingUrl"
        assert await _tried(story.staff, operation, given | {name: f" {GOOD} "}) == (False, [])
    shown = await story.staff.ask(
        '{ products(channel: "web") { nodes { imageUrl } } carriers { nodes { trackingUrl } } }'
    )
    assert {"trackingUrl": GOOD} in shown["carriers"]["nodes"]
    assert (await Product.get(slug="lamp")).image_url == GOOD


def test_every_link_of_the_schema_is_validated_on_output_or_written_by_the_server():
    stored = set()
    for type_ in TYPES.values():
        if is_object_type(type_) and not type_.name.startswith("__"):
            for name, field in type_.fields.items():
                if _IS_LINK.search(name) and get_named_type(field.type).name == "String":
                    definition = field.extensions["strawberry-definition"]
                    if not isinstance(definition, LinkOrNone):
                        stored.add(f"{type_.name}.{name}")
    assert stored <= OWN, "make it link_or_none, or say above that the server writes it"


@pytest.mark.parametrize("link", [*BAD, "", None])
def test_an_invalid_stored_link_is_shown_as_null(link: str | None):
    shown = shown_link(link)
    assert shown is None or shown.startswith(("https://", "http://"))


async def test_an_invalid_stored_image_url_is_returned_as_null(api: Api):
    shop = await make.shop()
    await shop.sell("A")
    for link, shown in (("javascript:alert(1)", None), ("data:x", None), ("", None), (GOOD, GOOD)):
        await Product.all().update(image_url=link)
        answer = await api.ask(
            '{ variant(sku: "A", channel: "web") { product { imageUrl } } products(channel: "web") { nodes { imageUrl } } }'
        )
        assert answer["variant"]["product"] == {"imageUrl": shown}
        assert answer["products"]["nodes"] == [{"imageUrl": shown}]
