"""Short picks: missing units are sourced elsewhere, cancelled or substituted."""

from decimal import Decimal
from typing import Any

import pytest

from app.access.permissions import Permission
from app.catalog import queries as catalog
from app.catalog.service import substituting
from app.core.actor import SYSTEM
from app.core.database import fetch
from app.inventory.locations import service as locations
from app.inventory.sourcing import Policy, ShortPick
from app.promotions import service as promotions
from app.promotions.lifecycle import DiscountKind
from tests import make
from tests.ask import Api
from tests.journeys.life import PICK, Story, books_add_up


@pytest.fixture
async def story(api: Api) -> Story:
    return await Story.begin(api)


async def _allow(sku: str, *instead: str) -> None:
    variant = await catalog.variant_by_sku(sku)
    assert variant is not None
    await substituting.set_substitutes(SYSTEM, variant.id, instead)


async def _picking(story: Story, *lines: tuple[str, int], **more: Any) -> tuple[str, str]:
    number = await story.buy(*lines, **more)
    (work,) = await story.work(number)
    await story.release(work["id"])
    return number, work["id"]


async def _short(story: Story, number: str) -> dict[str, Any]:
    events = (
        await story.staff.ask("query($n: String!) { order(number: $n) { events { name facts } } }", n=number)
    )["order"]["events"]
    return next(each["facts"] for each in events if each["name"] == "fulfillment_picked_short")


async def test_missing_units_without_other_stock_are_cancelled_if_the_policy_is_cancel(story: Story):
    await locations.set_sourcing_policy(SYSTEM, story.shop.channel, Policy(short_pick=ShortPick.CANCEL))
    await story.sell("MUG", east=3, west=1)
    number, id = await _picking(story, ("MUG", 3))
    taken = [{"code": "MUG", "quantity": 1}]
    picked = await story.pick(id, lines=taken, missing=[{"code": "MUG", "quantity": 2}])
    assert picked["status"] == "PICKED" and picked["units"] == 1
    order = await story.order(number)
    assert order["lines"]["nodes"][0]["quantityCancelled"] == 1
    assert order["amountDue"] == {"amount": "25.00"}, "two of 10.00 and shipping of 5.00"
    facts = await _short(story, number)
    assert (facts["found_elsewhere"], facts["backordered"], facts["cancelled"]) == (1, 0, 1)
    assert [work["location"]["code"] for work in await story.work(number)] == ["web-main", "west"]
    await books_add_up()


async def test_an_order_with_all_units_missing_is_cancelled(story: Story):
    await locations.set_sourcing_policy(SYSTEM, story.shop.channel, Policy(short_pick=ShortPick.CANCEL))
    await story.sell("MUG", east=2)
    number, id = await _picking(story, ("MUG", 2))
    gone = await story.pick(id, missing=[{"code": "MUG", "quantity": 2}])
    assert gone["status"] == "CANCELLED"
    order = await story.order(number)
    assert (order["status"], order["trackingStage"]) == ("CANCELLED", "CANCELLED")
    assert order["amountDue"] == {"amount": "0.00"}
    assert (await story.page(number))["stage"] == "CANCELLED"
    await books_add_up()


async def test_a_bundle_with_a_missing_component_is_cancelled_with_its_other_components(story: Story):
    await locations.set_sourcing_policy(SYSTEM, story.shop.channel, Policy(short_pick=ShortPick.CANCEL))
    await story.sell("MUG", east=4)
    await story.sell("TRAY", east=2)
    await story.sell("SET", east=None, price=5000)
    await make.bundle("SET", MUG=2, TRAY=1)
    number, id = await _picking(story, ("SET", 2))
    picked = await story.pick(
        id,
        lines=[{"code": "MUG", "quantity": 4}, {"code": "TRAY", "quantity": 1}],
        missing=[{"code": "TRAY", "quantity": 1}],
    )
    assert picked["status"] == "PICKED" and picked["units"] == 3
    line = (await story.order(number))["lines"]["nodes"][0]
    assert (line["quantity"], line["quantityCancelled"]) == (2, 1)
    assert await story.stock("MUG") == {"web-main": (4, 2)}
    await books_add_up()


