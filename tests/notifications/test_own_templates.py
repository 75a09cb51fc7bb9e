"""Staff write templates, which are checked when they are written and used after they are published."""

import random
import time
from typing import Any

import pytest
from babel import Locale
from liquid.exceptions import LiquidError

from app.access.permissions import Permission
from app.channels import service as channels
from app.core.actor import SYSTEM
from app.core.refusals import Problems
from app.notifications import jobs
from app.notifications.buyer_templates import shipped, shipped_languages, words_of
from app.notifications.checking import MEDIA, check_sources, unresolved
from app.notifications.contexts import sample_of
from app.notifications.lifecycle import TO_BUYERS, MessageKind
from app.notifications.models import Message, MessageTemplate
from app.notifications.previewing import PATIENCE
from app.notifications.rendering import Sources, render
from tests import make
from tests.ask import ERRORS, Api
from tests.journeys.life import Story
from tests.letterbox import Letterbox

TEMPLATE = "... on MessageTemplate { id status language subject html text version channel { code } }"
SET = (
    "mutation($input: MessageTemplateSetInput!, $v: Int) { messageTemplateSet(input: $input, expectedVersion: $v) {"
    + ERRORS + TEMPLATE + "... on StaleVersion { currentVersion } } }"
)  # fmt: skip
PUBLISH = "mutation($id: ID!) { messageTemplatePublish(id: $id) {" + ERRORS + TEMPLATE + "} }"
RETIRE = "mutation($id: ID!) { messageTemplateRetire(id: $id) {" + ERRORS + TEMPLATE + "} }"
PREVIEW = """
query($input: MessageTemplatePreviewInput!) { messageTemplatePreview(input: $input) { subject html text unresolvedPaths } }
"""
RESEND = (
    "mutation($id: ID!) { messageResend(id: $id) {" + ERRORS + "... on Message { id kind status address } } }"
)
LIST = (
    "query($f: MessageTemplateFilter) { messageTemplates(filter: $f) { nodes { status language subject } } }"
)
PLACED = {"kind": "ORDER_PLACED", "language": "en", "channel": "web"}


@pytest.fixture
async def story(api: Api) -> Story:
    story = await Story.begin(api)
    await story.sell("MUG", east=20, price=1250)
    return story


async def _subjects(story: Story, post: Letterbox, **more: Any) -> list[str]:
    """The subjects of the mails about a new order."""
    await story.buy(("MUG", 1), **more)
    await jobs.send_messages()
    subjects = [str(mail["Subject"]) for mail in post.mails]
    post.mails.clear()
    return subjects


async def test_a_published_template_replaces_the_shipped_one_until_it_is_retired(
    story: Story, post: Letterbox
):
    draft = await story.staff.do(SET, input=PLACED | {"subject": "Thanks for {{ order.number }}"})
    assert (draft["status"], draft["version"]) == ("DRAFT", 1)
    assert "{% include 'items' %}" in draft["html"]  # it begins as the shipped template
    assert (await _subjects(story, post))[0].startswith("Your order")
    first = await story.staff.do(PUBLISH, id=draft["id"])
    assert first["status"] == "PUBLISHED"
    assert (await _subjects(story, post))[0].startswith("Thanks for WEB-")
    second = await story.staff.do(SET, input=PLACED | {"subject": "Many thanks for {{ order.number }}"})
    assert second["id"] != first["id"] and second["html"] == first["html"]
    assert (await _subjects(story, post))[0].startswith("Thanks for WEB-")  # the draft is not used
    await story.staff.do(PUBLISH, id=second["id"])
    assert (await _subjects(story, post))[0].startswith("Many thanks for WEB-")
    nodes = (await story.staff.ask(LIST, f=None))["messageTemplates"]["nodes"]
    assert [each["status"] for each in nodes] == ["PUBLISHED", "RETIRED"]
    assert (await story.staff.do(RETIRE, id=second["id"]))["status"] == "RETIRED"
    assert (await _subjects(story, post))[0].startswith("Your order")
    again = await story.staff.do(RETIRE, id=second["id"])
    assert again["__typename"] == "IllegalTransition"


async def test_the_best_template_is_that_of_the_language_then_of_the_channel(story: Story, post: Letterbox):
    for language, channel, subject in (
        ("en", None, "All"), ("de", None, "Alle"), ("de-AT", None, "Alle in Österreich"), ("en", "web", "Web"),
    ):  # fmt: skip
        given = {"kind": "ORDER_PLACED", "language": language, "channel": channel, "subject": subject}
        draft = await story.staff.do(SET, input=given)
        assert draft["channel"] == (channel and {"code": channel}), draft
        await story.staff.do(PUBLISH, id=draft["id"])
    assert await _subjects(story, post) == ["Web"]
    assert await _subjects(story, post, language="de") == ["Alle"]
    assert await _subjects(story, post, language="de-AT") == ["Alle in Österreich"]
    await channels.update(SYSTEM, story.shop.channel.id, {"languages": ["en"]})
    assert await _subjects(story, post, language="de-AT") == ["Web"]


