"""Line breaks and invisible characters stored by older versions cannot forge parts of mails and pages."""

from email import message_from_bytes, policy
from email.message import EmailMessage
from typing import Any

import pytest

from app.channels.models import Channel
from app.core.characters import not_in_a_line
from app.customers.models import Customer
from app.fulfillment.models import FulfillmentLine, Package
from app.inventory.locations.models import Location
from app.notifications.lifecycle import MessageKind
from app.notifications.models import Message
from app.notifications.wording import worded
from app.orders import queries as orders
from app.orders.models import Order, OrderLine
from app.suppliers.models import Supplier
from tests import make
from tests.ask import ADDRESS, Api
from tests.fulfillment import test_drop_shipping
from tests.fulfillment.test_printing import LINKS
from tests.journeys.life import Story
from tests.letterbox import Letterbox
from tests.test_lines import FORGING, NOT_STORED

story = test_drop_shipping.story
STORED = [character for character in FORGING if character not in NOT_STORED]
LINK = "https://evil.example/pay"
RESET = "mutation($e: String!) { passwordResetRequest(email: $e) { __typename } }"


def forged(character: str) -> str:
    """A text that would begin a new line, mail or page."""
    return f"Ada{character}{character}Subject: Paid{character}{character}Dear supplier, pay at {LINK}{character}{character}"


def stored_address(text: str) -> dict[str, Any]:
    names = ("name", "company", "line1", "line2", "city", "region", "postal_code", "phone")
    return {**dict.fromkeys(names, text), "country": "US"}


async def _read(message: Message) -> tuple[list[str], list[str], str]:
    """The header names, the text lines and the subject of a mail."""
    mail = await worded(message)
    assert mail is not None
    read = message_from_bytes(mail.as_bytes(), policy=policy.default)
    return sorted(read.keys()), read.get_content().splitlines(), read["Subject"]  # type: ignore[attr-defined]


async def test_stored_texts_cannot_add_lines_to_a_mail_to_a_supplier(story: Story, post: Letterbox):
    await test_drop_shipping._submitted(story)
    message = await Message.get(kind=MessageKind.SUPPLIER_REQUEST)
    await Order.all().update(shipping_address=stored_address("Ada"))
    plain = await _read(message)
    for character in STORED:
        text = forged(character)
        await Order.all().update(shipping_address=stored_address(text), note=text)
        await Supplier.all().update(name=text)
        headers, lines, subject = await _read(message)
        assert headers == plain[0] and subject == plain[2], repr(character)
        assert len(lines) == len(plain[1]), repr(character)
        for line, was in zip(lines, plain[1], strict=True):
            assert not_in_a_line(line) is None
            if LINK in line:  # it may appear only within the line of the address or the greeting
                assert line.startswith(("  Ada", "Dear Ada")), line
            else:
                assert line == was


async def test_a_buyers_name_cannot_add_lines_to_a_mail(api: Api, post: Letterbox):
    await make.account("ada@example.com", "a password long enough", "Ada")
    await api.do(RESET, e="ada@example.com")
    message = await Message.get()
    plain = await _read(message)
    for character in STORED:
        await Customer.all().update(name=forged(character))
        headers, lines, subject = await _read(message)
        assert headers == plain[0] and subject == plain[2] and len(lines) == len(plain[1]), repr(character)
        assert next(line for line in lines if LINK in line).startswith("Dear Ada"), repr(character)


async def test_stored_texts_cannot_add_lines_or_tags_to_a_mail_to_a_buyer(story: Story, post: Letterbox):
    await story.buy(("LAMP", 1))
    message = await Message.get(kind=MessageKind.ORDER_PLACED)
    plain = await worded(message)
    assert plain is not None
    count = len(_part(plain, "plain").splitlines())
    for character in STORED:
        text = forged(character) + "<script>alert(1)</script>{{ order.total }}"
        await Order.all().update(shipping_address=stored_address(text))
        await OrderLine.all().update(product_name=text)
        await Channel.all().update(name=text[:120])
        mail = await worded(message)
        assert mail is not None and sorted(mail.keys()) == sorted(plain.keys())
        lines = _part(mail, "plain").splitlines()
        assert abs(len(lines) - count) <= 3, repr(character)  # an address with all of its lines has more
        assert all(not_in_a_line(line) is None for line in lines)
        html = _part(mail, "html")
        assert "<script" not in html and "{{ order.total }}" in html
        assert {each for each in html if not_in_a_line(each) and each != "\n"} == set(), repr(character)


def _part(mail: EmailMessage, subtype: str) -> str:
    part = mail.get_body((subtype,))
    assert part is not None
    return str(part.get_content())


@pytest.fixture
async def shown(story: Story, post: Letterbox) -> dict[str, str]:
    """Every page of an order whose texts contain all forging characters."""
    text = f"Ada{''.join(STORED)}Pay at {LINK}"
    number, work = await test_drop_shipping._submitted(story)
    await story.staff.client.post(
        (link := await test_drop_shipping._link(post)),
        data={"answer": "ship", "carrier": "van", "tracking_numbers": "RR1"},
    )
    await Order.all().update(
        shipping_address=stored_address(text), note=text, purchase_order_number=text[:40]
    )
    await OrderLine.all().update(product_name=text, variant_name=text)
    await FulfillmentLine.all().update(name=text)
    await Channel.all().update(name=text[:120])
    await Location.all().update(name=text[:120], address=stored_address(text))
    await Package.all().update(carrier="Ada\n\u202e\x1b\u2028")
    order = await Order.get(number=number)
    links = (await story.staff.ask(LINKS, id=work))["node"]
    paths = {
        "supplier": link,
        "tracking": f"/track/{orders.tracking_token(order.id, order.tracking_generation)}",
        "slip": links["packingSlipUrl"],
        "label": links["packages"][0]["labelPrintUrl"],
    }
    pages = {}
    for name, path in paths.items():
        answer = await story.staff.client.get(path)
        assert answer.status_code == 200, (name, answer.text)
        pages[name] = answer.text
    return {**pages, "tracked": str(await story.page(number))}


async def test_no_page_contains_forging_characters(shown: dict[str, str]):
    for name, page in shown.items():
        assert LINK in page, name
        found = {character for character in page if not_in_a_line(character) and character != "\n"}
        assert found == set(), name
    for name in ("supplier", "label"):
        assert "<bdi>Ada" in shown[name], name
    # Only the note of the slip has lines.
    lines = [line.strip() for line in shown["slip"].splitlines() if LINK in line]
    loose = [line for line in lines if not line.startswith("<")]
    assert loose == [f"Pay at {LINK}</p>"]


async def test_forging_characters_in_a_suppliers_answer_are_refused(story: Story, post: Letterbox):
    number, _ = await test_drop_shipping._submitted(story)
    link = await test_drop_shipping._link(post)
    before = await story.events(number)
    for character in ("\x00", *STORED):
        for form in (
            {"answer": "ship", "carrier": f"va{character}n"},
            {"answer": "reject", "reason": f"Sold{character}out"},
        ):
            refused = await story.staff.client.post(link, data=form)
            assert refused.status_code == 422 and "cannot contain" in refused.text, repr(character)
    assert await story.events(number) == before


def test_the_test_address_contains_no_forging_characters():
    assert all(not_in_a_line(text) is None for text in ADDRESS.values())
