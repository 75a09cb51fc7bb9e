"""Compares the `nextSteps` of an object with the outcomes of its mutations."""

from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

from tests.ask import Api
from tests.next_steps.callers import Caller, alike
from tests.next_steps.things import Thing
from tests.next_steps.ways import WAYS, Way

_SHOWN = "id status nextSteps { step isPossible reasonCode reason }"
_NODES = (
    "query($ids: [ID!]!) { nodes(ids: $ids) { "
    + " ".join(
        f"... on {kind} {{ kind: __typename {'accessToken' if kind == 'Order' else ''} "
        f"status_{kind}: status nextSteps {{ step isPossible reasonCode reason }} id }}"
        for kind in WAYS
    )
    + " } }"
)
_BY_TOKEN = f"query($id: ID!, $token: String!) {{ order(id: $id, token: $token) {{ {_SHOWN} accessToken }} }}"
DONE = "done"
_NO_PERMISSION = {"FORBIDDEN", "UNAUTHENTICATED", "NOT_FOUND"}
# The refusals of a mutation that match the reason code of a step that is not possible.
MATCHING = {
    "FORBIDDEN": _NO_PERMISSION,
    "ON_HOLD": {"OrderOnHold", "NotReleasable"},
    "ALREADY_SHIPPED": {"OrderAlreadyShipped"},
    "TOO_LATE": {"TooLateToCancel"},
    "ALREADY_REQUESTED": {"AlreadyExists"},
    "WITH_SUPPLIER": {"WithSupplier"},
    "NOT_READY": {"NotReleasable", "InvalidInput NOT_POSSIBLE_NOW"},
    "LIMIT_REACHED": {"AmountTooLarge"},
    "CHANNEL_CLOSED": {"InvalidInput CHANNEL_CLOSED"},
}
# The refusals that match a step that is not listed: not from this status, or not for this caller.
NOT_THERE = {
    "IllegalTransition", "InvalidInput ALREADY_PLACED", "InvalidInput CART_CLOSED", "InvalidInput NO_CHANGE", "InvalidInput WRONG_KIND",
    "InvalidInput NOT_POSSIBLE_NOW", *_NO_PERMISSION,
}  # fmt: skip
# Steps that change nothing and are not refused, as the object has their target status already.
REPEATED = {("Product", "PUBLISHED", "PUBLISH"), ("Product", "DRAFT", "UNPUBLISH"),
            ("Product", "ARCHIVED", "ARCHIVE"), ("Order", "EXPIRED", "DELETE")}  # fmt: skip


@dataclass(frozen=True)
class Seen:
    """An object as a caller sees it."""

    thing: Thing
    status: str
    steps: dict[str, dict[str, Any]]
    token: str | None
    is_by_token: bool = False


async def seen_by(client: Api, caller: Caller, things: Sequence[Thing]) -> AsyncIterator[Seen]:
    """The objects that are visible to a caller."""
    who = Api(client.client, caller.token)
    by_token = [thing for thing in things if thing.token is not None] if caller.with_token else []
    for thing in by_token:
        answer = (await who.ask(_BY_TOKEN, id=thing.id, token=thing.token))["order"]
        if answer is not None:
            yield replace(_seen(thing, answer, answer["status"]), is_by_token=True)
    others = [thing for thing in things if thing not in by_token] if caller.token else []
    for start in range(0, len(others), 50):
        some = others[start : start + 50]
        nodes = (await who.ask(_NODES, ids=[thing.id for thing in some]))["nodes"]
        for thing, node in zip(some, nodes, strict=True):
            if node is not None:
                yield _seen(thing, node, node[f"status_{thing.kind}"])


def _seen(thing: Thing, answer: dict[str, Any], status: str) -> Seen:
    steps = {step["step"]: step for step in answer["nextSteps"]}
    assert len(steps) == len(answer["nextSteps"]), f"{thing}: a step is listed twice"
    return Seen(thing, status, steps, answer.get("accessToken"))


async def outcome_of(who: Api, way: Way, seen: Seen) -> str | None:
    """The outcome of a mutation: DONE, or the code of its refusal; None if no input is valid."""
    sends_token = seen.is_by_token or not way.by_guest
    values = way.values(seen.thing, seen.token if sends_token else None)
    if values is None:
        return None
    answer = (await who.post(way.document, dict(values))).json()
    if "errors" in answer:
        return str(answer["errors"][0]["extensions"]["code"])
    (found,) = answer["data"].values()
    if "errorCode" not in found:
        return DONE
    if found["errorCode"] in _NO_PERMISSION:
        return str(found["errorCode"])
    if found["__typename"] == "InvalidInput":
        return f"InvalidInput {found['problems'][0]['code']}"
    return str(found["__typename"])


def fault_of(seen: Seen, step: str, outcomes: Sequence[str]) -> str | None:
    """The difference between a step as listed and the outcomes of its mutations, if any."""
    said = seen.steps.get(step)
    is_done = DONE in outcomes
    came = " / ".join(outcomes) or "nothing to send"
    if said is None:
        if is_done:
            return None if (seen.thing.kind, seen.status, step) in REPEATED else "not listed, but it is done"
        return None if NOT_THERE.issuperset(outcomes) else f"not listed, but refused as {came}"
    if said["isPossible"]:
        return None if is_done else f"possible, but refused as {came}"
    if is_done:
        return f"refused as {said['reasonCode']}, but it is done"
    return (
        None
        if MATCHING[said["reasonCode"]] & set(outcomes)
        else f"refused as {said['reasonCode']}, but as {came}"
    )


async def faults_of(client: Api, caller: Caller, things: Sequence[Thing]) -> list[str]:
    """All differences between the next steps shown to a caller and the outcomes of its mutations."""
    who = Api(client.client, caller.token)
    asked: set[tuple[str, ...]] = set()
    faults = []
    async for seen in seen_by(client, caller, things):
        like = alike(caller, seen.thing.kind, seen.status, seen.thing.name)
        if like in asked:
            continue
        asked.add(like)
        ways = WAYS[seen.thing.kind]
        faults += [
            f"{caller.name}, {seen.thing}: {step} has no mutation" for step in seen.steps.keys() - ways
        ]
        for step, each in ways.items():
            outcomes = [await outcome_of(who, way, seen) for way in each]
            fault = fault_of(seen, step, [outcome for outcome in outcomes if outcome is not None])
            if fault is not None:
                faults.append(f"{caller.name}, {seen.thing}: {step} is {fault}")
    return faults
