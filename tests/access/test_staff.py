"""Staff are invited, updated and deactivated; callers grant no more access than they have, and one access
manager always remains.
"""

import asyncio
import re
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

import pytest

from app.access import service
from app.access.models import Role, Staff
from app.access.permissions import ROLES, Permission
from app.core import clock
from app.core.actor import SYSTEM
from app.core.ids import new_id, to_global
from app.core.journal.models import JournalEntry
from app.core.scope import Area
from app.customers.models import AccountRequest
from app.notifications import jobs
from tests import make
from tests.ask import Api
from tests.letterbox import Letterbox

PASSWORD, OTHER = "a long password", "another long one"
REFUSED = "... on UserError { errorCode message path } ... on ValidationFailed { problems { code path } } "
TOKENS = "{ __typename ... on SessionTokens { accessToken refreshToken } " + REFUSED + "}"
SIGN_IN = "mutation($e: String!, $p: String!) { signIn(input: {email: $e, password: $p}) " + TOKENS + " }"
RESET = "mutation($t: String!, $p: String!) { passwordReset(token: $t, password: $p) " + TOKENS + " }"
ASK = "mutation($e: String!) { passwordResetRequest(email: $e) { __typename } }"
CHANGE = (
    "mutation($c: String!, $n: String!) { passwordChange(input: {currentPassword: $c, newPassword: $n}) "
    "{ __typename " + REFUSED + " ... on TooManyAttempts { retryAfter } } }"
)
REFRESH = "mutation($t: String!) { tokenRefresh(refreshToken: $t) { __typename } }"
SOMEBODY = "{ __typename ... on Staff { id name email isActive hasJoined channelIds locationIds version role { code } } "
SOMEBODY += REFUSED + "}"
INVITE = (
    "mutation($i: StaffInviteInput!, $k: String) { staffInvite(input: $i, idempotencyKey: $k) "
    + SOMEBODY
    + " }"
)
UPDATE = (
    "mutation($i: StaffUpdateInput!, $v: Int) { staffUpdate(input: $i, expectedVersion: $v) "
    + SOMEBODY
    + " }"
)
DEACTIVATE = "mutation($i: ID!) { staffDeactivate(id: $i) " + SOMEBODY + " }"
REACTIVATE = "mutation($i: ID!) { staffReactivate(id: $i) " + SOMEBODY + " }"
ROLE = "{ __typename ... on Role { id code name permissions version } " + REFUSED + "}"
CREATE_ROLE = "mutation($i: RoleCreateInput!) { roleCreate(input: $i) " + ROLE + " }"
UPDATE_ROLE = "mutation($i: RoleUpdateInput!) { roleUpdate(input: $i) " + ROLE + " }"
STAFF = "{ staff { nodes { id email hasJoined isActive role { code } } } }"
ME = "{ me { kind name permissions } }"


async def _add(email: str, role: str = "administrator") -> Staff:
    await service.ensure_roles(SYSTEM)
    return await service.add_staff(
        SYSTEM, email=email, name=email[:3].title(), role_code=role, password=PASSWORD
    )


async def _as(api: Api, email: str, password: str = PASSWORD) -> Api:
    answer = await api.do(SIGN_IN, e=email, p=password)
    assert answer["__typename"] == "SessionTokens", answer
    return api.as_(answer["accessToken"])


async def _boss(api: Api) -> Api:
    await _add("boss@example.com")
    return await _as(api, "boss@example.com")


def _id(staff: Staff) -> str:
    return to_global("Staff", staff.id)


def _invited(**more: Any) -> dict[str, Any]:
    return {"email": "Wim@Example.com", "name": "Wim", "role": "warehouse", **more}


async def _code(error: dict[str, Any]) -> str:
    return error["extensions"]["code"]  # type: ignore[no-any-return]


@contextmanager
def later(seconds: float = 2.0) -> Iterator[None]:
    """Run the block after the caches of callers have expired."""
    with clock.shifted(timedelta(seconds=seconds)):
        yield


