"""Stripe: cards and wallets, by a token of the storefront, by Stripe's library, or on Stripe's page.

With a token the payment is confirmed by the server. Without one, and with an address to return to, the buyer
is sent to a Checkout Session; otherwise the storefront confirms the PaymentIntent with its client secret. The
official SDK makes the requests, through the guard of all outgoing requests, and verifies the messages.
"""

from collections.abc import Awaitable, Mapping
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, ClassVar
from urllib.parse import urlsplit, urlunsplit

from app.payments.gateways.minor_units import from_gateway, to_gateway
from app.payments.gateways.protocol import (
    Account,
    ActionKind,
    ClientAction,
    Declined,
    Disputed,
    GatewayRefuses,
    GatewaySilent,
    GatewayState,
    NotFromGateway,
    Notice,
    PaidOut,
    Prepared,
    Refunded,
    RefundState,
    Standing,
    Wanted,
)
from app.payments.gateways.stripe_currencies import DECIMALS, STEPS
from app.payments.gateways.stripe_disputes import disputed
from app.payments.gateways.stripe_messages import KEY, notice_of
from app.payments.gateways.stripe_payouts import paid_out

if TYPE_CHECKING:
    from stripe import RequestOptions, StripeClient

API = "https://api.stripe.com"
FINAL_DECLINES = frozenset({"stolen_card", "lost_card", "pickup_card", "fraudulent", "merchant_blacklist"})
_REFUNDS = {
    "succeeded": RefundState.SUCCEEDED,
    "failed": RefundState.FAILED,
    "canceled": RefundState.FAILED,
}


