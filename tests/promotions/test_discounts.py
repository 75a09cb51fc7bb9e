"""Discount codes: listed, changed and deactivated; existing orders keep their discounts."""

import pytest

from app.access.permissions import Permission
from app.catalog.service import shelving
from app.core.actor import SYSTEM
from app.core.ids import new_id, to_global
from tests import make
from tests.ask import PLACE, Api, order_input

ERROR = "... on UserError { errorCode path message }"
CREATE = (
    """mutation($i: DiscountCreateInput!) { discountCreate(input: $i) { ... on Discount { id } ERROR } }"""
)
UPDATE = """mutation($i: DiscountUpdateInput!) { discountUpdate(input: $i) { __typename ERROR } }"""
LIST = """query($f: DiscountFilter) { discounts(filter: $f) { nodes {
  code kind percent amount { amount } minimum { amount } usageLimit usesPerCustomer used startsAt endsAt isActive
  products { slug } categories { slug } countries channel { code }
} } }"""
CREATE, UPDATE = (each.replace("ERROR", ERROR) for each in (CREATE, UPDATE))


@pytest.fixture
async def staff(api: Api) -> Api:
    shop = await make.shop()
    await shop.sell("A", price=1000)
    return api.as_(await make.token())


async def _made(staff: Api, **more: object) -> str:
    said = {"channel": "web", "code": "spring", "kind": "PERCENT", "percent": "10"} | more
    return (await staff.do(CREATE, i=said))["id"]


async def _listed(staff: Api, **filter: object) -> list[dict]:
    return (await staff.ask(LIST, f=filter))["discounts"]["nodes"]


async def test_a_deactivated_code_is_refused_and_existing_orders_keep_their_discount(staff: Api):
    id = await _made(staff)
    placed = await staff.do(PLACE, input=order_input(("A", 1), discountCodes=["spring"]))
    (found,) = await _listed(staff, code={"eq": "SPRING"}, isActive=True, channel=["web"])
    assert (found["used"], found["percent"], found["channel"]) == (1, "10.00", {"code": "web"})
    assert (await staff.do(UPDATE, i={"id": id, "isActive": False}))["__typename"] == "Discount"
    assert await _listed(staff, isActive=True) == []
    refused = await staff.do(PLACE, input=order_input(("A", 1), discountCodes=["spring"]))
    assert refused["__typename"] == "ValidationFailed"
    order = await staff.ask("query($id: ID!) { order(id: $id) { discount { amount } } }", id=placed["id"])
    assert order["order"]["discount"]["amount"] == "1.00"
    await staff.do(UPDATE, i={"id": id, "isActive": True})
    again = await staff.do(PLACE, input=order_input(("A", 1), discountCodes=["spring"]))
    assert again["__typename"] == "Order"


async def test_the_code_of_a_deactivated_discount_cannot_be_used_again(staff: Api):
    id = await _made(staff)
    await staff.do(UPDATE, i={"id": id, "isActive": False})
    said = {"channel": "web", "code": "Spring", "kind": "PERCENT", "percent": "10"}
    refused = await staff.do(CREATE, i=said)
    assert (refused["errorCode"], refused["path"]) == ("ALREADY_EXISTS", ["input", "code"])


async def test_an_update_of_a_code_changes_only_the_fields_that_were_sent(staff: Api):
    id = await _made(
        staff,
        minimum={"amount": "5", "currency": "USD"},
        usageLimit=9,
        startsAt="2026-01-01T00:00:00+00:00",
        endsAt="2036-01-01T00:00:00+00:00",
    )
    (before,) = await _listed(staff)
    await staff.do(UPDATE, i={"id": id, "percent": "15"})
    assert await _listed(staff) == [before | {"percent": "15.00"}]
    gone = {"minimum": None, "usageLimit": None, "startsAt": None, "endsAt": None}
    await staff.do(UPDATE, i={"id": id} | gone)
    assert await _listed(staff) == [before | {"percent": "15.00"} | gone]


@pytest.mark.parametrize(
    ("wrong", "path"),
    [
        ({"percent": "101"}, ["percent"]),
        ({"percent": None}, ["percent"]),
        ({"amount": {"amount": "1", "currency": "USD"}}, ["amount"]),
        ({"minimum": {"amount": "1", "currency": "EUR"}}, ["minimum", "currency"]),
        ({"usageLimit": 0}, ["usageLimit"]),
        ({"usesPerCustomer": 0}, ["usesPerCustomer"]),
        ({"products": []}, ["products"]),
        ({"products": [to_global("Product", new_id())]}, ["products", "0"]),
        ({"products": [to_global("Variant", new_id())]}, ["products", "0"]),
        ({"categories": ["nowhere"]}, ["categories", "0"]),
        ({"countries": ["DE"]}, ["countries"]),
        ({"startsAt": "2026-01-02T00:00:00Z", "endsAt": "2026-01-01T00:00:00Z"}, ["endsAt"]),
        ({"isActive": None}, ["isActive"]),
    ],
)
async def test_an_invalid_update_of_a_code_is_refused_and_changes_nothing(
    staff: Api, wrong: dict, path: list[str]
):
    id = await _made(staff)
    before = await _listed(staff)
    assert (await staff.do(UPDATE, i={"id": id} | wrong))["path"] == ["input", *path]
    assert await _listed(staff) == before


