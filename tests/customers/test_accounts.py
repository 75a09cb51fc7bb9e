"""Customer accounts: opening one needs access to the mailbox, and no response reveals whether an address has one."""

import asyncio
import json
import re
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
import structlog
from graphql import GraphQLInputObjectType
from structlog.testing import capture_logs

from app.access import service as access
from app.access.models import Session
from app.core import clock
from app.core.actor import SYSTEM
from app.core.database import fetch
from app.customers import jobs as customer_jobs
from app.customers import service as customers
from app.customers.models import AccountRequest, Customer
from app.customers.service import CustomerData
from app.notifications import jobs, listeners
from app.schema import schema
from tests import make
from tests.ask import Api, order_input
from tests.letterbox import Letterbox
from tests.statements import statements

TOKENS = "{ __typename ... on SessionTokens { accessToken refreshToken } ... on UserError { message path } "
TOKENS += "... on InvalidInput { problems { code path } } }"
REGISTER = """
mutation($e: String!) { customerRegister(input: {email: $e, name: "Ada"}) {
  __typename ... on RegistrationReceived { email } ... on ValidationFailed { problems { code path } } } }
"""
CONFIRM = (
    "mutation($t: String!, $p: String!) { customerRegisterConfirm(token: $t, password: $p) " + TOKENS + " }"
)
ASK = "mutation($e: String!) { passwordResetRequest(email: $e) { __typename ... on PasswordResetReceived { email } } }"
RESET = "mutation($t: String!, $p: String!) { passwordReset(token: $t, password: $p) " + TOKENS + " }"
SIGN_IN = "mutation($e: String!, $p: String!) { signIn(input: {email: $e, password: $p}) " + TOKENS + " }"
ME = "{ me { kind customer { email name } } }"
MESSAGES = "{ messages { nodes { kind address status problem } } }"
REFUSED = ("InvalidInput", "ValidationFailed")
PASSWORD, OTHER = "long enough pw", "another long one"


async def _token(post: Letterbox, action: str) -> str:
    """The token in the link of the last mail."""
    await jobs.send_messages()
    text = post.mails[-1].get_content()
    found = re.search(rf"https://shop\.example/account\?action={action}&token=(\S+)", text)
    assert found, text
    assert len(found[1]) >= 22  # 128 bits in base64
    return found[1]


async def _session(api: Api, email: str, password: str) -> str:
    return (await api.do(SIGN_IN, e=email, p=password))["__typename"]  # type: ignore[no-any-return]


async def _customer_created_by_staff(email: str = "desk@example.com") -> Customer:
    return await customers.create(SYSTEM, CustomerData(email=email, name="Desk Buyer"))


async def test_a_registration_is_confirmed_by_mail_and_signs_in(api: Api, post: Letterbox):
    assert await api.do(REGISTER, e=" Ada@Example.com") == {
        "__typename": "RegistrationReceived",
        "email": "ada@example.com",
    }
    assert await Customer.all().count() == 0
    assert await _session(api, "ada@example.com", PASSWORD) == "SignInFailed"
    token = await _token(post, "register")
    assert post.mails[-1]["To"] == "ada@example.com"
    assert "Ada" not in post.mails[-1].get_content()  # the name comes from an unverified form
    opened = await api.do(CONFIRM, t=token, p=PASSWORD)
    me = (await api.as_(opened["accessToken"]).ask(ME))["me"]
    assert me == {"kind": "CUSTOMER", "customer": {"email": "ada@example.com", "name": "Ada"}}
    assert await _session(api, "ada@example.com", PASSWORD) == "SessionTokens"


async def _answers(api: Api, mutation: str, *addresses: str) -> list[tuple[list[str], Any]]:
    """The responses, and the statements that they take."""
    found = []
    for address in addresses:
        with statements() as ran:
            answer = await api.do(mutation, e=address)
        assert answer.pop("email") == address
        found.append(([re.sub(r"\s+", " ", str(statement)) for statement in ran], answer))
    return found


