"""Customers change their address, are invited, claim their guest orders, and delete their account."""

import re
from datetime import timedelta
from typing import Any

from app.access.models import Session
from app.access.permissions import Permission
from app.core import clock
from app.core.actor import SYSTEM
from app.core.ids import to_global
from app.customers import service as customers
from app.customers.models import AccountDeletion, AccountRequest, Customer, CustomerAddress
from app.customers.requests import token_of
from app.customers.service import CustomerData
from app.notifications import jobs
from app.orders.models import Order
from tests import make
from tests.ask import Api
from tests.letterbox import Letterbox

TOKENS = " { __typename ... on SessionTokens { accessToken refreshToken } ... on UserError { message path } "
TOKENS += "... on InvalidInput { problems { code path } } }"
SIGN_IN = "mutation($e: String!, $p: String!) { signIn(input: {email: $e, password: $p})" + TOKENS + " }"
RESET = "mutation($t: String!, $p: String!) { passwordReset(token: $t, password: $p)" + TOKENS + " }"
CHANGE_PASSWORD = (
    "mutation($c: String!, $n: String!) { passwordChange(input: {currentPassword: $c, newPassword: $n}) { "
    "__typename } }"
)
PROBLEMS = " { __typename ... on UserError { message path } ... on InvalidInput { problems { code path } } "
CHANGE = (
    "mutation($e: String!, $p: String) { emailChangeRequest(input: {email: $e, currentPassword: $p})"
    + PROBLEMS
    + " ... on EmailChangeReceived { email } } }"
)
CONFIRM = (
    "mutation($t: String!) { emailChangeConfirm(token: $t)" + PROBLEMS + " ... on EmailChanged { email } } }"
)
INVITE = "mutation($id: ID!) { customerInvite(id: $id)" + PROBLEMS + " ... on Customer { id hasAccount } } }"
INVITE_MANY = """mutation($ids: [ID!]!) { customerBulkInvite(ids: $ids) { ... on BulkResult {
  written rows { status error { problems { code } } } } } }"""
DELETE = "mutation { accountDeletionRequest" + PROBLEMS + " ... on AccountDeletionReceived { email } } }"
CONFIRM_DELETION = "mutation($t: String!) { accountDeletionConfirm(token: $t)" + PROBLEMS + " } }"
DELETIONS = """{ accountDeletions(filter: {status: [OPEN]}) { nodes { id status answeredBy answer
  customer { id email } } } }"""
COMPLETE = (
    "mutation($id: ID!) { accountDeletionComplete(id: $id)"
    + PROBLEMS
    + " ... on AccountDeletion { status } } }"
)
REFUSE = (
    "mutation($id: ID!, $r: String!) { accountDeletionRefuse(id: $id, reason: $r)"
    + PROBLEMS
    + " ... on AccountDeletion { status answer } } }"
)
PASSWORD, OTHER = "long enough pw", "another long one"
NOT_VALID = [{"code": "LINK_NOT_VALID", "path": ["token"]}]
ORDERS = "{ me { customer { orders { nodes { number email } } } } }"


async def _token(post: Letterbox, action: str) -> str:
    await jobs.send_messages()
    for mail in reversed(post.mails):
        found = re.search(rf"action={action}&token=(\S+)", mail.get_content())
        if found:
            return found[1]
    raise AssertionError([mail["Subject"] for mail in post.mails])


async def _sent(post: Letterbox) -> list[tuple[str, str]]:
    """Recipient and subject of the mails about accounts since the last call."""
    await jobs.send_messages()
    about_accounts = [mail for mail in post.mails if not mail["Subject"].startswith("Your order")]
    found = sorted((mail["To"], mail["Subject"]) for mail in about_accounts)
    post.mails.clear()
    return found


async def _signs_in(api: Api, email: str, password: str = PASSWORD) -> bool:
    return bool((await api.do(SIGN_IN, e=email, p=password))["__typename"] == "SessionTokens")


async def _numbers(api: Api) -> list[str]:
    return [each["number"] for each in (await api.ask(ORDERS))["me"]["customer"]["orders"]["nodes"]]


