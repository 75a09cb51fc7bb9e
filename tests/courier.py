"""A carrier of the tests with a bearer token, and its server, which can misbehave at each step.

The server recognizes a parcel that is registered again by its reference, and counts the labels that it sells.
"""

import asyncio
import hashlib
import hmac
import json
from collections import defaultdict
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import asdict
from typing import Any, ClassVar
from urllib.parse import quote

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from app.fulfillment.carrier_adapters import (
    Account,
    Bought,
    CarrierRefuses,
    Parcel,
    Rate,
    TrackingNews,
    WebhookMessage,
)
from app.fulfillment.carrier_adapters.answers import (
    check_signature,
    json_of,
    objects_in,
    optional_integer,
    optional_money,
    optional_text,
    optional_time,
    required_text,
)
from app.fulfillment.carrier_adapters.asking import ask_carrier
from app.fulfillment.lifecycle import ShipmentStage
from tests.listening import listening

TOKEN, SECRET = "token-of-the-tests", "secret-of-the-tests"
STAGES = {"moving": ShipmentStage.IN_TRANSIT, "there": ShipmentStage.DELIVERED}


class Courier:
    """The adapter."""

    DESCRIPTION: ClassVar[str] = "A courier."
    SECRETS: ClassVar[tuple[str, ...]] = ("token", "webhook_secret")
    SELLS_LABELS: ClassVar[bool] = True
    NEEDS_WEIGHT: ClassVar[bool] = True
    CALLS_BACK: ClassVar[bool] = True

    def __init__(self, account: Account) -> None:
        self.account = account

    async def rates(self, parcel: Parcel) -> list[Rate]:
        found = []
        for each in objects_in(await self._ask("POST", "/quotes", asdict(parcel)), "items"):
            amount = optional_money(each, "price", optional_text(each, "currency"))
            if amount is not None:
                found.append(Rate(required_text(each, "service"), amount, optional_integer(each, "days")))
        return found

    async def prepare(self, parcel: Parcel) -> str:
        return required_text(await self._ask("POST", "/parcels", asdict(parcel)), "id")

    async def buy(self, reference: str, service: str) -> Bought:
        label = await self._ask("PUT", self._label(reference), {"service": service})
        return Bought(
            tracking_number=required_text(label, "number"),
            tracking_url=optional_text(label, "tracking_url"),
            label_url=optional_text(label, "label_url"),
            cost=optional_money(label, "price", optional_text(label, "currency")),
        )

    async def void(self, reference: str) -> None:
        try:
            await self._ask("DELETE", self._label(reference))
        except CarrierRefuses as refusal:
            if refusal.status != 404:
                raise

    def read(self, headers: Mapping[str, str], body: bytes) -> WebhookMessage | None:
        check_signature(self.account.secrets["webhook_secret"], body, headers.get("x-signature", ""))
        event = json_of(body)
        stage = STAGES.get(required_text(event, "status"))
        if stage is None:
            return None
        text, place = optional_text(event, "text"), optional_text(event, "place")
        news = TrackingNews(stage, optional_time(event, "at"), text, place, optional_text(event, "by"))
        return WebhookMessage(optional_text(event, "id"), required_text(event, "number"), [news])

    def _label(self, reference: str) -> str:
        return f"/parcels/{quote(reference, safe='')}/label"

    async def _ask(self, method: str, path: str, body: dict[str, Any] | None = None) -> dict[str, Any]:
        headers = {"Authorization": f"Bearer {self.account.secrets['token']}"}
        return await ask_carrier("Courier", method, self.account.api_url + path, body, headers=headers)


