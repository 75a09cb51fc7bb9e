"""Unpublished products are visible to staff only: not by relation, list, count, filter, search, barcode or id."""

from typing import Any

import pytest

from app.access.permissions import Permission
from app.catalog import queries as catalog
from app.catalog.lifecycle import Composition, ProductStatus
from app.catalog.service import composing, products, substituting
from app.catalog.service import variants as variants_commands
from app.core.actor import SYSTEM
from app.core.ids import to_global
from tests import make
from tests.ask import PLACE, Api, order_input

HIDDEN = "Zweistein"  # in the name of hidden products
BARCODE = "4006381333931"
PRODUCT = "product { id name slug status category { name } variants { id sku product { name } } }"
VARIANT = f"""id sku variantName: name barcode {PRODUCT} substitutes {{ id sku {PRODUCT} substitutes {{ sku {PRODUCT} }} }}
  components {{ quantity variant {{ id sku {PRODUCT} components {{ variant {{ sku {PRODUCT} }} }} }} }}"""


async def _hide(how: str, sku: str) -> None:
    variant = await catalog.variant_by_sku(sku)
    assert variant is not None
    if how == "inactive":
        await variants_commands.update_variant(SYSTEM, variant.id, {"is_active": False})
    elif how == "archived":
        await products.archive_product(SYSTEM, variant.product_id)
    else:
        await products.update_product(SYSTEM, variant.product_id, {"status": ProductStatus.DRAFT})


@pytest.fixture(params=["draft", "archived", "inactive"])
async def shop(api: Api, request: pytest.FixtureRequest) -> make.Shop:
    """`OPEN` may be replaced by `GONE`, `BOX` contains both, and an order has both on its lines."""
    shop = await make.shop()
    gone = "Other" if request.param == "inactive" else HIDDEN
    for sku, name in (("OPEN", "Plain"), ("GONE", gone), ("BOX", "Box")):
        await shop.sell(sku, stock=None if sku == "BOX" else 10, name=name)
    variants = {sku: await catalog.variant_by_sku(sku) for sku in ("OPEN", "GONE", "BOX")}
    await variants_commands.update_variant(SYSTEM, variants["GONE"].id, {"barcode": BARCODE, "name": HIDDEN})
    await substituting.set_substitutes(SYSTEM, variants["OPEN"].id, ["GONE", "BOX"])
    await substituting.set_substitutes(SYSTEM, variants["BOX"].id, ["OPEN", "GONE"])
    parts = {"OPEN": 1, "GONE": 2}
    await composing.set_components(SYSTEM, variants["BOX"].id, Composition.BUNDLE, parts, is_stocked=False)
    shop.placed = await api.as_(await make.account()).do(  # type: ignore[attr-defined]
        PLACE.replace("number status", "number status accessToken"),
        input=order_input(("OPEN", 1), ("GONE", 1), ("BOX", 1)),
    )
    await _hide(request.param, "GONE")
    return shop


async def _reached(caller: Api) -> dict[str, Any]:
    """Everything that a caller sees of the three products, except through orders."""
    variants = {sku: await catalog.variant_by_sku(sku) for sku in ("OPEN", "GONE", "BOX")}
    ids = [to_global("Variant", each.id) for each in variants.values()]
    ids += [to_global("Product", each.product_id) for each in variants.values()]
    document = f"""query($ids: [ID!]!, $gone: ID!) {{
      nodes(ids: $ids) {{ ... on Variant {{ {VARIANT} }} ... on Product {{ name variants {{ {VARIANT} }} }} }}
      node(id: $gone) {{ id }}
      gone: variant(sku: "GONE") {{ {VARIANT} }} slug: product(slug: "thing-gone") {{ name }}
      variantByBarcode(barcode: "{BARCODE}") {{ variant {{ {VARIANT} }} }}
      products(channel: "web") {{ totalCount nodes {{ name variants {{ {VARIANT} }} }} }}
      found: products(channel: "web", search: "{HIDDEN.lower()}") {{ totalCount nodes {{ name }} }}
      named: products(channel: "web", filter: {{name: {{contains: "{HIDDEN[2:]}"}}}}) {{ totalCount }}
      drafts: products(channel: "web", filter: {{not: {{status: [PUBLISHED]}}}}) {{ totalCount }}
    }}"""
    return await caller.ask(document, ids=ids, gone=ids[1])


async def test_only_staff_can_reach_an_unpublished_product_by_any_path(api: Api, shop: make.Shop):
    seen = await _reached(api)
    assert HIDDEN not in str(seen) and "GONE" not in str(seen)
    assert seen["products"]["totalCount"] == len(seen["products"]["nodes"])
    (box,) = [node for node in seen["nodes"] if node and node.get("sku") == "BOX"]
    assert [part["variant"]["sku"] for part in box["components"]] == ["OPEN"]
    assert [each["sku"] for each in box["substitutes"]] == ["OPEN"]
    assert seen["node"] is seen["gone"] is seen["variantByBarcode"] is None
    assert seen["drafts"] == {"totalCount": 0}
    staff = await _reached(api.as_(await make.token(Permission.CATALOG_VIEW_ALL)))
    assert str(staff).count("GONE") > 5


async def test_order_lines_show_recorded_names_without_linking_to_an_unpublished_variant(
    api: Api, shop: make.Shop
):
    placed = shop.placed  # type: ignore[attr-defined]
    document = f"""query($id: ID!, $t: String) {{ order(id: $id, token: $t) {{
      lines {{ nodes {{ sku productName variantName variant {{ {VARIANT} }} }} }} }} }}"""
    guest = await api.ask(document, id=placed["id"], t=placed["accessToken"])
    lines = guest["order"]["lines"]["nodes"]
    by_sku = {line["sku"]: line for line in lines}
    assert (
        HIDDEN in (by_sku["GONE"]["productName"], by_sku["GONE"]["variantName"])
        and by_sku["GONE"]["variant"] is None
    )
    assert by_sku["OPEN"]["variant"]["sku"] == "OPEN"
    assert HIDDEN not in str([by_sku["OPEN"]["variant"], by_sku["BOX"]["variant"]])
    staff = api.as_(await make.token())
    shown = (await staff.ask(document, id=placed["id"], t=None))["order"]["lines"]["nodes"]
    assert all(line["variant"] for line in shown)


async def test_a_token_with_stock_view_alone_cannot_reach_an_unpublished_product(api: Api, shop: make.Shop):
    stock = api.as_(await make.token(Permission.STOCK_VIEW))
    levels = await stock.ask(
        f"{{ stockLevels {{ nodes {{ variant {{ sku substitutes {{ sku }} {PRODUCT} }} }} }} }}"
    )
    by_sku = {node["variant"]["sku"]: node["variant"] for node in levels["stockLevels"]["nodes"]}
    assert [each["sku"] for each in by_sku["OPEN"]["substitutes"]] == ["BOX"]
    is_published = (await _reached(api))["slug"] is not None
    assert (by_sku["GONE"]["product"] is not None) == is_published


async def test_next_steps_of_a_product_are_forbidden_to_a_token_limited_to_a_channel(api: Api):
    shop = await make.shop()
    await shop.sell("A")
    asked = '{ product(slug: "thing-a") { nextSteps { step reasonCode } } }'
    for token, reason in (
        (await make.token(), None),
        (await make.token(channels=[shop.channel]), "FORBIDDEN"),
    ):
        steps = (await api.as_(token).ask(asked))["product"]["nextSteps"]
        assert steps and {step["reasonCode"] for step in steps} == {reason}
