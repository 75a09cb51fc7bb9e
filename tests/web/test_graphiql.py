"""GraphiQL is served entirely from the server's own files."""

import hashlib
import json
import re
from collections.abc import AsyncIterator
from pathlib import Path
from urllib.parse import urlencode, urlsplit

import pytest
from graphql import parse, validate
from playwright.async_api import Browser, Page, Route

from app.schema import schema
from app.web import graphiql
from tests.ask import Api
from tests.races.conftest import database_url, staff_token, template  # noqa: F401  # fixtures
from tests.races.shop import at, client, set_up
from tests.servers import Server, serving

pytestmark = pytest.mark.divided

FILES = Path(graphiql.__file__).parent / "static" / "graphiql"
OWN = {"index.html", "page.css", "page.js", "icon.svg", "NOTICE.txt", "SHA256SUMS"}
LOCK = Path(__file__).parent.parent.parent / "scripts" / "vendored" / "graphiql" / "package-lock.json"


def test_the_published_files_are_unchanged_and_all_of_them_are_listed():
    sums = dict(reversed(line.split()) for line in (FILES / "SHA256SUMS").read_text().splitlines())
    assert sums == {
        path.name: hashlib.sha256(path.read_bytes()).hexdigest()
        for path in FILES.iterdir()
        if path.name not in OWN
    }


def test_the_lock_pins_every_package_by_its_hash_and_names_no_host():
    packages = json.loads(LOCK.read_text())["packages"]
    assert all(each.get("integrity") for name, each in packages.items() if name)
    assert all("resolved" not in each for each in packages.values())


def test_every_example_is_valid_and_prices_name_their_channel():
    document = parse(graphiql.EXAMPLES)
    assert validate(schema._schema, document) == []
    for field in re.findall(r"\b(?:price|available)\b(?!:)(.)", graphiql.EXAMPLES.split("mutation")[0]):
        assert field == "("


async def test_the_page_has_its_title_and_loads_only_from_this_server(api: Api):
    answer = await api.client.get("/graphql", headers={"accept": "text/html"})
    assert "<title>Ordergraph · GraphiQL</title>" in answer.text
    addresses = re.findall(r'(?:src|href)="([^"]*)"', answer.text)
    assert addresses
    assert all(address.startswith("/static/graphiql/") for address in addresses)
    for address in addresses:
        assert (await api.client.get(address)).status_code == 200, address
    policy = answer.headers["content-security-policy"]
    assert "default-src 'none'" in policy and "script-src 'self';" in policy


@pytest.fixture
async def server(database_url: str, staff_token: str) -> AsyncIterator[Server]:  # noqa: F811
    async with serving(database_url) as (one,), client() as http:
        await set_up(at(one, http, staff_token), {"MUG-STONE-S": 10})
        yield one


@pytest.fixture
async def page(browser: Browser) -> AsyncIterator[Page]:
    async with await browser.new_context(viewport={"width": 1280, "height": 800}) as context:
        yield await context.new_page()


async def test_graphiql_runs_queries_and_subscriptions_without_access_to_other_hosts(
    server: Server,
    page: Page,
    staff_token: str,  # noqa: F811
):
    elsewhere: list[str] = []
    problems: list[str] = []
    own = urlsplit(server.url).netloc

    async def only_own(route: Route) -> None:
        if urlsplit(route.request.url).netloc in (own, ""):
            await route.continue_()
        else:
            elsewhere.append(route.request.url)
            await route.abort()

    await page.route("**/*", only_own)
    page.on("pageerror", lambda error: problems.append(str(error)))
    page.on("console", lambda said: problems.append(said.text) if said.type == "error" else None)
    await page.goto(server.url + "/graphql")
    await page.get_by_text("query Browse").first.wait_for(timeout=30_000)
    assert await page.title() == "Ordergraph · GraphiQL"
    assert elsewhere == []

    query = 'query Price { variant(sku: "MUG-STONE-S", channel: "web") { price(channel: "web") { amount } } }'
    await _run(page, server, query)
    await page.get_by_text('"10.00"').first.wait_for(timeout=20_000)

    await _run(page, server, 'subscription { orderTracking(token: "none") { cursor } }')
    await page.get_by_text("NOT_FOUND").first.wait_for(timeout=20_000)
    assert elsewhere == [] and problems == []


async def _run(page: Page, server: Server, query: str) -> None:
    await page.goto(server.url + "/graphql?" + urlencode({"q": query}))
    await page.get_by_role("button", name=re.compile("Execute query")).click(timeout=20_000)
