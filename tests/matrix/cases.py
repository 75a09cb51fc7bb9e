"""The arguments of operations for which a generic value is not enough."""

from collections.abc import Callable
from typing import Any

from tests.ask import ADDRESS
from tests.bank.euros import refund_of
from tests.bank.samples import SAMPLE
from tests.bank.transferring import status_report
from tests.hostile.ground import SOON
from tests.matrix.world import Side

Variables = dict[str, Any]


def _input(**of: str) -> Callable[[Side], Variables]:
    """An input with ids of named objects of a side, by field."""
    return lambda side: {"input": {field: side.named[name] for field, name in of.items()}}


def _first(kind: str, argument: str = "id") -> Callable[[Side], Variables]:
    return lambda side: {argument: side.ids[kind][0]}


class EnumName(str):
    """The name of an enum value, which is written without quotes in a document."""


CASES: dict[str, Callable[[Side], Variables]] = {
    "fulfillmentOrder": lambda side: {"id": side.named["open"]},
    "pickList": _first("PickList"),
    "shippingRates": lambda side: {"fulfillmentOrderId": side.named["packed"], "carrier": "van"},
    "supplier": _first("Supplier"),
    "purchaseOrder": _first("PurchaseOrder"),
    "order": lambda side: {"id": side.named["of the buyer"]},
    "trackOrder": lambda side: {"token": side.named["token"]},
    "stockLot": _first("StockLot"),
    "location": _first("Location"),
    "customer": lambda side: {"id": side.named["customer"]},
    "product": lambda side: {"slug": "thing-a"},
    "variant": lambda side: {"sku": "A"},
    "channel": _first("Channel"),
    "node": lambda side: {"id": side.named["of the buyer"]},
    "nodes": lambda side: {"ids": [side.named["of the buyer"]]},
    "fulfillmentSplit": lambda side: {
        "input": {"id": side.named["open"], "lines": [{"lineId": side.named["line"], "quantity": 1}]}
    },
    "fulfillmentMerge": lambda side: {
        "input": {"id": side.named["split"], "otherIds": [side.named["split off"]]}
    },
    "fulfillmentLabelBuy": lambda side: {"input": {"id": side.named["packed"], "carrier": "van"}},
    "fulfillmentReady": _input(id="picked for pick-up"),
    "fulfillmentReadyUndo": lambda side: {"id": side.named["ready for pick-up"]},
    "fulfillmentPickupExtend": lambda side: {
        "input": {"id": side.named["ready for pick-up"], "keepUntil": SOON}
    },
    "fulfillmentHandOver": _input(id="ready for pick-up"),
    "fulfillmentBulkRelease": lambda side: {"ids": [side.named["open"]]},
    "priceBulkDelete": lambda side: {"ids": side.ids["Price"][:1], "errorPolicy": "REJECT_FAILED"},
    "customerBulkUpsert": lambda side: {
        "input": [{"email": f"{side.code}@example.com", "name": "Countess"}],
        "errorPolicy": "REJECT_FAILED",
    },
    "productBulkUpsert": lambda side: {
        "input": [{"slug": "thing-a", "name": "Thing A"}],
        "errorPolicy": "REJECT_FAILED",
    },
    "shipmentReceiveBack": lambda side: {
        "input": {"shipmentId": side.named["returned"], "resolution": "SEND_AGAIN"}
    },
    "shipmentTrackingCorrect": lambda side: {
        "input": {"shipmentId": side.named["returned"], "stage": "IN_TRANSIT", "reason": "because"}
    },
    "dropShipAccept": _input(id="asked"),
    "dropShipReject": _input(id="asked"),
    "dropShipShip": lambda side: {"input": {"id": side.named["taken"], "carrier": "van"}},
    "purchaseOrderReceiptReverse": _input(receiptId="receipt of a purchase"),
    "purchaseOrderReceive": _input(id="sent"),
    "pickupSettingSet": lambda side: {"input": {"channel": side.code, "location": f"{side.code}-side"}},
    "orderConfirm": lambda side: {"id": side.named["not confirmed"]},
    "orderRelease": _input(id="on hold"),
    "orderEdit": lambda side: {
        "input": {"id": side.named["of a guest"], "lines": [{"sku": "A", "quantity": 3}]}
    },
    "orderDraftUpdate": lambda side: {
        "input": {"id": side.named["draft"], "draftToken": side.named["draft token"]}
    },
    "orderDraftLineAdd": lambda side: {
        "input": {
            "id": side.named["draft"],
            "draftToken": side.named["draft token"],
            "lines": [{"sku": "A", "quantity": 1}],
        }
    },
    "orderDraftLineUpdate": lambda side: {
        "input": {
            "id": side.named["draft"],
            "draftToken": side.named["draft token"],
            "lines": [{"lineId": side.named["line of a draft"], "quantity": 1}],
        }
    },
    "orderDraftLineRemove": lambda side: {
        "input": {
            "id": side.named["draft"],
            "draftToken": side.named["draft token"],
            "lineIds": [side.named["line of a draft"]],
        }
    },
    "orderDraftMerge": lambda side: {
        "input": {"id": side.named["draft"], "draftToken": side.named["draft token"]}
    },
    "orderReorder": _input(id="of the buyer"),
    "orderDraftDelete": lambda side: {
        "input": {"id": side.named["draft"], "draftToken": side.named["draft token"]}
    },
    "bankStatementImport": lambda side: {"input": {"bankFile": SAMPLE.replace("BK-", f"{side.code}-")}},
    "accountMapSet": lambda side: {"input": {"kind": "SALES", "number": f"84{side.code}"[:20]}},
    "accountingPeriodClose": lambda side: {"through": "2020-12-31"},
    "bankEntryMatch": lambda side: {
        "input": {"id": side.ids["BankEntry"][0], "orders": [{"orderId": side.named["of a guest"]}]}
    },
    "bankEntryMatchPayout": lambda side: {
        "input": {"id": side.ids["BankEntry"][4], "payoutId": side.ids["Payout"][0]}
    },
    "payoutImport": lambda side: {
        "input": {
            "gateway": "card",
            "reference": f"P-{side.code}",
            "arrivalOn": "2026-11-27",
            "total": {"amount": "1", "currency": "USD"},
            "lines": [{"kind": "PAYMENT", "reference": "none", "amount": "1"}],
        }
    },
    "bankAccountSet": lambda side: {"input": {"iban": "GB82WEST12345698765432", "name": f"Shop {side.code}"}},
    "bankTransferCreate": lambda side: {"input": refund_of(side.named["payment in euros"])},
    "bankTransferCancel": lambda side: {"input": {"id": side.named["waiting transfer"], "reason": "because"}},
    "bankTransferFileCreate": _input(accountId="own account"),
    "bankTransferFileMarkSent": lambda side: {"id": side.named["file"]},
    "bankTransferFileCancel": lambda side: {"id": side.named["file"]},
    "bankTransferStatusImport": lambda side: {
        "input": {"bankFile": status_report(side.named["message"], side.named["filed reference"])}
    },
    "payoutCompare": lambda side: {"id": side.ids["Payout"][0]},
    "payoutClose": lambda side: {"input": {"id": side.ids["Payout"][0], "note": "Accepted"}},
    "bankEntryUnmatch": lambda side: {"id": side.ids["BankEntry"][3]},
    "paymentReverse": lambda side: {
        "input": {"transactionId": side.named["received transaction"], "reason": "Returned"}
    },
    "bankEntryClose": lambda side: {"input": {"id": side.ids["BankEntry"][1], "note": "Not ours"}},
    "bankEntryReopen": lambda side: {"id": side.ids["BankEntry"][-1]},
    "disputeRecord": lambda side: {
        "input": {
            "paymentId": side.named["received payment"],
            "amount": {"amount": "1", "currency": "USD"},
            "reference": "CASE-9",
        }
    },
    "disputeRespond": lambda side: {"input": {"id": side.ids["Dispute"][0]}},
    "disputeClose": lambda side: {"input": {"id": side.ids["Dispute"][0], "outcome": "WON"}},
    "paymentCapture": _input(paymentId="payment"),
    "paymentAuthorize": lambda side: {
        "input": {
            "orderId": side.named["of the buyer"],
            "reference": "t-2",
            "amount": {"amount": "1", "currency": "USD"},
        }
    },
    "paymentContinue": lambda side: {
        "input": {"orderId": side.named["of a guest"], "gateway": "card", "token": "t"}
    },
    "paymentCancel": lambda side: {"input": {"orderId": side.named["waiting for its payment"]}},
    "paymentSync": lambda side: {"paymentId": side.named["waiting payment"]},
    "paymentVoid": _input(paymentId="payment"),
    "giftCard": lambda side: {"code": side.named["gift card code"]},
    "giftCardIssue": lambda side: {
        "input": {"channel": side.code, "amount": {"amount": "5", "currency": "USD"}}
    },
    "storeCreditIssue": lambda side: {
        "input": {
            "channel": side.code,
            "customerId": side.named["customer"],
            "amount": {"amount": "5", "currency": "USD"},
            "reason": "because",
        }
    },
    "giftCardDisable": lambda side: {"input": {"id": side.named["gift card"], "reason": "because"}},
    "storedValueTakeBack": lambda side: {"input": {"id": side.named["gift card"], "reason": "because"}},
    "giftCardRefund": _input(orderId="order of gift cards"),
    "storedValueApply": lambda side: {
        "input": {"orderId": side.named["of the buyer"], "giftCardCode": side.named["gift card code"]}
    },
    "stockAssemble": lambda side: {"input": {"sku": "K", "location": f"{side.code}-main", "quantity": 1}},
    "stockDisassemble": lambda side: {"input": {"sku": "K", "location": f"{side.code}-main", "quantity": 1}},
    "stockIncomingUpdate": _input(id="incoming"),
    "stockCountSubmit": lambda side: {
        "input": {"countId": side.named["count"], "lines": [{"sku": "B", "quantity": 1}]}
    },
    "staffInvite": lambda side: {
        "input": {"email": f"new-{side.code}@example.com", "name": "New", "role": "warehouse"}
    },
    "staffUpdate": lambda side: {"input": {"id": side.ids["Staff"][-1], "name": "Another"}},
    "staffDeactivate": lambda side: {"id": side.ids["Staff"][-1], "keepTokens": False},
    "staffReactivate": lambda side: {"id": side.ids["Staff"][-1]},
    "messageTemplateSet": lambda side: {
        "input": {"channel": side.code, "kind": "ORDER_PLACED", "language": "en"}
    },
    "messageTemplatePublish": lambda side: {"id": side.named["template"]},
    "messageTemplateRetire": lambda side: {"id": side.named["template"]},
    "messageTemplatePreview": lambda side: {
        "input": {"channel": side.code, "kind": EnumName("ORDER_PLACED"), "language": "en"}
    },
    "messageResend": lambda side: {"id": side.named["message"]},
    "messageRuleSet": lambda side: {
        "input": {"channel": side.code, "kind": "ORDER_PLACED", "isActive": False}
    },
    "backInStockRequestCreate": lambda side: {
        "input": {"channel": side.code, "sku": "GONE", "email": "told@example.com"}
    },
    "backInStockRequestWithdraw": _first("BackInStockRequest"),
    "roleUpdate": lambda side: {"input": {"id": side.ids["Role"][-1], "name": "Another"}},
    "buyerUnblock": lambda side: {"email": "bad@example.org"},
    "accountDeletionComplete": _first("AccountDeletion"),
    "accountDeletionRefuse": lambda side: {"id": side.ids["AccountDeletion"][0], "reason": "because"},
    "customerInvite": lambda side: {"id": side.named["not invited"]},
    "customerBulkInvite": lambda side: {"ids": [side.named["not invited"]]},
    "customerAddressCreate": lambda side: {
        "input": {"customerId": side.named["customer"], "address": ADDRESS | {"line1": "4 Oak Street"}}
    },
    "customerAddressUpdate": _input(id="address"),
    "customerMergePreview": _input(fromId="twin", intoId="not invited"),
    "customerMerge": lambda side: {
        "input": {"fromId": side.named["twin"], "intoId": side.named["not invited"], "fromVersion": 1}
    },
    "customerAddressDelete": lambda side: {"id": side.named["address"]},
    "customerUpdate": lambda side: {"input": {"id": side.named["customer"], "name": "Countess"}},
    "taxClassDelete": lambda side: {"code": "books"},
    "taxClassSet": lambda side: {"input": {"code": "books", "name": "Printed"}},
}

# Operations that are authorized by a secret in the arguments, independently of the caller and its scope.
SECRETS = {
    "giftCard", "customerRegisterConfirm", "passwordReset", "signIn", "tokenRefresh", "trackOrder", "orderTracking",
    "orderDraftUpdate", "orderDraftDelete", "orderDraftLineAdd", "orderDraftLineUpdate", "orderDraftLineRemove",
    "orderDraftMerge",
    "openidSignInComplete", "passwordChange", "emailChangeConfirm", "accountDeletionConfirm",
    "backInStockRequestConfirm",
    # Of the acting person alone, whatever the permissions: an API token has no session and no account.
    "emailChangeRequest", "accountDeletionRequest", "sessions", "sessionEnd", "sessionEndOthers",
}  # fmt: skip
# Operations that the world refuses after the check of permissions, and a part of the message.
REFUSED_LATER = {
    "paymentSync": "GatewayUnavailable",  # no gateway responds
    "shippingRates": "has no address",
    "openidSignInStart": "has no sign-in with an OpenID provider",
    "openidSignInComplete": "has no sign-in with an OpenID provider",
    "accountDeletionComplete": "The customer has open orders",
    "fulfillmentLabelBuy": "This carrier has no integration for labels",
}
