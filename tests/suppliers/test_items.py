"""A change of a supplier's items leaves the other items and suppliers as they are."""

from typing import Any

from tests.ask import Api
from tests.suppliers.purchases import ITEMS, SUPPLIER, usd

PREFERRED = (
    "{ suppliers { nodes { code items { isPreferred packQuantity unitCost { amount } variant { sku } } } } }"
)


async def _items(buyer: Api) -> dict[tuple[str, str], dict[str, Any]]:
    """The items by the codes of supplier and variant."""
    suppliers = (await buyer.ask(PREFERRED))["suppliers"]["nodes"]
    return {(each["code"], item.pop("variant")["sku"]): item for each in suppliers for item in each["items"]}


async def _other(buyer: Api, *items: dict[str, Any]) -> None:
    await buyer.do(SUPPLIER, input={"code": "other", "name": "Other", "currency": "USD"})
    await buyer.do(ITEMS, input={"supplier": "other", "items": list(items)})


async def test_removing_an_item_removes_only_that_item_of_that_supplier(buyer: Api):
    await _other(buyer, {"sku": "A", "unitCost": usd("1.50")}, {"sku": "B", "unitCost": usd("1.60")})
    before = await _items(buyer)
    assert before.keys() == {("acme", "A"), ("acme", "B"), ("other", "A"), ("other", "B")}
    done = await buyer.do(ITEMS, input={"supplier": "acme", "items": [], "removed": ["A"]})
    assert [item["variant"]["sku"] for item in done["items"]] == ["B"]
    del before["acme", "A"]
    assert await _items(buyer) == before


async def test_a_new_preferred_supplier_of_a_variant_replaces_only_that_of_the_variant(buyer: Api):
    await buyer.do(
        ITEMS,
        input={"supplier": "acme", "items": [{"sku": "B", "unitCost": usd("5.00"), "isPreferred": True}]},
    )
    await _other(buyer, {"sku": "A", "unitCost": usd("1.50"), "isPreferred": True})
    preferred = {key: item["isPreferred"] for key, item in (await _items(buyer)).items()}
    assert preferred == {("acme", "A"): False, ("acme", "B"): True, ("other", "A"): True}
