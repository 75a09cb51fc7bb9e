"""Each message is sent once, whichever process sends it and whatever happens to that process."""

import asyncio
from datetime import timedelta

import pytest

from app.access.permissions import Permission
from app.core import clock
from app.notifications import jobs, service
from tests import make
from tests.ask import Api
from tests.letterbox import Letterbox

RESET = "mutation($e: String!) { passwordResetRequest(email: $e) { __typename } }"
REGISTER = 'mutation($e: String!) { customerRegister(input: {email: $e, name: "Ada"}) { __typename } }'
MESSAGES = "query($f: MessageFilter) { messages(filter: $f) { nodes { kind address status attempts problem sentAt } } }"
ADA, BOB = "ada@example.com", "bob@example.com"


@pytest.fixture
async def staff(api: Api) -> Api:
    """Staff who read messages; one account has requested a password reset."""
    await make.account(ADA)
    await api.do(RESET, e=ADA)
    return api.as_(await make.token())


async def _messages(staff: Api, **conditions: object) -> list[dict[str, object]]:
    found: list[dict[str, object]] = (await staff.ask(MESSAGES, f=conditions))["messages"]["nodes"]
    return found


async def test_a_sent_message_records_its_time_and_is_not_sent_again(staff: Api, post: Letterbox):
    assert await jobs.send_messages() == 1
    assert await jobs.send_messages() == 0
    assert len(post.mails) == 1
    (message,) = await _messages(staff)
    assert (message["status"], message["attempts"], message["problem"]) == ("SENT", 1, None)
    assert message["sentAt"] is not None


async def test_concurrent_processes_send_a_message_once(staff: Api, post: Letterbox):
    await asyncio.gather(*(jobs.send_messages() for _ in range(5)))
    assert len(post.mails) == 1
    (message,) = await _messages(staff)
    assert (message["status"], message["attempts"]) == ("SENT", 1)


async def test_a_message_of_a_stopped_process_is_sent_after_its_lease(
    staff: Api, post: Letterbox, monkeypatch: pytest.MonkeyPatch
):
    async def ends(_mail: object) -> None:
        raise asyncio.CancelledError

    with monkeypatch.context() as patched:
        patched.setattr(service, "_hand_over", ends)
        with pytest.raises(asyncio.CancelledError):
            await jobs.send_messages()
    assert (await jobs.send_messages(), post.mails) == (0, [])
    with clock.shifted(service.LEASE + timedelta(seconds=1)):
        assert await jobs.send_messages() == 1
    assert len(post.mails) == 1
    (message,) = await _messages(staff)
    assert (message["status"], message["attempts"]) == ("SENT", 2)


async def test_a_message_that_is_no_longer_needed_is_dropped(staff: Api, post: Letterbox):
    with clock.shifted(timedelta(days=10)):  # the link in it has expired
        assert await jobs.send_messages() == 1
    assert post.mails == []
    (message,) = await _messages(staff)
    assert (message["status"], message["sentAt"]) == ("DROPPED", None)


async def test_a_message_stays_queued_with_a_reason_while_there_is_no_mail_server(staff: Api):
    assert await jobs.send_messages() == 0
    (message,) = await _messages(staff)
    assert (message["status"], message["attempts"]) == ("QUEUED", 0)
    assert "ORDERGRAPH_SMTP_URL" in str(message["problem"])


async def test_a_failing_message_does_not_stop_others_from_being_sent(staff: Api, api: Api, post: Letterbox):
    await api.do(REGISTER, e=BOB)
    worded = service.worded

    async def broken(message: object) -> object:
        if getattr(message, "address", "") == ADA:
            raise RuntimeError("a template is broken")
        return await worded(message)  # type: ignore[arg-type]

    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(service, "worded", broken)
        assert await jobs.send_messages() == 2
    assert [mail["To"] for mail in post.mails] == [BOB]


async def test_messages_are_filtered_by_status_kind_and_address(staff: Api, api: Api, post: Letterbox):
    await jobs.send_messages()
    await api.do(REGISTER, e=BOB)
    everything = await _messages(staff)
    assert [each["address"] for each in everything] == [BOB, ADA]  # newest first
    assert await _messages(staff, status=["SENT"]) == [everything[1]]
    assert await _messages(staff, status=["QUEUED", "FAILED"]) == [everything[0]]
    assert await _messages(staff, kind=["ACCOUNT_RESET"]) == [everything[1]]
    assert await _messages(staff, address={"eq": BOB}) == [everything[0]]
    assert await _messages(staff, status=["SENT"], kind=["ACCOUNT_REGISTER"]) == []


async def test_reading_messages_needs_the_permission_for_events(api: Api, staff: Api):
    error = await api.as_(await make.token(Permission.ORDERS_VIEW)).error(MESSAGES, f=None)
    assert error["extensions"]["code"] == "FORBIDDEN"
    viewer = api.as_(await make.token(Permission.EVENTS_VIEW))
    assert len(await _messages(viewer)) == 1
