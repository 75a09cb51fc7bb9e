"""The protocol of payment gateways."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any, ClassVar, Protocol

from app.core.described import Described
from app.payments.lifecycle import DisputeStatus
from app.payments.payouts import Line

LONGEST_TOKEN = 500
LONGEST_URL = 2_000


class ActionKind(Described):
    """What the buyer has to do."""

    REDIRECT = "redirect", "Open `url`, a page of the gateway, which leads back to the `returnUrl`."
    SDK = "sdk", "Continue with the gateway's library in the browser or app, with `token`."


class GatewayState(Described):
    """How a payment stands at its gateway."""

    WAITING = "waiting", "No means of payment was confirmed."
    ACTION = "action", "The buyer has to act: see the client action."
    PROCESSING = "processing", "The bank has not decided yet."
    DECLINED = "declined", "The last attempt was declined; another one can be made."
    AUTHORIZED = "authorized", "An amount is authorized and can be captured."
    CLOSED = "closed", "Nothing more can be authorized or captured."


class RefundState(Described):
    PENDING = "pending", "Accepted by the gateway, not settled."
    SUCCEEDED = "succeeded", "Settled."
    FAILED = "failed", "Refused; no money moved, or it was returned."


@dataclass(frozen=True, slots=True)
class Account:
    """The account of the company with a gateway. `secrets` are those named in the gateway's `SECRETS`.

    `earlier_secrets` are the secrets before the last change, with which messages may still be signed.
    """

    code: str
    api_url: str = ""
    secrets: Mapping[str, str] = field(default_factory=dict[str, str])
    earlier_secrets: Mapping[str, str] = field(default_factory=dict[str, str])

    def signing(self, name: str) -> list[str]:
        """The secrets of a name with which a message may be signed: the present one, then the earlier one."""
        found = [self.secrets.get(name, ""), self.earlier_secrets.get(name, "")]
        return list(dict.fromkeys(filter(None, found)))


@dataclass(frozen=True, slots=True)
class Wanted:
    """An amount to be authorized, in minor units of ISO 4217."""

    key: str  # of the transaction, the same whenever it is sent again
    amount_minor: int
    currency: str
    order_number: str
    email: str = ""
    token: str = ""  # the means of payment, as the gateway named it to the storefront; "": the buyer gives it
    return_url: str = ""  # where the gateway sends the buyer back to
    renews: str = ""  # without a token: the payment whose means of payment is used again, without the buyer
    is_again: bool = False  # an earlier attempt of the payment was declined


@dataclass(frozen=True, slots=True)
class ClientAction:
    """What the buyer has to do before the payment goes on."""

    kind: ActionKind
    url: str = ""
    token: str = ""
    expires_at: datetime | None = None

    @classmethod
    def from_json(cls, stored: Mapping[str, Any]) -> "ClientAction":
        """From the form stored with a payment."""
        at = datetime.fromisoformat(stored["expires_at"]) if stored["expires_at"] else None
        return cls(ActionKind(stored["kind"]), stored["url"], stored["token"], at)

    def to_json(self) -> dict[str, Any]:
        at = self.expires_at.isoformat() if self.expires_at else None
        return {"kind": self.kind.value, "url": self.url, "token": self.token, "expires_at": at}


@dataclass(frozen=True, slots=True)
class Prepared:
    """A payment registered at the gateway."""

    reference: str  # the gateway's, at most 120 characters
    action: ClientAction | None = None  # None: `confirm` is called next


@dataclass(frozen=True, slots=True)
class Refunded:
    """A refund at the gateway."""

    reference: str
    amount_minor: int
    state: RefundState
    key: str = ""  # of the transaction that requested it; "" if it was not requested by this system
    message: str = ""  # the gateway's, if it failed


@dataclass(frozen=True, slots=True)
class Declined:
    """Why an attempt was declined."""

    code: str
    message: str
    can_retry: bool


@dataclass(frozen=True, slots=True)
class Standing:
    """How a payment stands at its gateway now. Amounts are in minor units of ISO 4217.

    `authorized_minor` and `captured_minor` are totals: an amount that was captured counts in both.
    """

    reference: str
    state: GatewayState
    amount_minor: int  # that the payment is for
    currency: str
    authorized_minor: int = 0
    captured_minor: int = 0
    capture_reference: str = ""  # the gateway's reference of the latest capture
    refunds: Sequence[Refunded] = ()
    action: ClientAction | None = None  # None in the state ACTION: as stated before
    declined: Declined | None = None  # in the state ACTION: why a try failed that the buyer can repeat there
    # Facts of the authorization.
    capture_before: datetime | None = None
    max_captures: int | None = None
    overcapture_minor: int = 0
    can_increase: bool = False  # whether `increase` is possible without the buyer
    can_renew: bool = False  # whether the means of payment can be used again without the buyer (`renews`)


@dataclass(frozen=True, slots=True)
class Notice:
    """A message of the gateway: what it is about. What has happened is asked with `look`."""

    external_id: str  # the gateway's id of the message
    reference: str  # of the payment
    kind: str  # as the gateway names it
    amount_minor: int | None = None  # that the payment is for, if the message states it
    currency: str = ""
    key: str = ""  # of the transaction, if the gateway returns it
    dispute: str = ""  # the gateway's reference of a dispute, if the message is about one
    payout: str = ""  # the gateway's reference of a payout, if the message is about one


@dataclass(frozen=True, slots=True)
class Disputed:
    """How a dispute stands at the gateway now. Amounts are in minor units of ISO 4217."""

    reference: str  # of the dispute
    payment_reference: str
    status: DisputeStatus
    amount_minor: int
    currency: str
    reason: str = ""
    is_inquiry: bool = False  # a question of the bank; no money has moved
    evidence_due_at: datetime | None = None
    opened_at: datetime | None = None  # None: not stated
    fee_minor: int | None = None  # what the gateway charges for it; None: not stated
    fee_currency: str = ""


@dataclass(frozen=True, slots=True)
class PaidOut:
    """A payout of the gateway. Amounts are in minor units of ISO 4217."""

    reference: str
    currency: str
    arrival_on: date
    total_minor: int
    lines: Sequence[Line]  # those that are known
    has_failed: bool = False  # the bank has returned it, or it was cancelled


class GatewayRefuses(Exception):
    """The gateway refused the request; nothing was done."""

    def __init__(self, code: str, message: str, *, can_retry: bool = False) -> None:
        super().__init__(message)
        self.code, self.message, self.can_retry = code, message, can_retry


class GatewaySilent(Exception):
    """The gateway did not respond in time, or unreadably: whether the request was processed is unknown."""


class NotFromGateway(Exception):
    """A message that is not authentic, or cannot be parsed."""


class Gateway(Protocol):
    """A payment gateway. All methods except `read` may take long and may raise GatewayRefuses and
    GatewaySilent.

    Another exception is an error of the adapter. It is logged, and handled like GatewaySilent.
    `key` identifies a request: the gateway must process requests with the same key once.
    """

    DESCRIPTION: ClassVar[str]  # of the integration, in the API and in docs
    SECRETS: ClassVar[tuple[str, ...]]  # required credentials of an account
    PACKAGE: ClassVar[str | None]  # the optional package that the adapter imports; None if it needs none

    def __init__(self, account: Account) -> None: ...

    async def prepare(self, wanted: Wanted) -> Prepared:
        """Register a payment. It costs nothing and authorizes nothing; repeated calls register it once."""
        ...

    async def confirm(self, reference: str, wanted: Wanted) -> Standing:
        """Authorize a prepared payment with `wanted.token`, or with the means of payment of `wanted.renews`.
        It is never called again for the same key."""
        ...

    async def capture(
        self, reference: str, amount_minor: int, currency: str, key: str, *, is_last: bool
    ) -> Standing:
        """Capture an authorized amount. Unless it `is_last`, the rest stays authorized."""
        ...

    async def increase(self, reference: str, amount_minor: int, currency: str, key: str) -> Standing:
        """Raise the authorized amount to a total."""
        ...

    async def void(self, reference: str, key: str) -> Standing:
        """End a payment: what is not captured is released, and nothing more can be authorized."""
        ...

    async def refund(self, reference: str, amount_minor: int, currency: str, key: str) -> Standing:
        """Refund a captured amount."""
        ...

    async def look(self, reference: str) -> Standing:
        """How a payment stands."""
        ...

    async def dispute(self, reference: str) -> Disputed:
        """How a dispute stands."""
        ...

    async def payout(self, reference: str) -> PaidOut:
        """A payout with its lines."""
        ...

    def read(self, headers: Mapping[str, str], body: bytes) -> Notice | None:
        """What a message is about; None if it is irrelevant. The names of headers are in lower case.

        Raises:
            NotFromGateway: it is not authentic, or is not a message of the gateway.
        """
        ...
