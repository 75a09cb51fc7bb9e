"""EasyPost: rates, labels and tracking of many carriers (https://docs.easypost.com).

Sends POST /v2/shipments to prepare, POST /v2/shipments/{id}/buy and /refund, GET /v2/shipments/{id}; receives
`tracker.updated` and `tracker.created` events, whose X-Hmac-Signature is the HMAC-SHA256 of the body with the
webhook's secret (normalized to NFKD), as hex after `hmac-sha256-hex=`. Its API has no idempotency keys: the
state of a shipment is read before a request is repeated.
"""

import hashlib
import hmac
import unicodedata
from collections.abc import Mapping
from datetime import UTC, date, datetime
from decimal import Decimal, InvalidOperation
from typing import Any, ClassVar
from urllib.parse import quote

import orjson

from app.core.links import shown_link
from app.core.money import Money
from app.core.refusals import Refusal
from app.fulfillment.carrier_adapters.asking import ask_carrier
from app.fulfillment.carrier_adapters.protocol import (
    Account,
    Bought,
    CarrierRefuses,
    CarrierSilent,
    NotFromCarrier,
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
        return _said(await self._ask("POST", "/v2/shipments", _shipment(parcel)), "id")

    async def buy(self, reference: str, service: str) -> Bought:
        known = await self._ask("GET", _path(reference))
        if not known.get("postage_label"):
            known = await self._bought(reference, _chosen(known, service))
        selected = known.get("selected_rate") or {}
        return Bought(
            tracking_number=_said(known, "tracking_code"),
            service=_service(selected),
            tracking_url=shown_link((known.get("tracker") or {}).get("public_url")) or "",
            label_url=shown_link((known.get("postage_label") or {}).get("label_url")) or "",
            cost=_money(selected),
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
        known = await self._ask("GET", _path(reference))
        if not known.get("postage_label") or known.get("refund_status") in ("submitted", "refunded"):
            return
        after = await self._ask("POST", _path(reference, "/refund"))
        if after.get("refund_status") == "rejected":
            raise CarrierRefuses("The carrier does not take the label back.")

    def read(self, headers: Mapping[str, str], body: bytes) -> WebhookMessage | None:
        self._refuse_unsigned(headers.get("x-hmac-signature", ""), body)
        try:
            event = orjson.loads(body)
            if not str(event["description"]).startswith("tracker."):
                return None
            tracker = event["result"]
            return WebhookMessage(
                str(event["id"]), str(tracker["tracking_code"]), _news(tracker), _expected_on(tracker)
            )
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            raise NotFromCarrier("This is not an event of EasyPost.") from error

    def _refuse_unsigned(self, signature: str, body: bytes) -> None:
        secret = unicodedata.normalize("NFKD", self.account.secrets.get("webhook_secret", "")).encode()
        wanted = _PREFIX + hmac.new(secret, body, hashlib.sha256).hexdigest()
        if not secret or not hmac.compare_digest(wanted.encode(), signature.encode()):
            raise NotFromCarrier("The signature is not that of the webhook's secret.")

    async def _ask(self, method: str, path: str, body: dict[str, Any] | None = None) -> dict[str, Any]:
        base = (self.account.api_url or API).rstrip("/")
        key = self.account.secrets.get("api_key", "")
        return await ask_carrier("EasyPost", method, base + path, body, credentials=(key, ""))


def _path(reference: str, step: str = "") -> str:
    return f"/v2/shipments/{quote(reference, safe='')}{step}"


def _said(answer: Mapping[str, Any], name: str) -> str:
    """A required value of a response."""
    value = answer.get(name)
    if not value:
        raise CarrierSilent(f"EasyPost answers without {name}.")
    return str(value)


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


def _address(given: Mapping[str, Any]) -> dict[str, str]:
    names = {
        "name": "name", "company": "company", "street1": "line1", "street2": "line2", "city": "city",
        "state": "region", "zip": "postal_code", "country": "country", "phone": "phone",
    }  # fmt: skip
    return {theirs: str(given[ours]) for theirs, ours in names.items() if given.get(ours)}


def _service(rate: Mapping[str, Any]) -> str:
    return "/".join(str(rate[name]) for name in ("carrier", "service") if rate.get(name))[:60]


def _money(rate: Mapping[str, Any]) -> Money | None:
    try:
        return Money.of(Decimal(str(rate["rate"])), str(rate.get("currency") or "USD"))
    except (KeyError, InvalidOperation, Refusal):
        return None


def _rates(shipment: Mapping[str, Any]) -> list[Rate]:
    found = []
    for each in shipment.get("rates") or []:
        amount = _money(each)
        if amount is not None:
            found.append(Rate(_service(each), amount, each.get("delivery_days")))
    return sorted(found, key=lambda rate: (rate.amount.currency, rate.amount.minor, rate.service))


def _chosen(shipment: Mapping[str, Any], service: str) -> Mapping[str, Any]:
    offered = [each for each in shipment.get("rates") or [] if each.get("id") and _money(each) is not None]
    fitting = [each for each in offered if service in ("", _service(each))]
    if not fitting:
        names = ", ".join(sorted(_service(each) for each in offered)) or "none"
        raise CarrierRefuses(f"There is no service {service!r} for this parcel. There is: {names}."[:500])
    return min(fitting, key=lambda each: Decimal(str(each["rate"])))


def _news(tracker: Mapping[str, Any]) -> list[TrackingNews]:
    found = []
    for each in tracker.get("tracking_details") or []:
        stage = _stage(each)
        if stage is not None:
            found.append(
                TrackingNews(
                    stage,
                    _moment(each.get("datetime")),
                    str(each.get("message") or "")[:300],
                    _place(each.get("tracking_location") or {}),
                    str(tracker.get("signed_by") or "")[:120] if stage is P.DELIVERED else "",
                )
            )
    if not found:
        stage = _stage(tracker)
        if stage is not None:
            found.append(TrackingNews(stage, _moment(tracker.get("updated_at"))))
    return found


def _expected_on(tracker: Mapping[str, Any]) -> date | None:
    """The date of `est_delivery_date`, whose time has no meaning; None after delivery."""
    said = tracker.get("est_delivery_date")
    try:
        return date.fromisoformat(str(said)[:10]) if said and tracker.get("status") != "delivered" else None
    except ValueError:  # the rest of the message is valid
        return None


def _stage(said: Mapping[str, Any]) -> ShipmentStage | None:
    if said.get("status_detail") == _ATTEMPTED:
        return P.FAILED_ATTEMPT
    return _STAGES.get(str(said.get("status") or ""))


def _moment(given: Any) -> datetime | None:
    if not given:
        return None
    at = datetime.fromisoformat(str(given))
    return at if at.tzinfo else at.replace(tzinfo=UTC)


def _place(location: Mapping[str, Any]) -> str:
    parts = (location.get(name) for name in ("city", "state", "country"))
    return ", ".join(str(part) for part in parts if part)[:120]
