"""The protocol of carrier adapters."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import date, datetime
from typing import Any, ClassVar, Protocol

from app.core.money import Money
from app.fulfillment.lifecycle import ShipmentStage


@dataclass(frozen=True, slots=True)
class Account:
    """The account of the company with a carrier. `secrets` are those named in the carrier's `SECRETS`."""

    code: str
    api_url: str = ""
    tracking_url: str = ""
    secrets: Mapping[str, str] = field(default_factory=dict[str, str])


@dataclass(frozen=True, slots=True)
class Parcel:
    """A parcel to ship: addresses as stored, grams, millimetres."""

    reference: str  # the system's reference, always the same for a parcel
    sender: Mapping[str, Any]
    recipient: Mapping[str, Any]
    weight_grams: int
    sides_mm: tuple[int, int, int] | None = None


@dataclass(frozen=True, slots=True)
class Rate:
    """The price of a carrier's service for a parcel."""

    service: str
    amount: Money
    days: int | None = None


@dataclass(frozen=True, slots=True)
class Bought:
    """A bought label: the carrier's tracking number, and the URL of the
    label (empty: printed by the system).
    """

    tracking_number: str
    service: str = ""
    tracking_url: str = ""
    label_url: str = ""
    cost: Money | None = None


@dataclass(frozen=True, slots=True)
class TrackingNews:
    """A tracking event of a parcel."""

    stage: ShipmentStage
    at: datetime | None
    text: str = ""
    place: str = ""
    signed_by: str = ""

    @classmethod
    def from_json(cls, stored: Mapping[str, Any]) -> "TrackingNews":
        """From the form stored in a carrier message."""
        at = datetime.fromisoformat(stored["at"]) if stored["at"] else None
        return cls(ShipmentStage(stored["stage"]), at, stored["text"], stored["place"], stored["signed_by"])

    def to_json(self) -> dict[str, Any]:
        return asdict(self) | {"stage": self.stage.value, "at": self.at.isoformat() if self.at else None}


@dataclass(frozen=True, slots=True)
class WebhookMessage:
    """A webhook message: its id, the tracking number, and the events.

    `expected_on` is the estimated delivery date; None if it is not given.
    """

    external_id: str
    tracking_number: str
    news: Sequence[TrackingNews]
    expected_on: date | None = None


class CarrierRefuses(Exception):
    """The carrier refused the request; the message is the carrier's."""


class CarrierSilent(Exception):
    """The carrier did not respond in time: the result is unknown, and the request can be repeated."""


class NotFromCarrier(Exception):
    """A message that is not authentic or cannot be parsed."""


class Carrier(Protocol):
    """A carrier. All methods except `read` may take long and may raise CarrierRefuses and CarrierSilent."""

    DESCRIPTION: ClassVar[str]  # of the integration, in the API and in docs
    SECRETS: ClassVar[tuple[str, ...]]  # required credentials of an account
    SELLS_LABELS: ClassVar[bool]
    NEEDS_WEIGHT: ClassVar[bool]
    CALLS_BACK: ClassVar[bool]

    def __init__(self, account: Account) -> None: ...

    async def rates(self, parcel: Parcel) -> list[Rate]:
        """The rates of its services for a parcel, cheapest first."""
        ...

    async def prepare(self, parcel: Parcel) -> str:
        """Register a parcel at no cost; return the carrier's reference."""
        ...

    async def buy(self, reference: str, service: str) -> Bought:
        """Buy the label of a prepared parcel; "" for the cheapest service. Repeated calls buy it once."""
        ...

    async def void(self, reference: str) -> None:
        """Void a label; does nothing if it was never bought or was voided before."""
        ...

    def read(self, headers: Mapping[str, str], body: bytes) -> WebhookMessage | None:
        """The content of a message; None if it is irrelevant.

        Raises:
            NotFromCarrier: it is not authentic.
        """
        ...
