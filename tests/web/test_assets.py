"""Scripts and style sheets are cached by browsers for as long as they are valid."""

import re

import pytest

from app.web.assets import FOLDER, asset
from tests.ask import Api

NAMES = sorted(path.name for path in FOLDER.iterdir() if path.is_file())


@pytest.mark.parametrize("name", NAMES)
async def test_an_asset_url_with_the_content_hash_is_immutable(api: Api, name: str):
    answer = await api.client.get(asset(name))
    assert answer.status_code == 200 and answer.content == (FOLDER / name).read_bytes()
    assert answer.headers["cache-control"] == "public, max-age=31536000, immutable"


@pytest.mark.parametrize("name", NAMES)
async def test_an_asset_url_without_the_hash_is_revalidated(api: Api, name: str):
    answer = await api.client.get(f"/static/{name}")
    assert answer.headers["cache-control"] == "no-cache"
    again = await api.client.get(f"/static/{name}", headers={"if-none-match": answer.headers["etag"]})
    assert again.status_code == 304 and again.headers["cache-control"] == "no-cache"


async def test_an_asset_url_with_another_hash_returns_the_current_file_without_caching(api: Api):
    answer = await api.client.get("/static/order-tracking.000000000000.js")
    assert answer.content == (FOLDER / "order-tracking.js").read_bytes()
    assert answer.headers["cache-control"] == "no-cache"


@pytest.mark.parametrize(
    "path", ["nope.js", "nope.000000000000.js", "../main.py", "%2e%2e/main.py", ".000000000000.js"]
)
async def test_an_unknown_asset_is_404(api: Api, path: str):
    assert (await api.client.get(f"/static/{path}")).status_code == 404


async def test_any_origin_may_load_the_widgets_script(api: Api):
    for address in ("/static/order-tracking.js", asset("order-tracking.js")):
        answer = await api.client.get(address, headers={"origin": "https://unknown.example"})
        assert answer.headers["access-control-allow-origin"] == "*"


async def test_pages_use_the_asset_urls_with_the_hash(api: Api):
    for path in ("/track/nope", "/supplier/nope"):
        html = (await api.client.get(path)).text
        found = re.findall(r'(?:src|href)="(/static/[^"]+)"', html)
        assert found and all(re.search(r"\.[0-9a-f]{12}\.(js|css)\Z", each) for each in found)