# What is sent instead of the response, by the name of the fault. The request is processed if `lost`.
FAULTS: dict[str, Callable[[], Response]] = {
    "error": lambda: Response("a stack trace", 500),
    "gateway": lambda: Response("<html>bad gateway</html>", 502, media_type="text/html"),
    "busy": lambda: JSONResponse({"message": "slow down"}, 429),
    "page": lambda: Response("<html>hello</html>", media_type="text/html"),
    "array": lambda: JSONResponse([]),
    "null": lambda: JSONResponse(None),
    "number": lambda: JSONResponse(7),
    "nothing": lambda: Response(b""),
    "empty": lambda: JSONResponse({}),
    "nulls": lambda: JSONResponse(dict.fromkeys(("id", "number", "price", "currency"))),
    "nested": lambda: JSONResponse({"id": {"id": 1}, "number": ["x"], "price": {}, "currency": True}),
    "cut": lambda: Response(b'{"id": "p-', media_type="application/json"),
    "large": lambda: Response(b" " * 2_100_000),
}


class CourierServer:
    """The server. `faults` are taken one for each request, by step: quotes, parcels, buy, void."""

    def __init__(self) -> None:
        self.url = ""
        self.parcels: dict[str, dict[str, Any]] = {}  # by reference
        self.sold: list[str] = []
        self.voided: list[str] = []
        self.heard: list[str] = []
        self.faults: dict[str, list[tuple[str, bool]]] = defaultdict(list)
        self.token = TOKEN
        self.label: dict[str, Any] = {}  # further values of labels
        self.pause = 0.0  # seconds before each response

    def app(self) -> Starlette:
        return Starlette(
            routes=[
                Route("/quotes", self.quotes, methods=["POST"]),
                Route("/parcels", self.register, methods=["POST"]),
                Route("/parcels/{id:path}/label", self.buy, methods=["PUT"]),
                Route("/parcels/{id:path}/label", self.void, methods=["DELETE"]),
            ]
        )

    async def _answer(self, request: Request, step: str, work: Callable[[Any], Response]) -> Response:
        self.heard.append(step)
        given = json.loads(await request.body() or b"{}")
        await asyncio.sleep(self.pause)
        if request.headers.get("authorization") != f"Bearer {self.token}":
            return JSONResponse({"message": "The token is not known."}, 401)
        fault, lost = self.faults[step].pop(0) if self.faults[step] else ("", True)
        answer = work(given) if lost else None
        return FAULTS[fault]() if fault else answer or Response(status_code=500)

    async def quotes(self, request: Request) -> Response:
        offers = [("van", "9.10"), ("bike", "4.20")]
        items = [{"service": name, "price": price, "currency": "USD", "days": "1"} for name, price in offers]
        return await self._answer(request, "quotes", lambda _: JSONResponse(items))

    async def register(self, request: Request) -> Response:
        def work(given: Any) -> Response:
            parcel = self.parcels.setdefault(
                given["reference"], {**given, "id": f"p/{len(self.parcels) + 1}", "label": None}
            )
            return JSONResponse({"id": parcel["id"]}, 201)

        return await self._answer(request, "parcels", work)

    async def buy(self, request: Request) -> Response:
        def work(_: Any) -> Response:
            parcel = self._parcel(request)
            if parcel["label"] is None:
                self.sold.append(parcel["id"])
                parcel["label"] = {
                    "number": f"CO{len(self.sold):06d}", "price": 4.2, "currency": "USD",
                    "tracking_url": "https://courier.example/t", "label_url": "https://courier.example/l.pdf",
                    **self.label,
                }  # fmt: skip
            return JSONResponse(parcel["label"])

        return await self._answer(request, "buy", work)

    async def void(self, request: Request) -> Response:
        def work(_: Any) -> Response:
            parcel = self._parcel(request)
            if parcel["label"] is None or parcel["id"] in self.voided:
                return Response("No such label.", 404, media_type="text/plain")
            self.voided.append(parcel["id"])
            return Response(status_code=204)

        return await self._answer(request, "void", work)

    def _parcel(self, request: Request) -> dict[str, Any]:
        (found,) = [each for each in self.parcels.values() if each["id"] == request.path_params["id"]]
        return found


@asynccontextmanager
async def running() -> AsyncIterator[CourierServer]:
    """The server, listening on a port of this machine."""
    server = CourierServer()
    async with listening(server.app()) as server.url:
        yield server


def signature(body: bytes, secret: str = SECRET) -> str:
    return hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()
