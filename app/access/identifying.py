"""Identifies the owners of bearer tokens: of one request, or of all open connections."""

from collections.abc import Awaitable, Callable, Collection, Mapping
from dataclasses import replace
from functools import lru_cache
from typing import Any
from uuid import UUID

import orjson

from app.access import queries, secrets
from app.core.actor import Actor, ActorKind, grants_of
from app.core.database import uuid_of
from app.core.ids import fingerprint

TOKEN_PREFIX = "og_live_"
AT_ONCE = 500  # tokens per statement; other work runs between two statements

# Returns the actors of customers. Set by `wiring`, because customers are a higher layer.
FindCustomers = Callable[[Collection[UUID]], Awaitable[Mapping[UUID, Actor]]]
_find_customers: list[FindCustomers] = []


def set_customer_lookup(find: FindCustomers) -> None:
    _find_customers[:] = [find]


async def owners_of(credentials: Collection[str]) -> dict[str, Actor]:
    """The actors of some bearer tokens, by token. Tokens that are not accepted are left out."""
    asked = list(credentials)
    found: dict[str, Actor] = {}
    for start in range(0, len(asked), AT_ONCE):
        some = asked[start : start + AT_ONCE]
        found |= await _apps([each for each in some if each.startswith(TOKEN_PREFIX)])
        found |= await _people([each for each in some if not each.startswith(TOKEN_PREFIX)])
    return found


async def _apps(secrets_of_tokens: list[str]) -> dict[str, Actor]:
    by_hash = {fingerprint(each): each for each in secrets_of_tokens}
    rows = await queries.good_tokens(list(by_hash)) if by_hash else []
    return {
        by_hash[row["token_hash"]]: _actor(
            ActorKind.APP, uuid_of(row["id"]), row["name"],
            row["permissions"], row["channel_ids"], row["location_ids"],
        )
        for row in rows
    }  # fmt: skip


async def _people(access_tokens: list[str]) -> dict[str, Actor]:
    claims = {each: claimed for each in access_tokens if (claimed := secrets.claims_of(each)) is not None}
    if not claims:
        return {}
    rows = {
        uuid_of(row["id"]): row
        for row in await queries.open_sessions({c.session_id for c in claims.values()})
    }
    open_ones = {
        token: claimed
        for token, claimed in claims.items()
        if (row := rows.get(claimed.session_id)) is not None
        and uuid_of(row["principal_id"]) == claimed.principal_id
    }
    customers = await _customers({c.principal_id for c in open_ones.values() if c.principal_kind != "staff"})
    found = {}
    for token, claimed in open_ones.items():
        if claimed.principal_kind == "staff":
            actor = _staff(rows[claimed.session_id])
        elif (actor := customers.get(claimed.principal_id)) is not None:
            actor = replace(actor, session_id=claimed.session_id)
        if actor is not None:
            found[token] = actor
    return found


def _staff(row: Any) -> Actor | None:
    if row["permissions"] is None:  # not a staff member, or a deactivated one
        return None
    return _actor(
        ActorKind.STAFF, uuid_of(row["principal_id"]), row["name"],
        row["permissions"], row["channel_ids"], row["location_ids"], uuid_of(row["id"]),
    )  # fmt: skip


async def _customers(ids: Collection[UUID]) -> Mapping[UUID, Actor]:
    return await _find_customers[0](ids) if ids and _find_customers else {}


@lru_cache(maxsize=2_000)
def _actor(
    kind: ActorKind, id: UUID, label: str,
    permissions: str, channels: str | None, locations: str | None, session_id: UUID | None = None,
) -> Actor:  # fmt: skip
    """The actor of a row, cached by the text of its JSON columns."""
    grants = grants_of(orjson.loads(permissions), _ids(channels), _ids(locations))
    return Actor(kind, id, label, grants, session_id)


def _ids(column: str | None) -> frozenset[UUID] | None:
    ids = None if column is None else orjson.loads(column)
    return None if ids is None else frozenset(UUID(id) for id in ids)