@pytest.mark.parametrize("mutation", [REGISTER, ASK], ids=["register", "reset"])
async def test_no_response_reveals_whether_an_address_has_an_account(
    api: Api, post: Letterbox, mutation: str
):
    await make.account("has@example.com")
    await _customer_created_by_staff("desk@example.com")
    gone = await _customer_created_by_staff("gone@example.com")
    await Customer.filter(id=gone.id).update(is_active=False)
    await api.do(mutation, e="warm@example.com")
    addresses = [f"{name}@example.com" for name in ("nobody", "has", "desk", "gone")]
    first, *others = await _answers(api, mutation, *addresses)
    assert others == [first] * 3
    for _ in range(3):  # also when the limit of mails is reached
        first, *others = await _answers(api, mutation, *addresses)
        assert others == [first] * 3


async def test_registering_an_address_with_an_account_mails_a_password_reset_link(api: Api, post: Letterbox):
    await make.account("ada@example.com", PASSWORD)
    await api.do(REGISTER, e="ada@example.com")
    token = await _token(post, "reset")
    assert "You have one already" in post.mails[-1].get_content()
    assert (await api.do(CONFIRM, t=token, p=PASSWORD))["problems"] == [
        {"code": "LINK_NOT_VALID", "path": ["token"]}
    ]
    assert (await api.do(RESET, t=token, p="a third long one"))["__typename"] == "SessionTokens"
    assert await _session(api, "ada@example.com", "a third long one") == "SessionTokens"
    assert await _session(api, "ada@example.com", PASSWORD) == "SignInFailed"


@pytest.mark.parametrize("mutation", [REGISTER, ASK], ids=["register", "reset"])
async def test_a_customer_created_by_staff_opens_an_account_with_existing_orders(
    api: Api, post: Letterbox, mutation: str
):
    shop = await make.shop()
    await shop.sell("A")
    customer = await _customer_created_by_staff()
    staff = api.as_(await make.token())
    placed = await staff.do(
        "mutation($i: OrderPlaceInput!) { orderPlace(input: $i) { ... on Order { id customer { email } } } }",
        i=order_input(("A", 1), email="desk@example.com"),
    )
    await staff.do(
        "mutation($i: OrderUpdateInput!) { orderUpdate(input: $i) { __typename } }",
        i={"id": placed["id"], "customerId": (await staff.ask('{ customer(email: "desk@example.com") { id } }'))["customer"]["id"]},
    )  # fmt: skip
    await api.do(mutation, e="desk@example.com")
    opened = await api.do(RESET, t=await _token(post, "reset"), p=PASSWORD)
    mine = api.as_(opened["accessToken"])
    assert (await mine.ask("{ orders { nodes { id } } }"))["orders"]["nodes"] == [{"id": placed["id"]}]
    assert (await Customer.get()).id == customer.id


async def test_the_password_is_set_with_the_mailed_link_and_not_in_the_registration_form(
    api: Api, post: Letterbox
):
    form = schema._schema.get_type("CustomerRegisterInput")
    assert isinstance(form, GraphQLInputObjectType) and set(form.fields) == {"email", "name"}
    await api.do(REGISTER, e="ada@example.com")  # any address
    token = await _token(post, "register")
    weak = await api.do(CONFIRM, t=token, p="short")
    assert (weak["problems"], weak["path"]) == (
        [{"code": "WEAK_PASSWORD", "path": ["password"]}],
        ["password"],
    )
    assert await Customer.all().count() == 0  # and the link still works
    assert (await api.do(CONFIRM, t=token, p=OTHER))["__typename"] == "SessionTokens"
    assert await _session(api, "ada@example.com", OTHER) == "SessionTokens"
    assert (await api.do(CONFIRM, t=token, p=PASSWORD))["problems"][0]["code"] == "LINK_NOT_VALID"
    assert await _session(api, "ada@example.com", PASSWORD) == "SignInFailed"


async def test_a_registration_link_is_invalid_after_staff_created_a_customer_with_the_address(
    api: Api, post: Letterbox
):
    await api.do(REGISTER, e="desk@example.com")
    token = await _token(post, "register")
    await _customer_created_by_staff()
    assert (await api.do(CONFIRM, t=token, p=PASSWORD))["problems"] == [
        {"code": "LINK_NOT_VALID", "path": ["token"]}
    ]
    assert (await Customer.get()).password_hash is None


