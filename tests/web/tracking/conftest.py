"""One server for the tests of the tracking page."""

import hashlib
import json
import shutil
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from playwright.async_api import Browser, Page

from tests import services
from tests.conftest import ON_POSTGRES
from tests.races.conftest import template  # noqa: F401  # a fixture
from tests.races.shop import client
from tests.servers import serving
from tests.web.tracking.shop import Order, Shop

OF_THE_STOREFRONT = '{ channel(code: "web") { name } }'


@pytest.fixture(scope="session")
async def shop(
    template: tuple[str, str],  # noqa: F811
    tmp_path_factory: pytest.TempPathFactory,
) -> AsyncIterator[Shop]:
    folder: Path = tmp_path_factory.mktemp("tracking")
    documents = folder / "documents.json"
    name = hashlib.sha256(OF_THE_STOREFRONT.encode()).hexdigest()
    documents.write_text(json.dumps({name: OF_THE_STOREFRONT}))
    if ON_POSTGRES:
        url = await services.make_database(services.new_url(), like=template[0])
    else:
        url = f"sqlite:///{folder}/shop.db"
        shutil.copy(template[0].removeprefix("sqlite:///"), folder / "shop.db")
    settings = {"ORDERGRAPH_TRUSTED_DOCUMENTS": str(documents)}
    async with serving(url, **settings) as (server,), client() as http:
        yield await Shop.open(server, http, template[1])
    if ON_POSTGRES:
        await services.drop_database(url)


@pytest.fixture
async def order(shop: Shop) -> Order:
    return await shop.sell()


@pytest.fixture
async def page(browser: Browser) -> AsyncIterator[Page]:
    """A new page, in which no script may fail."""
    context = await browser.new_context(viewport={"width": 390, "height": 844})
    page = await context.new_page()
    problems: list[str] = []
    page.on("pageerror", lambda error: problems.append(str(error)))
    yield page
    await context.close()
    assert problems == []
