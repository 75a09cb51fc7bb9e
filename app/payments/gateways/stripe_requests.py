"""Requests of Stripe's SDK, sent through the guard of all outgoing requests.

The SDK is an optional package: this module is imported when a gateway of the kind is used.
"""

from collections.abc import Awaitable, Mapping
from typing import Any

import stripe

from app.core.outgoing import AddressRefused, Unreachable, UnsendableHeader, ask

PATIENCE = 20.0  # seconds for one request
LARGEST_ANSWER = 4_000_000  # bytes


class GuardedClient(stripe.HTTPClient):
    """The HTTP client of the SDK; it does not repeat requests."""

    name = "ordergraph"

    async def request_async(
        self, method: str, url: str, headers: Mapping[str, str], post_data: Any = None
    ) -> tuple[bytes, int, Mapping[str, str]]:
        try:
            answer = await ask(
                method,
                url,
                content=(post_data or "").encode() if isinstance(post_data, str | None) else post_data,
                headers=headers,
                patience=PATIENCE,
                largest=LARGEST_ANSWER,
            )
        except (AddressRefused, Unreachable, UnsendableHeader) as error:
            raise stripe.APIConnectionError(str(error)) from error  # type: ignore[no-untyped-call]
        return answer.content, answer.status, {}

    def sleep_async(self, secs: float) -> Awaitable[None]:
        raise AssertionError("requests are not repeated")


def client_for(secret_key: str, base: str) -> stripe.StripeClient:
    """A client of an account at an address."""
    stripe.enable_telemetry = False
    return stripe.StripeClient(
        secret_key, base_addresses={"api": base}, max_network_retries=0, http_client=GuardedClient()
    )
