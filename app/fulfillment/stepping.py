"""What can be done with a fulfillment order next, and why something cannot: pure."""

from typing import Any

from app.access.permissions import Permission
from app.core.actor import Actor
from app.core.stepping import NextStep, NextStepReason, forbidden
from app.core.steps import LifecycleStep
from app.fulfillment import lifecycle as life

# Follow from what is done to the units, to the order or to the packages.
_BY_SYSTEM = {
    life.begin.name,
    life.cancel.name,
    life.deliver.name,
    life.bring_back.name,
    life.undeliver.name,
}
_OF_SUPPLIERS = {life.submit.name, life.accept.name, life.reject.name}
_NOT_OF_SUPPLIERS = {life.pick.name, life.unpick.name, life.pack.name, life.unpack.name, life.begin.name}
_STOPPED_BY_HOLD = {life.release.name, life.pick.name, life.ship.name, life.submit.name}
# What a supplier's own token may do.
_ANSWERS = {life.accept.name, life.reject.name, life.ship.name}


def next_steps(row: Any, actor: Actor) -> list[NextStep]:
    """The steps from where a fulfillment order stands, each allowed or with the reason why not."""
    found = []
    names = [step.name for step in life.lifecycle.steps_from(row.status)]
    if life.begin.name in names:
        names = [life.pick.name, *names]  # the first unit that is picked begins it
    for name in names:
        if name in _BY_SYSTEM or name in (_NOT_OF_SUPPLIERS if row.is_drop_ship else _OF_SUPPLIERS):
            continue
        found.append(_judged(name, row, actor))
    return found


def _judged(name: LifecycleStep, row: Any, actor: Actor) -> NextStep:
    answers = row.is_drop_ship and name in _ANSWERS and _may(actor, Permission.DROP_SHIP_ANSWER, row)
    if not answers and not _may(actor, Permission.FULFILLMENT_MANAGE, row):
        return forbidden(name, Permission.FULFILLMENT_MANAGE)
    if row.is_held and name in _STOPPED_BY_HOLD:
        return NextStep(name, NextStepReason.ON_HOLD, "Its order is on hold.")
    return NextStep(name)


def _may(actor: Actor, permission: Permission, row: Any) -> bool:
    return actor.scope_of(permission).covers(row.channel_id, row.location_id)
