"""The comparison detects next steps that differ from their mutations: each test plants one fault."""

from functools import partial
from typing import Any

import pytest

from app.access.permissions import Permission
from app.core.steps import LifecycleStep
from app.inventory.counts import next_steps as of_counts
from app.orders import conditions
from app.orders.next_steps import StepContext
from app.orders.refusals import OrderAlreadyShipped
from app.suppliers import next_steps as of_purchases
from tests.ask import Api
from tests.next_steps.callers import Caller
from tests.next_steps.comparing import faults_of
from tests.next_steps.world import World


class Comparing:
    """The differences for one caller and one object."""

    def __init__(self, client: Api, world: World, callers: list[Caller]) -> None:
        self.client, self.world, self.callers = client, world, callers

    async def faults(self, caller: str, kind: str, name: str) -> list[str]:
        (who,) = [each for each in self.callers if each.name == caller]
        things = [thing for thing in self.world.things if (thing.kind, thing.name) == (kind, name)]
        assert len(things) == 1
        start = f"{caller}, {things[0]}: "
        return [fault.removeprefix(start) for fault in await faults_of(self.client, who, things)]


@pytest.fixture
def comparing(client: Api, world: World, callers: list[Caller]) -> Comparing:
    return Comparing(client, world, callers)


async def test_a_step_allowed_without_its_permission_is_detected(
    comparing: Comparing, monkeypatch: pytest.MonkeyPatch
):
    counted = partial(comparing.faults, f"views and {Permission.STOCK_MANAGE}", "StockCount", "submitted")
    assert await counted() == []
    wrong = {**of_counts.COUNT_PERMISSIONS, LifecycleStep.APPROVE: Permission.STOCK_MANAGE}
    monkeypatch.setattr(of_counts, "COUNT_PERMISSIONS", wrong)
    assert await counted() == ["APPROVE is possible, but refused as FORBIDDEN"]


async def test_a_release_allowed_without_approval_is_detected(
    comparing: Comparing, monkeypatch: pytest.MonkeyPatch
):
    held = partial(comparing.faults, "customer_service", "Order", "placed, on hold for fraud")
    assert await held() == []
    monkeypatch.setattr(StepContext, "may_release", lambda known: known.may(LifecycleStep.RELEASE))
    assert await held() == ["RELEASE is possible, but refused as FORBIDDEN"]


async def test_an_omitted_step_is_detected(comparing: Comparing, monkeypatch: pytest.MonkeyPatch):
    bought = partial(comparing.faults, "everything", "PurchaseOrder", "draft")
    assert await bought() == []
    known = {step: each for step, each in of_purchases.PERMISSIONS.items() if step != LifecycleStep.SEND}
    monkeypatch.setattr(of_purchases, "PERMISSIONS", known)
    assert await bought() == ["SEND is not listed, but it is done"]


async def test_a_step_refused_without_cause_is_detected(
    comparing: Comparing, monkeypatch: pytest.MonkeyPatch
):
    placed = partial(comparing.faults, "everything", "Order", "placed by a guest")
    assert await placed() == []

    def refuse(order: Any) -> None:
        raise OrderAlreadyShipped.of(order)

    monkeypatch.setattr(conditions, "refuse_edit", refuse)
    assert await placed() == ["EDIT is refused as ALREADY_SHIPPED, but it is done"]


async def test_a_step_refused_with_a_wrong_reason_is_detected(
    comparing: Comparing, monkeypatch: pytest.MonkeyPatch
):
    late = partial(comparing.faults, "customer", "Order", "placed where nobody cancels")
    assert await late() == []

    def refuse(order: Any, *_: Any, **__: Any) -> None:
        raise OrderAlreadyShipped.of(order)

    monkeypatch.setattr(conditions, "refuse_cancel", refuse)
    assert await late() == ["CANCEL is refused as ALREADY_SHIPPED, but as TooLateToCancel"]
