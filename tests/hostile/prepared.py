"""Objects in the states that single mutations need, made when no other object is in such a state.

Each function returns the values that the valid request of a mutation needs besides those of `ground`.
"""

from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Any
from urllib.parse import urlsplit
from uuid import UUID

from app.access import secrets
from app.access import service as access
from app.access.models import Session
from app.catalog.models import PriceList, Variant
from app.catalog.service import pricing
from app.channels.models import Channel
from app.core import clock
from app.core.actor import SYSTEM, Actor, ActorKind
from app.core.ids import fingerprint, from_global, new_id, to_global
from app.customers.lifecycle import AccountPurpose
from app.customers.models import AccountRequest, Customer
from app.customers.requests import token_of
from app.inventory.location_kinds import LocationKind
from app.inventory.locations import service as locations
from app.inventory.locations.models import Location
from app.notifications.back_in_stock.slots import token_of as back_in_stock_token
from app.notifications.lifecycle import BackInStockStatus
from app.notifications.models import BackInStockRequest
from app.payments.models import PaymentGateway
from tests import make
from tests.bank.euros import IBANS, payment_in_euros
from tests.bank.files import Bank
from tests.bank.samples import TWINS
from tests.hostile.ground import PASSWORD
from tests.openid import add_user, agree
from tests.preparing import PACK, PICK, RELEASE, SHIP, Preparing

Needed = dict[tuple[str, str], Any]
Prepare = Callable[[Preparing, str], Awaitable[Needed]]  # with a SKU that no other request uses
_FOUND = "{ __typename ... on UserError { message } }"
_USD = '{amount: "5", currency: "USD"}'


def _work(owner: str, *steps: str, name: str = "id") -> Prepare:
    """The fulfillment order of a new order, after some steps."""

    async def prepare(to: Preparing, sku: str) -> Needed:
        work = await to.work((sku, 2), steps=steps)
        return {
            (owner, name): work["id"],
            ("FulfillmentSplitLineInput", "lineId"): work["lines"][0]["id"],
        }

    return prepare


async def _two_places(to: Preparing, sku: str) -> Needed:
    """A fulfillment order, and the location of the channel that does not have it."""
    channel, places = await Channel.get(code="web"), await Location.filter(code__in=["web-main", "second"])
    for place in places:
        await locations.update_location(SYSTEM, place.id, {"address": make.ADDRESS})
    await locations.set_channel_locations(SYSTEM, channel, places)
    await to.do(f'stockReceive(input: {{sku: "{sku}", location: "second", quantity: 100}})')
    work = await to.work((sku, 2))
    query = "query($id: ID!) { node(id: $id) { ... on FulfillmentOrder { location { code } } } }"
    at = (await to.staff.ask(query, id=work["id"]))["node"]["location"]["code"]
    [other] = [place for place in places if place.code != at]
    owner = "FulfillmentReassignInput"
    return {(owner, "id"): work["id"], (owner, "locationId"): to_global("Location", other.id)}


async def _place_to_pick_up(to: Preparing, sku: str) -> Needed:
    """A location with an address, from which the channel sells."""
    place = await Location.get(code="web-main")
    place = await locations.update_location(SYSTEM, place.id, {"address": make.ADDRESS, "is_active": True})
    await locations.set_channel_locations(SYSTEM, await Channel.get(code="web"), [place])
    return {("PickupSettingSetInput", "location"): place.code}


async def _divided(to: Preparing, sku: str) -> Needed:
    order = await to.order((sku, 2))
    [work] = order["fulfillmentOrders"]
    split = "fulfillmentSplit(input: {id: $id, lines: [{lineId: $line, quantity: 1}]})"
    await to.do(split, id=work["id"], line=work["lines"][0]["id"])
    [other] = [each for each in await to.works(order["id"]) if each["id"] != work["id"]]
    return {
        ("FulfillmentMergeInput", "id"): work["id"],
        ("FulfillmentMergeInput", "otherIds"): other["id"],
    }


async def _label(to: Preparing, sku: str) -> Needed:
    await to.do('carrierSet(input: {code: "own", name: "Own", kind: LABELS})')
    work = await to.work((sku, 2), steps=(RELEASE, PICK, PACK))
    return {
        ("FulfillmentLabelBuyInput", "id"): work["id"],
        ("FulfillmentLabelBuyInput", "carrier"): "own",
    }


async def _bought_label(to: Preparing, sku: str) -> Needed:
    id = (await _label(to, sku))["FulfillmentLabelBuyInput", "id"]
    await to.do('fulfillmentLabelBuy(input: {id: $id, carrier: "own"})', id=id)
    return {("fulfillmentLabelVoid", "id"): id}


