"""EasyPost: rates, labels and tracking of many carriers (https://docs.easypost.com).

Sends POST /v2/shipments to prepare, POST /v2/shipments/{id}/buy and /refund, GET /v2/shipments/{id}; receives
`tracker.updated` and `tracker.created` events, whose X-Hmac-Signature is the HMAC-SHA256 of the body with the
webhook's secret (normalized to NFKD), as hex after `hmac-sha256-hex=`. Its API has no idempotency keys: the
state of a shipment is read before a request is repeated.
"""

import unicodedata
from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from http import HTTPStatus
from typing import Any, ClassVar
from urllib.parse import quote

from app.core.money import Money
from app.fulfillment.carrier_adapters.answers import (
    check_signature,
    json_of,
    objects_in,
    optional_integer,
    optional_money,
    optional_object,
    optional_text,
    optional_time,
    required_text,
)
from app.fulfillment.carrier_adapters.asking import ask_carrier
from app.fulfillment.carrier_adapters.protocol import (
    Account,
    Address,
    Bought,
    CarrierRefuses,
    Parcel,
    Rate,
    TrackingNews,
    WebhookMessage,
)
from app.fulfillment.lifecycle import ShipmentStage

API = "https://api.easypost.com"
GRAMS_PER_OUNCE = Decimal("28.349523125")  # avoirdupois: 16 to a pound of 453.59237 g
MILLIMETRES_PER_INCH = Decimal("25.4")
_PREFIX = "hmac-sha256-hex="

P = ShipmentStage
_STAGES = {
    "pre_transit": P.LABEL_CREATED,
    "in_transit": P.IN_TRANSIT,
    "out_for_delivery": P.OUT_FOR_DELIVERY,
    "delivered": P.DELIVERED,
    "available_for_pickup": P.EXCEPTION,  # it waits at a pickup point
    "return_to_sender": P.RETURNED_TO_SENDER,
    "failure": P.EXCEPTION,
    "error": P.EXCEPTION,
    "cancelled": P.EXCEPTION,
}
# The `status_detail` of a failed delivery attempt.
_ATTEMPTED = "delivery_exception"


class EasyPost:
    DESCRIPTION: ClassVar[str] = "Integration with EasyPost: rates, labels and tracking of many carriers."
    SECRETS: ClassVar[tuple[str, ...]] = ("api_key", "webhook_secret")
    SELLS_LABELS: ClassVar[bool] = True
    NEEDS_WEIGHT: ClassVar[bool] = True
    CALLS_BACK: ClassVar[bool] = True

    def __init__(self, account: Account) -> None:
        self.account = account

    async def rates(self, parcel: Parcel) -> list[Rate]:
        return _rates(await self._ask("POST", "/v2/shipments", _shipment(parcel)))

    async def prepare(self, parcel: Parcel) -> str:
        return required_text(await self._ask("POST", "/v2/shipments", _shipment(parcel)), "id")

    async def buy(self, reference: str, service: str) -> Bought:
        known = await self._ask("GET", _path(reference))
        if not known.get("postage_label"):
            known = await self._bought(reference, _chosen(known, service))
        selected = optional_object(known, "selected_rate")
        return Bought(
            tracking_number=required_text(known, "tracking_code"),
            service=_service(selected),
            tracking_url=optional_text(optional_object(known, "tracker"), "public_url"),
            label_url=optional_text(optional_object(known, "postage_label"), "label_url"),
            cost=_price(selected),
        )

    async def _bought(self, reference: str, rate: Mapping[str, Any]) -> dict[str, Any]:
        try:
            return await self._ask("POST", _path(reference, "/buy"), {"rate": {"id": rate["id"]}})
        except CarrierRefuses:
            # An earlier request may have succeeded although its response was lost.
            known = await self._ask("GET", _path(reference))
            if not known.get("postage_label"):
                raise
            return known

    async def void(self, reference: str) -> None:
        try:
            known = await self._ask("GET", _path(reference))
        except CarrierRefuses as refusal:
            if refusal.status == HTTPStatus.NOT_FOUND:
                return
            raise
        if not known.get("postage_label") or known.get("refund_status") in ("submitted", "refunded"):
            return
        after = await self._ask("POST", _path(reference, "/refund"))
        if after.get("refund_status") == "rejected":
            raise CarrierRefuses("The carrier refused to void the label.")

    def read(self, headers: Mapping[str, str], body: bytes) -> WebhookMessage | None:
        secret = unicodedata.normalize("NFKD", self.account.secrets.get("webhook_secret", ""))
        check_signature(secret, body, headers.get("x-hmac-signature", ""), prefix=_PREFIX)
        event = json_of(body)
        if not required_text(event, "description").startswith("tracker."):
            return None
        tracker = optional_object(event, "result")
        return WebhookMessage(
            required_text(event, "id"),
            required_text(tracker, "tracking_code"),
            _news(tracker),
            _expected_on(tracker),
        )

    async def _ask(self, method: str, path: str, body: dict[str, Any] | None = None) -> dict[str, Any]:
        base = (self.account.api_url or API).rstrip("/")
        key = self.account.secrets.get("api_key", "")
        return await ask_carrier("EasyPost", method, base + path, body, credentials=(key, ""))


