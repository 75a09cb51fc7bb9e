"""The website and support links of a channel, which pages for buyers show."""

import pytest

from app.orders import queries
from tests import make
from tests.ask import Api

UPDATE = """mutation($input: ChannelUpdateInput!) { channelUpdate(input: $input) {
  __typename ... on Channel { websiteUrl supportUrl version } ... on UserError { errorCode path }
  ... on ValidationFailed { problems { code path } } } }"""
READ = '{ channel(code: "web") { id websiteUrl supportUrl version } }'
LINKS = {"websiteUrl": "https://shop.example/?a=1&b=2", "supportUrl": "mailto:help@shop.example"}


async def test_the_tracking_page_shows_the_website_and_support_links(api: Api):
    shop = await make.shop()
    await shop.sell("A", stock=5)
    placed = await make.order(("A", 1))
    page = f"/track/{queries.tracking_token(placed.id, placed.tracking_generation)}"
    assert 'class="shop-links"' not in (await api.client.get(page)).text
    staff = api.as_(await make.token())
    channel = (await staff.ask(READ))["channel"]
    done = await staff.do(UPDATE, input={"id": channel["id"], **LINKS})
    assert done == {"__typename": "Channel", **LINKS, "version": 2}
    html = (await api.client.get(page + "?lang=en")).text
    assert '<a href="https://shop.example/?a=1&amp;b=2">Back to' in html
    assert '<a href="mailto:help@shop.example">Contact' in html
    assert "Zurück zu" in (await api.client.get(page + "?lang=de")).text
    done = await staff.do(UPDATE, input={"id": channel["id"], "websiteUrl": None})
    assert done["websiteUrl"] is None and done["supportUrl"] == LINKS["supportUrl"]
    done = await staff.do(UPDATE, input={"id": channel["id"], "supportUrl": " "})
    assert done["supportUrl"] is None
    assert 'class="shop-links"' not in (await api.client.get(page)).text


@pytest.mark.parametrize("field", ["websiteUrl", "supportUrl"])
@pytest.mark.parametrize(
    "link",
    [
        "javascript:alert(1)", "JAVASCRIPT:alert(1)", "data:text/html,x", "//shop.example", "/help", "shop.example", "https://",
        "https:shop.example", "http://[", "https://shop.example/a b", 'https://shop.example/"', "https://a\u202eb.example",
        "mailto:", "mailto://x", "java\tscript:x", "https://shop.example/" + "a" * 500,
    ],
)  # fmt: skip
async def test_an_invalid_link_is_refused_with_the_path_of_its_field(api: Api, field: str, link: str):
    await make.shop()
    staff = api.as_(await make.token())
    channel = (await staff.ask(READ))["channel"]
    refused = await staff.do(UPDATE, input={"id": channel["id"], field: link})
    code = "TOO_LONG" if len(link) > 500 else "MALFORMED" if link.isprintable() else "UNSUPPORTED_CHARACTER"
    assert refused["problems"] == [{"code": code, "path": ["input", field]}]
    assert (await staff.ask(READ))["channel"] == channel


async def test_a_mailto_link_is_refused_as_the_website(api: Api):
    await make.shop()
    staff = api.as_(await make.token())
    channel = (await staff.ask(READ))["channel"]
    refused = await staff.do(UPDATE, input={"id": channel["id"], "websiteUrl": "mailto:shop@example.com"})
    assert refused["problems"] == [{"code": "MALFORMED", "path": ["input", "websiteUrl"]}]
    assert (await staff.ask(READ))["channel"] == channel