class Stripe:
    DESCRIPTION: ClassVar[str] = (
        "Integration with Stripe: payments by token, with Stripe's library or on Stripe's page, authorized "
        "first and captured later. Needs the optional packages of `ordergraph[stripe]`."
    )
    SECRETS: ClassVar[tuple[str, ...]] = ("secret_key", "webhook_secret")
    PACKAGE: ClassVar[str | None] = "stripe"

    def __init__(self, account: Account) -> None:
        self.account = account

    async def prepare(self, wanted: Wanted) -> Prepared:
        if wanted.renews:
            raise GatewayRefuses("renewal_not_possible", "Stripe has no saved means of payment of the buyer.")
        amount = to_gateway(wanted.amount_minor, wanted.currency, DECIMALS, STEPS.get(wanted.currency, 1))
        if not wanted.token and wanted.return_url:
            return await self._prepare_page(wanted, amount)
        asked: Any = {
            "amount": amount,
            "currency": wanted.currency.lower(),
            "capture_method": "manual",
            "metadata": {KEY: wanted.key, "order": wanted.order_number},
        }
        if wanted.token:
            asked["payment_method"] = wanted.token
        intent = await self._ask(self._client().v1.payment_intents.create_async(asked, _once(wanted.key)))
        if wanted.token:
            return Prepared(intent["id"])
        return Prepared(intent["id"], ClientAction(ActionKind.SDK, token=intent["client_secret"]))

    async def _prepare_page(self, wanted: Wanted, amount: int) -> Prepared:
        item = {
            "quantity": 1,
            "price_data": {
                "currency": wanted.currency.lower(),
                "unit_amount": amount,
                "product_data": {"name": f"Order {wanted.order_number}"},
            },
        }
        metadata = {KEY: wanted.key, "order": wanted.order_number}
        asked: Any = {
            "mode": "payment",
            "line_items": [item],
            "success_url": wanted.return_url,
            "cancel_url": wanted.return_url,
            "metadata": metadata,
            "payment_intent_data": {"capture_method": "manual", "metadata": metadata},
        }
        if wanted.email:
            asked["customer_email"] = wanted.email
        session = await self._ask(self._client().v1.checkout.sessions.create_async(asked, _once(wanted.key)))
        return Prepared(session["id"], _page(session))

    async def confirm(self, reference: str, wanted: Wanted) -> Standing:
        asked: Any = {"return_url": wanted.return_url} if wanted.return_url else {}
        if wanted.is_again:
            asked["payment_method"] = wanted.token
        request = self._client().v1.payment_intents.confirm_async(
            reference, asked, _once(f"{wanted.key}-confirm")
        )
        await self._ask(request)
        return await self.look(reference)

    async def capture(
        self, reference: str, amount_minor: int, currency: str, key: str, *, is_last: bool
    ) -> Standing:
        asked: Any = {"amount_to_capture": to_gateway(amount_minor, currency, DECIMALS)}
        if not is_last:
            asked["final_capture"] = False  # it is permitted for payments with multicapture only
        await self._ask(self._client().v1.payment_intents.capture_async(reference, asked, _once(key)))
        return await self.look(reference)

    async def increase(self, reference: str, amount_minor: int, currency: str, key: str) -> Standing:
        asked: Any = {"amount": to_gateway(amount_minor, currency, DECIMALS)}
        intents = self._client().v1.payment_intents
        await self._ask(intents.increment_authorization_async(reference, asked, _once(key)))
        return await self.look(reference)

    async def void(self, reference: str, key: str) -> Standing:
        if reference.startswith("cs_"):
            await self._ask(self._client().v1.checkout.sessions.expire_async(reference, {}, _once(key)))
        else:
            await self._ask(self._client().v1.payment_intents.cancel_async(reference, {}, _once(key)))
        return await self.look(reference)

    async def refund(self, reference: str, amount_minor: int, currency: str, key: str) -> Standing:
        asked: Any = {
            "payment_intent": reference,
            "amount": to_gateway(amount_minor, currency, DECIMALS),
            "metadata": {KEY: key},
        }
        await self._ask(self._client().v1.refunds.create_async(asked, _once(key)))
        return await self.look(reference)

    async def look(self, reference: str) -> Standing:
        client = self._client()
        if reference.startswith("cs_"):
            session = await self._ask(client.v1.checkout.sessions.retrieve_async(reference))
            intent_id = session.get("payment_intent")
            if not intent_id:
                return _of_session(session)
            if session.get("status") == "open":  # the buyer can try again on the page
                tried = await self._ask(client.v1.payment_intents.retrieve_async(intent_id))
                return _of_session(session, _declined(tried))
            reference = intent_id
        asked: Any = {"expand": ["latest_charge"]}
        intent = await self._ask(client.v1.payment_intents.retrieve_async(reference, asked))
        charge = intent.get("latest_charge") or {}
        refunds: list[Mapping[str, Any]] = []
        if charge and (charge.get("captured") or intent.get("amount_received")):
            found = client.v1.refunds.list_async({"payment_intent": reference, "limit": 100})
            refunds = (await self._ask(found))["data"]
        return _of_intent(intent, charge, refunds)

    async def dispute(self, reference: str) -> Disputed:
        return disputed(await self._ask(self._client().v1.disputes.retrieve_async(reference)))

    async def payout(self, reference: str) -> PaidOut:
        client = self._client()
        payout = await self._ask(client.v1.payouts.retrieve_async(reference))
        transactions: list[Mapping[str, Any]] = []
        asked: Any = {"payout": reference, "limit": 100, "expand": ["data.source"]}
        while True:
            page = await self._ask(client.v1.balance_transactions.list_async(asked))
            transactions += page["data"]
            if not page.get("has_more") or not page["data"]:
                return paid_out(payout, transactions)
            asked = {**asked, "starting_after": page["data"][-1]["id"]}

    def read(self, headers: Mapping[str, str], body: bytes) -> Notice | None:
        import stripe  # noqa: PLC0415  # installed only where it is used

        for secret in self.account.signing("webhook_secret"):
            try:
                stripe.WebhookSignature.verify_header(body, headers.get("stripe-signature"), secret, 300)
            except (stripe.SignatureVerificationError, ValueError):
                continue
            return notice_of(body)
        raise NotFromGateway("The signature does not match the webhook secret.")

    def _client(self) -> "StripeClient":
        from app.payments.gateways.stripe_requests import client_for  # noqa: PLC0415  # the SDK is optional

        url = urlsplit(self.account.api_url or API)
        base = urlunsplit((url.scheme, url.netloc, "", "", ""))
        return client_for(self.account.secrets.get("secret_key", ""), base)

    async def _ask(self, request: Awaitable[Any]) -> dict[str, Any]:
        """The answer to a request as plain data.

        Raises:
            GatewayRefuses, GatewaySilent.
        """
        import stripe  # noqa: PLC0415

        try:
            answer = await request
        except stripe.CardError as error:
            code = getattr(error.error, "decline_code", None) or error.code or "card_declined"
            message = error.user_message or "The card was declined."
            raise GatewayRefuses(code, message, can_retry=code not in FINAL_DECLINES) from error
        except (stripe.APIConnectionError, stripe.RateLimitError, stripe.APIError) as error:
            raise GatewaySilent(f"Stripe did not respond ({type(error).__name__}).") from error
        except stripe.StripeError as error:
            if error.http_status is None or error.http_status >= 500 or error.http_status == 409:
                raise GatewaySilent(f"Stripe responded with status {error.http_status}.") from error
            message = error.user_message or f"Stripe responded with status {error.http_status}."
            raise GatewayRefuses(error.code or "refused", message) from error
        found: dict[str, Any] = answer.to_dict()
        return found


def _once(key: str) -> "RequestOptions":
    return {"idempotency_key": key}


