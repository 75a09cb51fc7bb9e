"""What can be asked of a carrier."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import date, datetime
from typing import Any, ClassVar, Protocol

from app.core.money import Money
from app.fulfillment.lifecycle import ShipmentStage


@dataclass(frozen=True, slots=True)
class Account:
    """How the company is known to a carrier. `secrets` are those that the carrier's `SECRETS` name."""

    code: str
    api_url: str = ""
    tracking_url: str = ""
    secrets: Mapping[str, str] = field(default_factory=dict[str, str])


@dataclass(frozen=True, slots=True)
class Parcel:
    """What a carrier is to take: addresses as they are stored, grams, millimetres."""

    reference: str  # ours, the same each time
    sender: Mapping[str, Any]
    recipient: Mapping[str, Any]
    weight_grams: int
    sides_mm: tuple[int, int, int] | None = None


@dataclass(frozen=True, slots=True)
class Rate:
    """What a carrier takes for a parcel, by one of its services."""

    service: str
    amount: Money
    days: int | None = None


@dataclass(frozen=True, slots=True)
class Bought:
    """A label: what the carrier knows the parcel by, and where its label is (empty: we print it)."""

    tracking_number: str
    service: str = ""
    tracking_url: str = ""
    label_url: str = ""
    cost: Money | None = None


@dataclass(frozen=True, slots=True)
class TrackingNews:
    """One thing that a carrier says of a parcel."""

    stage: ShipmentStage
    at: datetime | None
    text: str = ""
    place: str = ""
    signed_by: str = ""

    @classmethod
    def from_json(cls, stored: Mapping[str, Any]) -> "TrackingNews":
        """As a carrier message keeps it."""
        at = datetime.fromisoformat(stored["at"]) if stored["at"] else None
        return cls(ShipmentStage(stored["stage"]), at, stored["text"], stored["place"], stored["signed_by"])

    def to_json(self) -> dict[str, Any]:
        return asdict(self) | {"stage": self.stage.value, "at": self.at.isoformat() if self.at else None}


@dataclass(frozen=True, slots=True)
class WebhookMessage:
    """What a carrier called to say: its own id of the message, the parcel's number, and the news.

    `expected_on` is the day on which it thinks that the parcel arrives; None: it does not say.
    """

    external_id: str
    tracking_number: str
    news: Sequence[TrackingNews]
    expected_on: date | None = None


class CarrierRefuses(Exception):
    """The carrier answered, and the answer is no; the words are its own."""


class CarrierSilent(Exception):
    """The carrier did not answer, or not in time: nobody knows what came of it. Ask again."""


class NotFromCarrier(Exception):
    """A message that does not prove that it comes from the carrier, or cannot be read."""


class Carrier(Protocol):
    """A carrier. All but `read` may take long and may raise CarrierRefuses and CarrierSilent."""

    DESCRIPTION: ClassVar[str]  # of the integration, in the API and in docs
    SECRETS: ClassVar[tuple[str, ...]]  # what its account must be given
    SELLS_LABELS: ClassVar[bool]
    NEEDS_WEIGHT: ClassVar[bool]
    CALLS_BACK: ClassVar[bool]

    def __init__(self, account: Account) -> None: ...

    async def rates(self, parcel: Parcel) -> list[Rate]:
        """What its services take for a parcel, the cheapest first."""
        ...

    async def prepare(self, parcel: Parcel) -> str:
        """Tell it of a parcel, at no cost; returns the carrier's reference of it."""
        ...

    async def buy(self, reference: str, service: str) -> Bought:
        """Buy the label of a prepared parcel; "" for the cheapest service. Asked twice, it is bought once."""
        ...

    async def void(self, reference: str) -> None:
        """Give a label back; one that was never bought, or was given back before, is fine."""
        ...

    def read(self, headers: Mapping[str, str], body: bytes) -> WebhookMessage | None:
        """What a message says; None for one that is of no interest.

        Raises:
            NotFromCarrier: it does not prove that it comes from the carrier.
        """
        ...
