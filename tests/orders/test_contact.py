"""Addresses and phone numbers stored on orders, in any notation."""

from typing import Any

import pytest

from app.channels import service as channels
from app.core.actor import SYSTEM
from app.orders.models import Order
from tests import make
from tests.ask import ADDRESS, ERRORS, Api, order_input

DRAFT = (
    "mutation($i: OrderDraftCreateInput!) { orderDraftCreate(input: $i) { "
    + ERRORS
    + " ... on Order { id trackingToken phone shippingAddress { line1 city region postalCode country unverified "
    "isAcceptedAsWritten } } } }"
)
PLACE = (
    "mutation($i: OrderPlaceInput!) { orderPlace(input: $i) { " + ERRORS + " ... on Order { id status phone "
    "tax { amount } holds { rule reason } shippingAddress { region postalCode unverified } } } }"
)
EDIT = (
    "mutation($i: OrderEditInput!) { orderEdit(input: $i) { " + ERRORS + " ... on OrderEdit { order { status "
    "holds { rule } shippingAddress { city region unverified isAcceptedAsWritten } } } } }"
)
DE = {"name": "T", "line1": "S 1", "city": "Berlin", "postalCode": "10115", "country": "DE"}
FR = {"name": "T", "line1": "Rue 1", "city": "Paris", "postalCode": "75001", "country": "FR"}


@pytest.fixture
async def shop(clean: None) -> make.Shop:
    shop = await make.shop(confirms_at_once=True)
    await shop.sell("A")
    return shop


def _draft(**more: Any) -> dict[str, Any]:
    return {"channel": "web", "lines": [], "reserveStock": False, **more}


async def test_postal_codes_are_stored_in_the_format_of_their_country(api: Api, shop: make.Shop):
    for typed, kept in (("10115 ", "10115"), (" 10115", "10115"), ("D-10115", "10115")):
        cart = await api.do(DRAFT, i=_draft(shippingAddress=DE | {"postalCode": typed}))
        assert cart["shippingAddress"]["postalCode"] == kept
    dutch = {"name": "T", "line1": "S 1", "city": "Amsterdam", "postalCode": "1012 lg", "country": "NL"}
    cart = await api.do(DRAFT, i=_draft(shippingAddress=dutch))
    assert cart["shippingAddress"]["postalCode"] == "1012 LG"


@pytest.mark.parametrize(
    ("city", "region", "code", "country"),
    [
        ("Ballina", "Mayo", "", "IE"),
        ("Dublin", "Dublin", "D02 X285", "IE"),
        ("Kadikoy", "Istanbul", "34710", "TR"),
        ("Mumbai", "MH", "400001", "IN"),
        ("Sao Paulo", "Sao Paulo", "01310-100", "BR"),
        ("Lima", "Lima", "15001", "PE"),
        ("Shenzhen", "Guangdong", "518000", "CN"),
        ("Central", "Hong Kong", "", "HK"),
        ("Ho Chi Minh City", "Hồ Chí Minh", "700000", "VN"),
        ("Cairo", "Cairo", "11511", "EG"),
        ("台北", "臺北市", "110", "TW"),
        ("Los Angeles", "Calif.", "90001", "US"),
        ("Madrid", "", "28001", "ES"),
        ("Firenze", "", "50122", "IT"),
        ("Bogota", "", "", "CO"),
    ],
)
async def test_an_order_to_an_ordinary_address_is_confirmed_without_a_hold(
    api: Api, shop: make.Shop, city: str, region: str, code: str, country: str
):
    typed = {"name": "T", "line1": "S 1", "city": city, "country": country, "region": region}
    placed = await api.do(PLACE, i=order_input(("A", 1), shippingAddress=typed | {"postalCode": code}))
    assert placed.get("status") == "CONFIRMED", placed
    assert placed["shippingAddress"]["unverified"] == []
    order = await Order.get()
    assert order.shipping_address["city"] == city


async def test_an_unverified_address_holds_the_order_until_staff_accept_it(api: Api, shop: make.Shop):
    staff = api.as_(await make.token())
    odd = {"name": "T", "line1": "1 Quay", "city": "Cork", "region": "Kerrygold", "country": "IE"}
    placed = await staff.do(PLACE, i=order_input(("A", 1), shippingAddress=odd))
    assert placed["status"] == "PLACED"
    assert [hold["rule"] for hold in placed["holds"]] == ["address_incomplete"]
    assert "region" in placed["holds"][0]["reason"]
    assert placed["shippingAddress"]["region"] == "Kerrygold"
    assert placed["shippingAddress"]["unverified"] == ["region"]
    accepted = odd | {"acceptAsWritten": True}
    edited = await staff.do(EDIT, i={"id": placed["id"], "shippingAddress": accepted})
    assert edited["order"]["shippingAddress"] == {
        "city": "Cork",
        "region": "Kerrygold",
        "unverified": [],
        "isAcceptedAsWritten": True,
    }
    assert edited["order"]["status"] == "CONFIRMED"


