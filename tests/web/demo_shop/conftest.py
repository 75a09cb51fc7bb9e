"""The fixture `shop`: the starter shop on a running server, in a browser."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from playwright.async_api import async_playwright

from tests.races.conftest import database_url, staff_token, template  # noqa: F401  # fixtures
from tests.races.shop import at, client, set_up
from tests.servers import serving
from tests.web.chromium import launch
from tests.web.demo_shop.shop import DISCOUNT, EUROPE, TAX, Shop


@pytest.fixture
async def shop(database_url: str, staff_token: str, tmp_path: Path) -> AsyncIterator[Shop]:  # noqa: F811
    mails = {"ORDERGRAPH_MAIL_FOLDER": str(tmp_path / "mail")}
    async with (
        serving(database_url, **mails) as (server,),
        client() as http,
        async_playwright() as playwright,
        launch(playwright) as browser,
    ):
        staff = at(server, http, staff_token)
        await set_up(staff, {f"A{number}": 30 for number in range(30)})
        for made in (EUROPE, DISCOUNT, TAX):
            done = await staff.ask(made)
            kinds = {part.get("__typename", "BulkResult") for part in done.values()}
            assert kinds <= {"Channel", "ShippingMethod", "PriceList", "BulkResult", "Discount", "TaxRate"}, (
                done
            )
        context = await browser.new_context(locale="en-US", viewport={"width": 1280, "height": 800})
        context.set_default_timeout(20_000)
        shop = Shop(server, staff, context)
        yield shop
        assert shop.problems == []