async def _sent_back(to: Preparing, sku: str) -> Needed:
    work = await to.work((sku, 2), steps=(RELEASE, PICK, PACK, SHIP))
    query = "query($id: ID!) { node(id: $id) { ... on FulfillmentOrder { shipments { id } } } }"
    [shipment] = (await to.staff.ask(query, id=work["id"]))["node"]["shipments"]
    record = "shipmentTrackingRecord(input: {shipmentId: $id, stage: RETURNED_TO_SENDER})"
    await to.do(record, id=shipment["id"])
    return {("ShipmentReceiveBackInput", "shipmentId"): shipment["id"]}


def _by_supplier(owner: str, *steps: str) -> Prepare:
    """A fulfillment order that a supplier was asked to ship."""

    async def prepare(to: Preparing, sku: str) -> Needed:
        channel = await Channel.get(code="web")
        away = await Location.get_or_none(code="away") or await _supplier_who_ships(to, channel)
        shop = make.Shop(channel, away, await PriceList.get(code="web-retail"))
        await shop.sell(owner, stock=100)
        item = f'{{sku: "{owner}", unitCost: {_USD}}}'
        await to.do(f'supplierItemsSet(input: {{supplier: "away", items: [{item}]}})')
        work = await to.work((owner, 1), steps=(RELEASE, *steps))
        return {(owner, "id"): work["id"]}

    return prepare


async def _supplier_who_ships(to: Preparing, channel: Channel) -> Location:
    away = await locations.create_location(
        SYSTEM, locations.LocationData(code="away", name="Away", kind=LocationKind.DROP_SHIP)
    )
    await locations.set_channel_locations(SYSTEM, channel, [await Location.get(code="web-main"), away])
    await to.do('supplierCreate(input: {code: "away", name: "Away", currency: "USD", location: "away"})')
    return away


def _purchase(operation: str, *steps: str) -> Prepare:
    async def prepare(to: Preparing, sku: str) -> Needed:
        lines = f'[{{sku: "A", quantity: 2, unitCost: {_USD}}}]'
        id = await to.do(
            f'purchaseOrderCreate(input: {{supplier: "acme", location: "web-main", lines: {lines}}})'
        )
        await to.steps(id, *steps)
        return {(operation, "id"): id}

    return prepare


async def _authorized(to: Preparing, sku: str) -> Needed:
    order = (await to.order((sku, 2)))["id"]
    await to.do(f'paymentAuthorize(input: {{orderId: $id, amount: {_USD}, reference: "t"}})', id=order)
    query = "query($id: ID!) { order(id: $id) { payments { id } } }"
    [payment] = (await to.staff.ask(query, id=order))["order"]["payments"]
    return {(owner, "paymentId"): payment["id"] for owner in ("PaymentVoidInput", "PaymentCaptureInput")}


def _disputed(operation: str) -> Prepare:
    """A payment that can be disputed, and a dispute of it."""

    async def prepare(to: Preparing, sku: str) -> Needed:
        order = (await to.order((sku, 2)))["id"]
        await to.do(f"paymentRecord(input: {{orderId: $id, amount: {_USD}}})", id=order)
        query = "query($id: ID!) { order(id: $id) { payments { id } } }"
        [payment] = (await to.staff.ask(query, id=order))["order"]["payments"]
        if operation == "DisputeRecordInput":
            return {(operation, "paymentId"): payment["id"]}
        inquiry = f'disputeRecord(input: {{paymentId: $id, amount: {_USD}, reference: "{operation}"}})'
        return {(operation, "id"): await to.do(inquiry, id=payment["id"])}

    return prepare


async def _received(to: Preparing, sku: str) -> Needed:
    """A payment received."""
    order = (await to.order((sku, 2)))["id"]
    await to.do(f"paymentRecord(input: {{orderId: $id, amount: {_USD}}})", id=order)
    query = "query($id: ID!) { order(id: $id) { payments { transactions { id } } } }"
    [payment] = (await to.staff.ask(query, id=order))["order"]["payments"]
    return {("PaymentReverseInput", "transactionId"): payment["transactions"][0]["id"]}


async def _matched_entry(to: Preparing, sku: str) -> Needed:
    """A bank entry that is recorded as a payment."""
    order = (await to.order((sku, 2)))["id"]
    bank = Bank(to.staff)
    await bank.take(TWINS)
    entry = (await bank.entry("BK-11"))["id"]
    share = "{orderId: $order, amount: " + _USD + "}"
    await to.do(f"bankEntryMatch(input: {{id: $id, orders: [{share}]}})", id=entry, order=order)
    return {("bankEntryUnmatch", "id"): entry}