async def test_a_substitute_is_charged_at_no_higher_price(story: Story):
    await story.sell("MUG", east=3, price=1000)
    await story.sell("MUG-BLUE", east=5, price=1400)
    await _allow("MUG", "MUG-BLUE")
    number, id = await _picking(story, ("MUG", 3))
    picked = await story.pick(
        id,
        lines=[{"code": "MUG", "quantity": 1}],
        missing=[{"code": "MUG", "quantity": 2, "substitute": "MUG-BLUE"}],
    )
    assert picked["status"] == "PICKING", "the substitutes are not picked yet"
    assert {line["sku"]: line["quantity"] for line in picked["lines"]} == {"MUG": 1, "MUG-BLUE": 2}
    assert await story.stock("MUG") == {"web-main": (1, 1)}
    assert await story.stock("MUG-BLUE") == {"web-main": (5, 2)}
    assert (await story.pick(id, lines=[{"code": "MUG-BLUE", "quantity": 2}]))["status"] == "PICKED"
    order = await story.order(number)
    assert [(line["sku"], line["quantity"]) for line in order["lines"]["nodes"]] == [
        ("MUG", 1),
        ("MUG-BLUE", 2),
    ]
    assert order["total"] == {"amount": "35.00"}, "three at 10.00 and shipping of 5.00, as before"
    assert (await _short(story, number))["substituted_by"] == "MUG-BLUE"
    assert [work["units"] for work in await story.work(number)] == [3]
    await books_add_up()
    await story.pack(id)
    await story.ship(id)
    assert (await story.order(number))["fulfillmentStatus"] == "SHIPPED"
    assert [line["name"] for line in (await story.page(number))["lines"]] == ["Thing MUG", "Thing MUG-BLUE"]
    await books_add_up()


async def test_a_substitute_does_not_increase_the_total_by_rounding_of_tax(story: Story):
    await make.tax(region="IL", rate="0.0825")
    await story.sell("MUG", east=99, price=2_799)
    await story.sell("MUG-BLUE", east=99, price=2_799)
    await _allow("MUG", "MUG-BLUE")
    for units in range(2, 9):
        number, id = await _picking(story, ("MUG", units))
        before = float((await story.order(number))["amountDue"]["amount"])
        await story.pick(id, missing=[{"code": "MUG", "quantity": 1, "substitute": "MUG-BLUE"}])
        after = float((await story.order(number))["amountDue"]["amount"])
        assert before - 0.10 < after <= before, units
    prices = await fetch("SELECT unit_price_minor FROM order_line WHERE sku = 'MUG-BLUE'")
    assert {row["unit_price_minor"] for row in prices} == {2_799, 2_798}, "one price is reduced by a cent"
    await books_add_up()


async def test_a_substitute_is_possible_if_the_order_fell_below_the_minimum_of_its_discount(story: Story):
    await promotions.create_discount(
        SYSTEM,
        story.shop.channel,
        code="MIN",
        kind=DiscountKind.PERCENT,
        percent=Decimal(10),
        minimum_minor=4_500,
    )
    await story.sell("TRAY", east=1, price=4_000)
    await story.sell("MUG", east=1, price=1_000)
    await story.sell("MUG-BLUE", east=1, price=1_400)
    await _allow("MUG", "MUG-BLUE")
    number, _ = await _picking(story, ("TRAY", 1), ("MUG", 1), discountCodes=["MIN"])
    await story.cancel(number, TRAY=1)
    (work,) = [each for each in await story.work(number) if each["status"] != "CANCELLED"]
    picked = await story.pick(work["id"], missing=[{"code": "MUG", "quantity": 1, "substitute": "MUG-BLUE"}])
    assert picked["__typename"] == "FulfillmentOrder", picked
    assert (await story.order(number))["amountDue"] == {"amount": "14.00"}  # 10.00 less a tenth, and shipping
    await books_add_up()


