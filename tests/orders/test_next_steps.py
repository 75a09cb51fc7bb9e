"""The next steps of an order, and why some are not possible."""

from collections.abc import Sequence
from datetime import timedelta
from types import SimpleNamespace
from typing import Any
from uuid import UUID

import pytest

from app.access.permissions import Permission
from app.core import clock
from app.core.actor import SYSTEM, Actor, ActorKind, grants_of
from app.orders.lifecycle import FulfillmentStatus, HoldKind, OrderStatus, WarehouseStage
from app.orders.next_steps import StepContext, steps_of_order
from tests.ask import Api
from tests.journeys.life import Story

P = Permission
S, W = OrderStatus, WarehouseStage
ADA, WEB = UUID(int=7), UUID(int=8)
AT = clock.now()
BUYER = Actor(ActorKind.CUSTOMER, ADA)
GUEST = Actor(ActorKind.PUBLIC)
EVE = Actor(ActorKind.CUSTOMER, UUID(int=6))  # another customer, with the access token


def staff(*permissions: Permission) -> Actor:
    return Actor(ActorKind.STAFF, grants=grants_of([P.ORDERS_VIEW, *permissions]))


def step_context(
    actor: Actor = SYSTEM,
    status: OrderStatus = S.CONFIRMED,
    *,
    left: int = 0,
    holds: Sequence[HoldKind] = (),
    stage: WarehouseStage = W.ALLOCATED,
    minutes: int | None = None,
    is_asked: bool = False,
    gives_token: bool = True,
    guest_days: int = 30,
) -> StepContext:
    """An order of two units that Ada placed ten minutes ago, of which `left` have shipped."""
    order: Any = SimpleNamespace(
        status=status,
        number="WEB-1",
        fulfillment_status=FulfillmentStatus.SHIPPED if left == 2 else FulfillmentStatus.PARTIALLY_SHIPPED,
        warehouse_stage=stage,
        open_holds=len(holds),
        customer_id=ADA,
        channel_id=WEB,
        placed_at=AT - timedelta(minutes=10),
    )
    line: Any = SimpleNamespace(
        variant_id=UUID(int=9), quantity=2, quantity_cancelled=0, quantity_shipped=left, components=None,
        parts_shipped=None,
    )  # fmt: skip
    channel: Any = SimpleNamespace(
        id=WEB, is_active=True, is_public=True, cancel_minutes=minutes, guest_order_days=guest_days
    )
    rows: Any = [SimpleNamespace(kind=kind, reason="Look") for kind in holds]
    is_seen = actor.id == ADA if actor.is_customer else actor.may(P.ORDERS_VIEW)
    held = [each for each in Permission if actor.may(each)]
    return StepContext(actor, AT, order, [line], rows, channel, is_asked, is_seen, gives_token, held)


_OPEN = ["hold", "edit", "reschedule", "cancel", "request_cancel"]
_ALL_SHIPPED = {"cancel": "ALREADY_SHIPPED", "request_cancel": "ALREADY_SHIPPED"}


