"""`python -m benchmark.gatewayed serve`: a server whose payment gateway answers at once, in its process."""

from collections.abc import Mapping
from dataclasses import replace
from typing import ClassVar

from app.cli import app
from app.payments.gateways.kinds import GatewayKind
from app.payments.gateways.protocol import (
    Account,
    Disputed,
    GatewaySilent,
    GatewayState,
    Notice,
    PaidOut,
    Prepared,
    Standing,
    Wanted,
)

SECRETS = ("secret_key", "webhook_secret")


class Instant:
    """Authorizes and captures whatever is asked."""

    DESCRIPTION: ClassVar[str] = "A gateway of the benchmark."
    SECRETS: ClassVar[tuple[str, ...]] = SECRETS
    PACKAGE: ClassVar[str | None] = None
    _payments: ClassVar[dict[str, Standing]] = {}

    def __init__(self, account: Account) -> None:
        self.account = account

    def _set(self, standing: Standing) -> Standing:
        self._payments[standing.reference] = standing
        return standing

    async def prepare(self, wanted: Wanted) -> Prepared:
        made = Standing(f"pay_{wanted.key}", GatewayState.WAITING, wanted.amount_minor, wanted.currency)
        return Prepared(self._set(made).reference, None)

    async def confirm(self, reference: str, wanted: Wanted) -> Standing:
        known = self._payments[reference]
        authorized = known.amount_minor
        return self._set(replace(known, state=GatewayState.AUTHORIZED, authorized_minor=authorized))

    async def capture(
        self, reference: str, amount_minor: int, currency: str, key: str, *, is_last: bool
    ) -> Standing:
        known = self._payments[reference]
        captured = known.captured_minor + amount_minor
        state = GatewayState.CLOSED if captured >= known.authorized_minor else GatewayState.AUTHORIZED
        return self._set(replace(known, state=state, captured_minor=captured, capture_reference=f"cap_{key}"))

    async def increase(self, reference: str, amount_minor: int, currency: str, key: str) -> Standing:
        return self._payments[reference]

    async def void(self, reference: str, key: str) -> Standing:
        known = self._payments[reference]
        left = known.captured_minor
        return self._set(replace(known, state=GatewayState.CLOSED, authorized_minor=left))

    async def refund(self, reference: str, amount_minor: int, currency: str, key: str) -> Standing:
        return self._payments[reference]

    async def look(self, reference: str) -> Standing:
        return self._payments[reference]

    async def dispute(self, reference: str) -> Disputed:
        raise GatewaySilent("There are no disputes.")

    async def payout(self, reference: str) -> PaidOut:
        raise GatewaySilent("There are no payouts.")

    def read(self, headers: Mapping[str, str], body: bytes) -> Notice | None:
        return None


if __name__ == "__main__":
    GatewayKind.STRIPE.adapter = Instant  # type: ignore[assignment]
    app()