async def test_a_usage_limit_below_the_uses_is_refused(staff: Api):
    id = await _made(staff)
    for _ in range(2):
        await staff.do(PLACE, input=order_input(("A", 1), discountCodes=["spring"]))
    assert (await staff.do(UPDATE, i={"id": id, "usageLimit": 1}))["path"] == ["input", "usageLimit"]
    assert (await staff.do(UPDATE, i={"id": id, "usageLimit": 2}))["__typename"] == "Discount"
    refused = await staff.do(PLACE, input=order_input(("A", 1), discountCodes=["spring"]))
    assert refused["__typename"] == "ValidationFailed"


async def test_listing_codes_needs_the_permission_for_channels(api: Api, staff: Api):
    await _made(staff)
    assert (await api.error(LIST))["extensions"]["code"] == "UNAUTHENTICATED"
    clerk = api.as_(await make.token(Permission.ORDERS_VIEW, Permission.ORDERS_MANAGE))
    assert (await clerk.error(LIST))["extensions"]["code"] == "FORBIDDEN"


async def test_a_code_returns_its_products_categories_countries_and_customer_limit(staff: Api):
    await shelving.create_category(SYSTEM, name="Bar", slug="bar")
    product = (await staff.ask('{ product(slug: "thing-a") { id } }'))["product"]["id"]
    id = await _made(staff, usesPerCustomer=2, products=[product], categories=["bar"])
    await _made(staff, code="post", kind="FREE_SHIPPING", percent=None, countries=["DE", "AT", "DE"])
    post, spring = await _listed(staff)
    assert (post["kind"], post["countries"], post["products"]) == ("FREE_SHIPPING", ["DE", "AT"], None)
    assert (spring["usesPerCustomer"], spring["countries"]) == (2, None)
    assert (spring["products"], spring["categories"]) == ([{"slug": "thing-a"}], [{"slug": "bar"}])
    await staff.do(UPDATE, i={"id": id, "products": None, "usesPerCustomer": None})
    (changed,) = await _listed(staff, code={"eq": "SPRING"})
    assert changed == spring | {"products": None, "usesPerCustomer": None}


@pytest.mark.parametrize(
    ("kind", "wrong", "path"),
    [
        ("FREE_SHIPPING", {"percent": "10"}, "percent"),
        ("AMOUNT", {"percent": "10", "amount": {"amount": "1", "currency": "USD"}}, "percent"),
        ("PERCENT", {"percent": "10", "countries": ["DE"]}, "countries"),
        ("FREE_SHIPPING", {"percent": None, "countries": []}, "countries"),
    ],
)
async def test_a_new_code_with_fields_of_another_kind_is_refused(
    staff: Api, kind: str, wrong: dict, path: str
):
    said = {"channel": "web", "code": "X", "kind": kind} | wrong
    assert (await staff.do(CREATE, i=said))["path"] == ["input", path]
    assert await _listed(staff) == []


async def test_products_hidden_from_the_caller_are_neither_shown_in_a_code_nor_accepted(api: Api, staff: Api):
    product = (await staff.ask('{ product(slug: "thing-a") { id } }'))["product"]["id"]
    await _made(staff, products=[product])
    hide = "mutation($id: ID!) { productArchive(id: $id) { __typename } }"
    assert (await staff.do(hide, id=product))["__typename"] == "Product"
    clerk = api.as_(await make.token(Permission.CHANNELS_MANAGE))
    assert [each["products"] for each in await _listed(clerk)] == [[]]
    assert [each["products"] for each in await _listed(staff)] == [[{"slug": "thing-a"}]]
    said = {"channel": "web", "code": "X", "kind": "PERCENT", "percent": "5", "products": [product]}
    assert (await clerk.do(CREATE, i=said))["path"] == ["input", "products", "0"]


async def test_an_update_with_the_values_that_were_read_changes_nothing(staff: Api):
    id = await _made(staff)
    (read,) = await _listed(staff)
    same = {name: read[name] for name in ("minimum", "usageLimit", "usesPerCustomer", "products", "categories",
                                          "countries", "startsAt", "endsAt", "isActive", "percent")}  # fmt: skip
    assert (await staff.do(UPDATE, i={"id": id} | same))["__typename"] == "Discount"
    assert await _listed(staff) == [read]
