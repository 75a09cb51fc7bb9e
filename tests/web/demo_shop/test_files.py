"""The starter shop as it is served in development: its files and their headers."""

import json
import re
from pathlib import Path

import httpx

from app import main
from app.settings import Environment, settings
from app.web import demo_shop

SOURCES = Path(__file__).parents[3] / "docs" / "storefront"


def test_the_shop_has_fewer_than_2200_lines_of_typescript_and_name_no_registry():
    written = [
        path
        for path in (SOURCES / "src").iterdir()
        if path.suffix in (".ts", ".tsx") and path.name != "generated.ts"
    ]
    assert sum(len(path.read_text().splitlines()) for path in written) < 2_200
    packages = json.loads((SOURCES / "package-lock.json").read_text())["packages"]
    assert all(each.get("integrity") for name, each in packages.items() if name)
    assert all("resolved" not in each for each in packages.values())


async def _get(path: str, env: Environment = Environment.DEVELOPMENT) -> httpx.Response:
    app = main.create_app(settings().model_copy(update={"env": env}))
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://localhost") as http:
        return await http.get(path)


async def test_the_page_has_a_strict_policy_and_its_files_are_cached_for_ever():
    page = await _get("/demo-shop/")
    policy = page.headers["content-security-policy"]
    assert "default-src 'none'; script-src 'self'; style-src 'self';" in policy and "unsafe" not in policy
    assert page.headers["cache-control"] == "no-cache"
    names = re.findall(r'"/demo-shop/([^"]+)"', page.text)
    assert sorted([*names, "index.html"]) == sorted(path.name for path in demo_shop.FOLDER.iterdir())
    for name in names:
        file = await _get(f"/demo-shop/{name}")
        assert file.status_code == 200 and "immutable" in file.headers["cache-control"]
    assert (await _get("/demo-shop/shop.AAAAAAAA.js")).status_code == 404
    for path in ("/demo-shop/cart", "/demo-shop/products/mug", "/demo-shop/..%2f..%2fmain.py"):
        assert (await _get(path)).text == page.text
    assert (await _get("/demo-shop")).headers["location"] == "/demo-shop/"


async def test_the_shop_is_not_served_in_production():
    for path in ("/demo-shop", "/demo-shop/", "/demo-shop/cart"):
        assert (await _get(path, Environment.PRODUCTION)).status_code == 404
