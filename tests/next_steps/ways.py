"""The mutation of each step, with a valid input for the object."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from functools import cached_property
from typing import Any

from app.core import clock
from tests.ask import ADDRESS
from tests.hostile.ground import SOON
from tests.matrix.asking import operation
from tests.next_steps.things import Thing

LATER = f"{clock.now() + timedelta(days=40):%Y-%m-%d}"
Values = Callable[[Thing, str | None], Mapping[str, Any] | None]
_ANSWER = "{ __typename ... on UserError { errorCode message } ... on InvalidInput { problems { code } } }"


@dataclass
class Way:
    """A mutation, and its arguments for an object and its token, if known; None if no arguments are valid."""

    mutation: str
    values: Values
    by_guest: bool = False  # only callers who read the order with its token send the token

    @cached_property
    def document(self) -> str:
        arguments = operation("Mutation", self.mutation).args
        declared = ", ".join(f"${name}: {argument.type}" for name, argument in arguments.items())
        passed = ", ".join(f"{name}: ${name}" for name in arguments)
        return f"mutation({declared}) {{ {self.mutation}({passed}) {_ANSWER} }}"


def _by_id(mutation: str, **more: Any) -> Way:
    return Way(mutation, lambda thing, token: {"id": thing.id, **more})


def _by_input(mutation: str, **more: Any) -> Way:
    return Way(mutation, lambda thing, token: {"input": {"id": thing.id, **more}})


def _place(thing: Thing, token: str | None) -> dict[str, Any]:
    said = {
        "email": "ada@example.com", "shippingAddress": ADDRESS, "shippingMethod": "standard",
        "payment": {"gateway": "manual"},
    }  # fmt: skip
    return {"input": {"draftId": thing.id, "draftToken": token, **said}}


def _delete(thing: Thing, token: str | None) -> dict[str, Any]:
    return {"input": {"id": thing.id, "draftToken": token}}


def _with_token(thing: Thing, token: str | None) -> dict[str, Any]:
    return {"input": {"id": thing.id, "accessToken": token}}


def _edit(thing: Thing, token: str | None) -> dict[str, Any]:
    return {"input": {"id": thing.id, "lines": [{"sku": thing.given.get("more", "B"), "quantity": 1}]}}


def _submit(thing: Thing, token: str | None) -> dict[str, Any]:
    return {"input": {"countId": thing.id, "lines": [{"sku": thing.given["sku"], "quantity": 500}]}}


def _reverse(thing: Thing, token: str | None) -> dict[str, Any] | None:
    receipt = thing.given["receipt"]
    return None if receipt is None else {"input": {"receiptId": receipt}}


def _on_payment(mutation: str) -> Way:
    return Way(mutation, lambda thing, token: {"input": {"paymentId": thing.id}})


def _refund(thing: Thing, token: str | None) -> dict[str, Any]:
    amount = {"amount": "0.01", "currency": "USD"}
    return {"input": {"paymentId": thing.id, "orderId": thing.given["order"], "amount": amount}}


WAYS: dict[str, dict[str, tuple[Way, ...]]] = {
    "Order": {
        "PLACE": (Way("orderPlace", _place),),
        "DELETE": (Way("orderDraftDelete", _delete),),
        "CONFIRM": (_by_id("orderConfirm"),),
        "HOLD": (_by_input("orderHold", reason="Look at it"),),
        "RELEASE": (_by_input("orderRelease"),),
        "EDIT": (Way("orderEdit", _edit),),
        "RESCHEDULE": (_by_input("orderReschedule", promisedOn=LATER),),
        "CANCEL": (Way("orderCancel", _with_token, by_guest=True),),
        "REQUEST_CANCEL": (Way("orderCancelRequest", _with_token, by_guest=True),),
    },
    "OrderCancelRequest": {
        "GRANT": (_by_input("orderCancelRequestGrant"),),
        "DECLINE": (_by_input("orderCancelRequestDecline"),),
    },
    "FulfillmentOrder": {
        "RELEASE": (_by_id("fulfillmentRelease"),),
        "RECALL": (_by_id("fulfillmentRecall"),),
        "PICK": (_by_input("fulfillmentPick"),),
        "UNPICK": (_by_id("fulfillmentUnpick"),),
        "PACK": (_by_input("fulfillmentPack"),),
        "UNPACK": (_by_id("fulfillmentUnpack"),),
        "SHIP": (_by_input("fulfillmentShip"), _by_input("dropShipShip", carrier="manual")),
        "MAKE_READY": (_by_input("fulfillmentReady"),),
        "UNDO_READY": (_by_id("fulfillmentReadyUndo"),),
        "HAND_OVER": (_by_input("fulfillmentHandOver"),),
        "ACCEPT": (_by_input("dropShipAccept"),),
        "REJECT": (_by_input("dropShipReject", mayResubmit=True, hasStock=True),),
    },
    "StockCount": {
        "SUBMIT": (Way("stockCountSubmit", _submit),),
        "APPROVE": (_by_id("stockCountApprove"),),
        "RECOUNT": (_by_id("stockCountReject"),),
        "CANCEL": (_by_id("stockCountCancel"),),
    },
    "StockTransfer": {
        "SHIP": (_by_input("stockTransferShip"),),
        "RECEIVE": (_by_input("stockTransferReceive"),),
        "TURN_BACK": (_by_id("stockTransferTurnBack"),),
        "CANCEL": (_by_id("stockTransferCancel"),),
    },
    "PurchaseOrder": {
        "SEND": (_by_id("purchaseOrderSend", expectedOn=SOON),),
        "EDIT": (_by_input("purchaseOrderUpdate", note="Ring first"),),
        "CONFIRM": (_by_id("purchaseOrderConfirm", expectedOn=SOON),),
        "RECEIVE": (_by_input("purchaseOrderReceive"),),
        "REVERSE": (Way("purchaseOrderReceiptReverse", _reverse),),
        "CLOSE": (_by_id("purchaseOrderClose"),),
        "CANCEL": (_by_id("purchaseOrderCancel"),),
    },
    "Payment": {
        "CAPTURE": (_on_payment("paymentCapture"),),
        "VOID": (_on_payment("paymentVoid"),),
        "REFUND": (Way("paymentRefund", _refund),),
    },
    "Dispute": {
        "RESPOND": (_by_input("disputeRespond"),),
        "CLOSE": (_by_input("disputeClose", outcome="WON"), _by_input("disputeClose", outcome="LOST")),
    },
    "MessageTemplate": {
        "PUBLISH": (_by_id("messageTemplatePublish"),),
        "RETIRE": (_by_id("messageTemplateRetire"),),
    },
    "Product": {
        "PUBLISH": (_by_input("productUpdate", status="PUBLISHED"),),
        "UNPUBLISH": (_by_input("productUpdate", status="DRAFT"),),
        "ARCHIVE": (_by_id("productArchive"), _by_input("productUpdate", status="ARCHIVED")),
    },
}  # fmt: skip
