"""Set-up of channels, taxes and shipping methods: invalid values are refused, with the possible choices."""

import asyncio
import re
from datetime import datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.channels.models import Channel
from app.channels.numbering import LONGEST_PREFIX, clash, derived_prefix
from app.core import clock
from app.core.actor import SYSTEM
from app.inventory.locations import service as locations
from app.orders.service import placing
from app.orders.service.numbering import formatted
from app.schema import schema
from tests import make
from tests.ask import PLACE, Api, order_input
from tests.orders.picking_up import pickup_shop

ERROR = "... on UserError { errorCode message path }"
CREATE = "mutation($i: ChannelCreateInput!) { channelCreate(input: $i) { ... on Channel { id numberPrefix } ERROR } }".replace(
    "ERROR", ERROR
)
UPDATE = "mutation($i: ChannelUpdateInput!) { channelUpdate(input: $i) { ... on Channel { numberPrefix } ERROR } }".replace(
    "ERROR", ERROR
)
RATE = """mutation($i: TaxRateSetInput!) { taxRateSet(input: $i) {
  ... on TaxRate { id country region taxClass name rate validFrom validUntil } ERROR
} }""".replace("ERROR", ERROR)
METHOD = """mutation($i: ShippingMethodSetInput!) { shippingMethodSet(input: $i) {
  ... on ShippingMethod { code name price { amount } freeFrom { amount } transitDays countries isActive taxClass } ERROR
} }""".replace("ERROR", ERROR)


@pytest.fixture
async def staff(api: Api) -> Api:
    return api.as_(await make.token())


def _channel(code: str, **more: str) -> dict:
    return {"code": code, "name": code, "currency": "USD"} | more


async def test_channels_with_similar_codes_get_different_number_prefixes(staff: Api):
    prefixes = [
        (await staff.do(CREATE, i=_channel(code)))["numberPrefix"]
        for code in ("shop-de", "shop-fr", "shop-f2")
    ]
    assert prefixes == ["SHOP-", "SHOPF-", "SHOPF2-"]


WHOLE = {
    "code": "eu", "name": "Europe", "currency": "EUR", "kind": "WEB", "numberPrefix": "EU-",
    "pricesIncludeTax": True, "taxRounding": "LINE", "defaultCountry": "DE", "isPublic": True, "reservationMinutes": 30,
    "handlingDays": 1, "confirmsAtOnce": True, "cancelMinutes": 30, "guestOrderDays": 30, "timeZone": "Europe/Berlin",
    "workingDays": ["MONDAY"], "holidays": ["2026-12-25"], "websiteUrl": "https://a.example", "supportUrl": "https://a.example/help",
    "defaultLanguage": "en", "languages": ["en", "de"], "cartMerge": "KEEP_BOTH", "paymentMinutes": 60,
    "refundOrder": "LAST_FIRST", "capture": "AT_SHIPMENT",
}  # fmt: skip
OTHER = {
    "code": "fr", "name": "France", "currency": "CHF", "kind": "POS", "numberPrefix": "FR-",
    "pricesIncludeTax": False, "taxRounding": "RATE", "defaultCountry": "FR", "isPublic": False, "reservationMinutes": 31,
    "handlingDays": 2, "confirmsAtOnce": False, "cancelMinutes": None, "guestOrderDays": 31, "timeZone": "Europe/Paris",
    "workingDays": ["MONDAY", "FRIDAY"], "holidays": [], "websiteUrl": "https://b.example", "supportUrl": None,
    "defaultLanguage": "fr", "languages": None, "cartMerge": "KEEP_NEWEST", "paymentMinutes": None,
    "refundOrder": "CREDIT_FIRST", "capture": "AT_PLACING",
}  # fmt: skip
ONCE = CREATE.replace("($i: ChannelCreateInput!)", "($i: ChannelCreateInput!, $k: String)").replace(
    "(input: $i)", "(input: $i, idempotencyKey: $k)"
)


async def test_a_key_of_a_channel_belongs_to_the_whole_input(staff: Api):
    fields = schema._schema.type_map["ChannelCreateInput"].fields
    assert fields.keys() == WHOLE.keys() == OTHER.keys()
    first = await staff.do(ONCE, i=WHOLE, k="one")
    assert (await staff.do(ONCE, i=WHOLE, k="one"))["id"] == first["id"]
    for field, value in OTHER.items():
        other = await staff.do(ONCE, i=WHOLE | {field: value}, k="one")
        assert (field, other.get("errorCode")) == (field, "IDEMPOTENCY_CONFLICT")
    assert await Channel.all().count() == 1


