"""Shipping methods of a channel: an update sets only the given fields, and buyers see the active methods."""

import pytest

from tests import make
from tests.ask import Api

SET = """mutation($input: ShippingMethodSetInput!) { shippingMethodSet(input: $input) {
  __typename ... on ShippingMethod { code name price { amount } freeFrom { amount } transitDays countries isActive }
  ... on ValidationFailed { problems { path code } } ... on UserError { errorCode path } } }"""
OFFERED = '{ channel(code: "web") { shippingMethods { code } } }'
EXPRESS = {
    "channel": "web",
    "code": "express",
    "name": "Express",
    "price": {"amount": "12.00", "currency": "USD"},
    "freeFrom": {"amount": "100.00", "currency": "USD"},
    "transitDays": 1,
    "countries": ["US", "CA"],
}


@pytest.fixture
async def staff(api: Api) -> Api:
    await make.shop()
    return api.as_(await make.token())


async def _offered(api: Api) -> list[str]:
    channel = (await api.ask(OFFERED))["channel"]
    return [method["code"] for method in channel["shippingMethods"]]


async def test_an_update_changes_only_the_given_fields_and_null_clears_them(staff: Api):
    made = await staff.do(SET, input=EXPRESS)
    assert made == {
        "__typename": "ShippingMethod",
        "code": "express",
        "name": "Express",
        "price": {"amount": "12.00"},
        "freeFrom": {"amount": "100.00"},
        "transitDays": 1,
        "countries": ["US", "CA"],
        "isActive": True,
    }
    key = {"channel": "web", "code": "express"}
    changed = await staff.do(SET, input=key | {"transitDays": 3})
    assert changed == made | {"transitDays": 3}
    cleared = await staff.do(SET, input=key | {"freeFrom": None, "countries": None})
    assert cleared == changed | {"freeFrom": None, "countries": None}


async def test_buyers_see_active_shipping_methods_sorted_by_price(staff: Api, api: Api):
    await staff.do(SET, input=EXPRESS)
    economy = EXPRESS | {"code": "economy", "price": {"amount": "3.00", "currency": "USD"}}
    await staff.do(SET, input=economy)
    assert await _offered(api) == ["economy", "standard", "express"]
    await staff.do(SET, input={"channel": "web", "code": "standard", "isActive": False})
    assert await _offered(api) == ["economy", "express"]
    await staff.do(SET, input={"channel": "web", "code": "standard", "isActive": True})
    assert await _offered(api) == ["economy", "standard", "express"]


@pytest.mark.parametrize(
    "wrong",
    [
        {"code": "express", "price": EXPRESS["price"]},  # a new method without a name
        {"code": "express", "name": "Express"},  # and without a price
        EXPRESS | {"price": {"amount": "12.00", "currency": "EUR"}},
        EXPRESS | {"price": {"amount": "-1.00", "currency": "USD"}},
        EXPRESS | {"transitDays": -1},
        EXPRESS | {"taxClass": "unknown"},
        EXPRESS | {"channel": "elsewhere"},
        {"code": "standard", "name": None},
        {"code": "standard", "price": None},
    ],
)
async def test_an_invalid_shipping_method_is_refused_and_changes_nothing(staff: Api, api: Api, wrong: dict):
    refused = await staff.do(SET, input={"channel": "web"} | wrong)
    assert refused["__typename"] in ("InvalidInput", "ValidationFailed", "NotFound"), refused
    assert await _offered(api) == ["standard"]
    read = '{ channel(code: "web") { shippingMethods { name price { amount } transitDays } } }'
    (standard,) = (await api.ask(read))["channel"]["shippingMethods"]
    assert standard == {"name": "Standard", "price": {"amount": "5.00"}, "transitDays": 2}
