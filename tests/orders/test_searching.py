"""Orders are found in any case, accents, script and punctuation."""

from typing import Any

import pytest

from app.core.search import EntryKind, entries_of
from app.core.search.asking import readings
from app.orders.models import Order, OrderSearch
from app.orders.searching import entries_for
from tests import make
from tests.ask import ADDRESS, Api, order_input

PLACE = "mutation($i: OrderPlaceInput!) { orderPlace(input: $i) { ... on Order { id number } } }"
SEARCH = "query($s: String, $f: OrderFilter) { orders(search: $s, filter: $f) { nodes { number } } }"
HOME = {
    "name": "José Núñez-Smith",
    "company": "Müller & Söhne GmbH",
    "line1": "Hauptstraße 1",
    "city": "Berlin",
    "postalCode": "10115",
    "country": "DE",
    "phone": "030 7654321",
}
TOKYO = {
    "name": "山田太郎",
    "line1": "千代田区一丁目",
    "city": "千代田区",
    "region": "東京都",
    "postalCode": "100-0005",
    "country": "JP",
}


@pytest.fixture
async def staff(api: Api) -> Api:
    return api.as_(await make.token())


@pytest.fixture
async def orders(staff: Api) -> dict[str, str]:
    """Three orders, by a word for each."""
    shop = await make.shop()
    await shop.sell("A", stock=100)
    jose = order_input(
        ("A", 1),
        email="Jose@Xn--Bcher-kva.example",
        phone="+1 217 555 0123",
        shippingAddress=HOME,
        tags=["VIP", "Läden"],
        purchaseOrderNumber="PO 2026/0017",
        externalReference="shop:88-Z",
    )
    yamada = order_input(("A", 1), email="taro@example.com", shippingAddress=TOKYO)
    ada = order_input(("A", 1), shippingAddress=ADDRESS | {"postalCode": "62701-1234"})
    found = {}
    for name, data in (("jose", jose), ("yamada", yamada), ("ada", ada)):
        found[name] = (await staff.do(PLACE, i=data))["number"]
    await Order.filter(number=found["ada"]).update(is_delayed=True, promised_on="2031-05-04")
    return found


async def _found(api: Api, search: str | None = None, **filter: Any) -> list[str]:
    answer = await api.ask(SEARCH, s=search, f=filter or None)
    return sorted(node["number"] for node in answer["orders"]["nodes"])


@pytest.mark.parametrize(
    ("search", "whose"),
    [
        ("José Núñez-Smith", ["jose"]),
        ("jose nunez", ["jose"]),
        ("SMITH", ["jose"]),
        ("nuñez smi", ["jose"]),
        ("smith jose", ["jose"]),
        ("Ada", ["ada"]),
        ("lovelace 62701", ["ada"]),
        ("ada smith", []),
        ("山田太郎", ["yamada"]),
        ("太郎", ["yamada"]),
        ("müller", ["jose"]),
        ("MULLER & SOHNE", ["jose"]),
        ("jose@bücher.example", ["jose"]),
        ("JOSE@XN--BCHER-KVA.EXAMPLE", ["jose"]),
        ("taro@", ["yamada"]),
        ("Ada@Example.com", ["ada"]),
        ("(217) 555-0123", ["jose"]),
        ("217.555.0123", ["jose"]),
        ("+1 217 555 0123", ["jose"]),
        ("0012175550123", ["jose"]),
        ("217-555-0123 x12", ["jose"]),
        ("030 7654321", ["jose"]),
        ("+49 (0)30 7654321", ["jose"]),
        ("10115", ["jose"]),
        ("100-0005", ["yamada"]),
        ("〒1000005", ["yamada"]),
        ("vip", ["jose"]),
        ("LADEN", ["jose"]),
        ("po 2026/0017", ["jose"]),
        ("PO2026", ["jose"]),
        ("SHOP:88-z", ["jose"]),
        ("WEB-000002", ["yamada"]),
        ("#web-000002", ["yamada"]),
        ("web000002", ["yamada"]),
        ("000003", ["ada"]),
        ("2", ["yamada"]),
        ("sm jose", []),
        ("山田", ["yamada"]),
        ("nobody", []),
        ("'; DROP TABLE sales_order; --", []),
        ("%", []),
    ],
)
async def test_orders_are_found_by_name_address_phone_number_and_tags(
    staff: Api, orders: dict[str, str], search: str, whose: list[str]
):
    assert await _found(staff, search) == sorted(orders[name] for name in whose)