async def test_a_current_or_former_number_prefix_of_another_channel_is_refused(staff: Api):
    first = await staff.do(CREATE, i=_channel("web", numberPrefix="A-"))
    assert (await staff.do(UPDATE, i={"id": first["id"], "numberPrefix": "B-"}))["numberPrefix"] == "B-"
    other = await staff.do(CREATE, i=_channel("eu"))
    for taken in ("A-", "B-"):
        refused = await staff.do(CREATE, i=_channel("new", numberPrefix=taken))
        assert (refused["errorCode"], refused["path"]) == ("ALREADY_EXISTS", ["input", "numberPrefix"])
        refused = await staff.do(UPDATE, i={"id": other["id"], "numberPrefix": taken})
        assert (refused["errorCode"], refused["path"]) == ("ALREADY_EXISTS", ["input", "numberPrefix"])
    again = await staff.do(UPDATE, i={"id": first["id"], "numberPrefix": "A-"})
    assert again["numberPrefix"] == "A-"
    for bad in ("a-", "TOOLONGPREFIX", "", "A--"):
        assert (await staff.do(UPDATE, i={"id": first["id"], "numberPrefix": bad}))["path"] == [
            "input",
            "numberPrefix",
        ]


async def test_a_new_number_prefix_applies_to_new_orders_and_numbering_continues(staff: Api):
    shop = await make.shop()
    await shop.sell("A")
    assert (await staff.do(PLACE, input=order_input(("A", 1))))["number"] == "WEB-000001"
    id = (await staff.ask('{ channel(code: "web") { id } }'))["channel"]["id"]
    await staff.do(UPDATE, i={"id": id, "numberPrefix": "W26-"})
    assert (await staff.do(PLACE, input=order_input(("A", 1))))["number"] == "W26-000002"
    assert (await staff.ask('{ order(number: "WEB-000001") { status } }'))["order"]["status"] == "PLACED"


async def test_of_two_concurrent_channels_with_clashing_prefixes_one_is_created(staff: Api):
    for number in range(5):
        wanted = [_channel(f"c{number}-{name}", numberPrefix=f"P{number}{name}") for name in ("", "1")]
        wanted[0]["code"] = f"c{number}"
        answers = await asyncio.gather(*(staff.do(CREATE, i=each) for each in wanted))
        assert sorted(each.get("errorCode", "") for each in answers) == ["", "ALREADY_EXISTS"]


async def test_concurrent_changes_of_different_fields_of_an_object_are_all_stored(staff: Api):
    await make.shop()
    rule = """mutation($i: OrderRuleSetInput!) { orderRuleSet(input: $i) { ... on Channel {
      orderRules { code outcome releaseAfterMinutes } } ERROR } }""".replace("ERROR", ERROR)
    method = {"channel": "web", "code": "parcel"}
    rate = {"country": "DE", "taxClass": "standard"}
    unpaid = {"channel": "web", "rule": "unpaid"}
    await staff.do(METHOD, i={**method, "name": "Parcel", "price": {"amount": "1", "currency": "USD"}})
    await staff.do(RATE, i={**rate, "name": "VAT", "rate": "0.10"})
    for number in range(2, 7):
        outcome = ("OFF", "HOLD")[number % 2]
        await asyncio.gather(
            staff.do(METHOD, i={**method, "name": f"Parcel {number}"}),
            staff.do(METHOD, i={**method, "transitDays": number}),
            staff.do(RATE, i={**rate, "name": f"VAT {number}"}),
            staff.do(RATE, i={**rate, "rate": f"0.1{number}"}),
            staff.do(rule, i={**unpaid, "outcome": outcome}),
            staff.do(rule, i={**unpaid, "releaseAfterMinutes": number}),
        )
        sent = await staff.do(METHOD, i=method)
        assert (sent["name"], sent["transitDays"]) == (f"Parcel {number}", number)
        taxed = await staff.do(RATE, i=rate)
        assert (taxed["name"], taxed["rate"]) == (f"VAT {number}", f"0.1{number}000")
        rules = {each["code"]: each for each in (await staff.do(rule, i=unpaid))["orderRules"]}
        unpaid_rule = rules["unpaid"]
        assert (unpaid_rule["outcome"], unpaid_rule["releaseAfterMinutes"]) == (outcome, number)


