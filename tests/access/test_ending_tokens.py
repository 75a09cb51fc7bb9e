"""Revoking a token, or deactivating a staff member, also revokes the tokens created with it or by them."""

import asyncio
from datetime import timedelta
from typing import Any

import pytest

from app.access import service, staffing, tokens
from app.access.models import ApiToken, Staff
from app.access.permissions import Permission
from app.core import clock
from app.core.actor import SYSTEM
from app.core.ids import to_global
from app.core.journal.models import JournalEntry
from app.core.refusals import Unauthenticated
from tests import make
from tests.ask import Api

P = Permission
PASSWORD = "a long password"
CREATE = (
    "mutation($name: String!) { apiTokenCreate(input: {name: $name, permissions: [ACCESS_MANAGE, ORDERS_VIEW]}) "
    "{ ... on ApiTokenWithSecret { secret apiToken { id alsoEnded } } ... on UserError { message path } } }"
)
REVOKE = "mutation($id: ID!) { apiTokenRevoke(id: $id) { ... on ApiToken { alsoEnded revokedAt } } }"
DEACTIVATE = (
    "mutation($id: ID!, $keep: Boolean! = false) { staffDeactivate(id: $id, keepTokens: $keep) "
    "{ ... on Staff { isActive tokensEnded } ... on UserError { errorCode } } }"
)
SIGN_IN = (
    "mutation($e: String!) { signIn(input: {email: $e, password: "
    f'"{PASSWORD}"'
    "}) { ... on SessionTokens { accessToken } } }"
)
ME = "{ me { kind } }"


async def _made(who: Api, name: str) -> tuple[Api, str]:
    """A token created by a caller: a client with it, and its id."""
    made = await who.do(CREATE, name=name)
    return who.as_(made["secret"]), made["apiToken"]["id"]


async def _accepted(*who: Api) -> list[bool]:
    service._remembered.clear()
    return [(await each.post(ME)).status_code == 200 for each in who]


async def _administrator(api: Api, name: str) -> tuple[Api, str]:
    """A staff member who manages access: a signed-in client, and the id."""
    await service.ensure_roles(SYSTEM)
    email = f"{name}@example.com"
    staff = await service.add_staff(
        SYSTEM, email=email, name=name, role_code="administrator", password=PASSWORD
    )
    signed_in = await api.do(SIGN_IN, e=email)
    return api.as_(signed_in["accessToken"]), to_global("Staff", staff.id)


async def test_revoking_a_token_also_revokes_the_tokens_created_with_it_and_no_others(api: Api):
    root = api.as_(await make.token())
    parent, parent_id = await _made(root, "parent")
    child, child_id = await _made(parent, "child")
    grandchild, _ = await _made(child, "grandchild")
    other_child, _ = await _made(parent, "other child")
    sister, _ = await _made(root, "sister")
    assert await _accepted(parent, child, grandchild, other_child, sister) == [True] * 5
    revoked = await root.do(REVOKE, id=parent_id)
    assert revoked["alsoEnded"] == 3 and revoked["revokedAt"]
    assert await _accepted(parent, child, grandchild, other_child, sister, root) == [False] * 4 + [True] * 2
    names = await JournalEntry.filter(name="api_token_revoked").values_list("subject_id", flat=True)
    ended = await ApiToken.filter(revoked_at__isnull=False).values_list("id", flat=True)
    assert sorted(map(str, names)) == sorted(map(str, ended)) and len(names) == 4
    assert (await root.do(REVOKE, id=child_id))["alsoEnded"] == 0
    assert (await root.do(REVOKE, id=parent_id))["alsoEnded"] == 0


async def test_also_ended_does_not_count_tokens_that_were_revoked_before(api: Api):
    root = api.as_(await make.token())
    parent, parent_id = await _made(root, "parent")
    child, child_id = await _made(parent, "child")
    await _made(child, "grandchild")
    assert (await root.do(REVOKE, id=child_id))["alsoEnded"] == 1
    assert (await root.do(REVOKE, id=parent_id))["alsoEnded"] == 0


async def test_also_ended_is_null_except_in_the_response_to_a_revocation(api: Api):
    root = api.as_(await make.token())
    _, id = await _made(root, "one")
    assert (await root.do(CREATE, name="two"))["apiToken"]["alsoEnded"] is None
    asked = "query($id: ID!) { node(id: $id) { ... on ApiToken { alsoEnded } } }"
    assert (await root.ask(asked, id=id))["node"]["alsoEnded"] is None