@pytest.mark.parametrize(
    ("order", "allowed", "refused"),
    [
        (step_context(status=S.DRAFT), ["place", "delete"], {}),
        (step_context(BUYER, S.DRAFT), ["place", "delete"], {}),
        (step_context(GUEST, S.DRAFT), ["place", "delete"], {}),
        (step_context(staff(), S.DRAFT, gives_token=False), [], {"place": "FORBIDDEN", "delete": "FORBIDDEN"}),
        (step_context(GUEST), ["cancel", "request_cancel"], {}),
        (step_context(GUEST, minutes=9), ["request_cancel"], {"cancel": "TOO_LATE"}),
        (step_context(GUEST, stage=W.IN_PROGRESS), ["request_cancel"], {"cancel": "TOO_LATE"}),
        (step_context(GUEST, guest_days=0), [], {"cancel": "FORBIDDEN", "request_cancel": "FORBIDDEN"}),
        (step_context(EVE), ["cancel", "request_cancel"], {}),
        (step_context(status=S.PLACED), ["confirm", *_OPEN], {}),
        (
            step_context(status=S.PLACED, holds=[HoldKind.MANUAL]),
            ["hold", "release", "edit", "reschedule", "cancel", "request_cancel"], {"confirm": "ON_HOLD"},
        ),
        (step_context(), _OPEN, {}),
        (step_context(staff(P.ORDERS_MANAGE)), ["hold", "edit", "reschedule", "request_cancel"], {"cancel": "FORBIDDEN"}),
        (step_context(staff(P.ORDERS_CANCEL)), ["cancel"], dict.fromkeys(["hold", "edit", "reschedule", "request_cancel"], "FORBIDDEN")),
        (step_context(left=1), ["hold", "edit", "reschedule", "request_cancel"], {"cancel": "ALREADY_SHIPPED"}),
        (step_context(left=2), ["hold", "edit", "reschedule"], _ALL_SHIPPED),
        (step_context(is_asked=True), ["hold", "edit", "reschedule", "cancel"], {"request_cancel": "ALREADY_REQUESTED"}),
        (step_context(BUYER), ["cancel", "request_cancel"], {}),
        (step_context(BUYER, stage=W.IN_PROGRESS), ["request_cancel"], {"cancel": "TOO_LATE"}),
        (step_context(BUYER, minutes=9), ["request_cancel"], {"cancel": "TOO_LATE"}),
        (step_context(BUYER, minutes=11), ["cancel", "request_cancel"], {}),
        (step_context(BUYER, left=1), ["request_cancel"], {"cancel": "TOO_LATE"}),
        (step_context(status=S.COMPLETED, left=2), [], {}),
        (step_context(status=S.COMPLETED, left=2, holds=[HoldKind.MANUAL]), ["release"], {}),
        (step_context(status=S.CANCELLED), [], {}),
        (step_context(BUYER, S.EXPIRED), [], {}),
    ],
)  # fmt: skip
def test_next_steps_depend_on_status_caller_and_permissions(
    order: StepContext, allowed: list[str], refused: dict[str, str]
):
    found = steps_of_order(order)
    assert [each.step for each in found if each.code is None] == allowed
    assert {each.step: each.code.name for each in found if each.code} == refused
    assert all(each.reason for each in found if each.code)


@pytest.mark.parametrize("kind", HoldKind)
@pytest.mark.parametrize("approves", [True, False])
def test_releasing_a_hold_needs_the_permission_for_its_kind(kind: HoldKind, approves: bool):
    clerk = staff(P.ORDERS_MANAGE, *([P.ORDERS_APPROVE] if approves else []))
    (release,) = [
        each for each in steps_of_order(step_context(clerk, S.PLACED, holds=[kind])) if each.step == "release"
    ]
    assert (release.code is None) == (approves or not kind.needs_approval)
    if release.code is not None:
        assert release.code.name == "FORBIDDEN" and "ORDERS_APPROVE" in (release.reason or "")


def test_holds_for_fraud_credit_and_compliance_need_approval():
    needing = {kind for kind in HoldKind if kind.needs_approval}
    assert needing >= {HoldKind.FRAUD, HoldKind.CREDIT, HoldKind.COMPLIANCE, HoldKind.APPROVAL}
    assert HoldKind.MANUAL not in needing


async def test_the_api_returns_next_steps_with_a_reason_for_each_that_is_not_possible(api: Api):
    story = await Story.begin(api)
    await story.sell("MUG", east=5)
    number = await story.buy(("MUG", 1))
    (work,) = await story.work(number)
    await story.release(work["id"])
    await story.ship(work["id"])
    asked = "query($n: String!) { order(number: $n) { nextSteps { step isPossible reasonCode reason } } }"
    found = (await story.staff.ask(asked, n=number))["order"]["nextSteps"]
    assert found[0] == {"step": "HOLD", "isPossible": True, "reasonCode": None, "reason": None}
    assert found[-1]["reasonCode"] == "ALREADY_SHIPPED"
    assert found[-1]["reason"] == f"Order {number} has shipped completely and can no longer be cancelled."