async def test_writing_a_draft_again_changes_the_given_parts(story: Story):
    draft = await story.staff.do(SET, input=PLACED | {"text": "One {{ order.total }}"})
    again = await story.staff.do(SET, input=PLACED | {"subject": "Two"}, v=1)
    assert (again["id"], again["version"], again["text"]) == (draft["id"], 2, "One {{ order.total }}")
    stale = await story.staff.do(SET, input=PLACED | {"subject": "Three"}, v=1)
    assert (stale["__typename"], stale["currentVersion"]) == ("StaleVersion", 2)
    assert await MessageTemplate.all().count() == 1


@pytest.mark.parametrize(
    ("part", "source"),
    [
        ("subject", "{{ order.nummer }}"),
        ("html", "{% for parcel in parcels %}{{ parcel.link }}{% endfor %}"),  # of another kind
        ("html", "{% if false %}{{ nothing }}{% endif %}"),  # also where it is not reached
        ("html", "{% for item in items %}{{ item.price }}{% endfor %}"),
        ("html", "{% assign all = items %}{{ all[0].price }}"),
        ("text", "{% include 'parcels' %}"),
        ("text", "{% include 'layout' %}"),
        ("text", "{% include part %}"),
        ("text", "{% include 'secrets' %}"),
        ("text", "{{ order.number"),
        ("text", "{% for item in items %}"),
        ("text", "{{ order.number | safe }}"),
        ("text", "{% render 'items' %}"),
        ("text", " "),
        ("html", "x" * 20_001),
        ("subject", "x" * 301),
    ],
)
async def test_an_invalid_template_is_refused_with_its_part(story: Story, part: str, source: str):
    refused = await story.staff.do(SET, input=PLACED | {part: source})
    problems = refused.get("problems") or [refused]
    assert [each["path"] for each in problems] == [["input", part]], refused
    assert await MessageTemplate.all().count() == 0


async def _preview(story: Story, **given: Any) -> dict[str, Any]:
    return (await story.staff.ask(PREVIEW, input=given))["messageTemplatePreview"]  # type: ignore[no-any-return]


async def test_a_preview_shows_an_order_or_sample_values_and_unresolved_paths(story: Story, post: Letterbox):
    number = await story.buy(("MUG", 2))
    given = PLACED | {"subject": "Hi {{ order.number }}: {{ order.total }}"}
    shown = await _preview(story, **given)
    assert shown["subject"] == "Hi 1001: 12.00" and shown["unresolvedPaths"] == []
    id = (await story.order(number))["id"]
    shown = await _preview(story, **given, orderId=id)
    assert shown["subject"] == f"Hi {number}: $30.00"
    assert "MUG" in shown["html"] and "MUG" in shown["text"] and "<script" not in shown["html"]
    wrong = await _preview(story, **PLACED, html="{{ order.totl }} {{ foo.bar }}")
    assert wrong == {
        "subject": "", "html": "", "text": "",
        "unresolvedPaths": ["order.totl", "foo.bar"],
    }  # fmt: skip
    broken = await story.staff.error(PREVIEW, input=PLACED | {"html": "{{ order"})
    assert broken["extensions"]["code"] == "INVALID" and "not a valid template" in broken["message"]
    for kind in TO_BUYERS:  # each kind, with an order that has no parcel, refund or edit
        shown = await _preview(story, **PLACED | {"kind": kind.name, "orderId": id, "language": "de"})
        assert shown["subject"], (kind, shown)
    assert post.mails == []


async def test_a_message_is_sent_again_to_the_present_address(story: Story, post: Letterbox):
    number = await story.buy(("MUG", 1))
    first = await Message.get()
    id = (await story.staff.ask("{ messages { nodes { id } } }"))["messages"]["nodes"][0]["id"]
    waits = await story.staff.do(RESEND, id=id)
    assert waits["__typename"] == "IllegalTransition"
    await jobs.send_messages()
    order = (await story.order(number))["id"]
    await story.staff.do(
        "mutation($i: OrderUpdateInput!) { orderUpdate(input: $i) { __typename } }",
        i={"id": order, "email": "ada@example.org"},
    )
    again = await story.staff.do(RESEND, id=id)
    assert (again["kind"], again["status"], again["address"]) == ("ORDER_PLACED", "QUEUED", "ada@example.org")
    await jobs.send_messages()
    assert [mail["To"] for mail in post.mails] == [first.address, "ada@example.org"]
    assert post.mails[0]["Message-ID"] != post.mails[1]["Message-ID"]


