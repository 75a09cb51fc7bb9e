"""Accessibility of a page, checked with axe-core."""

from pathlib import Path
from typing import Any

from playwright.async_api import Page

_AXE = Path(__file__).parents[1] / "clients" / "node_modules" / "axe-core" / "axe.min.js"
_RUN = "async () => (await axe.run()).violations.map((v) => [v.id, v.nodes.map((n) => n.html)])"


async def check_page(page: Page) -> None:
    """The page is accessible and fits, on a phone and on a wide screen, light and dark."""
    # By the protocol: the policies of pages allow no other scripts.
    devtools = await page.context.new_cdp_session(page)
    await devtools.send("Runtime.evaluate", {"expression": _AXE.read_text()})
    for width in (360, 1280):
        await page.set_viewport_size({"width": width, "height": 800})
        assert await page.evaluate("document.documentElement.scrollWidth <= innerWidth"), (page.url, width)
        for scheme in ("light", "dark"):
            await page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]
            found: list[Any] = await page.evaluate(_RUN)
            assert found == [], (page.url, width, scheme)
    await devtools.detach()