async def test_a_new_address_replaces_the_old_one_when_its_mail_is_confirmed(api: Api, post: Letterbox):
    await make.account("ada@example.com", PASSWORD)
    here = api.as_((await api.do(SIGN_IN, e="ada@example.com", p=PASSWORD))["accessToken"])
    elsewhere = api.as_((await api.do(SIGN_IN, e="ada@example.com", p=PASSWORD))["accessToken"])
    assert await here.do(CHANGE, e=" Ada@New.example ", p=PASSWORD) == {
        "__typename": "EmailChangeReceived",
        "email": "ada@new.example",
    }
    token = await _token(post, "email")
    assert await _sent(post) == [("ada@new.example", "Confirm your new email address")]
    assert await _signs_in(api, "ada@example.com") and not await _signs_in(api, "ada@new.example")
    assert (await here.do(CONFIRM, t=token))["email"] == "ada@new.example"
    assert await _sent(post) == [
        ("ada@example.com", "Your email address was changed"),
        ("ada@new.example", "Your email address was changed"),
    ]
    assert (await here.ask("{ me { customer { email } } }"))["me"]["customer"]["email"] == "ada@new.example"
    assert (await elsewhere.error("{ me { kind } }"))["extensions"]["code"] == "UNAUTHENTICATED"
    assert await _signs_in(api, "ada@new.example") and not await _signs_in(api, "ada@example.com")
    assert (await here.do(CONFIRM, t=token))["problems"] == NOT_VALID


async def test_the_password_is_needed_unless_the_customer_has_just_signed_in(api: Api, post: Letterbox):
    ada = api.as_(await make.account("ada@example.com", PASSWORD))
    wrong = await ada.do(CHANGE, e="new@example.com", p="not the password")
    assert wrong["problems"] == [{"code": "WRONG_PASSWORD", "path": ["input", "currentPassword"]}]
    assert (await ada.do(CHANGE, e="new@example.com"))["__typename"] == "EmailChangeReceived"
    await Session.all().update(created_at=clock.now() - timedelta(minutes=11))
    late = await ada.do(CHANGE, e="new@example.com")
    assert late["problems"] == [{"code": "REQUIRED", "path": ["input", "currentPassword"]}]
    assert (await ada.do(CHANGE, e="new@example.com", p=PASSWORD))["__typename"] == "EmailChangeReceived"
    same = await ada.do(CHANGE, e="ADA@example.com", p=PASSWORD)
    assert same["problems"] == [{"code": "NO_CHANGE", "path": ["input", "email"]}]
    staff = api.as_(await make.token())
    assert (await staff.error(CHANGE, e="new@example.com"))["extensions"]["code"] == "FORBIDDEN"


async def test_an_address_that_is_taken_is_not_revealed_and_its_owner_is_told(api: Api, post: Letterbox):
    ada = api.as_(await make.account("ada@example.com", PASSWORD))
    await make.account("eve@example.com", OTHER)
    assert await ada.do(CHANGE, e="eve@example.com", p=PASSWORD) == {
        "__typename": "EmailChangeReceived",
        "email": "eve@example.com",
    }
    token = await _token(post, "reset")
    assert (await ada.do(CONFIRM, t=token))["problems"] == NOT_VALID
    assert [to for to, _ in await _sent(post)] == ["eve@example.com"]
    # An address that is taken between the request and the confirmation.
    await ada.do(CHANGE, e="new@example.com", p=PASSWORD)
    token = await _token(post, "email")
    await make.account("new@example.com", OTHER)
    assert (await ada.do(CONFIRM, t=token))["problems"] == NOT_VALID
    assert (await ada.ask("{ me { customer { email } } }"))["me"]["customer"]["email"] == "ada@example.com"


async def test_a_new_password_or_address_ends_an_unconfirmed_change(api: Api, post: Letterbox):
    ada = api.as_(await make.account("ada@example.com", PASSWORD))
    await ada.do(CHANGE, e="thief@example.com")
    token = await _token(post, "email")
    await ada.do(CHANGE_PASSWORD, c=PASSWORD, n=OTHER)
    assert (await api.do(CONFIRM, t=token))["problems"] == NOT_VALID
    await ada.do(CHANGE, e="thief@example.com")
    token = await _token(post, "email")
    customer = await Customer.get()
    await customers.update(SYSTEM, customer.id, {"email": "desk@example.com"})
    assert (await api.do(CONFIRM, t=token))["problems"] == NOT_VALID
    assert (await Customer.get()).email == "desk@example.com"