async def test_an_invited_person_sets_a_password_with_the_mailed_link_and_signs_in(api: Api, post: Letterbox):
    boss = await _boss(api)
    added = await boss.do(INVITE, i=_invited())
    assert (added["email"], added["hasJoined"], added["isActive"]) == ("wim@example.com", False, True)
    assert added["role"] == {"code": "warehouse"}
    assert added["channelIds"] is added["locationIds"] is None
    assert (await api.do(SIGN_IN, e="wim@example.com", p=PASSWORD))["__typename"] == "SignInFailed"
    await jobs.send_messages()
    (mail,) = post.mails
    assert mail["To"] == "wim@example.com"
    found = re.search(r"https://shop\.example/staff\?action=invite&token=(\S+)", mail.get_content())
    assert found, mail.get_content()
    joined = await api.do(RESET, t=found[1], p=OTHER)
    me = (await api.as_(joined["accessToken"]).ask(ME))["me"]
    assert me["kind"] == "STAFF" and "STOCK_MANAGE" in me["permissions"]
    assert (await (await _as(api, "wim@example.com", OTHER)).ask(ME))["me"]["name"] == "Wim"
    assert (await api.do(RESET, t=found[1], p=PASSWORD))["__typename"] == "InvalidInput"
    listed = (await boss.ask(STAFF))["staff"]["nodes"]
    assert [each["hasJoined"] for each in listed] == [True, True]


async def test_an_invitation_repeated_with_its_idempotency_key_adds_one_person_and_one_mail(
    api: Api, post: Letterbox
):
    boss = await _boss(api)
    first = await boss.do(INVITE, i=_invited(), k="once")
    assert await boss.do(INVITE, i=_invited(), k="once") == first
    assert await AccountRequest.all().count() == 1
    again = await boss.do(INVITE, i=_invited(email="wim@example.com"))
    assert (again["__typename"], again["path"]) == ("AlreadyExists", ["input", "email"])


async def test_staff_reset_their_password_with_a_mailed_link_which_ends_their_sessions(
    api: Api, post: Letterbox
):
    boss = await _boss(api)
    await api.do(ASK, e="boss@example.com")
    await jobs.send_messages()
    found = re.search(r"https://shop\.example/staff\?action=reset&token=(\S+)", post.mails[-1].get_content())
    assert found
    opened = await api.do(RESET, t=found[1], p=OTHER)
    assert (await api.as_(opened["accessToken"]).ask(ME))["me"]["kind"] == "STAFF"
    with later():
        assert (await boss.post(ME)).status_code == 401
    assert (await api.do(SIGN_IN, e="boss@example.com", p=PASSWORD))["__typename"] == "SignInFailed"
    await _as(api, "boss@example.com", OTHER)


async def test_a_deactivated_person_loses_access_within_two_seconds_until_reactivated(
    api: Api, post: Letterbox
):
    boss = await _boss(api)
    wim = await _add("wim@example.com", "warehouse")
    tokens = await api.do(SIGN_IN, e="wim@example.com", p=PASSWORD)
    theirs = api.as_(tokens["accessToken"])
    await theirs.ask(ME)
    await api.do(ASK, e="wim@example.com")
    link = await AccountRequest.get()
    assert (await boss.do(DEACTIVATE, i=_id(wim)))["isActive"] is False
    with later():
        assert (await theirs.post(ME)).status_code == 401
    assert (await api.do(REFRESH, t=tokens["refreshToken"]))["__typename"] == "SignInFailed"
    assert (await api.do(SIGN_IN, e="wim@example.com", p=PASSWORD))["__typename"] == "SignInFailed"
    await jobs.send_messages()
    assert (post.mails, link.staff_id) == ([], wim.id)
    assert (await boss.do(REACTIVATE, i=_id(wim)))["isActive"] is True
    with later():
        assert (await theirs.post(ME)).status_code == 401  # earlier sessions stay ended
    await _as(api, "wim@example.com")


async def test_a_changed_role_and_its_locations_apply_within_two_seconds(api: Api):
    boss, shop = await _boss(api), await make.shop()
    wim = await _add("wim@example.com", "customer_service")
    theirs = await _as(api, "wim@example.com")
    place = to_global("Location", shop.location.id)
    changed = await boss.do(UPDATE, i={"id": _id(wim), "role": "warehouse", "locationIds": [place]})
    assert (changed["role"], changed["locationIds"], changed["version"]) == (
        {"code": "warehouse"},
        [place],
        2,
    )
    with later():
        permissions = (await theirs.ask(ME))["me"]["permissions"]
        assert "STOCK_MANAGE" in permissions and "ORDERS_CANCEL" not in permissions
        actor = await service.identify(theirs.token)
        area = Area(locations=frozenset({shop.location.id}))
        assert actor.scope_of(Permission.STOCK_MANAGE).areas == (area,)
    cleared = await boss.do(UPDATE, i={"id": _id(wim), "locationIds": None})
    assert cleared["locationIds"] is None
    assert (await boss.do(UPDATE, i={"id": _id(wim)}, v=2))["__typename"] == "StaleVersion"