def _transfer(operation: str) -> Prepare:
    """A refund by bank transfer that waits, or is in a file; or a payment that can be refunded so."""

    async def prepare(to: Preparing, sku: str) -> Needed:
        payment = await payment_in_euros(to.staff, (await to.order((sku, 2)))["id"])
        if operation == "bankTransferCreate":
            return {("BankTransferCreateInput", "paymentId"): payment}
        account = await to.do(f'bankAccountSet(input: {{iban: "BE71096123456769", name: "{sku}"}})')
        iban = f'amount: {{amount: "1", currency: "EUR"}}, iban: "{IBANS[0]}", accountHolder: "Ada"'
        transfer = await to.do(f"bankTransferCreate(input: {{paymentId: $id, {iban}}})", id=payment)
        if operation == "bankTransferCancel":
            return {("BankTransferCancelInput", "id"): transfer}
        if operation == "bankTransferFileCreate":
            owner = "BankTransferFileCreateInput"
            tomorrow = (clock.now() + timedelta(days=1)).date().isoformat()
            return {
                (owner, "accountId"): account,
                (owner, "transferIds"): transfer,
                (owner, "executesOn"): tomorrow,
            }
        file = await to.do("bankTransferFileCreate(input: {accountId: $id})", id=account)
        return {(operation, "id"): file}

    return prepare


async def _gateway() -> None:
    """The payment gateway takes payments, and does not answer."""
    await PaymentGateway.filter(code="card").update(is_active=True, api_url="http://127.0.0.1:9")


async def _to_pay(to: Preparing, sku: str) -> Needed:
    """An order without a payment, with its access token."""
    await _gateway()
    order, owner = await to.order((sku, 2)), "PaymentContinueInput"
    return {
        (owner, "orderId"): order["id"],
        (owner, "accessToken"): order["accessToken"],
        (owner, "gateway"): "card",
    }


async def _to_cancel(to: Preparing, sku: str) -> Needed:
    """An order whose payment waits, with its access token."""
    await _gateway()
    order, owner = await to.order((sku, 2)), "PaymentCancelInput"
    await to.do('paymentContinue(input: {orderId: $id, gateway: "card", token: "t"})', id=order["id"])
    return {(owner, "orderId"): order["id"], (owner, "accessToken"): order["accessToken"]}


async def _gift_cards(to: Preparing, sku: str) -> Needed:
    """An order of gift cards that is paid."""
    gift = f"GIFT-{sku}"
    product = f'name: "{gift}", status: PUBLISHED, variants: [{{sku: "{gift}", isGiftCard: true}}]'
    await to.do(f"productCreate(input: {{{product}}})")
    await pricing.set_price(SYSTEM, await PriceList.get(code="web-retail"), sku=gift, amount_minor=500)
    order = (await to.order((gift, 1)))["id"]
    await to.do(f"paymentRecord(input: {{orderId: $id, amount: {_USD}}})", id=order)
    return {("GiftCardRefundInput", "orderId"): order}


async def _waiting(to: Preparing, sku: str) -> Needed:
    """A payment by a gateway that does not answer."""
    await _gateway()
    order = (await to.order((sku, 2)))["id"]
    await to.do('paymentContinue(input: {orderId: $id, gateway: "card", token: "t"})', id=order)
    query = "query($id: ID!) { order(id: $id) { payments { id } } }"
    [payment] = (await to.staff.ask(query, id=order))["order"]["payments"]
    return {("paymentSync", "paymentId"): payment["id"]}


async def _not_confirmed(to: Preparing, sku: str) -> Needed:
    await Channel.filter(code="web").update(confirms_at_once=False)
    order = await to.order((sku, 1))
    await Channel.filter(code="web").update(confirms_at_once=True)
    return {("orderConfirm", "id"): order["id"]}


async def _cancel_request(to: Preparing, sku: str) -> Needed:
    order = await to.order((sku, 2))
    await to.steps(order["fulfillmentOrders"][0]["id"], RELEASE)
    id = await to.do("orderCancelRequest(input: {id: $id})", id=order["id"])
    return {("OrderCancelRequestAnswerInput", "id"): id}


async def _edited(to: Preparing, sku: str) -> Needed:
    order = await to.order((sku, 2))
    return {("OrderEditInput", "id"): order["id"], ("OrderEditInput", "lines"): True}