async def test_a_link_works_once_until_it_expires_and_only_for_its_purpose(api: Api, post: Letterbox):
    refused = [{"code": "LINK_NOT_VALID", "path": ["token"]}]
    await make.account("ada@example.com", PASSWORD)
    await api.do(ASK, e="ada@example.com")
    first = await _token(post, "reset")
    await api.do(ASK, e="ada@example.com")
    second = await _token(post, "reset")
    assert (await api.do(CONFIRM, t=second, p=PASSWORD))["problems"] == refused
    with clock.shifted(timedelta(hours=2)):
        assert (await api.do(RESET, t=second, p=OTHER))["problems"] == refused
    weak = await api.do(RESET, t=second, p="short")
    assert weak["problems"] == [{"code": "TOO_SHORT", "path": ["password"]}] or weak["path"] == ["password"]
    assert (await api.do(RESET, t=second, p=OTHER))["__typename"] == "SessionTokens"
    for token in (first, second, "unknown", ""):  # a used token invalidates the others of the address
        assert (await api.do(RESET, t=token, p=PASSWORD))["problems"] == refused
    assert await _session(api, "ada@example.com", OTHER) == "SessionTokens"


async def test_a_new_password_ends_all_sessions(api: Api, post: Letterbox):
    old = api.as_(await make.account("ada@example.com", PASSWORD))
    other = api.as_(await make.account("bob@example.com", PASSWORD))
    await api.do(ASK, e="ada@example.com")
    fresh = api.as_((await api.do(RESET, t=await _token(post, "reset"), p=OTHER))["accessToken"])
    assert (await old.post(ME)).status_code == 401
    assert (await fresh.ask(ME))["me"]["kind"] == (await other.ask(ME))["me"]["kind"] == "CUSTOMER"


async def test_a_reset_link_is_invalid_after_the_email_address_changed(api: Api, post: Letterbox):
    await make.account("ada@example.com", PASSWORD)
    await api.do(ASK, e="ada@example.com")
    token = await _token(post, "reset")
    customer = await Customer.get()
    await customers.update(SYSTEM, customer.id, {"email": "new@example.com"})
    assert (await api.do(RESET, t=token, p=OTHER))["problems"][0]["code"] == "LINK_NOT_VALID"
    assert await _session(api, "new@example.com", PASSWORD) == "SessionTokens"


@pytest.mark.parametrize(
    ("mutation", "spelled"), [(REGISTER, "ada+{}@example.com"), (ASK, "ada+shop@example.com")]
)
async def test_at_most_three_account_mails_are_sent_to_a_mailbox_per_hour(
    api: Api, post: Letterbox, mutation: str, spelled: str
):
    await make.account("ada+shop@example.com")
    with clock.shifted(timedelta(minutes=59 - clock.now().minute, hours=1)):  # nearly the end of an hour
        for number in range(5):
            assert "email" in await api.do(mutation, e=spelled.format(number))
        assert await AccountRequest.all().count() == 3
        await jobs.send_messages()
        assert len(post.mails) == 3
        await api.do(mutation, e="bob@example.com")
        assert await AccountRequest.all().count() == 4
        with clock.shifted(timedelta(hours=1)):
            await api.do(mutation, e=spelled.format("later"))
            assert await AccountRequest.all().count() == 5


@pytest.mark.parametrize("who", ["staff", "customer"])
@pytest.mark.parametrize(
    "asked",
    [
        (REGISTER, "ada@example.com"),
        (REGISTER, "ada+{}@example.com"),
        (ASK, "ada+{}@example.com"),
        (ASK, "ada@example.com"),
    ],
)
async def test_the_limit_of_mails_never_prevents_the_owner_from_resetting_the_password(
    api: Api, post: Letterbox, who: str, asked: tuple[str, str]
):
    if who == "staff":
        await access.ensure_roles(SYSTEM)
        await access.add_staff(
            SYSTEM, email="ada@example.com", name="Ada", role_code="administrator", password=PASSWORD
        )
    else:
        await make.account("ada@example.com")
    mutation, spelled = asked
    for number in range(8):
        await api.do(mutation, e=spelled.format(number))
    await api.do(ASK, e="ada@example.com")
    await jobs.send_messages()
    assert len(post.mails) <= 6
    links = [re.search(r"action=reset&token=(\S+)", mail.get_content()) for mail in post.mails]
    found = [link[1] for link in links if link]
    assert (await api.do(RESET, t=found[-1], p=OTHER))["__typename"] == "SessionTokens"


