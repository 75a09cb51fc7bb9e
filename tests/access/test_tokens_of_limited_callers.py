"""A caller cannot create a token with more access or a longer life than its own, or see or revoke one beyond
it.
"""

import itertools
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest

from app.access import service, tokens
from app.access.models import ApiToken
from app.access.permissions import Permission
from app.core import clock
from app.core.actor import SYSTEM, Actor, ActorKind
from app.core.ids import new_id, to_global
from app.core.refusals import Forbidden
from app.core.scope import Area, Grant
from tests import make
from tests.ask import Api

P = Permission
CREATE = (
    "mutation($i: ApiTokenCreateInput!) { apiTokenCreate(input: $i) "
    "{ __typename ... on ApiTokenWithSecret { secret } ... on UserError { path } } }"
)
REVOKE = "mutation($id: ID!) { apiTokenRevoke(id: $id) { __typename } }"
LIST = "{ apiTokens(first: 100) { totalCount nodes { id } } }"
# Permissions, channels and locations of a token, by code; None for all.
Kind = tuple[tuple[Permission, ...], tuple[str, ...] | None, tuple[str, ...] | None]
KINDS: list[Kind] = [
    (permissions, channels, locations)
    for permissions in ((P.ACCESS_MANAGE,), (P.ACCESS_MANAGE, P.ORDERS_VIEW))
    for channels in (None, ("web",), ("web", "eu"))
    for locations in (None, ("web-main",))
]


class World:
    def __init__(self, shops: list[make.Shop]) -> None:
        self.ids: dict[str, UUID] = {}
        for shop in shops:
            self.ids |= {shop.channel.code: shop.channel.id, shop.location.code: shop.location.id}

    def _ids(self, names: tuple[str, ...] | None) -> list[UUID] | None:
        return None if names is None else [self.ids[name] for name in names]

    async def make(self, kind: Kind, **more: Any) -> tuple[ApiToken, str]:
        permissions, channels, locations = kind
        return await tokens.create_api_token(
            SYSTEM,
            name="test",
            permissions=permissions,
            channel_ids=self._ids(channels),
            location_ids=self._ids(locations),
            **more,
        )

    def input(self, kind: Kind) -> dict[str, Any]:
        permissions, channels, locations = kind
        return {
            "name": "made",
            "permissions": [permission.name for permission in permissions],
            "channelIds": channels and [to_global("Channel", self.ids[name]) for name in channels],
            "locationIds": locations and [to_global("Location", self.ids[name]) for name in locations],
        }


@pytest.fixture
async def world(api: Api) -> World:
    return World([await make.shop("web"), await make.shop("eu")])


def _is_within(inner: Kind, outer: Kind) -> bool:
    """Whether a token has no access beyond another one."""
    areas = [
        Area(*(None if names is None else frozenset(names) for names in kind[1:])) for kind in (outer, inner)
    ]
    return set(inner[0]) <= set(outer[0]) and areas[0].includes(areas[1])


async def test_a_token_lists_and_creates_only_tokens_within_its_own_access(world: World, api: Api):
    made = [(kind, *await world.make(kind)) for kind in KINDS]
    for outer, own, secret in made:
        caller = api.as_(secret)
        listed = (await caller.ask(LIST))["apiTokens"]
        expected = {to_global("ApiToken", token.id) for kind, token, _ in made if _is_within(kind, outer)}
        assert {node["id"] for node in listed["nodes"]} == expected
        assert listed["totalCount"] == len(expected) and to_global("ApiToken", own.id) in expected
        ids = [to_global("ApiToken", token.id) for _, token, _ in made]
        nodes = (await caller.ask("query($ids: [ID!]!) { nodes(ids: $ids) { id } }", ids=ids))["nodes"]
        assert {node["id"] for node in nodes if node} == expected
    more = 0
    for (outer, _, secret), inner in itertools.product(made, KINDS):
        if _is_within(inner, outer):
            assert (await api.as_(secret).do(CREATE, i=world.input(inner)))["secret"]
            more += 1
        else:
            error = await api.as_(secret).error(CREATE, i=world.input(inner))
            assert error["extensions"]["code"] == "FORBIDDEN"
    assert await ApiToken.all().count() == len(made) + more