def _path(reference: str, step: str = "") -> str:
    return f"/v2/shipments/{quote(reference, safe='')}{step}"


def _shipment(parcel: Parcel) -> dict[str, Any]:
    ounces = (Decimal(parcel.weight_grams) / GRAMS_PER_OUNCE).quantize(Decimal("0.1"))
    box: dict[str, Any] = {"weight": float(max(ounces, Decimal("0.1")))}
    if parcel.sides_mm is not None:
        for name, side in zip(("length", "width", "height"), parcel.sides_mm, strict=True):
            box[name] = float((Decimal(side) / MILLIMETRES_PER_INCH).quantize(Decimal("0.01")))
    return {
        "shipment": {
            "reference": parcel.reference,
            "to_address": _address(parcel.recipient),
            "from_address": _address(parcel.sender),
            "parcel": box,
        }
    }


def _address(given: Address) -> dict[str, str]:
    sent = {
        "name": given.name, "company": given.company, "street1": given.line1, "street2": given.line2,
        "city": given.city, "state": given.region, "zip": given.postal_code, "country": given.country,
        "phone": given.phone,
    }  # fmt: skip
    return {name: value for name, value in sent.items() if value}


def _service(rate: Mapping[str, Any]) -> str:
    return "/".join(filter(None, (optional_text(rate, name) for name in ("carrier", "service"))))[:60]


def _price(rate: Mapping[str, Any]) -> Money | None:
    return optional_money(rate, "rate", optional_text(rate, "currency") or "USD")


def _rates(shipment: Mapping[str, Any]) -> list[Rate]:
    found = []
    for each in objects_in(shipment, "rates"):
        amount = _price(each)
        if amount is not None:
            found.append(Rate(_service(each), amount, optional_integer(each, "delivery_days")))
    return found


def _chosen(shipment: Mapping[str, Any], service: str) -> Mapping[str, Any]:
    offered = [each for each in objects_in(shipment, "rates") if each.get("id") and _price(each) is not None]
    fitting = [each for each in offered if service in ("", _service(each))]
    if not fitting:
        names = ", ".join(sorted(_service(each) for each in offered)) or "none"
        raise CarrierRefuses(
            (f"The service {service!r} is not available for this package. Available services: {names}.")[:500]
        )
    return min(fitting, key=lambda each: Decimal(str(each["rate"])))


def _news(tracker: Mapping[str, Any]) -> list[TrackingNews]:
    found = []
    for each in objects_in(tracker, "tracking_details"):
        stage = _stage(each)
        if stage is not None:
            found.append(
                TrackingNews(
                    stage,
                    optional_time(each, "datetime"),
                    optional_text(each, "message"),
                    _place(optional_object(each, "tracking_location")),
                    optional_text(tracker, "signed_by") if stage is P.DELIVERED else "",
                )
            )
    if not found:
        stage = _stage(tracker)
        if stage is not None:
            found.append(TrackingNews(stage, optional_time(tracker, "updated_at")))
    return found


def _expected_on(tracker: Mapping[str, Any]) -> date | None:
    """The date of `est_delivery_date`, whose time has no meaning; None after delivery."""
    estimate = tracker.get("est_delivery_date")
    try:
        return (
            date.fromisoformat(str(estimate)[:10])
            if estimate and tracker.get("status") != "delivered"
            else None
        )
    except ValueError:  # the rest of the message is valid
        return None


def _stage(event: Mapping[str, Any]) -> ShipmentStage | None:
    if event.get("status_detail") == _ATTEMPTED:
        return P.FAILED_ATTEMPT
    return _STAGES.get(optional_text(event, "status"))


def _place(location: Mapping[str, Any]) -> str:
    parts = (optional_text(location, name) for name in ("city", "state", "country"))
    return ", ".join(filter(None, parts))