async def test_concurrent_reset_requests_are_limited_without_a_different_response(api: Api, post: Letterbox):
    answers = await asyncio.gather(*(api.do(ASK, e="ada@example.com") for _ in range(12)))
    assert answers == [{"__typename": "PasswordResetReceived", "email": "ada@example.com"}] * 12
    assert 1 <= await AccountRequest.all().count() <= 3


async def test_a_link_used_concurrently_opens_one_account(api: Api, post: Letterbox):
    await api.do(REGISTER, e="ada@example.com")
    token = await _token(post, "register")
    answers = await asyncio.gather(*(api.do(CONFIRM, t=token, p=PASSWORD) for _ in range(4)))
    assert sorted(answer["__typename"] for answer in answers) == ["InvalidInput"] * 3 + ["SessionTokens"]
    assert await Customer.all().count() == await Session.all().count() == 1


@pytest.mark.parametrize("token", ["\ud800", "\x00", "a" * 100_000, "é"])
async def test_a_malformed_token_is_refused_like_an_unknown_one(api: Api, post: Letterbox, token: str):
    for query in (CONFIRM, RESET):
        body = json.dumps({"query": query, "variables": {"t": token, "p": PASSWORD}})
        sent = await api.client.post("/graphql", content=body, headers={"content-type": "application/json"})
        assert sent.status_code in (200, 400)
        answer = sent.json()
        assert "INTERNAL" not in sent.text
        assert answer.get("errors") or next(iter(answer["data"].values()))["__typename"] in REFUSED
    assert await Session.all().count() == 0


async def test_no_reset_mail_is_sent_to_an_address_without_an_active_account(api: Api, post: Letterbox):
    await api.do(ASK, e="nobody@example.com")
    gone = await _customer_created_by_staff("gone@example.com")
    await Customer.filter(id=gone.id).update(is_active=False)
    await api.do(ASK, e="gone@example.com")
    await jobs.send_messages()
    assert post.mails == []
    found = await api.as_(await make.token()).ask(MESSAGES)
    assert {node["status"] for node in found["messages"]["nodes"]} == {"DROPPED"}


async def test_all_invalid_fields_of_a_registration_are_reported_and_nothing_is_written(
    api: Api, post: Letterbox
):
    long = REGISTER.replace("Ada", "a" * 201)
    refused = await api.do(long, e="no address")
    assert [problem["path"] for problem in refused["problems"]] == [["input", "email"], ["input", "name"]]
    assert await AccountRequest.all().count() == 0


async def test_neither_token_nor_password_is_stored(api: Api, post: Letterbox):
    await api.do(REGISTER, e="ada@example.com")
    token = await _token(post, "register")
    await api.do(CONFIRM, t=token, p=PASSWORD)
    stored = "".join(
        [str(await fetch(f"SELECT * FROM {t}")) for t in ("account_request", "message", "journal_entry")]
    )
    assert token not in stored and PASSWORD not in stored
    assert "ada@example.com" not in str(await fetch("SELECT * FROM journal_entry"))


@pytest.fixture
def logged(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[Any]]:
    structlog.reset_defaults()
    monkeypatch.setattr(
        listeners, "_log", structlog.get_logger()
    )  # not one that is cached with its earlier configuration
    with capture_logs() as lines:
        yield lines


async def test_without_a_mail_server_the_message_shows_the_problem_and_the_link_is_logged(
    api: Api, logged: list[Any]
):
    await api.do(REGISTER, e="ada@example.com")
    (message,) = (await api.as_(await make.token()).ask(MESSAGES))["messages"]["nodes"]
    assert (message["status"], message["kind"]) == ("QUEUED", "ACCOUNT_REGISTER")
    assert "ORDERGRAPH_SMTP_URL" in message["problem"]
    (line,) = [line for line in logged if line["event"] == "account.link"]
    assert (await api.do(CONFIRM, t=line["token"], p=PASSWORD))["__typename"] == "SessionTokens"


