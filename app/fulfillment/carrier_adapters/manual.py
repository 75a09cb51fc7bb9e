"""A carrier without an integration: parcels are handed over and tracked by hand."""

from collections.abc import Mapping
from typing import ClassVar

from app.fulfillment.carrier_adapters.protocol import (
    Account,
    Bought,
    CarrierRefuses,
    NotFromCarrier,
    Parcel,
    Rate,
    WebhookMessage,
)


class Manual:
    DESCRIPTION: ClassVar[str] = "No integration: staff enter tracking numbers and tracking events manually."
    SECRETS: ClassVar[tuple[str, ...]] = ()
    SELLS_LABELS: ClassVar[bool] = False
    NEEDS_WEIGHT: ClassVar[bool] = False
    CALLS_BACK: ClassVar[bool] = False

    def __init__(self, account: Account) -> None:
        self.account = account

    async def rates(self, parcel: Parcel) -> list[Rate]:
        return []

    async def prepare(self, parcel: Parcel) -> str:
        raise CarrierRefuses(
            "This carrier has no integration for labels. Enter the tracking number when you ship."
        )

    async def buy(self, reference: str, service: str) -> Bought:
        raise CarrierRefuses("This carrier has no integration for labels.")

    async def void(self, reference: str) -> None:
        return

    def read(self, headers: Mapping[str, str], body: bytes) -> WebhookMessage | None:
        raise NotFromCarrier("This carrier has no webhooks.")