async def _of_a_guest(to: Preparing, sku: str) -> Needed:
    order = await to.order((sku, 1))
    owner = "OrderLinkRevokeInput"
    return {(owner, "id"): order["id"], (owner, "accessToken"): order["accessToken"]}


async def _on_its_way(to: Preparing, sku: str) -> Needed:
    lines = f'[{{sku: "{sku}", quantity: 3}}]'
    id = await to.do(
        f'stockTransferCreate(input: {{source: "web-main", destination: "second", lines: {lines}}})'
    )
    await to.do("stockTransferShip(input: {id: $id})", id=id)
    return {("stockTransferTurnBack", "id"): id}


def _counted(operation: str) -> Prepare:
    """A count of which the difference needs an approval."""

    async def prepare(to: Preparing, sku: str) -> Needed:
        count = await to.do(f'stockCountStart(input: {{location: "web-main", skus: ["{sku}"]}})')
        lines = f'[{{sku: "{sku}", quantity: 1}}]'
        await to.do(f"stockCountSubmit(input: {{countId: $id, lines: {lines}}})", id=count)
        return {(operation, "id"): count}

    return prepare


def _mailed(operation: str, purpose: AccountPurpose, document: str, *, signed_in: bool = True) -> Prepare:
    """The token of a link that was mailed to a person with an account, or to a visitor."""

    async def prepare(to: Preparing, sku: str) -> Needed:
        email = f"{new_id()}@example.org"
        who = to.visitor.as_(await make.account(email, PASSWORD)) if signed_in else to.visitor
        answer = await who.do(f"mutation {{ {document.replace('EMAIL', email)} {_FOUND} }}")
        assert "message" not in answer, answer
        request = await AccountRequest.filter(purpose=purpose).order_by("-id").first()
        assert request is not None
        return {(operation, "token"): token_of(request.id)}

    return prepare


async def _refresh_token(to: Preparing, sku: str) -> Needed:
    email = f"{new_id()}@example.org"
    await make.account(email, PASSWORD)
    given = f'{{email: "{email}", password: "{PASSWORD}"}}'
    document = f"mutation {{ signIn(input: {given}) {{ ... on SessionTokens {{ refreshToken }} }} }}"
    return {("tokenRefresh", "refreshToken"): (await to.visitor.do(document))["refreshToken"]}


async def _token(to: Preparing, sku: str) -> Needed:
    made = await to.staff.do(
        'mutation { apiTokenCreate(input: {name: "new", permissions: [ACCESS_MANAGE]}) '
        "{ ... on ApiTokenWithSecret { apiToken { id } } } }"
    )
    return {("apiTokenRevoke", "id"): made["apiToken"]["id"]}


async def _caller(to: Preparing) -> UUID:
    found = await to.buyer.ask("{ me { customer { id } } }")
    return from_global(found["me"]["customer"]["id"])[1]


async def _known_password(to: Preparing, sku: str) -> Needed:
    """Give the caller the password that requests send: an earlier one may have changed it."""
    hashed = await secrets.password_hash(PASSWORD)
    await Customer.filter(id=await _caller(to)).update(password_hash=hashed)
    return {}


async def _session(to: Preparing, sku: str) -> Needed:
    """Another session of the caller."""
    await access.open_session(Actor(ActorKind.CUSTOMER, await _caller(to), "Ada"))
    newest = await Session.all().order_by("-id").first()
    assert newest is not None
    return {("sessionEnd", "id"): to_global("Session", newest.id)}


async def _openid(to: Preparing, sku: str) -> Needed:
    started = await to.visitor.do(
        "mutation { openidSignInStart { ... on OpenidSignInStarted { authorizationUrl state flow } } }"
    )
    address = urlsplit(started["authorizationUrl"])
    url = f"{address.scheme}://{address.netloc}"
    subject = await add_user(url, "zoe", email="zoe@example.org", email_verified=True, name="Zoe")
    agreed = await agree(address.geturl(), subject)
    owner = "OpenidSignInCompleteInput"
    return {
        (owner, "authorizationCode"): agreed["code"],
        (owner, "state"): agreed["state"],
        (owner, "flow"): started["flow"],
    }


async def _back_in_stock(to: Preparing, sku: str) -> Needed:
    """A request of the caller."""
    row = await _asked_for("GONE", BackInStockStatus.WAITING, await _caller(to))
    return {("backInStockRequestWithdraw", "id"): to_global("BackInStockRequest", row.id)}


