"""A customer who was imported opens an account, finds the order placed as a guest, and changes password and address."""

import re
from typing import Any

from app.notifications import jobs
from tests.ask import PLACE, Api, order_input
from tests.journeys.life import Story
from tests.letterbox import Letterbox

UPSERT = """mutation($rows: [CustomerUpsertInput!]!) {
  customerBulkUpsert(input: $rows) { ... on BulkResult { written failed } } }"""
FOUND = "query($f: CustomerFilter!) { customers(filter: $f) { nodes { id hasAccount } } }"
INVITE = "mutation($id: ID!) { customerInvite(id: $id) { __typename } }"
TOKENS = (
    " { __typename ... on SessionTokens { accessToken refreshToken } ... on UserError { errorCode message } }"
)
SET_PASSWORD = "mutation($t: String!, $p: String!) { passwordReset(token: $t, password: $p)" + TOKENS + " }"
SIGN_IN = "mutation($e: String!, $p: String!) { signIn(input: {email: $e, password: $p})" + TOKENS + " }"
RENEW = "mutation($t: String!) { tokenRefresh(refreshToken: $t)" + TOKENS + " }"
SIGN_OUT = "mutation { signOut { __typename } }"
FORGOTTEN = "mutation($e: String!) { passwordResetRequest(email: $e) { __typename } }"
CHANGE = """mutation($e: String!, $p: String!) {
  emailChangeRequest(input: {email: $e, currentPassword: $p}) { __typename } }"""
CONFIRM = (
    "mutation($t: String!) { emailChangeConfirm(token: $t) { __typename ... on EmailChanged { email } } }"
)
MINE = "{ me { customer { email name orders { nodes { number } } } } }"
BEFORE, AFTER = "ada@old.example", "ada@new.example"
FIRST, SECOND = "the first password", "the second password"


class Person:
    """Ada, who reads her mail and uses the API without rights of her own."""

    def __init__(self, api: Api, post: Letterbox) -> None:
        self.api, self.post = api, post

    async def mails(self) -> list[tuple[str, str]]:
        """Recipient and subject of the mails since the last call."""
        await jobs.send_messages()
        found = sorted((str(mail["To"]), str(mail["Subject"])) for mail in self.post.mails)
        self.post.mails.clear()
        return found

    async def link(self, action: str) -> str:
        """The token of the link in the one new mail."""
        await jobs.send_messages()
        (mail,) = self.post.mails
        found = re.search(rf"action={action}&token=(\S+)", mail.get_content())
        assert found, mail.get_content()
        return found[1]

    async def sign_in(self, email: str, password: str) -> dict[str, Any]:
        return await self.api.do(SIGN_IN, e=email, p=password)

    async def mine(self, tokens: dict[str, Any]) -> dict[str, Any]:
        """The customer as the owner of the tokens reads it."""
        return (await self.api.as_(tokens["accessToken"]).ask(MINE))["me"]["customer"]  # type: ignore[no-any-return]


async def test_an_imported_customer_opens_the_account_and_keeps_it(api: Api, post: Letterbox):
    story = await Story.begin(api)
    await story.sell("MUG", east=5)
    ada = Person(api, post)
    row = {"email": BEFORE, "name": "Ada Lovelace", "externalReference": "crm-7"}
    assert await story.staff.do(UPSERT, rows=[row]) == {"written": 1, "failed": 0}
    assert (await ada.sign_in(BEFORE, FIRST))["errorCode"] == "SIGN_IN_FAILED"
    placed = await api.do(PLACE, input=order_input(("MUG", 1), email=BEFORE))
    assert await ada.mails() == [(BEFORE, f"Your order {placed['number']} at Shop web")]

    (found,) = (await story.staff.ask(FOUND, f={"email": {"eq": BEFORE}}))["customers"]["nodes"]
    assert found["hasAccount"] is False
    assert (await story.staff.do(INVITE, id=found["id"]))["__typename"] == "Customer"
    token = await ada.link("invite")
    assert await ada.mails() == [(BEFORE, "Open your account")]
    opened = await api.do(SET_PASSWORD, t=token, p=FIRST)
    shown = {"email": BEFORE, "name": "Ada Lovelace", "orders": {"nodes": [{"number": placed["number"]}]}}
    assert await ada.mine(opened) == shown

    await api.as_(opened["accessToken"]).do(SIGN_OUT)
    await api.do(FORGOTTEN, e=BEFORE)
    token = await ada.link("reset")
    await ada.mails()
    reset = await api.do(SET_PASSWORD, t=token, p=SECOND)
    assert (await ada.mails()) == [(BEFORE, "Your password was changed")]
    assert (await ada.sign_in(BEFORE, FIRST))["errorCode"] == "SIGN_IN_FAILED"
    elsewhere = await ada.sign_in(BEFORE, SECOND)

    here = api.as_(reset["accessToken"])
    assert (await here.do(CHANGE, e=AFTER, p=SECOND))["__typename"] == "EmailChangeReceived"
    token = await ada.link("email")
    assert await ada.mails() == [(AFTER, "Confirm your new email address")]
    assert (await here.do(CONFIRM, t=token))["email"] == AFTER
    assert await ada.mails() == [(each, "Your email address was changed") for each in sorted((AFTER, BEFORE))]
    assert await ada.mine(reset) == shown | {"email": AFTER}
    assert (await api.do(RENEW, t=elsewhere["refreshToken"]))["errorCode"] == "SIGN_IN_FAILED"
    assert (await ada.sign_in(BEFORE, SECOND))["errorCode"] == "SIGN_IN_FAILED"
    assert await ada.mine(await ada.sign_in(AFTER, SECOND)) == shown | {"email": AFTER}


async def test_two_tabs_stay_signed_in_while_both_renew_their_tokens(api: Api, post: Letterbox):
    """Tabs share a refresh token: each may use it when the other has just done so."""
    story = await Story.begin(api)
    await story.staff.do(UPSERT, rows=[{"email": BEFORE, "name": "Ada"}])
    (found,) = (await story.staff.ask(FOUND, f={"email": {"eq": BEFORE}}))["customers"]["nodes"]
    await story.staff.do(INVITE, id=found["id"])
    ada = Person(api, post)
    tokens = await api.do(SET_PASSWORD, t=await ada.link("invite"), p=FIRST)
    for _ in range(5):
        first, second = [await api.do(RENEW, t=tokens["refreshToken"]) for _ in range(2)]
        for each in (first, second):
            assert each["__typename"] == "SessionTokens", each
            assert (await ada.mine(each))["email"] == BEFORE
        tokens = second