async def test_the_owner_is_told_of_a_new_password_but_not_of_the_first(api: Api, post: Letterbox):
    ada = api.as_(await make.account("ada@example.com", PASSWORD))
    await ada.do(CHANGE_PASSWORD, c=PASSWORD, n=OTHER)
    assert await _sent(post) == [("ada@example.com", "Your password was changed")]
    await api.ask('mutation { passwordResetRequest(email: "ada@example.com") { __typename } }')
    token = await _token(post, "reset")
    post.mails.clear()
    assert (await api.do(RESET, t=token, p=PASSWORD))["__typename"] == "SessionTokens"
    assert await _sent(post) == [("ada@example.com", "Your password was changed")]
    # The token of a notice is of no use.
    notice = await AccountRequest.filter(purpose="password_changed").first()
    assert notice is not None
    assert (await api.do(RESET, t=token_of(notice.id), p=OTHER))["problems"] == NOT_VALID


async def test_an_invited_customer_sets_a_password_and_finds_the_guest_orders(api: Api, post: Letterbox):
    shop, other = await make.shop(), await make.shop("eu", currency="EUR")
    await shop.sell("A")
    await other.price("A", 900)
    await other.stock("A", 5)
    desk = await customers.create(SYSTEM, CustomerData(email="ada@example.com", name="Ada"))
    eve = await customers.create(SYSTEM, CustomerData(email="eve@example.com"))
    own = [await make.order(("A", 1)), await make.order(("A", 1), channel="eu")]
    foreign = await make.order(("A", 1), customer_id=eve.id)  # placed with the address, for another customer
    staff = api.as_(await make.token())
    invited = await staff.do(INVITE, id=to_global("Customer", desk.id))
    assert (invited["__typename"], invited["hasAccount"]) == ("Customer", False)
    token = await _token(post, "invite")
    assert await _sent(post) == [("ada@example.com", "Open your account")]
    assert {order.customer_id for order in await Order.filter(id__in=[each.id for each in own])} == {None}
    opened = await api.do(RESET, t=token, p=PASSWORD)
    ada = api.as_(opened["accessToken"])
    assert sorted(await _numbers(ada)) == sorted(str(each.number) for each in own)
    assert (await Order.get(id=foreign.id)).customer_id == eve.id
    assert await _sent(post) == []  # it is the first password
    assert (await api.do(RESET, t=token, p=OTHER))["problems"] == NOT_VALID
    again = await staff.do(INVITE, id=to_global("Customer", desk.id))
    assert again["problems"] == [{"code": "NO_CHANGE", "path": ["id"]}]


async def test_guest_orders_are_claimed_by_whoever_proves_the_address_and_by_nobody_else(
    api: Api, post: Letterbox
):
    shop = await make.shop()
    await shop.sell("A")
    first = await make.order(("A", 1))
    ada = api.as_(await make.account("other@example.com", PASSWORD))
    assert await _numbers(ada) == []
    await ada.do(CHANGE, e="ADA@example.com")
    assert await _numbers(ada) == []
    await ada.do(CONFIRM, t=await _token(post, "email"))
    assert await _numbers(ada) == [first.number]
    # An order that is placed later without signing in needs a new proof: anybody can enter the address.
    second = await make.order(("A", 1))
    assert await _numbers(ada) == [first.number]
    await api.ask('mutation { passwordResetRequest(email: "ada@example.com") { __typename } }')
    opened = await api.do(RESET, t=await _token(post, "reset"), p=OTHER)
    assert sorted(await _numbers(api.as_(opened["accessToken"]))) == sorted(
        [str(first.number), str(second.number)]
    )


async def test_who_cannot_be_invited_is_named_and_the_others_are(api: Api, post: Letterbox):
    staff = api.as_(await make.token())
    await make.account("has@example.com")
    rows = [
        await customers.create(SYSTEM, CustomerData(email="a@example.com")),
        await customers.create(SYSTEM, CustomerData(name="No address")),
        await Customer.get(email="has@example.com"),
        await customers.create(SYSTEM, CustomerData(email="gone@example.com")),
    ]
    await Customer.filter(email="gone@example.com").update(is_active=False)
    ids = [to_global("Customer", row.id) for row in rows]
    result = (await staff.ask(INVITE_MANY, ids=ids))["customerBulkInvite"]
    codes = [row["error"] and row["error"]["problems"][0]["code"] for row in result["rows"]]
    assert codes == [None, "NOT_APPLICABLE", "NO_CHANGE", "NOT_POSSIBLE_NOW"]
    assert await _sent(post) == [("a@example.com", "Open your account")]
    for _ in range(2):
        assert (await staff.do(INVITE, id=ids[0]))["__typename"] == "Customer"
    assert (await staff.do(INVITE, id=ids[0]))["problems"] == [{"code": "NOT_POSSIBLE_NOW", "path": ["id"]}]
    limited = api.as_(await make.token(Permission.CUSTOMERS_VIEW))
    assert (await limited.error(INVITE, id=ids[0]))["extensions"]["code"] == "FORBIDDEN"