async def _back_in_stock_mailed(to: Preparing, sku: str) -> Needed:
    """The token of a request that is not confirmed."""
    row = await _asked_for("GONE", BackInStockStatus.UNCONFIRMED, None)
    return {("backInStockRequestConfirm", "token"): back_in_stock_token(row.id)}


async def _asked_for(sku: str, status: BackInStockStatus, customer_id: UUID | None) -> BackInStockRequest:
    id, variant, channel = new_id(), await Variant.get(sku=sku), await Channel.get(code="web")
    row = BackInStockRequest(
        id=id,
        variant_id=variant.id,
        channel_id=channel.id,
        customer_id=customer_id,
        email=f"{id}@example.org",
        language="en",
        status=status,
        token_hash=fingerprint(back_in_stock_token(id)),
        created_at=clock.now(),
    )
    await row.save(force_create=True)
    return row


P = AccountPurpose
PREPARED: dict[str, Prepare] = {
    "accountDeletionConfirm": _mailed("accountDeletionConfirm", P.DELETION, "accountDeletionRequest"),
    "apiTokenRevoke": _token,
    "backInStockRequestConfirm": _back_in_stock_mailed,
    "backInStockRequestWithdraw": _back_in_stock,
    "customerRegisterConfirm": _mailed(
        "customerRegisterConfirm",
        P.REGISTER,
        'customerRegister(input: {email: "EMAIL", name: "Zoe"})',
        signed_in=False,
    ),
    "dropShipAccept": _by_supplier("DropShipAcceptInput"),
    "dropShipReject": _by_supplier("DropShipRejectInput"),
    "dropShipShip": _by_supplier("DropShipShipInput", "dropShipAccept(input: {id: $id})"),
    "emailChangeConfirm": _mailed(
        "emailChangeConfirm",
        P.EMAIL_CHANGE,
        'emailChangeRequest(input: {email: "changed@example.org"})',
    ),
    "disputeClose": _disputed("DisputeCloseInput"),
    "disputeRecord": _disputed("DisputeRecordInput"),
    "disputeRespond": _disputed("DisputeRespondInput"),
    "emailChangeRequest": _known_password,
    "fulfillmentLabelBuy": _label,
    "fulfillmentLabelVoid": _bought_label,
    "fulfillmentMerge": _divided,
    "fulfillmentPack": _work("FulfillmentPackInput", RELEASE, PICK),
    "fulfillmentReassign": _two_places,
    "fulfillmentSplit": _work("FulfillmentSplitInput"),
    "openidSignInComplete": _openid,
    "orderCancelRequestDecline": _cancel_request,
    "orderConfirm": _not_confirmed,
    "orderEdit": _edited,
    "orderLinkRevoke": _of_a_guest,
    "passwordReset": _mailed("passwordReset", P.RESET, 'passwordResetRequest(email: "EMAIL")'),
    "giftCardRefund": _gift_cards,
    "paymentCapture": _authorized,
    "paymentCancel": _to_cancel,
    "paymentContinue": _to_pay,
    "bankEntryUnmatch": _matched_entry,
    "bankTransferCancel": _transfer("bankTransferCancel"),
    "bankTransferCreate": _transfer("bankTransferCreate"),
    "bankTransferFileCancel": _transfer("bankTransferFileCancel"),
    "bankTransferFileCreate": _transfer("bankTransferFileCreate"),
    "bankTransferFileMarkSent": _transfer("bankTransferFileMarkSent"),
    "paymentReverse": _received,
    "paymentSync": _waiting,
    "paymentVoid": _authorized,
    "pickupSettingSet": _place_to_pick_up,
    "purchaseOrderClose": _purchase(
        "purchaseOrderClose", "purchaseOrderSend(id: $id)", "purchaseOrderReceive(input: {id: $id})"
    ),
    "sessionEnd": _session,
    "shipmentReceiveBack": _sent_back,
    "stockCountApprove": _counted("stockCountApprove"),
    "stockCountReject": _counted("stockCountReject"),
    "stockTransferTurnBack": _on_its_way,
    "tokenRefresh": _refresh_token,
}


async def prepared(operation: str, to: Preparing) -> Needed:
    """Make the object that the valid request of a mutation needs, of a new SKU: others may be sold out."""
    if operation not in PREPARED:
        return {}
    shop = make.Shop(
        await Channel.get(code="web"),
        await Location.get(code="web-main"),
        await PriceList.get(code="web-retail"),
    )
    return await PREPARED[operation](to, await shop.sell(f"for-{operation}", stock=100))