async def test_staff_may_accept_an_address_as_written_and_buyers_may_not(api: Api, shop: make.Shop):
    odd = ADDRESS | {"region": "New State", "postalCode": "99999"}
    refused = await api.do(DRAFT, i=_draft(shippingAddress=odd))
    problem = refused["problems"][0]
    assert problem["path"] == ["input", "shippingAddress", "region"]
    visitor = await api.error(DRAFT, i=_draft(shippingAddress=odd | {"acceptAsWritten": True}))
    assert visitor["extensions"]["code"] == "FORBIDDEN"
    staff = api.as_(await make.token())
    taken = await staff.do(PLACE, i=order_input(("A", 1), shippingAddress=odd | {"acceptAsWritten": True}))
    assert (taken["status"], taken["shippingAddress"]["region"]) == ("CONFIRMED", "New State")


async def test_a_refused_region_names_the_choices_in_its_values(api: Api, shop: make.Shop):
    draft = (
        "mutation($i: OrderDraftCreateInput!) { orderDraftCreate(input: $i) { "
        "... on ValidationFailed { problems { code path values { given country choices } } } } }"
    )
    refused = await api.do(draft, i=_draft(shippingAddress=ADDRESS | {"region": "Bavaria"}))
    (problem,) = refused["problems"]
    assert problem["code"] == "UNKNOWN_REGION"
    assert problem["values"]["given"] == "Bavaria"
    assert problem["values"]["country"] == "US"
    assert "IL" in problem["values"]["choices"]


@pytest.mark.parametrize("blank", ["", "  ", "\u00a0", "\u200b"])
async def test_an_order_without_street_and_town_is_refused(api: Api, shop: make.Shop, blank: str):
    nowhere = ADDRESS | {"line1": blank, "city": blank}
    refused = await api.do(PLACE, i=order_input(("A", 1), shippingAddress=nowhere))
    assert refused["__typename"] == "ValidationFailed"
    assert [each["path"][2] for each in refused["problems"]] == ["line1", "city"]
    assert await Order.all().count() == 0


async def test_a_blank_address_is_refused_with_every_missing_field(api: Api, shop: make.Shop):
    blank = dict.fromkeys(ADDRESS, "") | {"country": "US"}
    refused = await api.do(PLACE, i=order_input(("A", 1), shippingAddress=blank))
    parts = {each["path"][2] for each in refused["problems"]}
    assert parts == {"name", "line1", "city", "region", "postalCode"}


@pytest.mark.parametrize(
    ("typed", "addresses", "kept"),
    [
        ("030 123456", {}, "+4930123456"),
        ("217-555-0123 x12", {"shippingAddress": ADDRESS}, "+12175550123;ext=12"),
        ("217-555-0123", {"shippingAddress": DE, "billingAddress": ADDRESS}, "+12175550123"),
        ("01 42 68 53 00", {"shippingAddress": FR}, "+33142685300"),
        ("+1 217 555 0123", {"shippingAddress": DE}, "+12175550123"),
    ],
)
async def test_a_phone_number_is_parsed_for_the_country_of_billing_then_shipping_then_channel(
    api: Api, clean: None, typed: str, addresses: dict[str, Any], kept: str
):
    await channels.create(
        SYSTEM,
        channels.ChannelData(code="eu", name="EU", currency="EUR", is_public=True, default_country="DE"),
    )
    cart = await api.do(DRAFT, i=_draft(**addresses) | {"channel": "eu", "phone": typed})
    assert cart.get("phone") == kept, cart
    again = "mutation($i: OrderDraftUpdateInput!) { orderDraftUpdate(input: $i) { ... on Order { phone } } }"
    token = {"id": cart["id"], "draftToken": cart["trackingToken"], "note": "Ring twice"}
    assert (await api.do(again, i=token))["phone"] == kept


async def test_a_phone_number_impossible_in_the_channels_country_is_refused(api: Api, shop: make.Shop):
    refused = await api.do(DRAFT, i=_draft(phone="0612345678"))
    assert refused["problems"][0]["path"] == ["input", "phone"]
    assert await Order.all().count() == 0


async def test_order_update_parses_a_phone_number_for_the_orders_country(api: Api, shop: make.Shop):
    staff = api.as_(await make.token())
    placed = await staff.do(PLACE, i=order_input(("A", 1), shippingAddress=DE))
    update = "mutation($i: OrderUpdateInput!) { orderUpdate(input: $i) { ... on Order { phone } } }"
    changed = await staff.do(update, i={"id": placed["id"], "phone": "030 123456"})
    assert changed["phone"] == "+4930123456"


async def test_a_region_in_any_spelling_is_stored_in_latin_letters_and_taxed(api: Api, shop: make.Shop):
    await make.tax("AE", rate="0.05")
    await make.tax("AE", region="Dubai", rate="0.1")
    address = {"name": "T", "line1": "1 Marina", "city": "Dubai", "country": "AE"}
    for written in ("Dubai", "دبي", "dubai", "AE-DU"):
        placed = await api.do(PLACE, i=order_input(("A", 1), shippingAddress=address | {"region": written}))
        assert placed["shippingAddress"]["region"] == "Dubai"
        assert placed["tax"] == {"amount": "1.50"}


@pytest.mark.parametrize("written", ["IL", "Illinois", " illinois ", "Ill."])
async def test_a_regions_tax_applies_however_the_buyer_writes_it(api: Api, shop: make.Shop, written: str):
    await make.tax("US", region="IL", rate="0.1")
    placed = await api.do(PLACE, i=order_input(("A", 1), shippingAddress=ADDRESS | {"region": written}))
    assert (placed["shippingAddress"]["region"], placed["tax"]) == ("IL", {"amount": "1.50"})
