"""The product works with any single piece of the engine turned off."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from app.core.database import connecting
from app.engine.switches import Piece, Switches
from app.settings import Settings
from tests.ask import PLACE as PLACED
from tests.ask import Api, order_input
from tests.races.conftest import database_url, staff_token, template  # noqa: F401  # fixtures
from tests.races.shop import at, client, set_up
from tests.servers import serving

PLACE = PLACED.replace("id number", "id number fulfillmentOrders { id }")
WORK = "{ __typename ... on FulfillmentOrder { id status shipments { id } } ... on UserError { message } }"
STEPS = [
    f"mutation($id: ID!) {{ fulfillmentRelease(id: $id) {WORK} }}",
    f"mutation($id: ID!) {{ fulfillmentPick(input: {{id: $id}}) {WORK} }}",
    f"mutation($id: ID!) {{ fulfillmentPack(input: {{id: $id}}) {WORK} }}",
    f"mutation($id: ID!) {{ fulfillmentShip(input: {{id: $id}}) {WORK} }}",
]
DELIVER = "mutation($id: ID!) { shipmentDeliver(input: {shipmentId: $id}) { __typename } }"
READS = """query($email: String!) {
  products(channel: "web", orderBy: {field: NAME}) {
    totalCount nodes { name variants { sku price { amount } } }
  }
  orders(filter: {email: {eq: $email}}, first: 5) {
    totalCount
    nodes { status fulfillmentStatus lines { nodes { sku quantity quantityDelivered } } events { name } }
  }
  stockLevels(filter: {sku: {in: ["A", "B"]}}) { nodes { variant { sku } onHand reserved location { code } } }
}"""


PRODUCTS = {
    "totalCount": 2,
    "nodes": [
        {"name": f"Thing {sku}", "variants": [{"sku": sku, "price": {"amount": "10.00"}}]}
        for sku in ("A", "B")
    ],
}
LEVELS = [
    {"variant": {"sku": sku}, "onHand": on_hand, "reserved": reserved, "location": {"code": "main"}}
    for sku, on_hand, reserved in (("A", 8, 1), ("B", 2, 0))
]


def test_the_setting_engine_off_turns_pieces_off(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("ORDERGRAPH_ENGINE_OFF", "shapes, rows")
    assert Settings().engine_off == {Piece.SHAPES, Piece.ROWS}  # type: ignore[call-arg]
    monkeypatch.setenv("ORDERGRAPH_ENGINE_OFF", "wings")
    with pytest.raises(ValueError, match="engine_off"):
        Settings()  # type: ignore[call-arg]


@pytest.mark.parametrize("piece", Piece)
async def test_connecting_turns_off_what_the_setting_names(
    piece: Piece, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
):
    """In the server's process the switches differ from the defaults before the first connection is made."""
    switches, found = Switches(), list[Switches]()

    async def start(_config: object) -> None:
        found.append(replace(switches))

    monkeypatch.setattr(connecting.switches, "on", switches)
    monkeypatch.setattr(connecting, "start", start)
    monkeypatch.setenv("ORDERGRAPH_DATABASE_URL", f"sqlite://{tmp_path}/x.db")
    monkeypatch.setenv("ORDERGRAPH_ENGINE_OFF", piece)
    await connecting.connect(Settings())  # type: ignore[call-arg]
    monkeypatch.delenv("ORDERGRAPH_ENGINE_OFF")
    await connecting.connect(Settings())  # type: ignore[call-arg]
    off = {each for each in Piece if not getattr(found[0], each)}
    assert off == ({Piece.ROWS, Piece.COLUMNS} if piece is Piece.ROWS else {piece})
    assert found[1] == Switches()


def test_columns_are_not_learned_without_the_rows_of_the_engine():
    switches = Switches()
    switches.turn_off({Piece.ROWS})
    assert not switches.columns and switches.shapes
    switches.turn_off(())
    assert switches == Switches()


@pytest.mark.parametrize("piece", [None, *Piece], ids=lambda piece: piece or "none")
async def test_an_order_is_placed_shipped_and_read_with_a_piece_turned_off(
    piece: Piece | None,
    database_url: str,  # noqa: F811
    staff_token: str,  # noqa: F811
):
    async with serving(database_url, ORDERGRAPH_ENGINE_OFF=piece or "") as (server,), client() as http:
        api = at(server, http, staff_token)
        await set_up(api, {"A": 10, "B": 3})
        shipped = await sell_and_ship(api, ("A", 2), ("B", 1))
        refused = await api.do(PLACE, input=order_input(("B", 3)), key="too many")
        placed = await api.do(PLACE, input=order_input(("A", 1)), key="one")
        again = await api.do(PLACE, input=order_input(("A", 1)), key="one")
        for _ in range(2):  # the second run reads only the columns learned by the first
            found = await api.ask(READS, email="ada@example.com")
            assert found["products"] == PRODUCTS
            assert sorted(found["stockLevels"]["nodes"], key=str) == LEVELS
            assert found["orders"]["totalCount"] == 2
            orders = {order["fulfillmentStatus"]: order for order in found["orders"]["nodes"]}
            assert orders.keys() == {"DELIVERED", "ALLOCATED"}
            lines = orders["DELIVERED"]["lines"]["nodes"]
            assert sorted((line["sku"], line["quantity"], line["quantityDelivered"]) for line in lines) == [
                ("A", 2, 2), ("B", 1, 1),
            ]  # fmt: skip
        health = (await http.get(server.url + "/health/live")).json()
    assert shipped["__typename"] == "Shipment" and refused["__typename"] == "InsufficientStock"
    assert placed["id"] == again["id"]
    assert health == {"status": "alive"}
    verified = server.run("verify")
    assert verified.returncode == 0, verified.stdout + verified.stderr


async def sell_and_ship(api: Api, *lines: tuple[str, int]) -> dict[str, Any]:
    """The delivered shipment of an order that was just placed."""
    placed = await api.do(PLACE, input=order_input(*lines), key="shipped")
    (to_ship,) = placed["fulfillmentOrders"]
    for step in STEPS:
        done = await api.do(step, id=to_ship["id"])
        assert done["__typename"] == "FulfillmentOrder", done
    (shipment,) = done["shipments"]
    return await api.do(DELIVER, id=shipment["id"])