WRONG = {
    "email": ({"email": "nonsense"}, ["email"]),
    "name": ({"name": "  "}, ["name"]),
    "long name": ({"name": "x" * 201}, ["name"]),
    "role": ({"role": "king"}, ["role"]),
    "no channels": ({"channelIds": []}, ["channelIds"]),
    "no locations": ({"locationIds": []}, ["locationIds"]),
    "no id": ({"channelIds": ["x"]}, ["channelIds", "0"]),
    "an unknown channel": ({"channelIds": [to_global("Channel", new_id())]}, ["channelIds", "0"]),
    "an unknown location": ({"locationIds": [to_global("Location", new_id())]}, ["locationIds", "0"]),
    "another kind": ({"locationIds": [to_global("Channel", new_id())]}, ["locationIds", "0"]),
}


@pytest.mark.parametrize("wrong", WRONG)
async def test_an_invalid_field_of_an_invitation_or_update_is_named_and_nothing_changes(api: Api, wrong: str):
    boss = await _boss(api)
    wim = await _add("wim@example.com", "warehouse")
    fields, path = WRONG[wrong]
    refused = await boss.do(INVITE, i=_invited(email="new@example.com") | fields)
    assert refused["errorCode"] in ("INVALID", "VALIDATION_FAILED")
    assert refused["path"] == ["input", *path]
    if "email" not in fields:
        refused = await boss.do(UPDATE, i={"id": _id(wim), **fields})
        assert refused["path"] == ["input", *path]
    assert await Staff.all().count() == 2
    assert (await Staff.get(id=wim.id)).version == 1


async def test_staff_cannot_grant_permissions_they_lack_or_change_staff_who_have_more(api: Api):
    boss = await _boss(api)
    chief = await Staff.get(email="boss@example.com")
    manager = ["ACCESS_MANAGE", "STOCK_VIEW"]
    await boss.do(CREATE_ROLE, i={"code": "gate", "name": "Gate", "permissions": manager})
    await _add("gina@example.com", "gate")
    wim = await _add("wim@example.com", "gate")
    gina = await _as(api, "gina@example.com")
    warehouse = to_global("Role", (await Role.get(code="warehouse")).id)
    for query, given in {
        INVITE: {"i": _invited(email="new@example.com")},
        UPDATE: {"i": {"id": _id(wim), "role": "warehouse"}},
        CREATE_ROLE: {"i": {"code": "x", "name": "X", "permissions": ["STOCK_VIEW", "ORDERS_VIEW"]}},
        UPDATE_ROLE: {"i": {"id": warehouse, "permissions": ["STOCK_VIEW"]}},
        DEACTIVATE: {"i": _id(chief)},
        REACTIVATE: {"i": _id(chief)},
    }.items():
        assert await _code(await gina.error(query, **given)) == "FORBIDDEN", query
    await gina.do(UPDATE, i={"id": _id(wim), "name": "Willem"})
    assert (await Staff.get(id=wim.id)).name == "Willem"
    assert (await gina.do(INVITE, i=_invited(email="new@example.com", role="gate")))["role"] == {
        "code": "gate"
    }


async def test_staff_cannot_change_their_own_role_scope_or_permissions(api: Api):
    boss = await _boss(api)
    await _add("other@example.com")
    me, shop = await Staff.get(email="boss@example.com"), await make.shop()
    mine = to_global("Role", me.role_id)
    for change in (
        {"role": "warehouse"},
        {"locationIds": [to_global("Location", shop.location.id)]},
        {"channelIds": [to_global("Channel", shop.channel.id)]},
    ):
        assert await _code(await boss.error(UPDATE, i={"id": _id(me), **change})) == "FORBIDDEN"
    error = await boss.error(UPDATE_ROLE, i={"id": mine, "permissions": ["ACCESS_MANAGE"]})
    assert await _code(error) == "FORBIDDEN"
    assert (await boss.do(UPDATE, i={"id": _id(me), "name": "Chief"}))["name"] == "Chief"
    assert (await boss.do(UPDATE_ROLE, i={"id": mine, "name": "Boss"}))["name"] == "Boss"


