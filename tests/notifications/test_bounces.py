"""An address whose mail server says that it does not exist gets no more messages."""

from datetime import timedelta

import pytest

from app.access.permissions import Permission
from app.core import clock
from app.notifications import jobs
from app.notifications.models import Message, MessageSuppression
from tests import make
from tests.ask import Api
from tests.letterbox import Letterbox

RESET = "mutation($e: String!) { passwordResetRequest(email: $e) { __typename } }"
LIST = "{ messageSuppressions { nodes { id address reason } } }"
REMOVE = """
mutation($id: ID!) { messageSuppressionRemove(id: $id) {
  __typename ... on Done { done } ... on UserError { errorCode path } } }
"""
MESSAGES = "{ messages { nodes { status attempts problem } } }"


@pytest.fixture
async def staff(api: Api) -> Api:
    await make.account("ada@example.com")
    return api.as_(await make.token())


async def _reset(api: Api) -> list[dict[str, object]]:
    """Queue and try one message; returns all, newest first."""
    await api.do(RESET, e="ada@example.com")
    await jobs.send_messages()
    return (await api.as_(await make.token()).ask(MESSAGES))["messages"]["nodes"]  # type: ignore[no-any-return]


@pytest.mark.parametrize(
    "answer", ["550 5.1.1 No such user", "551 User not local", "553 Mailbox name not allowed"]
)
async def test_a_mailbox_that_does_not_exist_is_suppressed_at_once(
    api: Api, staff: Api, post: Letterbox, answer: str
):
    post.unknown["ada@example.com"] = answer
    (message,) = await _reset(api)
    assert (message["status"], message["attempts"]) == ("FAILED", 1)
    post.unknown.clear()
    dropped = (await _reset(api))[0]
    assert dropped["status"] == "DROPPED" and "messageSuppressionRemove" in str(dropped["problem"])
    assert post.mails == []
    (row,) = (await staff.ask(LIST))["messageSuppressions"]["nodes"]
    assert row["address"] == "ada@example.com" and answer[4:] in row["reason"]
    assert "ada" not in (await MessageSuppression.get()).fingerprint
    assert await staff.do(REMOVE, id=row["id"]) == {"__typename": "Done", "done": True}
    assert (await _reset(api))[0]["status"] == "SENT"
    assert len(post.mails) == 1
    assert await staff.do(REMOVE, id=row["id"]) == {
        "__typename": "NotFound", "errorCode": "NOT_FOUND", "path": ["id"],
    }  # fmt: skip


@pytest.mark.parametrize(
    "answer", ["450 4.2.1 Try later", "550 5.7.1 Relaying denied", "552 5.2.2 Mailbox full", "554 Blocked"]
)
async def test_other_refusals_are_tried_again(api: Api, staff: Api, post: Letterbox, answer: str):
    post.unknown["ada@example.com"] = answer
    (message,) = await _reset(api)
    assert (message["status"], message["attempts"]) == ("QUEUED", 1)
    assert await MessageSuppression.all().count() == 0
    post.unknown.clear()
    with clock.shifted(timedelta(minutes=2)):
        await jobs.send_messages()
    assert [mail["To"] for mail in post.mails] == ["ada@example.com"]


async def test_suppressed_addresses_are_shown_to_those_who_see_all_customers(
    api: Api, staff: Api, post: Letterbox
):
    post.unknown["ada@example.com"] = "550 5.1.1 No such user"
    await _reset(api)
    (row,) = (await staff.ask(LIST))["messageSuppressions"]["nodes"]
    clerk = api.as_(await make.token(Permission.ORDERS_VIEW))
    assert (await clerk.error(LIST))["extensions"]["code"] == "FORBIDDEN"
    viewer = api.as_(await make.token(Permission.CUSTOMERS_VIEW))
    assert len((await viewer.ask(LIST))["messageSuppressions"]["nodes"]) == 1
    assert (await viewer.error(REMOVE, id=row["id"]))["extensions"]["code"] == "FORBIDDEN"
    assert await MessageSuppression.all().count() == 1
    assert await Message.filter(status="failed").count() == 1
