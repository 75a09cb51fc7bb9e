"""The guide for building a shop, put together from its blocks and run in a browser."""

import re
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from playwright.async_api import Browser, Page

from tests.ask import ADDRESS, Api
from tests.getpaid import simulator
from tests.getpaid.simulator import SECRETS
from tests.payments.scripted import SET
from tests.races.conftest import database_url, staff_token, template  # noqa: F401  # fixtures
from tests.races.shop import at, client, set_up
from tests.servers import Server, serving

pytestmark = pytest.mark.divided

GUIDE = Path(__file__).parents[2] / "docs" / "build-a-shop.md"
PASSWORD = "a long enough one"
CANCEL = "mutation($id: ID!) { orderCancel(input: {id: $id, reason: CUSTOMER}) { __typename } }"


class Shop:
    """A page with the guide's code, and the staff of the shop behind it."""

    def __init__(self, page: Page, staff: Api) -> None:
        self.page, self.staff = page, staff

    async def run(self, code: str, *arguments: Any) -> Any:
        return await self.page.evaluate(f"async (given) => ({code})(...given)", list(arguments))


@pytest.fixture
async def shop(browser: Browser, database_url: str, staff_token: str) -> AsyncIterator[Shop]:  # noqa: F811
    known = ("--name", "Ada", "--password", PASSWORD)
    made = Server(database_url).run("staff", "ada@shop.example", *known)
    assert made.returncode == 0, made.stderr
    code = "\n".join(re.findall(r"```js\n(.*?)```", GUIDE.read_text(), flags=re.DOTALL))
    async with (
        serving(database_url) as (server,),
        client() as http,
        await browser.new_context() as context,
    ):
        staff = at(server, http, staff_token)
        await set_up(staff, {f"A{number}": 10 for number in range(30)})
        page = await context.new_page()
        problems: list[str] = []
        page.on("pageerror", lambda error: problems.append(str(error)))
        here = code.replace("http://localhost:8000", server.url)
        assert here != code
        html = f"<!doctype html><title>Shop</title><script>{here}</script>"
        await page.route(server.url + "/", lambda route: route.fulfill(body=html, content_type="text/html"))
        await page.goto(server.url + "/")
        yield Shop(page, staff)
        assert problems == []


async def _a_guest_buys(shop: Shop) -> None:
    products = await shop.run("allProducts")
    assert len(products) == 30 and len({product["slug"] for product in products}) == 30
    price = products[0]["variants"][0]["price"]
    assert await shop.run("shown", price) == "$10.00"

    first = await shop.run("addToCart", "A1", 2)
    assert first["status"] == "DRAFT" and first["total"]["amount"] == "20.00"
    await shop.page.reload()
    again = await shop.run("addToCart", "A1", 1)
    assert again["id"] == first["id"] and again["lines"]["nodes"][0]["quantity"] == 3
    await shop.run("addToCart", "A2", 1)
    lines = [(line["sku"], line["quantity"]) for line in (await shop.run("readCart"))["lines"]["nodes"]]
    assert lines == [("A1", 3), ("A2", 1)]
    # Two tabs that add at once do not overwrite each other.
    await shop.run("() => Promise.all([addToCart('A3', 1), addToCart('A4', 1)])")
    await shop.run("() => Promise.all([addToCart('A3', 1), addToCart('A4', 1)])")
    assert sorted(line["quantity"] for line in (await shop.run("readCart"))["lines"]["nodes"]) == [1, 2, 2, 3]
    await shop.run("() => changeCart({ lines: [{ sku: 'A1', quantity: 3 }, { sku: 'A2', quantity: 1 }] })")
    cart = await shop.run("readCart")
    assert cart["total"]["amount"] == "40.00" and cart["reservedUntil"]

    (method,) = await shop.run("shippingMethods")
    wrong = await shop.run("setShipping", "nobody", {**ADDRESS, "postalCode": "x"}, method["code"])
    assert wrong["__typename"] == "ValidationFailed"
    fields = await shop.run("problemsByField", wrong)
    assert fields["email"] == "Das ist keine E-Mail-Adresse." and "shippingAddress.postalCode" in fields
    whole = await shop.run("setShipping", "ada@example.com", ADDRESS, method["code"])
    assert whole["total"]["amount"] == "45.00"

    changed = await shop.run("placeOrder", {"amount": "44.00", "currency": "USD"})
    assert changed["__typename"] == "TotalChanged" and changed["actual"]["amount"] == "45.00"
    placed = await shop.run("placeOrder", whole["total"])
    assert placed["number"] and placed["total"]["amount"] == "45.00"
    await shop.page.reload()
    order = await shop.run("readOrder")
    assert order["number"] == placed["number"] and order["shippingAddress"]["line1"] == ADDRESS["line1"]
    assert await shop.run("readCart") is None

    await shop.run(
        "(token) => { window.stages = []; watch(token, (at) => stages.push(at.stage)); }",
        placed["trackingToken"],
    )
    await shop.page.wait_for_function("() => stages.length === 1", timeout=20_000)
    assert await shop.staff.do(CANCEL, id=placed["id"]) == {"__typename": "Order"}
    await shop.page.wait_for_function("() => stages.at(-1) === 'CANCELLED'", timeout=20_000)