def _time(seconds: Any) -> datetime | None:
    return datetime.fromtimestamp(seconds, UTC) if isinstance(seconds, int) else None


def _page(session: Mapping[str, Any]) -> ClientAction:
    return ClientAction(
        ActionKind.REDIRECT, url=session.get("url") or "", expires_at=_time(session.get("expires_at"))
    )


def _of_session(session: Mapping[str, Any], declined: Declined | None = None) -> Standing:
    """A page on which nothing was paid yet; `declined` says why the last try on it failed."""
    currency = session["currency"].upper()
    is_open = session.get("status") == "open"
    return Standing(
        reference=session["id"],
        state=GatewayState.ACTION if is_open else GatewayState.CLOSED,
        amount_minor=from_gateway(session["amount_total"], currency, DECIMALS),
        currency=currency,
        action=_page(session) if is_open and session.get("url") else None,
        declined=declined if is_open else Declined("expired", "The page was not used in time.", True),
    )


def _of_intent(
    intent: Mapping[str, Any], charge: Mapping[str, Any], refunds: list[Mapping[str, Any]]
) -> Standing:
    currency = intent["currency"].upper()

    def own(amount: int) -> int:
        return from_gateway(amount, currency, DECIMALS)

    status, captured = intent["status"], _captured(intent, charge)
    is_authorized = status == "requires_capture"
    facts = (charge.get("payment_method_details") or {}).get("card") or {}
    over = (facts.get("overcapture") or {}).get("maximum_amount_capturable")
    many = (facts.get("multicapture") or {}).get("status") == "available"
    return Standing(
        reference=intent["id"],
        state=_state(intent),
        amount_minor=own(intent["amount"]),
        currency=currency,
        authorized_minor=own(intent["amount"] if is_authorized else captured),
        captured_minor=own(captured),
        capture_reference=str(charge.get("id") or "") if captured else "",
        refunds=[_refund(each, currency) for each in refunds if not _is_release(each, intent, captured)],
        action=_action(intent),
        declined=_declined(intent),
        capture_before=_time(facts.get("capture_before")) if is_authorized else None,
        max_captures=None if many else 1,
        can_increase=(facts.get("incremental_authorization") or {}).get("status") == "available",
        overcapture_minor=max(0, own(over) - own(intent["amount"])) if over and is_authorized else 0,
    )


def _captured(intent: Mapping[str, Any], charge: Mapping[str, Any]) -> int:
    """What was captured, in Stripe's minor units."""
    if not charge.get("captured"):
        return int(intent.get("amount_received") or 0)
    return int(intent.get("amount_received") or charge.get("amount_captured") or charge.get("amount") or 0)


def _is_release(refund: Mapping[str, Any], intent: Mapping[str, Any], captured: int) -> bool:
    """Whether a refund is the release of what a partial capture left: that money was never taken."""
    left = intent["amount"] - captured
    return bool(left) and refund["amount"] == left and not (refund.get("metadata") or {}).get(KEY)


def _state(intent: Mapping[str, Any]) -> GatewayState:
    status = intent["status"]
    if status == "requires_payment_method":
        if intent.get("last_payment_error"):
            return GatewayState.DECLINED
        return GatewayState.WAITING if intent.get("payment_method") else GatewayState.ACTION
    return {
        "requires_confirmation": GatewayState.WAITING,
        "requires_action": GatewayState.ACTION,
        "processing": GatewayState.PROCESSING,
        "requires_capture": GatewayState.AUTHORIZED,
        "succeeded": GatewayState.CLOSED,
        "canceled": GatewayState.CLOSED,
    }.get(status, GatewayState.PROCESSING)


def _action(intent: Mapping[str, Any]) -> ClientAction | None:
    if _state(intent) is not GatewayState.ACTION:
        return None
    url = ((intent.get("next_action") or {}).get("redirect_to_url") or {}).get("url")
    if url:
        return ClientAction(ActionKind.REDIRECT, url=url)
    return ClientAction(ActionKind.SDK, token=intent["client_secret"])


def _declined(intent: Mapping[str, Any]) -> Declined | None:
    error = intent.get("last_payment_error")
    if not error:
        return None
    code = error.get("decline_code") or error.get("code") or "declined"
    message = error.get("message") or "The payment was declined."
    return Declined(code, message, code not in FINAL_DECLINES)


def _refund(refund: Mapping[str, Any], currency: str) -> Refunded:
    return Refunded(
        reference=refund["id"],
        amount_minor=from_gateway(refund["amount"], currency, DECIMALS),
        state=_REFUNDS.get(refund.get("status") or "", RefundState.PENDING),
        key=(refund.get("metadata") or {}).get(KEY) or "",
        message=refund.get("failure_reason") or "",
    )