async def test_revoking_a_token_with_wider_access_answers_not_found(world: World, api: Api):
    kinds = [KINDS[0], KINDS[2], KINDS[3], KINDS[-1]]
    for outer, inner in itertools.product(kinds, kinds):
        _, secret = await world.make(outer)
        token, _ = await world.make(inner)
        answer = await api.as_(secret).do(REVOKE, id=to_global("ApiToken", token.id))
        assert answer["__typename"] == ("ApiToken" if _is_within(inner, outer) else "NotFound")
        await token.refresh_from_db()
        assert (token.revoked_at is not None) == _is_within(inner, outer)


async def test_an_expiring_token_cannot_create_a_token_that_expires_later(world: World, api: Api):
    end = clock.now() + timedelta(days=7)
    _, secret = await world.make(KINDS[0], expires_at=end)
    caller, given = api.as_(secret), world.input(KINDS[0])
    for later in (None, (end + timedelta(seconds=1)).isoformat()):
        refused = await caller.do(CREATE, i=given | {"expiresAt": later})
        assert refused["path"] == ["input", "expiresAt"]
    assert await ApiToken.all().count() == 1
    child = await caller.do(CREATE, i=given | {"expiresAt": end.isoformat()})
    grandchild = await api.as_(child["secret"]).do(CREATE, i=given)
    assert (child["__typename"], grandchild["__typename"]) == ("ApiTokenWithSecret", "InvalidInput")


async def test_an_unknown_channel_or_location_is_reported_with_its_path(world: World, api: Api):
    caller, given = api.as_(await make.token()), world.input(KINDS[0])
    for name, kind, known in (("channelIds", "Channel", "web"), ("locationIds", "Location", "web-main")):
        ids = [to_global(kind, world.ids[known]), to_global(kind, new_id())]
        refused = await caller.do(CREATE, i=given | {name: ids})
        assert refused == {"__typename": "InvalidInput", "path": ["input", name, "1"]}
        refused = await caller.do(CREATE, i=given | {name: [*ids[:1], "x"]})
        assert refused["path"] == ["input", name, "1"]
    both = {"channelIds": [to_global("Channel", new_id())], "locationIds": [to_global("Location", new_id())]}
    assert (await caller.do(CREATE, i=given | both))["__typename"] == "ValidationFailed"
    assert await ApiToken.all().count() == 1


async def test_channels_out_of_scope_and_unknown_channels_get_the_same_error(world: World, api: Api):
    _, secret = await world.make(KINDS[1])
    given, errors = world.input(KINDS[0]), []
    for id in (world.ids["eu"], new_id()):
        place = {"channelIds": [to_global("Channel", id)]}
        errors.append(await api.as_(secret).error(CREATE, i=given | place))
    assert errors[0] == errors[1]


async def test_permissions_and_channels_of_different_grants_cannot_be_combined_in_a_token(
    world: World, api: Api
):
    """One grant of the caller must contain both the permission and the channel of the new token."""
    web, eu = (frozenset({world.ids[code]}) for code in ("web", "eu"))
    await service.ensure_roles(SYSTEM)
    somebody = await service.add_staff(
        SYSTEM, email="sam@example.com", name="Sam", role_code="warehouse", password="a long password"
    )
    staff = Actor(
        ActorKind.STAFF,
        somebody.id,
        grants=(
            Grant(frozenset({P.ACCESS_MANAGE.value, P.ORDERS_VIEW.value}), Area(channels=web)),
            Grant(frozenset({P.ACCESS_MANAGE.value, P.STOCK_VIEW.value}), Area(channels=eu)),
        ),
    )
    for permission, place, is_valid in (
        (P.ORDERS_VIEW, web, True),
        (P.STOCK_VIEW, eu, True),
        (P.ORDERS_VIEW, eu, False),
        (P.STOCK_VIEW, web, False),
        (P.ORDERS_VIEW, web | eu, False),
    ):
        making = tokens.create_api_token(
            staff, name="made", permissions=[permission], channel_ids=sorted(place)
        )
        if is_valid:
            await making
            continue
        with pytest.raises(Forbidden):
            await making