async def test_a_blank_search_finds_all_and_one_of_punctuation_nothing(staff: Api, orders: dict[str, str]):
    assert await _found(staff, "  ") == sorted(orders.values())
    assert await _found(staff, "#--") == []


@pytest.mark.parametrize(
    ("filter", "whose"),
    [
        ({"tags": {"eq": "vip"}}, ["jose"]),
        ({"tags": {"in": ["none", "läden"]}}, ["jose"]),
        ({"tags": {"startsWith": "vi"}}, ["jose"]),
        ({"tags": {"eq": "vi"}}, []),
        ({"isDelayed": True}, ["ada"]),
        ({"isDelayed": False}, ["jose", "yamada"]),
        ({"companyName": {"startsWith": "SÖHNE"}}, ["jose"]),
        ({"companyName": {"eq": "muller & sohne gmbh"}}, ["jose"]),
        ({"companyName": {"eq": "muller"}}, []),
        ({"purchaseOrderNumber": {"eq": "po-2026-0017"}}, ["jose"]),
        ({"promisedOn": {"eq": "2031-05-04"}}, ["ada"]),
        ({"promisedOn": {"gte": "2031-05-05"}}, []),
        ({"name": {"eq": "jose nunez smith"}}, ["jose"]),
        ({"name": {"startsWith": "love"}}, ["ada"]),
        ({"name": {"startsWith": " "}}, ["jose", "yamada", "ada"]),
        ({"name": {"startsWith": "---"}}, []),
        ({"phone": {"eq": "(217) 555-0123"}}, ["jose"]),
        ({"phone": {"eq": "030/7654321"}}, ["jose"]),
        ({"phone": {"startsWith": "+1 217"}}, ["jose"]),
        ({"phone": {"eq": "call me"}}, []),
        ({"postalCode": {"eq": "D-10115"}}, ["jose"]),
        ({"postalCode": {"startsWith": "62701"}}, ["ada"]),
        ({"postalCode": {"eq": "１００-０００５"}}, ["yamada"]),
        ({"email": {"eq": "JOSE@bücher.example"}}, ["jose"]),
        ({"email": {"in": ["jose@xn--bcher-kva.example"]}}, ["jose"]),
        ({"number": {"eq": "#web-000001"}}, ["jose"]),
        ({"number": {"startsWith": "web-"}}, ["jose", "yamada", "ada"]),
        ({"not": {"tags": {"eq": "vip"}}}, ["yamada", "ada"]),
        ({"or": [{"tags": {"eq": "vip"}}, {"name": {"startsWith": "ada"}}]}, ["jose", "ada"]),
    ],
)
async def test_orders_are_filtered_by_each_field(
    staff: Api, orders: dict[str, str], filter: dict[str, Any], whose: list[str]
):
    assert await _found(staff, **filter) == sorted(orders[name] for name in whose)


async def test_search_and_filter_are_combined(staff: Api, orders: dict[str, str]):
    assert await _found(staff, "smith", tags={"eq": "vip"}) == [orders["jose"]]
    assert await _found(staff, "smith", isDelayed=True) == []


@pytest.mark.parametrize("typed", ["web-000002", "WEB-000002", "#WEB-000002", " #web-000002 ", "web 000002"])
async def test_an_order_is_read_by_its_number_in_any_spelling(staff: Api, orders: dict[str, str], typed: str):
    answer = await staff.ask("query($n: String) { order(number: $n) { number } }", n=typed)
    assert answer["order"] == {"number": orders["yamada"]}


