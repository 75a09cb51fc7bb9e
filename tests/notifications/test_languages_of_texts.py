"""Messages to staff, suppliers and people without orders are in the language that all channels share."""

from pathlib import Path

from app.access import service as access
from app.channels.models import Channel
from app.core.actor import SYSTEM
from app.notifications import jobs, wording
from app.notifications.lifecycle import MessageKind
from app.notifications.models import Message
from tests import make
from tests.ask import Api
from tests.fulfillment import test_drop_shipping
from tests.journeys.life import Story
from tests.letterbox import Letterbox

story = test_drop_shipping.story
TEXTS = Path(wording.__file__).parent / "templates"
INVITE = """mutation($i: StaffInviteInput!) { staffInvite(input: $i) { __typename } }"""


async def _invited(api: Api, post: Letterbox, email: str) -> str:
    staff = api.as_(await make.token())
    done = await staff.do(INVITE, i={"email": email, "name": "Wim", "role": "warehouse"})
    assert done["__typename"] == "Staff"
    await jobs.send_messages()
    return str(post.mails[-1]["Subject"])


def test_every_text_exists_in_german():
    assert {path.name for path in TEXTS.glob("*.txt")} == {path.name for path in TEXTS.glob("de/*.txt")}


async def test_an_invitation_is_in_the_language_of_all_active_channels(api: Api, post: Letterbox):
    await access.ensure_roles(SYSTEM)
    assert await _invited(api, post, "first@example.com") == "You have been added to the staff"
    await make.shop("web")
    await make.shop("other")
    await Channel.filter(code="web").update(default_language="de")
    await Channel.filter(code="other").update(default_language="de-AT")
    assert await _invited(api, post, "second@example.com") == "Sie sind jetzt Teil des Teams"
    await Channel.filter(code="other").update(default_language="fr")
    assert await _invited(api, post, "third@example.com") == "You have been added to the staff"
    await Channel.filter(code="other").update(is_active=False)
    assert await _invited(api, post, "fourth@example.com") == "Sie sind jetzt Teil des Teams"


async def test_suppliers_are_addressed_in_the_language_of_the_channels(story: Story, post: Letterbox):
    await test_drop_shipping._submitted(story)
    message = await Message.get(kind=MessageKind.SUPPLIER_REQUEST)
    await Channel.all().update(default_language="de")
    mail = await wording.worded(message)
    assert mail is not None
    text = mail.get_content()
    assert mail["Subject"].endswith("bitte an unseren Kunden versenden")
    assert "Lieferadresse:" in text and "http" in text and "Dear" not in text
