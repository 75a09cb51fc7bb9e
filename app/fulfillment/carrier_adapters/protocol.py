"""The protocol of carrier adapters."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field, fields
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
class Address:
    """A postal address. A part that is not given is an empty text."""

    name: str  # of the recipient, or of the warehouse
    company: str
    line1: str
    line2: str
    city: str
    region: str  # as the country's postal addresses write it: "IL", "NSW"; a name where there are no codes
    postal_code: str
    country: str  # ISO 3166-1 alpha-2
    phone: str  # E.164, with an extension as `;ext=12`

    @classmethod
    def from_json(cls, stored: Mapping[str, Any]) -> "Address":
        """From the stored address of an order or a location."""
        return cls(**{each.name: str(stored.get(each.name) or "") for each in fields(cls)})


@dataclass(frozen=True, slots=True)
class Parcel:
    """A parcel to ship."""

    # Of the system, at most 70 characters: the same whenever a label is requested again, another one for
    # another label of the parcel. A carrier may use it to recognize repeated requests.
    reference: str
    sender: Address
    recipient: Address
    weight_grams: int  # 0 if it is not known and the adapter does not need it
    sides_mm: tuple[int, int, int] | None = None  # length, width and height; None: not known


@dataclass(frozen=True, slots=True)
class Rate:
    """The price of a carrier's service for a parcel."""

    service: str  # the code that `buy` is given, at most 60 characters
    amount: Money
    days: int | None = None  # until delivery; None: not known


@dataclass(frozen=True, slots=True)
class Bought:
    """A bought label. URLs that are no web addresses are not stored."""

    tracking_number: str
    service: str = ""
    tracking_url: str = ""  # of the carrier's tracking page
    label_url: str = ""  # of the label as a file; "": the system prints the label
    cost: Money | None = None  # None: not known


@dataclass(frozen=True, slots=True)
class TrackingNews:
    """A tracking event of a parcel."""

    stage: ShipmentStage
    at: datetime | None  # without a time zone: in UTC; None or implausible: the time of receipt
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
    """A webhook message about one parcel."""

    external_id: (
        str  # the carrier's id of the message, which is stored once; "": the same body is stored once
    )
    tracking_number: str
    news: Sequence[TrackingNews]
    expected_on: date | None = None  # estimated delivery date; None: not given


class CarrierRefuses(Exception):
    """The carrier refused the request; the message is the carrier's.

    `status` is the HTTP status of the response; None if there was no response.
    """

    def __init__(self, message: str, *, status: int | None = None) -> None:
        super().__init__(message)
        self.status = status


class CarrierSilent(Exception):
    """The carrier did not respond in time: the result is unknown, and the request can be repeated."""


class UnreadableAnswer(CarrierSilent):
    """A response lacks a required value or is not JSON: its result is unknown, too."""


class NotFromCarrier(Exception):
    """A message that is not authentic or cannot be parsed."""


class Carrier(Protocol):
    """A carrier. All methods except `read` may take long and may raise CarrierRefuses and CarrierSilent.

    Another exception is an error of the adapter. It is logged, and handled like CarrierSilent.
    """

    DESCRIPTION: ClassVar[str]  # of the integration, in the API and in docs
    SECRETS: ClassVar[tuple[str, ...]]  # required credentials of an account
    SELLS_LABELS: ClassVar[bool]
    NEEDS_WEIGHT: ClassVar[bool]
    CALLS_BACK: ClassVar[bool]

    def __init__(self, account: Account) -> None: ...

    async def rates(self, parcel: Parcel) -> list[Rate]:
        """The rates of its services for a parcel, in any order."""
        ...

    async def prepare(self, parcel: Parcel) -> str:
        """Register a parcel at no cost; return the carrier's reference, at most 120 characters."""
        ...

    async def buy(self, reference: str, service: str) -> Bought:
        """Buy the label of a prepared parcel; "" for the cheapest service. Repeated calls buy it once."""
        ...

    async def void(self, reference: str) -> None:
        """Void a label; does nothing if it was never bought, was voided before or does not exist."""
        ...

    def read(self, headers: Mapping[str, str], body: bytes) -> WebhookMessage | None:
        """The content of a message; None if it is irrelevant. The names of headers are in lower case.

        Raises:
            NotFromCarrier, UnreadableAnswer: it is not authentic, or is not a message of the carrier.
        """
        ...