async def test_templates_of_all_channels_need_the_permission_everywhere(story: Story, api: Api):
    other_shop = await make.shop("eu", currency="EUR")
    limited = api.as_(await make.token(Permission.CHANNELS_MANAGE, channels=[other_shop.channel]))
    refused = await limited.do(SET, input=PLACED | {"channel": None, "subject": "x"})
    assert (refused["errorCode"], refused["path"]) == ("INVALID", ["input", "channel"])
    refused = await limited.do(SET, input=PLACED | {"subject": "x"})
    assert (refused["errorCode"], refused["path"]) == ("NOT_FOUND", ["input", "channel"])
    own = await limited.do(SET, input=PLACED | {"channel": "eu", "subject": "x"})
    assert own["status"] == "DRAFT"
    other = await story.staff.do(SET, input=PLACED | {"subject": "x"})
    assert (await limited.do(PUBLISH, id=other["id"]))["errorCode"] == "NOT_FOUND"
    assert len((await limited.ask(LIST, f=None))["messageTemplates"]["nodes"]) == 1


@pytest.mark.parametrize("kind", TO_BUYERS)
def test_shipped_templates_name_only_values_of_their_kind(kind: MessageKind):
    for language in shipped_languages():
        sources = shipped(kind, language)
        assert sources is not None
        for name, medium in MEDIA.items():
            assert unresolved(kind, getattr(sources, name), medium) == []


def _hostile() -> list[str]:
    """Templates that try to take time, memory or output, or to escape the sandbox."""
    chosen = random.Random(7)
    loop = "{% for i in (1..10000) %}"
    grow = "{% assign x = x | append: x | append: x %}"
    found = [
        loop * 2 + "{% endfor %}" * 2,
        loop * 5 + "x" + "{% endfor %}" * 5,
        (loop + "{% endfor %}") * 1_200,
        (loop + "{% endfor %}") * 140,
        (loop + "{{ i }}{% endfor %}") * 100,
        "{% for i in (1..1000000000) %}x{% endfor %}",
        "{% for i in (1..99999999999999999999) %}{% endfor %}",
        "{% assign x = 'aaaaaaaaaa' %}" + grow * 40,
        "{% assign x = 'a' %}{{ x" + " | replace: 'a', 'aaaaaaaaaa'" * 12 + " }}",
        "{% assign x = 'a' %}{{ x" + " | append: x" * 3_000 + " }}",
        "{{ 'x'" + " | append: 'aaaaaaaaaaaaaaaaaaaa'" * 1_400 + " }}",
        "{% capture x %}" + "y" * 40_000 + "{% endcapture %}" + "{{ x }}" * 1_000,
        loop + "{{ order.number }}" * 10 + "{% endfor %}",
        loop + "{% include 'items' %}{% endfor %}",
        "{% if true %}" * 500 + "{% endif %}" * 500,
        "{{ " + "order." * 5_000 + "number }}",
        "{{ order['__class__']['__mro__'] }}",
        "{{ order.number.__class__ }}",
        "{{ words.__init__.__globals__ }}",
        "{% include 'layout' %}",
        "{% include '../../../etc/passwd' %}",
        "{% extends 'layout' %}",
        "{{ 9 | times: 9 }}",
        "{{ 1e999999999 }}",
        "{{ " + "9" * 40_000 + " }}",
        "{{ 'a' | date: '%9999999d' }}",
        "{% tablerow i in (1..100000) %}x{% endtablerow %}",
        "{% cycle 'a', 'b' %}" * 2_000,
        "{% liquid\n" + "echo order.number\n" * 2_000 + "%}",
        "{% raw %}" + "{{ x }}" * 5_000,
        "{% comment %}" * 3_000,
        "{{ order | json }}",
        "{{ items | map: 'name' | join: ',' }}",
        "{{ order.number | truncate: 99999999999999999999 }}",
        "{{ order.number | slice: -99999999999, 99999999999 }}",
        "{% case order.number %}" + "{% when 'x' %}y" * 2_500 + "{% endcase %}",
    ]
    tags = [
        loop,
        "{% endfor %}",
        "{% if x %}",
        "{% endif %}",
        "{{ order.number }}",
        grow,
        "{{",
        "}}",
        "{%",
        "%}",
        "'",
    ]
    while len(found) < 60:
        found.append("".join(chosen.choice(tags) for _ in range(chosen.randint(2, 900))))
    return found


@pytest.mark.usefixtures("no_garbage_collection")
def test_hostile_templates_are_refused_or_end_quickly():
    kind = MessageKind.ORDER_PLACED
    values, ended, slow = sample_of(kind, words_of("en")), 0, []
    for medium in ("html", "text"):
        for number, source in enumerate(_hostile()):
            started = time.thread_time()
            problems = Problems()
            parts = {"subject": "x", "html": "x", "text": "x", medium: source}
            check_sources(kind, Sources(**parts), problems)
            if not problems.found:
                try:
                    render(Sources(**parts), values, Locale("en"), PATIENCE)
                except LiquidError:
                    pass
                else:
                    ended += 1
            took = time.thread_time() - started
            if took > 0.05:
                slow.append((number, source[:60], round(took, 3)))
    assert slow == []
    assert ended < 30  # most are refused
