"""The callers that read the objects and try their steps."""

from dataclasses import dataclass

from app.access import service as access
from app.access import tokens
from app.access.models import Staff
from app.access.permissions import ROLES, Permission
from app.channels.models import Channel
from app.core.actor import SYSTEM, Actor, ActorKind
from app.core.scope import Area
from app.inventory.locations.models import Location
from tests import make
from tests.matrix.two_grants import TwoGrants
from tests.matrix.world import INSIDE, OUTSIDE
from tests.next_steps.world import PASSWORD, World

P = Permission
VIEWS = (P.ORDERS_VIEW, P.FULFILLMENT_VIEW, P.STOCK_VIEW, P.PURCHASING_VIEW, P.CATALOG_VIEW_ALL)
# The permissions of the steps of each type; callers that have or lack another one test one object of each type.
NEEDED = {
    "Order": {P.ORDERS_VIEW, P.ORDERS_MANAGE, P.ORDERS_CANCEL, P.ORDERS_APPROVE},
    "OrderCancelRequest": {P.ORDERS_VIEW, P.ORDERS_CANCEL},
    "FulfillmentOrder": {P.FULFILLMENT_VIEW, P.FULFILLMENT_MANAGE, P.DROP_SHIP_ANSWER},
    "StockCount": {P.STOCK_VIEW, P.STOCK_MANAGE, P.STOCK_APPROVE},
    "StockTransfer": {P.STOCK_VIEW, P.STOCK_MANAGE},
    "PurchaseOrder": {P.PURCHASING_VIEW, P.PURCHASING_MANAGE, P.STOCK_MANAGE},
    "Product": {P.CATALOG_VIEW_ALL, P.CATALOG_MANAGE},
    "MessageTemplate": {P.CHANNELS_MANAGE},
    "Payment": {P.ORDERS_VIEW, P.PAYMENTS_MANAGE, P.PAYMENTS_REFUND},
    "Dispute": {P.ORDERS_VIEW, P.DISPUTES_MANAGE},
}


@dataclass(frozen=True)
class Caller:
    """A credential, and whether orders are read with their access token.

    `about` is the only permission that it has or lacks. With `of_each_status` it tests one object of a type in each
    status.
    """

    name: str
    token: str | None
    with_token: bool = False
    about: Permission | None = None
    of_each_status: bool = False


async def callers_of(world: World, two_grants: TwoGrants) -> list[Caller]:
    """Visitors, customers, each role, single permissions, all but one, tokens of one place, and of two grants."""
    other = await make.account("grace@example.com", PASSWORD, "Grace")
    found = [
        Caller("visitor", None, with_token=True),
        Caller("customer", world.buyer.token),
        Caller("other customer", other, with_token=True),
        Caller("everything", world.staff.token),
        Caller("views", await make.token(*VIEWS)),
    ]
    for role in ROLES:
        staff = await Staff.get(email=f"{role}@example.com")
        session = await access.open_session(Actor(ActorKind.STAFF, staff.id, role))
        found.append(Caller(role, session.access_token))
    for each in Permission:
        if each not in VIEWS:
            found.append(Caller(f"views and {each}", await make.token(*VIEWS, each), about=each))
        rest = await make.token(*(set(Permission) - {each}))
        found.append(Caller(f"only {each}", await make.token(each), about=each, of_each_status=True))
        found.append(Caller(f"all but {each}", rest, about=each, of_each_status=True))
    for each in sorted(NEEDED["Order"]):
        found.append(Caller(f"only {each}, with the order's token", await make.token(each), True, each, True))
    found += await _limited()
    for place in two_grants.areas:
        token = two_grants.joined(place, VIEWS)
        found.append(Caller(f"views, and everything at {place}", token, of_each_status=True))
    return found


async def views_and_everything_at() -> TwoGrants:
    """Makes callers that see everything, and may do everything in one place only."""
    channel, location = await Channel.get(code="eu"), await Location.get(code="web-side")
    token, _ = await tokens.create_api_token(SYSTEM, name="two grants", permissions=list(Permission))
    places = {
        "eu": Area(channels=frozenset({channel.id})),
        "web-side": Area(locations=frozenset({location.id})),
    }
    return TwoGrants({place: {INSIDE: area, OUTSIDE: Area()} for place, area in places.items()}, token.id)


async def _limited() -> list[Caller]:
    found = []
    for code in ("web", "eu"):
        token = await make.token(channels=[await Channel.get(code=code)])
        found.append(Caller(f"the channel {code}", token, of_each_status=True))
    for code in ("web-main", "web-side", "web-away"):
        token = await make.token(locations=[await Location.get(code=code)])
        found.append(Caller(f"the location {code}", token, of_each_status=True))
    supplier = [P.FULFILLMENT_VIEW, P.DROP_SHIP_ANSWER]
    for code in ("web-away", "web-main"):
        place = [await Location.get(code=code)]
        found.append(Caller(f"a supplier at {code}", await make.token(*supplier, locations=place)))
    return found


def alike(caller: Caller, kind: str, status: str, name: str) -> tuple[str, ...]:
    """The key of equivalent objects: of those with the same key a caller tests the first that it sees."""
    if caller.about is not None and caller.about not in NEEDED[kind]:
        return (kind,)
    return (kind, status) if caller.of_each_status else (kind, status, name)
