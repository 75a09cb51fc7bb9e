"""Rate limits of pages, in points like those of operations."""

import asyncio
import math
from collections.abc import Awaitable, Callable

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from app.core.budgets import Budgets
from app.core.graphql.turns import OF_A_VISITOR, REFUSE_AFTER, Turn, Turns
from app.core.networks import networks_of

PAGE = 150  # points: rendering takes some milliseconds

Page = Callable[[Request], Awaitable[Response]]


class Paying:
    """Charges the network that requests a page, and renders few pages of one network at a time."""

    def __init__(self, budgets: Budgets, per_second: int) -> None:
        """`per_second` is the refill rate of a network in points; 0 sets no limit."""
        self._budgets = budgets
        self._per_second = per_second
        self._turns = Turns()

    def __call__(self, page: Page) -> Page:
        async def paid(request: Request) -> Response:
            own, wide = networks_of(request.client.host if request.client else "")
            if self._per_second:
                spent = self._budgets.spend(own, PAGE, self._per_second, wide)
                if not spent.allowed:
                    return await _too_much(spent.wait)
            turn = Turn(own, PAGE, OF_A_VISITOR)
            await self._turns.take(turn)
            try:
                return await page(request)
            finally:
                self._turns.end(turn)

        return paid

    def when_refused(self, call: Page) -> Page:
        """Charge the network only for refused requests, and refuse it when it has no points left."""

        async def paid(request: Request) -> Response:
            own, wide = networks_of(request.client.host if request.client else "")
            if not self._per_second:
                return await call(request)
            wait = self._budgets.wait(own, PAGE, self._per_second, wide)
            if wait:
                return await _too_much(wait)
            answer = await call(request)
            if answer.status_code >= 400:
                self._budgets.take(own, PAGE, self._per_second, wide)
            return answer

        return paid


async def _too_much(wait: float) -> Response:
    await asyncio.sleep(min(wait, REFUSE_AFTER))
    seconds = math.ceil(wait * 10) / 10
    message = f"The rate limit is exceeded. Try again in {seconds} seconds."
    body = {"errors": [{"message": message, "extensions": {"code": "RATE_LIMITED", "retryAfter": seconds}}]}
    return JSONResponse(body, 429, {"Retry-After": str(math.ceil(wait)), "Cache-Control": "no-store"})
