"""A stand-in for EasyPost: it responds as its documentation shows, and can be unavailable.

Parcels are kept in memory, and sold labels are counted to detect a label that is bought twice.
"""

import base64
import hashlib
import hmac
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from tests.listening import listening

API_KEY, WEBHOOK_SECRET = "EZTK-a-key-of-the-tests", "wébhook sécret"
RATES = [
    ("USPS", "Priority", "9.45", 2),
    ("USPS", "GroundAdvantage", "6.07", 4),
    ("FedEx", "2Day", "21.10", 2),
]


class EasyPostStandIn:
    """What was sent to it, and its behavior: `silent` responds 503, `lost` sells but responds 504."""

    def __init__(self) -> None:
        self.shipments: dict[str, dict[str, Any]] = {}
        self.bought: list[str] = []
        self.refunded: list[str] = []
        self.silent = False
        self.lost = False
        self.refuses = ""
        self.url = ""

    def app(self) -> Starlette:
        return Starlette(
            routes=[
                Route("/v2/shipments", self.create, methods=["POST"]),
                Route("/v2/shipments/{id}", self.retrieve),
                Route("/v2/shipments/{id}/buy", self.buy, methods=["POST"]),
                Route("/v2/shipments/{id}/refund", self.refund, methods=["POST"]),
            ]
        )

    def _refusal(self, request: Request) -> Response | None:
        wanted = "Basic " + base64.b64encode(f"{API_KEY}:".encode()).decode()
        if request.headers.get("authorization") != wanted:
            return _error(401, "UNAUTHORIZED", "The API key is not known.")
        if self.silent:
            return Response("upstream timed out", 503)
        if self.refuses:
            return _error(422, "ADDRESS.VERIFY.FAILURE", self.refuses)
        return None

    async def create(self, request: Request) -> Response:
        given = (await request.json())["shipment"]
        if refusal := self._refusal(request):
            return refusal
        id = f"shp_{len(self.shipments) + 1:032x}"
        self.shipments[id] = {
            **given,
            "id": id,
            "object": "Shipment",
            "rates": [
                {
                    "id": f"rate_{number:032x}", "object": "Rate", "carrier": carrier, "service": service,
                    "rate": amount, "currency": "USD", "delivery_days": days, "shipment_id": id,
                }
                for number, (carrier, service, amount, days) in enumerate(RATES)
            ],
            "selected_rate": None, "postage_label": None, "tracking_code": None, "tracker": None,
            "refund_status": None, "status": "unknown",
        }  # fmt: skip
        return JSONResponse(self.shipments[id], 201)

    async def retrieve(self, request: Request) -> Response:
        return self._refusal(request) or JSONResponse(self.shipments[request.path_params["id"]])

    async def buy(self, request: Request) -> Response:
        if refusal := self._refusal(request):
            return refusal
        shipment = self.shipments[request.path_params["id"]]
        if shipment["postage_label"]:
            return _error(422, "SHIPMENT.POSTAGE.EXISTS", "Postage already exists for this shipment.")
        wanted = (await request.json())["rate"]["id"]
        rate = next(each for each in shipment["rates"] if each["id"] == wanted)
        code = f"94001000000000{len(self.bought) + 1:08d}"
        self.bought.append(shipment["id"])
        shipment.update(
            selected_rate=rate,
            tracking_code=code,
            postage_label={"object": "PostageLabel", "label_url": f"https://labels.example/{code}.png"},
            tracker={
                "object": "Tracker",
                "tracking_code": code,
                "public_url": f"https://track.example/{code}",
            },
        )
        if self.lost:
            return Response("gateway timed out", 504)
        return JSONResponse(shipment)

    async def refund(self, request: Request) -> Response:
        if refusal := self._refusal(request):
            return refusal
        shipment = self.shipments[request.path_params["id"]]
        self.refunded.append(shipment["id"])
        shipment["refund_status"] = "submitted"
        return JSONResponse(shipment)


def _error(status: int, code: str, message: str) -> Response:
    return JSONResponse({"error": {"code": code, "message": message, "errors": []}}, status)


@asynccontextmanager
async def running() -> AsyncIterator[EasyPostStandIn]:
    """The stand-in, listening on a port of this machine."""
    stand_in = EasyPostStandIn()
    async with listening(stand_in.app()) as stand_in.url:
        yield stand_in


def event(id: str, code: str, *details: tuple[str, str, str], **more: Any) -> bytes:
    """A `tracker.updated` event; each detail is a status, a time and a message."""
    last = details[-1][0] if details else "unknown"
    body = {
        "id": id,
        "object": "Event",
        "mode": "test",
        "description": "tracker.updated",
        "previous_attributes": {"status": "unknown"},
        "result": {
            "id": "trk_1", "object": "Tracker", "tracking_code": code, "carrier": "USPS", "status": last,
            "signed_by": "A LOVELACE" if last == "delivered" else None, "updated_at": "2026-01-01T00:00:00Z",
            "est_delivery_date": more.get("est_delivery_date"),
            "tracking_details": [
                {
                    "object": "TrackingDetail", "status": status, "datetime": at, "message": message,
                    "status_detail": more.get("status_detail", "status_update"), "source": "USPS",
                    "tracking_location": {
                        "object": "TrackingLocation", "city": "CHARLESTON", "state": "SC", "country": "US",
                    },
                }
                for status, at, message in details
            ],
        },
    }  # fmt: skip
    return json.dumps(body, indent=1).encode()


def signature(body: bytes, secret: str = WEBHOOK_SECRET) -> str:
    """The X-Hmac-Signature of a body. NFKD is written out for the é of the tests' secret."""
    key = secret.replace("é", "e\u0301").encode()
    return "hmac-sha256-hex=" + hmac.new(key, body, hashlib.sha256).hexdigest()
