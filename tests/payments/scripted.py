"""A payment gateway of the tests, which can misbehave at each step.

It processes a request with the same key once, as the protocol demands. Answers can be lost after the work was
done, and each change leaves a signed message, which a test delivers as often and in the order that it likes.
"""

import asyncio
import hashlib
import hmac
import json
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any, ClassVar

import httpx
import pytest

from app.payments.gateways.kinds import GatewayKind
from app.payments.gateways.protocol import (
    Account,
    ActionKind,
    ClientAction,
    Declined,
    Disputed,
    GatewayRefuses,
    GatewaySilent,
    GatewayState,
    NotFromGateway,
    Notice,
    PaidOut,
    Prepared,
    Refunded,
    RefundState,
    Standing,
    Wanted,
)
from app.payments.lifecycle import DisputeStatus

SECRET = "a secret of the tests"
SET = """
mutation($i: PaymentGatewaySetInput!) { paymentGatewaySet(input: $i) {
  __typename ... on PaymentGateway { code hasSecrets isActive version } ... on UserError { message path } } }
"""
S = GatewayState


@dataclass
class World:
    """The gateway's side: its payments, what it was asked, and its faults."""

    intents: dict[str, Standing] = field(default_factory=dict)
    disputes: dict[str, Disputed] = field(default_factory=dict)
    payouts: dict[str, PaidOut] = field(default_factory=dict)
    answers: dict[str, str] = field(default_factory=dict)  # references by key of processed requests
    calls: list[tuple[str, str]] = field(default_factory=list)
    done: Counter[str] = field(default_factory=Counter)  # what was really done, by verb
    messages: list[bytes] = field(default_factory=list)
    lost: list[str] = field(default_factory=list)  # verbs whose next answers are lost after the work
    silent: set[str] = field(default_factory=set)  # verbs that never arrive
    fails: str = ""  # an error of the adapter at the next look
    captures_itself: bool = False
    refunds_later: bool = False
    refuses_refunds: bool = False
    max_captures: int | None = None
    can_increase: bool = False
    can_renew: bool = False
    renewals: str = "ok"  # the token that stands for an authorization without the buyer
    refuses_captures: bool = False
    last_captures: list[bool] = field(default_factory=list)  # of each capture that was requested
    capture_before: datetime | None = None
    pause: float = 0.0

    def change(self, reference: str, kind: str, **to: Any) -> Standing:
        """Change a payment and leave a message about it."""
        changed = self.intents[reference] = replace(self.intents[reference], **to)
        self.message(reference, kind)
        return changed

    def message(self, reference: str, kind: str, amount: int | None = None) -> bytes:
        known = self.intents.get(reference)
        stated = amount if amount is not None else known.amount_minor if known else 1
        said = {
            "id": f"evt_{len(self.messages) + 1}", "kind": kind, "reference": reference, "amount": stated,
            "currency": known.currency if known else "USD",
        }  # fmt: skip
        self.messages.append(json.dumps(said).encode())
        return self.messages[-1]

    def dispute(self, payment_reference: str, amount: int, **more: Any) -> bytes:
        """Open a dispute and leave a message about it."""
        id = f"dp_{len(self.disputes) + 1}"
        known = self.intents.get(payment_reference)
        given = {"currency": known.currency if known else "USD", "reason": "fraudulent"} | more
        self.disputes[id] = Disputed(id, payment_reference, DisputeStatus.NEEDS_RESPONSE, amount, **given)
        return self.dispute_message(id)

    def decide(self, id: str, status: DisputeStatus, **to: Any) -> bytes:
        """Change a dispute and leave a message about it."""
        self.disputes[id] = replace(self.disputes[id], status=status, **to)
        return self.dispute_message(id)

    def dispute_message(self, id: str) -> bytes:
        said = {
            "id": f"evt_{len(self.messages) + 1}", "kind": "dispute", "dispute": id,
            "reference": self.disputes[id].payment_reference, "amount": None, "currency": "",
        }  # fmt: skip
        self.messages.append(json.dumps(said).encode())
        return self.messages[-1]

    def payout_message(self, id: str) -> bytes:
        said = {
            "id": f"evt_{len(self.messages) + 1}", "kind": "payout.paid", "payout": id, "reference": "",
            "amount": None, "currency": "",
        }  # fmt: skip
        self.messages.append(json.dumps(said).encode())
        return self.messages[-1]

    def authorize(self, reference: str, kind: str = "authorized") -> None:
        amount = self.intents[reference].amount_minor
        facts = {
            "capture_before": self.capture_before,
            "max_captures": self.max_captures,
            "can_increase": self.can_increase,
            "can_renew": self.can_renew,
        }
        self.change(
            reference, kind, state=S.AUTHORIZED, authorized_minor=amount, action=None, declined=None, **facts
        )
        self.done["authorize"] += 1
        if self.captures_itself:
            self.capture(reference, amount)

    def capture(self, reference: str, amount: int) -> None:
        known = self.intents[reference]
        captured = known.captured_minor + amount
        is_whole = captured >= known.authorized_minor or known.max_captures == 1
        self.done["capture"] += 1
        self.change(
            reference,
            "captured",
            state=S.CLOSED if is_whole else S.AUTHORIZED,
            captured_minor=captured,
            authorized_minor=captured if is_whole else known.authorized_minor,
            capture_reference=f"cap_{self.done['capture']}",
        )

    def refund(self, reference: str, amount: int, key: str = "", state: RefundState | None = None) -> str:
        known = self.intents[reference]
        self.done["refund"] += 1
        id = f"ref_{self.done['refund']}"
        now = state or (RefundState.PENDING if self.refunds_later else RefundState.SUCCEEDED)
        self.change(reference, "refunded", refunds=[*known.refunds, Refunded(id, amount, now, key)])
        return id

    def settle_refund(self, reference: str, id: str, state: RefundState, message: str = "") -> None:
        refunds = [
            replace(each, state=state, message=message) if each.reference == id else each
            for each in self.intents[reference].refunds
        ]
        self.change(reference, "refund.updated", refunds=refunds)


