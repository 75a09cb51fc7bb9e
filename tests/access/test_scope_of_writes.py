"""A token limited to one channel cannot change objects of another channel, public or not, or shared objects."""

from dataclasses import dataclass

import pytest

from app.access.permissions import Permission
from app.catalog import queries as catalog
from app.channels.service import set_shipping_method
from app.core.actor import SYSTEM, Actor, ActorKind, grants_of
from app.core.graphql.policy import policy_of
from app.core.ids import new_id, to_global
from app.core.refusals import Forbidden
from app.promotions import service as promotions
from app.promotions.lifecycle import DiscountKind
from app.schema import schema
from tests import make
from tests.ask import Api
from tests.database import rows_of_all_tables

ANSWER = "{ __typename ... on UserError { errorCode message path } }"

# Mutations of objects that belong to one channel, with placeholders in braces.
OF_A_CHANNEL = {
    "channelUpdate": 'channelUpdate(input: {{id: "{channel_id}", name: "Mine"}})',
    "shippingMethodSet": 'shippingMethodSet(input: {{channel: "{channel}", code: "standard", name: "Mine"}})',
    "priceListCreate": 'priceListCreate(input: {{channel: "{channel}", code: "mine", name: "Mine"}})',
    "priceListUpdate": 'priceListUpdate(input: {{id: "{price_list_id}", priority: 9}})',
    "priceBulkSet": 'priceBulkSet(input: {{priceList: "{channel}-retail", rows: [{{sku: "A", amount: "0.01"}}]}})',
    "priceBulkDelete": 'priceBulkDelete(ids: ["{price_id}"])',
    "discountCreate": 'discountCreate(input: {{channel: "{channel}", code: "MINE", kind: PERCENT, percent: "99"}})',
    "discountUpdate": 'discountUpdate(input: {{id: "{discount_id}", isActive: false}})',
    "messageTemplateSet": 'messageTemplateSet(input: {{channel: "{channel}", kind: ORDER_PLACED, language: "en"}})',
    "messageRuleSet": 'messageRuleSet(input: {{channel: "{channel}", kind: ORDER_PLACED, isActive: false}})',
    "orderRuleSet": 'orderRuleSet(input: {{channel: "{channel}", rule: "amount_limit", outcome: OFF}})',
    "sourcingPolicySet": 'sourcingPolicySet(input: {{channel: "{channel}", maxParcels: 1}})',
}
# Mutations of objects that all channels share: products, taxes.
OF_ALL_CHANNELS = (
    "channelCreate", "taxRateSet", "taxRateDelete", "taxClassSet", "taxClassDelete", "productCreate",
    "productUpdate", "productArchive", "productBulkUpsert", "variantCreate", "variantUpdate",
    "variantComponentsSet", "variantTrackingSet", "variantUnitsSet", "variantSubstitutesSet", "categoryCreate",
)  # fmt: skip


@dataclass
class World:
    own: make.Shop
    other: make.Shop  # public
    hidden: make.Shop  # not public
    limited: Api


@pytest.fixture
async def world(api: Api) -> World:
    shops = [await make.shop("own"), await make.shop("other"), await make.shop("hidden", public=False)]
    await shops[0].sell("A")
    for shop in shops[1:]:
        await shop.price("A", 900)
    return World(*shops, api.as_(await make.token(channels=[shops[0].channel])))


async def _named(shop: make.Shop) -> dict[str, str]:
    """The ids and codes of a channel's objects, by placeholder."""
    code = f"SALE{shop.channel.code.upper()}"
    discount = await promotions.create_discount(
        SYSTEM, shop.channel, code=code, kind=DiscountKind.AMOUNT, amount_minor=100
    )
    price = await catalog.prices(SYSTEM, Permission.CATALOG_MANAGE).get(price_list_id=shop.prices.id)
    return {
        "channel": shop.channel.code,
        "channel_id": to_global("Channel", shop.channel.id),
        "price_list_id": to_global("PriceList", shop.prices.id),
        "price_id": to_global("Price", price.id),
        "discount_id": to_global("Discount", discount.id),
    }


def _unknown(named: dict[str, str]) -> dict[str, str]:
    """The same placeholders with ids and codes that do not exist."""
    kinds = {
        "channel_id": "Channel",
        "price_list_id": "PriceList",
        "price_id": "Price",
        "discount_id": "Discount",
    }
    return {name: to_global(kinds[name], new_id()) if name in kinds else "nowhere" for name in named}


async def test_mutations_of_another_channels_objects_change_nothing_and_answer_as_for_unknown_ids(
    world: World,
):
    for shop in (world.other, world.hidden):
        named = await _named(shop)
        before = await rows_of_all_tables()
        for name, mutation in OF_A_CHANNEL.items():
            refused = await world.limited.do(f"mutation {{ {mutation.format(**named)} {ANSWER} }}")
            assert await rows_of_all_tables() == before, name
            unknown = f"mutation {{ {mutation.format(**_unknown(named))} {ANSWER} }}"
            assert refused == await world.limited.do(unknown), name


async def test_the_same_mutations_change_objects_of_the_own_channel(world: World):
    named = await _named(world.own)
    for name, mutation in OF_A_CHANNEL.items():
        before = await rows_of_all_tables()
        await world.limited.ask(f"mutation {{ {mutation.format(**named)} {ANSWER} }}")
        assert await rows_of_all_tables() != before, name


@pytest.mark.parametrize("name", OF_ALL_CHANNELS)
def test_mutations_of_shared_objects_need_a_grant_without_limits(name: str):
    mutations = schema.get_type_by_name("Mutation")
    (field,) = [
        each for each in mutations.fields if schema.config.name_converter.get_graphql_name(each) == name
    ]
    policy = policy_of(field)
    somewhere = frozenset({new_id()})
    for channels, locations in ((somewhere, None), (None, somewhere), (somewhere, somewhere)):
        limited = Actor(ActorKind.APP, new_id(), grants=grants_of(Permission, channels, locations))
        with pytest.raises(Forbidden):
            policy.check(limited)
    policy.check(Actor(ActorKind.APP, new_id(), grants=grants_of(Permission)))


async def test_a_token_limited_to_a_location_cannot_change_channel_settings(world: World, api: Api):
    named = await _named(world.own)
    limited = api.as_(await make.token(channels=[world.own.channel], locations=[world.own.location]))
    before = await rows_of_all_tables()
    for name, mutation in OF_A_CHANNEL.items():
        await limited.do(f"mutation {{ {mutation.format(**named)} {ANSWER} }}")
        assert await rows_of_all_tables() == before, name


async def test_manager_fields_of_a_channel_are_visible_only_with_permission_for_that_channel(world: World):
    for shop in (world.own, world.other):
        await set_shipping_method(
            SYSTEM, shop.channel, code="closed", name="Closed", price_minor=900, is_active=False
        )
    asked = "countriesWithoutTaxRate shippingMethods(includeInactive: true) { code }"
    answer = await world.limited.ask(
        f'{{ own: channel(code: "own") {{ {asked} }} other: channel(code: "other") {{ {asked} }} }}'
    )
    assert [each["code"] for each in answer["own"]["shippingMethods"]] == ["standard", "closed"]
    assert answer["own"]["countriesWithoutTaxRate"] == ["US"]
    assert [each["code"] for each in answer["other"]["shippingMethods"]] == ["standard"]
    assert answer["other"]["countriesWithoutTaxRate"] is None
