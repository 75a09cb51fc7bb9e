"""Messages are readable and accessible on a phone and on a wide screen, in light and dark."""

import pytest
from babel import Locale
from playwright.async_api import Browser

from app.notifications.buyer_templates import shipped, words_of
from app.notifications.contexts import sample_of
from app.notifications.lifecycle import TO_BUYERS
from app.notifications.rendering import render
from tests.web.axe import check_page

pytestmark = pytest.mark.once


async def test_every_message_fits_the_screen_and_is_accessible(browser: Browser):
    async with await browser.new_context() as context:
        page = await context.new_page()
        for kind in TO_BUYERS:
            sources = shipped(kind, "de")
            assert sources is not None
            made = render(sources, sample_of(kind, words_of("de")), Locale("de"))
            await page.set_content(made.html)
            await check_page(page)