class Scripted:
    """The adapter. Tokens: `ok`, `declined`, `stolen`, `3ds` (the buyer has to act), `slow` (the bank decides)."""

    DESCRIPTION: ClassVar[str] = "A gateway of the tests."
    SECRETS: ClassVar[tuple[str, ...]] = ("secret_key", "webhook_secret")
    PACKAGE: ClassVar[str | None] = None
    world: ClassVar[World]

    def __init__(self, account: Account) -> None:
        self.account = account

    async def _asked(self, verb: str, key: str) -> bool:
        """Whether a request is new; it may not arrive."""
        self.world.calls.append((verb, key))
        await asyncio.sleep(self.world.pause)
        if verb in self.world.silent:
            raise GatewaySilent("no answer")
        is_new = key not in self.world.answers
        self.world.answers[key] = verb
        return is_new

    def _answer(self, verb: str, reference: str) -> Standing:
        if verb in self.world.lost:
            self.world.lost.remove(verb)
            raise GatewaySilent("the answer was lost")
        return self.world.intents[reference]

    async def prepare(self, wanted: Wanted) -> Prepared:
        reference = f"pay_{wanted.key}"
        if await self._asked("prepare", f"{wanted.key}-prepare"):
            action = (
                None
                if wanted.token or wanted.renews
                else ClientAction(ActionKind.REDIRECT, url="https://pay.example/1")
            )
            self.world.intents[reference] = Standing(
                reference,
                S.ACTION if action else S.WAITING,
                wanted.amount_minor,
                wanted.currency,
                action=action,
            )
        known = self._answer("prepare", reference)
        return Prepared(reference, known.action)

    async def confirm(self, reference: str, wanted: Wanted) -> Standing:
        if await self._asked("confirm", wanted.key):
            self._confirm(reference, wanted.token or self.world.renewals)
        return self._answer("confirm", reference)

    def _confirm(self, reference: str, token: str) -> None:
        if token in ("declined", "stolen"):
            why = Declined(
                "card_declined" if token == "declined" else "stolen_card", "No.", token == "declined"
            )
            self.world.change(reference, "declined", state=S.DECLINED, declined=why)
        elif token == "3ds":
            action = ClientAction(ActionKind.SDK, token="secret-of-the-buyer")
            self.world.change(reference, "action", state=S.ACTION, action=action)
        elif token == "slow":
            self.world.change(reference, "processing", state=S.PROCESSING)
        else:
            self.world.authorize(reference)

    async def capture(
        self, reference: str, amount_minor: int, currency: str, key: str, *, is_last: bool
    ) -> Standing:
        known = self.world.intents[reference]
        self.world.last_captures.append(is_last)
        if await self._asked("capture", key):
            if self.world.refuses_captures:
                raise GatewayRefuses("capture_refused", "The bank refuses the capture.")
            if known.authorized_minor - known.captured_minor < amount_minor or known.state is S.CLOSED:
                raise GatewayRefuses("already_captured", "It is captured already.")
            self.world.capture(reference, amount_minor)
        return self._answer("capture", reference)

    async def increase(self, reference: str, amount_minor: int, currency: str, key: str) -> Standing:
        if await self._asked("increase", key):
            self.world.change(
                reference, "increased", amount_minor=amount_minor, authorized_minor=amount_minor
            )
        return self._answer("increase", reference)

    async def void(self, reference: str, key: str) -> Standing:
        if await self._asked("void", key):
            known = self.world.intents[reference]
            if known.state is S.CLOSED:
                raise GatewayRefuses("closed", "The payment has ended.")
            self.world.done["void"] += 1
            self.world.change(
                reference, "voided", state=S.CLOSED, authorized_minor=known.captured_minor, action=None
            )
        return self._answer("void", reference)

    async def refund(self, reference: str, amount_minor: int, currency: str, key: str) -> Standing:
        if await self._asked("refund", key):
            if self.world.refuses_refunds:
                raise GatewayRefuses("refund_refused", "The account has no funds.")
            self.world.refund(reference, amount_minor, key)
        return self._answer("refund", reference)

    async def look(self, reference: str) -> Standing:
        self.world.calls.append(("look", reference))
        if "look" in self.world.silent:
            raise GatewaySilent("no answer")
        if self.world.fails:
            message, self.world.fails = self.world.fails, ""
            raise RuntimeError(message)
        seen = self.world.intents[reference]
        await asyncio.sleep(self.world.pause)
        return seen

    async def dispute(self, reference: str) -> Disputed:
        self.world.calls.append(("dispute", reference))
        if "dispute" in self.world.silent:
            raise GatewaySilent("no answer")
        seen = self.world.disputes[reference]
        await asyncio.sleep(self.world.pause)
        return seen

    async def payout(self, reference: str) -> PaidOut:
        self.world.calls.append(("payout", reference))
        await asyncio.sleep(self.world.pause)
        return self.world.payouts[reference]

    def read(self, headers: Mapping[str, str], body: bytes) -> Notice | None:
        given = headers.get("x-signature", "")
        if not any(
            hmac.compare_digest(signature(body, each), given)
            for each in self.account.signing("webhook_secret")
        ):
            raise NotFromGateway("The signature does not match.")
        said = json.loads(body)
        if said["kind"] == "irrelevant":
            return None
        return Notice(
            said["id"],
            said["reference"],
            said["kind"],
            said["amount"],
            said["currency"],
            dispute=said.get("dispute", ""),
            payout=said.get("payout", ""),
        )


def signature(body: bytes, secret: str = SECRET) -> str:
    return hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()


def installed(monkeypatch: pytest.MonkeyPatch) -> World:
    """Replace the adapter of the kind STRIPE by one with a world of its own."""
    adapter = type("OfThisTest", (Scripted,), {"world": World()})
    monkeypatch.setattr(GatewayKind.STRIPE, "adapter", adapter)
    return adapter.world  # type: ignore[attr-defined,no-any-return]


def secrets(webhook: str = SECRET) -> list[dict[str, str]]:
    return [{"name": "secret_key", "value": "key"}, {"name": "webhook_secret", "value": webhook}]


async def send(
    client: httpx.AsyncClient, body: bytes, secret: str = SECRET, code: str = "card"
) -> httpx.Response:
    """Deliver a message to the endpoint."""
    headers = {"x-signature": signature(body, secret)}
    return await client.post(f"/gateways/{code}/events", content=body, headers=headers)


async def send_all(client: httpx.AsyncClient, bodies: Sequence[bytes]) -> list[int]:
    """Deliver messages at once; returns the statuses."""
    return [each.status_code for each in await asyncio.gather(*(send(client, body) for body in bodies))]
