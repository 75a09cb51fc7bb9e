"""localstripe with what it lacks for a storefront: another card after a decline, and 3-D Secure on a page of the bank.

`python -m tests.payments.extended_stripe` takes the arguments of localstripe.
"""

import sys
from typing import Any

from aiohttp import web
from localstripe import resources

CARDS = {
    "pm_card_visa_chargeDeclined": "4000000000000341",
    "pm_card_threeDSecure2Required": "4000002500003155",
}
# Paths below /_config need no key.
PAGE = "/_config/bank/{id}"
HTML = """<!doctype html><html lang="en"><title>Bank</title><h1>Your bank</h1>
<form method="post"><button name="success" value="true">Complete authentication</button>
<button name="success" value="false">Fail authentication</button></form></html>"""

_known_article = resources.PaymentMethod._try_get_canonical_test_article
_pages: dict[str, str] = {}  # where the buyer is sent back to, by payment


def _article(id: str) -> Any:
    if id not in CARDS:
        return _known_article(id)
    card = {"number": CARDS[id], "exp_month": "12", "exp_year": "2030", "cvc": "123"}
    return resources.PaymentMethod(type="card", card=card)


def _confirm(id: str, payment_method: str | None = None, return_url: str | None = None) -> Any:
    intent = resources.PaymentIntent._api_retrieve(id)
    if payment_method is not None and intent.status == "requires_payment_method":
        resources.PaymentMethod._api_retrieve(payment_method)  # it exists
        intent.payment_method, intent.latest_charge = payment_method, None
    confirmed = resources.PaymentIntent._api_confirm(id)
    if confirmed.next_action and return_url:
        _pages[id] = return_url
        url = f"http://127.0.0.1:{sys.argv[sys.argv.index('--port') + 1]}{PAGE.format(id=id)}"
        confirmed.next_action = {"type": "redirect_to_url", "redirect_to_url": {"url": url}}
    return confirmed


async def _show(request: web.Request) -> web.Response:
    return web.Response(text=HTML, content_type="text/html")


async def _decide(request: web.Request) -> web.Response:
    id, form = request.match_info["id"], await request.post()
    intent = resources.PaymentIntent._api_retrieve(id)
    resources.PaymentIntent._api_authenticate(
        id, client_secret=intent.client_secret, success=str(form["success"])
    )
    raise web.HTTPSeeOther(_pages[id])


def main() -> None:
    resources.PaymentMethod._try_get_canonical_test_article = staticmethod(_article)
    path = "/v1/payment_intents/{id}/confirm"
    at = next(index for index, (_, url, _) in enumerate(resources.extra_apis) if url == path)
    resources.extra_apis[at] = ("POST", path, _confirm)
    from localstripe import server  # it makes its routes from the list above

    server.app.router.add_get(PAGE, _show)
    server.app.router.add_post(PAGE, _decide)
    server.start()


if __name__ == "__main__":
    main()
