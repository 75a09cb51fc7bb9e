"""The mailbox of development in a browser."""

from collections.abc import AsyncIterator
from email.message import EmailMessage
from pathlib import Path

import pytest
from playwright.async_api import Browser, Page

from app.notifications import mailbox
from app.settings import settings
from tests.races.conftest import database_url, template  # noqa: F401  # fixtures
from tests.servers import Server, serving
from tests.web.axe import check_page

pytestmark = pytest.mark.divided

HTML = """<!doctype html><html lang="en"><head><title>Order</title></head><body>
<p>Your order <a href="{link}">HF-1</a></p><img src="{link}?pixel" alt=""><script>document.title = "run"</script></body></html>"""


@pytest.fixture
async def server(database_url: str, tmp_path: Path) -> AsyncIterator[Server]:  # noqa: F811
    async with serving(database_url, ORDERGRAPH_MAIL_FOLDER=str(tmp_path)) as (one,):
        yield one


@pytest.fixture
async def page(browser: Browser) -> AsyncIterator[Page]:
    async with await browser.new_context() as context:
        yield await context.new_page()


async def test_a_link_in_a_mail_opens_a_tab_and_nothing_in_it_runs_or_loads(
    server: Server, page: Page, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    config = settings().model_copy(update={"mail_folder": str(tmp_path)})
    monkeypatch.setattr(mailbox, "settings", lambda: config)
    mail = EmailMessage()
    mail["From"], mail["To"], mail["Subject"] = "orders@localhost", "ada@example.com", "Your order"
    mail["Message-ID"] = "<1@localhost>"
    mail.set_content(f"Your order: {server.url}/health/live\n")
    mail.add_alternative(HTML.format(link=f"{server.url}/health/live"), subtype="html")
    mailbox.store(mail)

    loaded: list[str] = []
    page.on("response", lambda response: loaded.append(response.url))
    await page.goto(server.url + "/mail")
    await check_page(page)
    await page.get_by_role("link", name="Your order").click()
    framed = page.frame_locator("iframe")
    await framed.get_by_text("Your order").wait_for()
    await check_page(page)
    for link in (framed.get_by_role("link", name="HF-1"), page.locator("pre a")):
        async with page.context.expect_page() as opened:
            await link.click()
        assert (await opened.value).url == f"{server.url}/health/live"
    assert any(url.endswith("/html") for url in loaded)
    assert not [url for url in loaded if "pixel" in url]
    assert "run" not in [await frame.title() for frame in page.frames]
