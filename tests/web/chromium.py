"""Chromium for the browser tests."""

import contextlib
import shutil
from collections.abc import AsyncIterator

from playwright.async_api import Browser, Playwright

_NAMES = ("chromium", "chromium-browser", "google-chrome")
_QUIET = ("--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-sync")


@contextlib.asynccontextmanager
async def launch(playwright: Playwright) -> AsyncIterator[Browser]:
    found = [path for name in _NAMES if (path := shutil.which(name))]
    assert found, "the browser tests need Chromium: scripts/test installs it"
    browser = await playwright.chromium.launch(executable_path=found[0], args=list(_QUIET))
    try:
        yield browser
    finally:
        await browser.close()
