"""The fixture `shop`: the starter shop on a running server, in a browser."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from playwright.async_api import Browser

from tests.races.conftest import copied, template  # noqa: F401  # a fixture
from tests.races.shop import at, client, set_up
from tests.servers import serving
from tests.web.demo_shop.shop import DISCOUNT, EUROPE, TAX, Shop


@pytest.fixture(scope="session")
async def stocked(template: tuple[str, str], tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[str]:  # noqa: F811
    """A database with the goods of the shop, to copy."""
    async with copied(template[0], tmp_path_factory.mktemp("stocked")) as url:
        async with serving(url) as (server,), client() as http:
            staff = at(server, http, template[1])
            await set_up(staff, {f"A{number}": 30 for number in range(30)})
            for made in (EUROPE, DISCOUNT, TAX):
                done = await staff.ask(made)
                kinds = {part.get("__typename", "BulkResult") for part in done.values()}
                assert kinds <= {
                    "Channel",
                    "ShippingMethod",
                    "PriceList",
                    "BulkResult",
                    "Discount",
                    "TaxRate",
                }, done
            server.stop()  # its database is complete then
        yield url


@pytest.fixture
async def shop(
    browser: Browser,
    stocked: str,
    template: tuple[str, str],  # noqa: F811
    tmp_path: Path,
) -> AsyncIterator[Shop]:
    mails = {"ORDERGRAPH_MAIL_FOLDER": str(tmp_path / "mail")}
    async with (
        copied(stocked, tmp_path) as url,
        serving(url, **mails) as (server,),
        client() as http,
        await browser.new_context(locale="en-US", viewport={"width": 1280, "height": 800}) as context,
    ):
        context.set_default_timeout(60_000)
        shop = Shop(server, at(server, http, template[1]), context)
        yield shop
        assert shop.problems == []