async def test_the_last_access_manager_cannot_be_deactivated_limited_or_given_another_role(api: Api):
    await _boss(api)
    boss = await Staff.get(email="boss@example.com")
    program = api.as_(await make.token())
    invited = await program.do(INVITE, i=_invited(role="administrator"))
    await program.do(INVITE, i=_invited(email="x@example.com", role="administrator"))
    assert invited["hasJoined"] is False  # a person who cannot sign in yet does not count
    place = to_global("Location", (await make.location("west")).id)
    role = to_global("Role", boss.role_id)
    for query, given in (
        (DEACTIVATE, {"i": _id(boss)}),
        (UPDATE, {"i": {"id": _id(boss), "role": "warehouse"}}),
        (UPDATE, {"i": {"id": _id(boss), "locationIds": [place]}}),
        (UPDATE_ROLE, {"i": {"id": role, "permissions": ["STOCK_VIEW"]}}),
    ):
        refused = await program.do(query, **given)
        assert refused["errorCode"] == "INVALID", (query, refused)
        assert "At least one active staff member" in refused["message"]
    now = await Staff.get(id=boss.id)
    assert (now.is_active, now.role_id, now.location_ids, now.version) == (True, boss.role_id, None, 1)
    await _add("second@example.com")
    assert (await program.do(DEACTIVATE, i=_id(boss)))["isActive"] is False


async def test_two_managers_who_deactivate_each_other_at_once_leave_one_active(api: Api):
    for email in ("one@example.com", "two@example.com"):
        await _add(email)
    one, two = [await Staff.get(email=f"{name}@example.com") for name in ("one", "two")]
    first, second = await _as(api, one.email), await _as(api, two.email)
    await asyncio.gather(first.post(DEACTIVATE, {"i": _id(two)}), second.post(DEACTIVATE, {"i": _id(one)}))
    assert await Staff.filter(is_active=True).count() == 1


async def test_access_manage_limited_to_a_channel_does_not_allow_managing_staff_or_roles(api: Api):
    await _boss(api)
    shop = await make.shop()
    limited = api.as_(await make.token(channels=[shop.channel]))
    boss = await Staff.get(email="boss@example.com")
    for query, given in {
        STAFF: {},
        "{ roles { nodes { id } } }": {},
        INVITE: {"i": _invited()},
        UPDATE: {"i": {"id": _id(boss), "name": "X"}},
        DEACTIVATE: {"i": _id(boss)},
        CREATE_ROLE: {"i": {"code": "x", "name": "X", "permissions": ["STOCK_VIEW"]}},
    }.items():
        assert await _code(await limited.error(query, **given)) == "FORBIDDEN", query
    for id in (_id(boss), to_global("Role", boss.role_id)):
        assert (await limited.ask("query($i: ID!) { node(id: $i) { id } }", i=id))["node"] is None


async def test_a_changed_role_applies_to_all_staff_who_have_it(api: Api):
    boss = await _boss(api)
    made = await boss.do(CREATE_ROLE, i={"code": "packer", "name": "Packer", "permissions": ["STOCK_VIEW"]})
    await _add("pat@example.com", "packer")
    pat = await _as(api, "pat@example.com")
    wider = ["FULFILLMENT_MANAGE", "STOCK_VIEW"]
    changed = await boss.do(UPDATE_ROLE, i={"id": made["id"], "permissions": wider})
    assert (changed["permissions"], changed["version"]) == (wider, 2)
    with later():
        assert (await pat.ask(ME))["me"]["permissions"] == wider
    again = await boss.do(CREATE_ROLE, i={"code": "packer", "name": "P", "permissions": ["STOCK_VIEW"]})
    assert (again["__typename"], again["path"]) == ("AlreadyExists", ["input", "code"])
    for wrong, path in (
        ({"code": "Über"}, "code"),
        ({"name": ""}, "name"),
        ({"permissions": []}, "permissions"),
    ):
        role = {"code": "new", "name": "New", "permissions": ["STOCK_VIEW"]} | wrong
        assert (await boss.do(CREATE_ROLE, i=role))["path"] == ["input", path]
    codes = (await boss.ask("{ roles { nodes { code } } }"))["roles"]["nodes"]
    assert {each["code"] for each in codes} == {*ROLES, "packer"}