async def test_an_order_is_found_by_the_end_of_its_number(clean: None):
    kinds = {token for kind, token in entries_of(EntryKind.NUMBER, "HF-051234")}
    assert kinds == {"hf051234", "051234", "51234", "1234", "234"}
    for typed in ("#hf-051234", "HF 051234", "51234", "234"):
        assert any(len(terms) == 1 and kinds & set(terms[0]) for terms in readings(typed))


async def test_a_changed_order_is_found_by_its_present_data_only(staff: Api, orders: dict[str, str]):
    id = (await staff.ask(f'{{ order(number: "{orders["ada"]}") {{ id }} }}'))["order"]["id"]
    update = "mutation($i: OrderUpdateInput!) { orderUpdate(input: $i) { __typename } }"
    change = {"id": id, "email": "grace@example.com", "phone": "+442079460958", "tags": ["navy"]}
    assert (await staff.do(update, i=change))["__typename"] == "Order"
    for search in ("grace@example.com", "020 7946 0958", "navy"):
        assert await _found(staff, search) == [orders["ada"]]
    assert await _found(staff, "ada@example.com") == []
    edit = "mutation($i: OrderEditInput!) { orderEdit(input: $i) { __typename } }"
    moved = ADDRESS | {"name": "Grace Hopper", "postalCode": "62704"}
    await staff.do(edit, i={"id": id, "shippingAddress": moved})
    assert await _found(staff, "hopper 62704") == [orders["ada"]]
    assert await _found(staff, "lovelace") == []
    await _index_matches_the_orders()


async def test_a_draft_is_found_by_its_data_before_and_after_placing(staff: Api, clean: None):
    shop = await make.shop()
    await shop.sell("A")
    draft = "mutation($i: OrderDraftCreateInput!) { orderDraftCreate(input: $i) { ... on Order { id } } }"
    change = "mutation($i: OrderDraftUpdateInput!) { orderDraftUpdate(input: $i) { __typename } }"
    delete = "mutation($i: OrderDraftDeleteInput!) { orderDraftDelete(input: $i) { __typename } }"
    fields = order_input(("A", 1))
    del fields["payment"]
    ids = [(await staff.do(draft, i=fields))["id"] for _ in range(2)]
    listed = "query($s: String) { orders(search: $s) { nodes { id number } } }"
    for search in ("ada@example.com", "lovelace"):
        found = (await staff.ask(listed, s=search))["orders"]["nodes"]
        assert sorted(node["id"] for node in found) == sorted(ids)
    await staff.do(change, i={"id": ids[0], "email": "grace@example.com"})
    assert len((await staff.ask(listed, s="grace@example.com"))["orders"]["nodes"]) == 1
    placed = await staff.do(PLACE, i={"draftId": ids[0], "payment": {"gateway": "manual"}})
    (found,) = (await staff.ask(listed, s=f"{placed['number']}"))["orders"]["nodes"]
    assert found["id"] == ids[0]
    await staff.do(delete, i={"id": ids[1]})
    assert [node["id"] for node in (await staff.ask(listed, s="lovelace"))["orders"]["nodes"]] == [ids[0]]
    await _index_matches_the_orders()


async def _index_matches_the_orders() -> None:
    for order in await Order.all():
        kept = {(row.kind, row.token) for row in await OrderSearch.filter(order_id=order.id)}
        assert kept == {(kind.value, token) for kind, token in entries_for(order)}


async def test_a_limited_caller_finds_only_visible_orders(api: Api, staff: Api, orders: dict[str, str]):
    other = await make.shop("pos")
    limited = api.as_(await make.token(channels=[other.channel]))
    assert await _found(limited, "smith") == []
    answer = await limited.ask('{ order(number: "web-000001") { number } }')
    assert answer == {"order": None}