async def test_a_tax_class_is_deleted_only_if_no_concurrent_change_uses_it(staff: Api):
    await make.shop()
    add = "mutation($i: TaxClassSetInput!) { taxClassSet(input: $i) { __typename } }"
    drop = "mutation($c: String!) { taxClassDelete(code: $c) { __typename ERROR } }".replace("ERROR", ERROR)
    product = """mutation($i: ProductCreateInput!) { productCreate(input: $i) {
      ... on Product { taxClass } ERROR } }""".replace("ERROR", ERROR)
    for number in range(6):
        code = f"books-{number}"
        await staff.do(add, i={"code": code, "name": "Books"})
        method = {"channel": "web", "code": code, "name": "Post", "price": {"amount": "1", "currency": "USD"}}
        dropped, *made = await asyncio.gather(
            staff.do(drop, c=code),
            staff.do(product, i={"name": code, "taxClass": code}),
            staff.do(METHOD, i={**method, "taxClass": code}),
            staff.do(RATE, i={"country": "DE", "taxClass": code, "name": "VAT", "rate": "0.07"}),
        )
        is_used = any(each.get("taxClass") == code for each in made)
        assert (dropped["__typename"] == "TaxClass") is not is_used, (dropped, made)


PREFIXES = st.from_regex(r"[A-Z0-9]{1,9}-?", fullmatch=True)


@given(PREFIXES, PREFIXES, st.integers(1, 10**9), st.integers(1, 10**9))
def test_prefixes_that_do_not_clash_never_form_the_same_number(one: str, other: str, first: int, second: int):
    numbers = (formatted(one, first), formatted(other, second))
    assert clash(one, other) or numbers[0] != numbers[1]


@given(st.from_regex(r"[a-z0-9][a-z0-9_-]{0,39}", fullmatch=True), st.lists(PREFIXES, max_size=30))
def test_a_derived_prefix_does_not_clash_with_existing_ones(code: str, taken: list[str]):
    prefix = derived_prefix(code, taken)
    assert 2 <= len(prefix) <= LONGEST_PREFIX and prefix.endswith("-")
    assert not any(clash(prefix, other) for other in taken)


@pytest.mark.parametrize(
    ("wrong", "path"),
    [
        ({"country": "DX"}, "country"),
        ({"country": "Deutschland"}, "country"),
        ({"country": ""}, "country"),
        ({"country": "US", "region": "Wasington"}, "region"),
        ({"country": "DE", "taxClass": "Standart"}, "taxClass"),
        ({"country": "DE", "taxClass": ""}, "taxClass"),
        ({"country": "DE", "rate": "19"}, "rate"),
        ({"country": "DE", "validFrom": "2026-02-01", "validUntil": "2026-01-31"}, "validUntil"),
        ({"country": "DE", "name": " "}, "name"),
    ],
)
async def test_a_tax_rate_with_an_invalid_field_is_refused_and_not_stored(staff: Api, wrong: dict, path: str):
    refused = await staff.do(RATE, i={"name": "VAT", "rate": "0.19"} | wrong)
    assert refused["path"] == ["input", path]
    assert (await staff.ask("{ taxRates { nodes { id } } }"))["taxRates"]["nodes"] == []


async def test_countries_regions_and_tax_classes_of_rates_are_normalized(staff: Api):
    given = {
        "country": " us",
        "region": "Washington",
        "taxClass": "Standard",
        "name": "Sales tax",
        "rate": "0.065",
    }
    done = await staff.do(RATE, i=given)
    assert (done["country"], done["region"], done["taxClass"]) == ("US", "WA", "standard")
    changed = await staff.do(RATE, i={"country": "US", "region": "wa", "rate": "0.07"})
    assert (changed["id"], changed["name"], changed["rate"]) == (done["id"], "Sales tax", "0.07")
    uk = await staff.do(RATE, i={"country": "UK", "name": "VAT", "rate": "0.2"})
    assert uk["country"] == "GB"


