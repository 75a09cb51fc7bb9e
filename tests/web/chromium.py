"""Chromium for the browser tests: one for all of them, since its start takes longer than many a test."""

import shutil
from collections.abc import AsyncIterator
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from playwright.async_api import Browser, Playwright

_NAMES = ("chromium", "chromium-browser", "google-chrome")
_QUIET = (
    "--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-sync",
    # The shops that embed the widget are routed, which Chromium takes for public sites calling private ones.
    "--disable-features=LocalNetworkAccessChecks,BlockInsecurePrivateNetworkRequests",
)  # fmt: skip


class Browsers:
    """The browser, which is started when a test needs it, and again after it has crashed."""

    def __init__(self, playwright: "Playwright") -> None:
        self._playwright = playwright
        self._opened: Browser | None = None

    async def running(self) -> "Browser":
        if self._opened is None or not self._opened.is_connected():
            found = [path for name in _NAMES if (path := shutil.which(name))]
            assert found, "the browser tests need Chromium: scripts/test installs it"
            launch = self._playwright.chromium.launch
            self._opened = await launch(executable_path=found[0], args=list(_QUIET))
        return self._opened

    async def close(self) -> None:
        if self._opened is not None:
            await self._opened.close()


@pytest.fixture(scope="session")
async def browsers() -> AsyncIterator[Browsers]:
    from playwright.async_api import async_playwright

    async with async_playwright() as playwright:
        running = Browsers(playwright)
        yield running
        await running.close()


@pytest.fixture
async def browser(browsers: Browsers) -> "Browser":
    """The running browser. A test opens a context of its own, and closes it."""
    return await browsers.running()