async def test_expired_account_requests_are_deleted(api: Api, post: Letterbox):
    await api.do(REGISTER, e="ada@example.com")
    assert await customer_jobs.forget_account_requests() == 0
    with clock.shifted(timedelta(days=2, minutes=1)):
        assert await customer_jobs.forget_account_requests() == 1
    assert await AccountRequest.all().count() == 0


async def test_me_has_a_customer_only_for_signed_in_customers(api: Api):
    staff = api.as_(await make.token())
    assert (await staff.ask(ME))["me"] == {"kind": "APP", "customer": None}
    assert (await api.ask(ME))["me"] == {"kind": "PUBLIC", "customer": None}
    assert await Session.all().count() == 0


async def test_the_access_token_of_a_guest_order_is_replaced_when_it_is_assigned_to_a_customer(api: Api):
    shop = await make.shop()
    await shop.sell("A")
    placed = await api.do(
        "mutation($i: OrderPlaceInput!) { orderPlace(input: $i) { ... on Order { id accessToken } } }",
        i=order_input(("A", 1)),
    )
    read = "query($id: ID!, $t: String!) { order(id: $id, token: $t) { id } }"
    given = {"id": placed["id"], "t": placed["accessToken"]}
    assert (await api.ask(read, **given))["order"] == {"id": placed["id"]}
    buyers = [api.as_(await make.account(f"{name}@example.com")) for name in ("bob", "eve")]
    staff = api.as_(await make.token())
    update = "mutation($i: OrderUpdateInput!) { orderUpdate(input: $i) { __typename } }"
    known = {placed["accessToken"]}
    for buyer in buyers:
        customer = (await buyer.ask("{ me { customer { id } } }"))["me"]["customer"]["id"]
        await staff.do(update, i={"id": placed["id"], "customerId": customer})
        for token in known:
            assert (await api.ask(read, id=placed["id"], t=token))["order"] is None
        shown = await buyer.ask("query($id: ID!) { order(id: $id) { accessToken } }", id=placed["id"])
        assert shown["order"]["accessToken"] not in known
        known.add(shown["order"]["accessToken"])
    await staff.do(update, i={"id": placed["id"], "customerId": None})
    assert (await api.ask(read, **given))["order"] == {"id": placed["id"]}  # the guest's token is valid again


async def test_staff_assign_a_guest_order_to_a_customer_and_undo_it(api: Api):
    shop = await make.shop()
    await shop.sell("A")
    order = await make.order(("A", 1))
    mine = api.as_(await make.account("bob@example.com"))
    staff = api.as_(await make.token())
    id = (await staff.ask("query($n: String) { order(number: $n) { id } }", n=order.number))["order"]["id"]
    customer = (await staff.ask('{ customer(email: "bob@example.com") { id } }'))["customer"]["id"]
    update = (
        "mutation($i: OrderUpdateInput!) { orderUpdate(input: $i) "
        "{ __typename ... on UserError { path } ... on Order { email customer { id } } } }"
    )
    orders = "{ orders { nodes { id } } }"
    assert (await mine.error(update, i={"id": id, "customerId": customer}))["extensions"][
        "code"
    ] == "FORBIDDEN"
    assert (await mine.ask(orders))["orders"]["nodes"] == []
    claimed = await staff.do(update, i={"id": id, "customerId": customer})
    assert claimed["customer"] == {"id": customer} and claimed["email"] == order.email
    assert (await mine.ask(orders))["orders"]["nodes"] == [{"id": id}]
    assert (await staff.do(update, i={"id": id, "note": "x"}))["customer"] == {"id": customer}
    refused = await staff.do(update, i={"id": id, "customerId": id})
    assert refused["path"] == ["input", "customerId"]
    assert (await staff.do(update, i={"id": id, "customerId": None}))["customer"] is None
    assert (await mine.ask(orders))["orders"]["nodes"] == []