async def test_a_product_needs_an_existing_tax_class_and_a_used_class_cannot_be_deleted(staff: Api):
    await make.shop()
    product = """mutation($class: String!) { productCreate(input: {name: "Book", taxClass: $class}) {
      ... on Product { taxClass } ... on UserError { path }
      ... on ValidationFailed { problems { code path values { choices } } }
    } }"""
    refused = await staff.do(product, **{"class": "books"})
    (problem,) = refused["problems"]
    assert problem["code"] == "UNKNOWN_CHOICE"
    assert problem["values"]["choices"] == ["standard", "reduced", "zero"]
    add = 'mutation { taxClassSet(input: {code: "books", name: "Books"}) { ... on TaxClass { code name isBuiltIn } } }'
    assert await staff.do(add) == {"code": "books", "name": "Books", "isBuiltIn": False}
    assert (await staff.do(product, **{"class": "Books"}))["taxClass"] == "books"
    remove = 'mutation { taxClassDelete(code: "books") { __typename ... on UserError { path } } }'
    assert (await staff.do(remove))["path"] == ["code"]
    id = (await staff.ask('{ product(slug: "book") { id } }'))["product"]["id"]
    change = """mutation($id: ID!, $class: String) { productUpdate(input: {id: $id, taxClass: $class}) {
      ... on Product { taxClass } ... on UserError { path }
    } }"""
    assert (await staff.do(change, id=id, **{"class": "bocks"}))["path"] == ["input", "taxClass"]
    assert (await staff.do(change, id=id, **{"class": "zero"}))["taxClass"] == "zero"
    assert (await staff.do(remove))["__typename"] == "TaxClass"
    found = (await staff.ask("{ taxClasses { code isBuiltIn } }"))["taxClasses"]
    assert [each["code"] for each in found] == ["standard", "reduced", "zero"]


async def test_countries_of_a_shipping_method_are_validated_and_normalized(staff: Api):
    await make.shop()
    method = {"channel": "web", "code": "post", "name": "Post", "price": {"amount": "1", "currency": "USD"}}
    for wrong, index in ((["fi", "Deutschland"], ["1"]), ([], [])):
        refused = await staff.do(METHOD, i=method | {"countries": wrong})
        assert refused["path"] == ["input", "countries", *index]
    assert (await staff.do(METHOD, i=method | {"countries": ["fi", "UK", "FI"]}))["countries"] == ["FI", "GB"]
    refused = await staff.do(METHOD, i={"channel": "web", "code": "air"})
    assert refused["errorCode"] == "VALIDATION_FAILED"


async def test_a_tax_rate_is_valid_between_its_dates_in_the_channels_time_zone(staff: Api):
    shop = await make.shop()
    await shop.sell("A", price=1000)
    for rate, start, end in (("0.10", None, None), ("0.20", "2031-01-01", "2031-06-30")):
        await staff.do(
            RATE, i={"country": "US", "name": "Tax", "rate": rate, "validFrom": start, "validUntil": end}
        )
    rates = (await staff.ask('{ taxRates(filter: {on: "2031-07-01"}) { nodes { rate } } }'))["taxRates"][
        "nodes"
    ]
    assert rates == [{"rate": "0.10000"}] or rates == [{"rate": "0.1"}]
    assert await _tax_at(staff, shop, "2030-12-31T23:30:00+00:00") == "1.50"
    assert await _tax_at(staff, shop, "2031-01-01T00:30:00+00:00") == "3.00"
    assert await _tax_at(staff, shop, "2031-07-01T00:00:00+00:00") == "1.50"
    id = (await staff.ask('{ channel(code: "web") { id } }'))["channel"]["id"]
    await staff.do(UPDATE, i={"id": id, "timeZone": "Europe/Berlin"})
    assert await _tax_at(staff, shop, "2030-12-31T23:30:00+00:00") == "3.00"
    assert await _tax_at(staff, shop, "2031-06-30T22:30:00+00:00") == "1.50"


async def _tax_at(staff: Api, shop: make.Shop, moment: str) -> str:
    with clock.shifted(datetime.fromisoformat(moment) - clock.now()):
        placed = await placing.place(SYSTEM, make.order_data(("A", 1)))
    return str(placed.tax_minor / 100) + "0"