async def test_deactivating_staff_ends_their_tokens(api: Api):
    boss, _ = await _administrator(api, "boss")
    sam, sams_id = await _administrator(api, "sam")
    first, _ = await _made(sam, "first")
    second, _ = await _made(first, "second")
    third, third_id = await _made(sam, "third")
    others, _ = await _made(boss, "others")
    await boss.do(REVOKE, id=third_id)
    assert await boss.do(DEACTIVATE, id=sams_id) == {"isActive": False, "tokensEnded": 2}
    assert await _accepted(sam, first, second, third, others, boss) == [False] * 4 + [True] * 2
    entry = await JournalEntry.get(name="staff_deactivated")
    assert entry.payload == {"tokens_ended": 2}
    await boss.do("mutation($id: ID!) { staffReactivate(id: $id) { __typename } }", id=sams_id)
    assert await _accepted(first, second) == [False, False]


async def test_tokens_kept_at_deactivation_are_revoked_by_a_second_deactivation(api: Api):
    boss, _ = await _administrator(api, "boss")
    sam, sams_id = await _administrator(api, "sam")
    shop, _ = await _made(sam, "shop")
    assert await boss.do(DEACTIVATE, id=sams_id, keep=True) == {"isActive": False, "tokensEnded": 0}
    assert await _accepted(sam, shop) == [False, True]
    assert await boss.do(DEACTIVATE, id=sams_id) == {"isActive": False, "tokensEnded": 1}
    assert await _accepted(shop) == [False]
    assert await JournalEntry.filter(name="staff_deactivated").count() == 1


async def test_deactivating_the_last_access_manager_is_refused_and_revokes_no_token(api: Api):
    boss, id = await _administrator(api, "boss")
    token, _ = await _made(boss, "shop")
    refused = await api.as_(await make.token()).do(DEACTIVATE, id=id)
    assert refused == {"errorCode": "INVALID"}
    assert await _accepted(boss, token) == [True, True]


async def test_a_token_created_by_the_system_is_not_revoked_with_any_staff_member(api: Api):
    row, secret = await tokens.create_api_token(SYSTEM, name="operator's", permissions=[P.ORDERS_VIEW])
    assert row.made_with_id is row.made_by_id is None
    boss, _ = await _administrator(api, "boss")
    _, sams_id = await _administrator(api, "sam")
    assert (await boss.do(DEACTIVATE, id=sams_id))["tokensEnded"] == 0
    assert await _accepted(api.as_(secret)) == [True]


async def test_a_cached_actor_cannot_create_tokens_after_it_was_revoked_deactivated_or_expired(api: Api):
    await _administrator(api, "boss")
    sam, _ = await _administrator(api, "sam")
    row, secret = await tokens.create_api_token(SYSTEM, name="root", permissions=list(P))
    actors: list[Any] = [await service.identify(each) for each in (secret, sam.token)]
    await tokens.revoke_api_token(SYSTEM, row.id)
    await staffing.deactivate(SYSTEM, (await Staff.get(email="sam@example.com")).id)
    for actor in actors:
        with pytest.raises(Unauthenticated):
            await tokens.create_api_token(actor, name="late", permissions=[P.ORDERS_VIEW])
    expiring = clock.now() + timedelta(seconds=1)
    _, secret = await tokens.create_api_token(SYSTEM, name="short", permissions=list(P), expires_at=expiring)
    actor = await service.identify(secret)
    with clock.shifted(timedelta(seconds=1)), pytest.raises(Unauthenticated):
        await tokens.create_api_token(actor, name="late", permissions=[P.ORDERS_VIEW])
    assert not await ApiToken.filter(name="late").exists()


async def test_revoking_a_token_while_it_creates_others_leaves_none_of_them_valid(api: Api):
    root = api.as_(await make.token())
    parent, id = await _made(root, "parent")
    making = [parent.post(CREATE, {"name": f"child {number}"}) for number in range(12)]
    await asyncio.gather(*making[:6], root.post(REVOKE, {"id": id}), *making[6:])
    good = await ApiToken.filter(revoked_at=None).values_list("name", flat=True)
    assert sorted(map(str, good)) == ["test"]