async def test_a_picker_without_orders_view_can_pick_substitutes(story: Story):
    await story.sell("MUG", east=2)
    await story.sell("MUG-BLUE", east=2)
    await story.sell("CUP", east=2)
    await story.sell("CUP-BLUE", east=2)
    await _allow("MUG", "MUG-BLUE")
    await _allow("CUP", "CUP-BLUE")
    number, id = await _picking(story, ("MUG", 2), ("CUP", 1))
    picker = story.staff.as_(await make.token(Permission.FULFILLMENT_VIEW, Permission.FULFILLMENT_MANAGE))
    gone = [
        {"code": "MUG", "quantity": 1, "substitute": "MUG-BLUE"},
        {"code": "CUP", "quantity": 1, "substitute": "CUP-BLUE"},
    ]
    picked = await picker.do(PICK, input={"id": id, "missing": gone})
    units = {line["sku"]: line["quantity"] for line in picked["lines"]}
    assert units == {"MUG": 1, "MUG-BLUE": 1, "CUP-BLUE": 1}
    lines = (await story.order(number))["lines"]["nodes"]
    assert [line["sku"] for line in lines] == ["MUG", "CUP", "MUG-BLUE", "CUP-BLUE"]
    await books_add_up()


async def test_a_complete_line_can_be_substituted(story: Story):
    await story.sell("MUG", east=1)
    await story.sell("MUG-BLUE", east=1, price=900)
    await _allow("MUG", "MUG-BLUE")
    number, id = await _picking(story, ("MUG", 1))
    await story.pick(id, missing=[{"code": "MUG", "quantity": 1, "substitute": "MUG-BLUE"}])
    assert (await story.pick(id))["status"] == "PICKED"
    order = await story.order(number)
    assert order["amountDue"] == {"amount": "14.00"}
    assert (await story.page(number))["stage"] == "PREPARING"
    await books_add_up()


async def test_an_invalid_or_unavailable_substitute_is_refused_and_nothing_changes(story: Story):
    await story.sell("MUG", east=2)
    await story.sell("MUG-BLUE", east=1)
    await story.sell("TRAY", east=1)
    await _allow("MUG", "MUG-BLUE")
    number, id = await _picking(story, ("MUG", 2))
    before = await story.events(number)
    missing = {"code": "MUG", "quantity": 2}
    refused = await story.pick(id, missing=[missing | {"substitute": "TRAY"}])
    assert refused["problems"] == [
        {
            "message": "This SKU is not a substitute. Substitutes: MUG-BLUE.",
            "path": ["input", "missing", "0", "substitute"],
        }
    ]
    refused = await story.pick(id, missing=[missing | {"substitute": "MUG-BLUE"}])
    assert refused["__typename"] == "InsufficientStock"
    assert await story.events(number) == before
    assert await story.stock("MUG") == {"web-main": (2, 2)}
    await books_add_up()


async def test_substitutes_are_set_and_read_through_the_api(story: Story):
    for sku in ("MUG", "CUP", "BOWL"):
        await story.sell(sku, east=1)
    variant = (await story.staff.ask('{ variant(sku: "MUG") { id } }'))["variant"]["id"]
    set_ = """
    mutation($id: ID!, $skus: [String!]!) { variantSubstitutesSet(id: $id, substitutes: $skus) {
      __typename ... on Variant { substitutes { sku } } ... on ValidationFailed { problems { message path } } } }
    """
    assert (await story.staff.do(set_, id=variant, skus=["BOWL", "CUP"]))["substitutes"] == [
        {"sku": "BOWL"},
        {"sku": "CUP"},
    ]
    refused = await story.staff.do(set_, id=variant, skus=["MUG", "NONE", "CUP", "CUP"])
    assert [problem["path"] for problem in refused["problems"]] == [
        ["substitutes", "0"], ["substitutes", "1"], ["substitutes", "3"],
    ]  # fmt: skip