async def test_deleting_a_tax_rate_does_not_change_placed_orders(staff: Api):
    shop = await make.shop()
    await shop.sell("A", price=1000)
    rate = await staff.do(RATE, i={"country": "US", "name": "Tax", "rate": "0.1"})
    placed = await staff.do(PLACE, input=order_input(("A", 1)))
    delete = "mutation($id: ID!) { taxRateDelete(id: $id) { __typename } }"
    assert (await staff.do(delete, id=rate["id"]))["__typename"] == "TaxRate"
    assert (await staff.do(delete, id=rate["id"]))["__typename"] == "NotFound"
    order = await staff.ask("query($id: ID!) { order(id: $id) { tax { amount } } }", id=placed["id"])
    assert order["order"]["tax"]["amount"] == "1.50"
    assert (await staff.do(PLACE, input=order_input(("A", 1))))["tax"]["amount"] == "0.00"


@pytest.mark.parametrize(
    ("wrong", "path"),
    [
        ({"timeZone": "Berlin"}, "timeZone"),
        ({"workingDays": []}, "workingDays"),
        ({"defaultCountry": "XX"}, "defaultCountry"),
        ({"handlingDays": 366}, "handlingDays"),
        ({"name": " "}, "name"),
        ({"timeZone": None}, "timeZone"),
    ],
)
async def test_invalid_settings_of_a_channel_are_refused_and_change_nothing(
    staff: Api, wrong: dict, path: str
):
    made = await staff.do(CREATE, i=_channel("web"))
    shown = (
        '{ channel(code: "web") { name timeZone workingDays holidays defaultCountry handlingDays version } }'
    )
    before = await staff.ask(shown)
    assert (await staff.do(UPDATE, i={"id": made["id"]} | wrong))["path"][:2] == ["input", path]
    assert await staff.ask(shown) == before
    if None not in wrong.values() and path not in ("name",):
        assert (await staff.do(CREATE, i=_channel("two") | wrong))["path"][:2] == ["input", path]


async def test_currencies_that_are_not_in_use_are_refused(staff: Api):
    for code in ("DEM", "HRK", "XXX", "ZZZ"):
        assert (await staff.do(CREATE, i=_channel("web") | {"currency": code}))["path"] == [
            "input",
            "currency",
        ]
        limit = {"amount": "1", "currency": code}
        customer = (
            "mutation($i: CustomerCreateInput!) { customerCreate(input: $i) { ... on UserError { path } } }"
        )
        refused = await staff.do(customer, i={"name": "Ada", "creditLimit": limit})
        assert refused["path"] == ["input", "creditLimit", "currency"]
    assert (await staff.ask("{ customers { nodes { id } } }"))["customers"]["nodes"] == []


async def test_the_requests_in_the_setting_up_guide_create_a_future_rate_a_pickup_and_a_discount_code(
    staff: Api,
):
    await make.shop()
    eu = await make.shop("eu", currency="EUR")
    await locations.set_channel_locations(SYSTEM, eu.channel, [await pickup_shop("berlin")])
    await staff.do(
        'mutation { categoryCreate(input: {slug: "tableware", name: "Tableware"}) { __typename } }'
    )
    page = (Path(__file__).parents[2] / "docs" / "setting-up.md").read_text()
    rate, pickup, code = re.findall(r"```graphql\n(.*?)```", page, re.DOTALL)
    done = await staff.do(rate)
    assert (done["validFrom"], done["validUntil"]) == ("2031-01-01", None)
    assert (await staff.do(pickup))["preparationMinutes"] == 120
    assert (await staff.do(code))["code"] == "SPRING"


async def test_a_channel_lists_the_countries_it_ships_to_without_a_current_tax_rate(staff: Api, api: Api):
    made = await staff.do(CREATE, i=_channel("eu", currency="EUR", defaultCountry="DE", isPublic=True))
    method = {"channel": "eu", "code": "post", "name": "Post", "price": {"amount": "5", "currency": "EUR"}}
    await staff.do(METHOD, i=method | {"countries": ["FI", "SE", "DE"]})
    await staff.do(RATE, i={"country": "FI", "name": "ALV", "rate": "0.24"})
    await staff.do(RATE, i={"country": "DE", "region": "BY", "name": "MwSt", "rate": "0.19"})
    await staff.do(RATE, i={"country": "SE", "name": "moms", "rate": "0.25", "validFrom": "2999-01-01"})
    asked = "query($id: ID!) { channel(id: $id) { countriesWithoutTaxRate } }"
    assert (await staff.ask(asked, id=made["id"]))["channel"] == {"countriesWithoutTaxRate": ["SE"]}
    assert (await api.ask('{ channel(code: "eu") { countriesWithoutTaxRate } }'))["channel"] == {
        "countriesWithoutTaxRate": None
    }