async def _a_guest_pays_on_the_second_page(shop: Shop, folder: Path) -> None:
    async with simulator.running(folder, "") as pages:
        given = {"code": "card", "name": "Cards", "kind": "STRIPE", "apiUrl": pages.url, "secrets": SECRETS}
        assert (await shop.staff.do(SET, i=given))["__typename"] == "PaymentGateway"
        await shop.run("addToCart", "A1", 1)
        total = (await shop.run("setShipping", "ada@example.com", ADDRESS, "standard"))["total"]
        (option,) = await shop.run("paymentOptions")
        assert (await shop.run("placeOrder", total, option["gateway"]))["number"]
        here, addresses = shop.page.url, []
        for _ in range(2):
            await shop.run("(gateway) => { pay(gateway); }", option["gateway"])
            await shop.page.wait_for_url(f"{pages.url}/**")
            addresses.append(shop.page.url)
            await shop.page.goto(here)
            waits = (await shop.run("paymentNow"))["paymentAttempt"]
            assert (waits["status"], waits["clientAction"]["url"]) == ("PENDING", addresses[-1])
            if len(addresses) == 1:
                assert (await shop.run("cancelPayment"))["paymentAttempt"]["problem"]["code"] == "cancelled"
        assert await pages.press(addresses[1], "pay") == here
        assert (await shop.run("paymentNow"))["paymentStatus"] == "AUTHORIZED"


async def _a_lost_answer_is_requested_again_and_a_cart_is_deleted(shop: Shop) -> None:
    await shop.run("addToCart", "A1", 1)
    total = (await shop.run("setShipping", "ada@example.com", ADDRESS, "standard"))["total"]
    await shop.run("""() => {
      localStorage.cart = JSON.stringify({ ...JSON.parse(localStorage.cart), key: "once" });
      localStorage.before = localStorage.cart;
    }""")
    placed = await shop.run("placeOrder", total)
    await shop.run("() => { localStorage.cart = localStorage.before; }")  # as if no answer had come
    assert (await shop.run("placeOrder", total))["number"] == placed["number"]

    await shop.run("addToCart", "A3", 5)
    query = '{ variant(sku: "A3", channel: "web") { available(channel: "web") } }'
    assert (await shop.staff.ask(query))["variant"] == {"available": 5}
    await shop.run("emptyCart")
    assert (await shop.staff.ask(query))["variant"] == {"available": 10}


async def _a_session_is_renewed_once_when_its_access_token_ends(shop: Shop) -> None:
    assert await shop.run("accessTokenOfSession") is None
    refused = await shop.run("signIn", "ada@shop.example", "not the password")
    assert refused["errorCode"] == "SIGN_IN_FAILED"
    assert (await shop.run("signIn", "ada@shop.example", PASSWORD))["refreshToken"]
    first = await shop.run("accessTokenOfSession")
    assert first and await shop.run("accessTokenOfSession") == first
    renewed = await shop.run("""async () => {
      const before = localStorage.refresh;
      session = { accessToken: null, endsAt: 0 };
      const both = await Promise.all([accessTokenOfSession(), accessTokenOfSession()]);
      return [both[0] === both[1], before !== localStorage.refresh, (await ask("{ me { kind } }")).me.kind];
    }""")
    assert renewed == [True, True, "STAFF"]


async def test_the_code_of_the_guide_works_from_the_catalogue_to_the_order(shop: Shop, tmp_path: Path):
    await _a_guest_buys(shop)
    await _a_guest_pays_on_the_second_page(shop, tmp_path)
    await _a_lost_answer_is_requested_again_and_a_cart_is_deleted(shop)
    await _a_session_is_renewed_once_when_its_access_token_ends(shop)
