"""What can be done with an order next, and why something cannot."""

from dataclasses import dataclass
from uuid import UUID

import pytest

from app.access.permissions import Permission
from app.core.actor import SYSTEM, Actor, ActorKind, grants_of
from app.orders.lifecycle import FulfillmentStatus, OrderStatus, WarehouseStage
from app.orders.stepping import next_steps
from tests.ask import Api
from tests.journeys.life import Story

F, S, W = FulfillmentStatus, OrderStatus, WarehouseStage
ADA, WEB, EU = UUID(int=7), UUID(int=8), UUID(int=9)
BUYER = Actor(ActorKind.CUSTOMER, ADA)
GUEST = Actor(ActorKind.PUBLIC)
CLERK = Actor(ActorKind.STAFF, grants=grants_of([Permission.ORDERS_VIEW, Permission.ORDERS_MANAGE]))
ELSEWHERE = Actor(
    ActorKind.STAFF,
    grants=(
        *grants_of([Permission.ORDERS_VIEW, Permission.ORDERS_CANCEL], frozenset({WEB})),
        *grants_of([Permission.ORDERS_MANAGE], frozenset({EU})),
    ),
)


@dataclass
class Order:
    status: OrderStatus = S.CONFIRMED
    fulfillment_status: FulfillmentStatus = F.ALLOCATED
    warehouse_stage: WarehouseStage = W.ALLOCATED
    open_holds: int = 0
    customer_id: UUID = ADA
    channel_id: UUID = WEB


_OPEN = ["hold", "edit", "reschedule", "cancel", "ask_to_cancel"]


@pytest.mark.parametrize(
    ("order", "actor", "allowed", "refused"),
    [
        (Order(S.DRAFT), SYSTEM, ["place", "delete"], {}),
        (Order(S.DRAFT), BUYER, ["place", "delete"], {}),
        (Order(S.DRAFT), GUEST, ["place", "delete"], {}),
        (Order(), GUEST, [], {"cancel": "FORBIDDEN", "ask_to_cancel": "FORBIDDEN"}),
        (Order(S.PLACED, F.UNALLOCATED), SYSTEM, ["confirm", *_OPEN], {}),
        (
            Order(S.PLACED, F.UNALLOCATED, open_holds=1), SYSTEM,
            ["hold", "release", "edit", "reschedule", "cancel", "ask_to_cancel"], {"confirm": "ON_HOLD"},
        ),
        (Order(), SYSTEM, _OPEN, {}),
        (Order(), CLERK, ["hold", "edit", "reschedule", "ask_to_cancel"], {"cancel": "FORBIDDEN"}),
        (Order(), ELSEWHERE, ["cancel"], dict.fromkeys(["hold", "edit", "reschedule", "ask_to_cancel"], "FORBIDDEN")),
        (
            Order(fulfillment_status=F.PARTIALLY_SHIPPED), SYSTEM,
            ["hold", "edit", "reschedule", "ask_to_cancel"], {"cancel": "ALREADY_SHIPPED"},
        ),
        (
            Order(fulfillment_status=F.SHIPPED), SYSTEM, ["hold"],
            dict.fromkeys(["edit", "reschedule", "cancel", "ask_to_cancel"], "ALREADY_SHIPPED"),
        ),
        (Order(), BUYER, ["cancel", "ask_to_cancel"], {}),
        (Order(warehouse_stage=W.IN_PROGRESS), BUYER, ["ask_to_cancel"], {"cancel": "TOO_LATE"}),
        (Order(S.COMPLETED, F.DELIVERED), SYSTEM, [], {}),
        (Order(S.CANCELLED, F.CANCELLED), SYSTEM, [], {}),
    ],
)  # fmt: skip
def test_what_can_be_done_next(order: Order, actor: Actor, allowed: list[str], refused: dict[str, str]):
    found = next_steps(order, actor)
    assert [each.step for each in found if each.code is None] == allowed
    assert {each.step: each.code.name for each in found if each.code} == refused
    assert all(each.reason for each in found if each.code)


async def test_the_api_says_what_can_be_done_with_an_order_and_why_not(api: Api):
    story = await Story.begin(api)
    await story.sell("MUG", east=5)
    number = await story.buy(("MUG", 1))
    (work,) = await story.work(number)
    await story.send(work["id"])
    asked = "query($n: String!) { order(number: $n) { nextSteps { step isPossible reasonCode reason } } }"
    found = (await story.staff.ask(asked, n=number))["order"]["nextSteps"]
    assert found[0] == {"step": "HOLD", "isPossible": True, "reasonCode": None, "reason": None}
    assert found[-1]["reasonCode"] == "ALREADY_SHIPPED" and found[-1]["reason"] == "All of it has left."
