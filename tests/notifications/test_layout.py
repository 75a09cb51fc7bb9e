"""Messages are readable and accessible on a phone and on a wide screen, in light and dark."""

import pytest
from babel import Locale
from playwright.async_api import async_playwright

from app.notifications.buyer_templates import shipped, words_of
from app.notifications.contexts import sample_of
from app.notifications.lifecycle import TO_BUYERS
from app.notifications.rendering import render
from tests.web.axe import check_page
from tests.web.chromium import launch

pytestmark = pytest.mark.once


async def test_every_message_fits_the_screen_and_is_accessible():
    async with async_playwright() as playwright, launch(playwright) as browser:
        page = await browser.new_page()
        for kind in TO_BUYERS:
            sources = shipped(kind, "de")
            assert sources is not None
            made = render(sources, sample_of(kind, words_of("de")), Locale("de"))
            await page.set_content(made.html)
            await check_page(page)