async def test_changes_of_staff_are_in_the_journal_without_email_addresses(api: Api, post: Letterbox):
    boss = await _boss(api)
    added = await boss.do(INVITE, i=_invited())
    await boss.do(UPDATE, i={"id": added["id"], "name": "Willem", "role": "finance"})
    await boss.do(DEACTIVATE, i=added["id"])
    await boss.do(REACTIVATE, i=added["id"])
    rows = await JournalEntry.filter(subject_kind="staff").order_by("number").values_list("name", "payload")
    assert rows == [
        ("staff_invited", {"role": "warehouse"}),
        ("staff_updated", {"changed": ["name", "role"]}),
        ("staff_deactivated", {"tokens_ended": 0}),
        ("staff_reactivated", {}),
    ]


@pytest.mark.parametrize("kind", ["staff", "customer"])
async def test_changing_a_password_needs_the_current_one_and_ends_other_sessions(api: Api, kind: str):
    if kind == "staff":
        await _add("ada@example.com", "warehouse")
    else:
        await make.account("ada@example.com", PASSWORD)
    here, there = await _as(api, "ada@example.com"), await _as(api, "ada@example.com")
    wrong = await here.do(CHANGE, c="not it at all", n=OTHER)
    assert wrong["path"] == ["input", "currentPassword"]
    assert (await here.do(CHANGE, c=PASSWORD, n="short"))["path"] == ["input", "newPassword"]
    assert (await here.do(CHANGE, c=PASSWORD, n=OTHER))["__typename"] == "Done"
    with later():
        assert (await there.post(ME)).status_code == 401
        assert (await here.ask(ME))["me"]["kind"] == kind.upper()
    assert (await api.do(SIGN_IN, e="ada@example.com", p=PASSWORD))["__typename"] == "SignInFailed"
    await _as(api, "ada@example.com", OTHER)


async def test_attempts_to_change_a_password_with_a_wrong_current_one_are_limited(api: Api):
    await make.account("ada@example.com", PASSWORD)
    here = await _as(api, "ada@example.com")
    answers = await asyncio.gather(*(here.do(CHANGE, c=f"wrong {n}", n=OTHER) for n in range(20)))
    kinds = [answer["__typename"] for answer in answers]
    assert (kinds.count("InvalidInput"), kinds.count("TooManyAttempts")) == (5, 15)
    assert (await here.do(CHANGE, c=PASSWORD, n=OTHER))["__typename"] == "TooManyAttempts"
    with later():
        assert (await here.do(CHANGE, c=PASSWORD, n=OTHER))["__typename"] == "Done"


async def test_api_tokens_and_visitors_cannot_change_a_password(api: Api):
    assert await _code(await api.error(CHANGE, c=PASSWORD, n=OTHER)) == "UNAUTHENTICATED"
    program = api.as_(await make.token(Permission.STOCK_VIEW))
    assert await _code(await program.error(CHANGE, c=PASSWORD, n=OTHER)) == "FORBIDDEN"


async def test_of_four_concurrent_password_changes_only_one_succeeds(api: Api):
    await make.account("ada@example.com", PASSWORD)
    here = await _as(api, "ada@example.com")
    answers = await asyncio.gather(*(here.do(CHANGE, c=PASSWORD, n=f"new password {n}") for n in range(4)))
    kinds = sorted(answer["__typename"] for answer in answers)
    assert kinds == ["Done", "InvalidInput", "InvalidInput", "InvalidInput"]


@pytest.mark.parametrize(
    "change",
    [{"name": "Temporary help"}, {"permissions": ["ACCESS_MANAGE"]}, {"permissions": ["ORDERS_VIEW"]}],
)
async def test_a_role_with_more_permissions_than_the_caller_cannot_be_changed(
    api: Api, change: dict[str, Any]
):
    await service.ensure_roles(SYSTEM)
    role = await Role.get(code="administrator")
    less = api.as_(await make.token(Permission.ACCESS_MANAGE))
    refused = (await less.post(UPDATE_ROLE, {"i": {"id": to_global("Role", role.id), **change}})).json()
    assert refused["errors"][0]["extensions"]["code"] == "FORBIDDEN"
    now = await Role.get(code="administrator")
    assert (now.name, now.permissions) == (role.name, role.permissions)