async def _requested(api: Api, post: Letterbox) -> tuple[Api, dict[str, Any]]:
    """A customer with an address who has confirmed the deletion, and the request as staff see it."""
    ada = api.as_(await make.account("ada@example.com", PASSWORD, "Ada"))
    await customers.update(SYSTEM, (await Customer.get()).id, {"address": make.ADDRESS, "note": "likes blue"})
    assert (await ada.do(DELETE))["email"] == "ada@example.com"
    token = await _token(post, "delete")
    assert (await api.do(CONFIRM_DELETION, t=token))["__typename"] == "Done"
    assert (await api.do(CONFIRM_DELETION, t=token))["problems"] == NOT_VALID
    (node,) = (await api.as_(await make.token()).ask(DELETIONS))["accountDeletions"]["nodes"]
    return ada, node


async def test_a_deleted_account_leaves_no_person_and_its_orders_stay(api: Api, post: Letterbox):
    shop = await make.shop()
    await shop.sell("A")
    ada, node = await _requested(api, post)
    staff = api.as_(await make.token())
    order = await make.order(("A", 1), customer_id=(await Customer.get()).id)
    refused = await staff.do(COMPLETE, id=node["id"])
    assert refused["problems"] == [{"code": "NOT_POSSIBLE_NOW", "path": ["id"]}]
    assert (await Customer.get()).email == "ada@example.com"
    await Order.filter(id=order.id).update(status="completed")
    assert (await staff.do(COMPLETE, id=node["id"]))["status"] == "COMPLETED"
    gone = await Customer.get()
    assert (gone.email, gone.name, gone.note, gone.password_hash, gone.is_active) == (
        None,
        "",
        "",
        None,
        False,
    )
    assert await CustomerAddress.all().count() == await AccountRequest.all().count() == 0
    assert (await Order.get(id=order.id)).customer_id == gone.id
    assert (await ada.error("{ me { kind } }"))["extensions"]["code"] == "UNAUTHENTICATED"
    assert not await _signs_in(api, "ada@example.com")
    again = await staff.do(COMPLETE, id=node["id"])
    assert again["problems"] == [{"code": "NO_CHANGE", "path": ["id"]}]
    for search in ("ada@example.com", "likes blue", "62701"):
        found = await staff.ask("query($s: String!) { customers(search: $s) { nodes { id } } }", s=search)
        assert found["customers"]["nodes"] == []


async def test_a_refused_deletion_changes_nothing_and_says_why(api: Api, post: Letterbox):
    ada, node = await _requested(api, post)
    staff = api.as_(await make.token())
    assert (await staff.do(REFUSE, id=node["id"], r=" "))["problems"] == [
        {"code": "REQUIRED", "path": ["reason"]}
    ]
    refused = await staff.do(REFUSE, id=node["id"], r="A dispute is open.")
    assert (refused["status"], refused["answer"]) == ("REFUSED", "A dispute is open.")
    assert await _signs_in(api, "ada@example.com")
    assert await CustomerAddress.all().count() == 1
    shown = await ada.ask(
        "query($id: ID!) { node(id: $id) { ... on AccountDeletion { answer answeredBy } } }", id=node["id"]
    )
    assert shown["node"] == {"answer": "A dispute is open.", "answeredBy": None}
    eve = api.as_(await make.account("eve@example.com"))
    hidden = await eve.ask("query($id: ID!) { node(id: $id) { __typename } }", id=node["id"])
    assert hidden["node"] is None
    viewer = api.as_(await make.token(Permission.CUSTOMERS_VIEW))
    assert (await viewer.error(REFUSE, id=node["id"], r="x"))["extensions"]["code"] == "FORBIDDEN"
    assert await AccountDeletion.filter(status="refused").count() == 1
