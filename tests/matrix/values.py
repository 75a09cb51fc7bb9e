"""Values for input fields that would refuse a generic value."""

from collections.abc import Callable
from typing import Any

from tests.ask import ADDRESS
from tests.hostile.ground import LATER, SOON
from tests.matrix.world import Side

Variables = dict[str, Any]
Field = tuple[str, str]  # an input type and the name of a field

VALUES_BY_TYPE: dict[str, list[Any]] = {
    "String": ["Zq 7", "Zq 8", "zq7", "zq8", "https://zq.example.com/a", "https://zq.example.com/b"],
    "Int": [2, 1, 7, 40], "BigInt": [2, 7], "Float": [0.5, 2.0], "Boolean": [True, False],
    "Decimal": ["2.50", "0.05", "7"], "JSON": [{"zq": 7}, {"zq": 8}], "Time": ["10:15", "16:45"],
    "DateTime": [f"{SOON}T10:00:00Z", f"{LATER}T10:00:00Z", "2026-02-03T10:00:00Z", "2026-02-04T10:00:00Z"],
    "Date": [SOON, LATER, "2026-02-03", "1991-02-03"], "CurrencyCode": ["USD", "EUR"],
    "CountryCode": ["CA", "US", "DE"],
}  # fmt: skip
VALUES_BY_NAME: dict[str, list[Any]] = {
    "location": ["web-side", "web-main"], "locations": ["web-side", "web-main"], "source": ["web-side", "web-main"],
    "destination": ["web-side", "web-away"], "supplier": ["acme-web", "acme-eu"], "sku": ["B", "A", "K"],
    "skus": ["B", "A"], "channel": ["web", "eu"], "priceList": ["web-retail", "eu-retail"],
    "phone": ["+12175550124", "+12175550125"], "email": ["zq@example.com", "zz@example.com"],
    "role": ["warehouse", "administrator"], "taxClass": ["books", "reduced"], "category": ["things"],
    "categories": ["things"], "box": ["box"], "carrier": ["van", "zq7"], "code": ["zq7", "zq8"],
    "postalCode": ["62702", "62703"], "region": ["IL", "CA"], "timeZone": ["Europe/Rome", "Europe/Paris"],
    "language": ["de", "de-AT"], "defaultLanguage": ["de", "de-AT"], "languages": ["de", "de-AT"],
    "barcode": ["96385074", "4006381333931"], "numberPrefix": ["ZQ-", "Z7-"], "shippingMethod": ["standard"],
    "discountCodes": ["TEN"], "parent": ["things"],
}  # fmt: skip
VALUES_BY_INPUT: dict[str, list[Any]] = {
    "MoneyInput": [{"amount": amount, "currency": "USD"} for amount in ("3", "4")],
    "AddressInput": [{**ADDRESS, "line1": line} for line in ("1 Oak Street", "2 Oak Street")],
    "OrderDestinationInput": [{"country": "US", "postalCode": code} for code in ("62701", "94105")],
    "OrderRuleLimitInput": [{"name": "amount_minor", "value": value} for value in (6, 7)],
    "PurchaseOrderLineChangeInput": [{"sku": "A", "quantity": quantity} for quantity in (7, 8)],
    "SupplierItemInput": [{"sku": "B", "unitCost": {"amount": "3", "currency": "USD"}}],
    "VariantInput": [{"sku": "ZQ1"}, {"sku": "ZQ2"}],
    "LandedCostInput": [
        {"name": name, "amount": {"amount": "3", "currency": "USD"}} for name in ("Freight", "Duty")
    ],
}
VALUES_BY_FIELD: dict[Field, list[Any]] = {
    ("CustomerMergeInput", "preferFrom"): [["PHONE"], ["EXTERNAL_REFERENCE"]],
    ("FulfillmentShipInput", "packages"): [[{"weightGrams": 500}], [{"weightGrams": 600}]],
    ("MessageTemplateSetInput", "kind"): ["ORDER_PLACED", "ORDER_SHIPPED"],
    ("MessageTemplateSetInput", "subject"): ["One", "Two"],
    ("MessageRuleSetInput", "kind"): ["ORDER_PLACED", "ORDER_SHIPPED"],
    ("OrderRuleLimitInput", "name"): ["amount_minor", "zq"],
    ("OrderRuleSetInput", "rule"): ["amount_limit", "credit_limit"],
    ("ProductUpdateInput", "category"): ["things", None],
    ("ProductUpsertInput", "category"): ["things", None],
    ("StockPolicyRowInput", "reorderUpTo"): [2_000, 3_000],
    ("StockRowInput", "reorderUpTo"): [2_000, 3_000],
    ("StockTransferCreateInput", "destination"): ["web-side", "eu-main"],
    ("StockTransferCreateInput", "source"): ["web-main", "eu-main"],
    ("SupplierUpdateInput", "location"): ["web-away", None],
    ("TaxRateSetInput", "rate"): ["0.2", "0.3"],
    ("TaxRateSetInput", "region"): ["ON", "QC"],
}
# Columns of another name to which a field is written.
REACHES: dict[Field, set[str]] = {
    ("CustomerCreateInput", "address"): {"customer_address.address"},
    ("CustomerUpdateInput", "address"): {"customer_address.address"},
    ("CustomerUpsertInput", "address"): {"customer_address.address"},
    ("DropShipRejectInput", "reason"): {"fulfillment_order.cancel_reason"},
    ("FulfillmentReassignInput", "locationId"): {"journal_entry.payload.to_location_id"},
    ("FulfillmentReassignInput", "reason"): {"journal_entry.payload.reason"},
    ("OrderReleaseInput", "note"): {"order_hold.release_note"},
    ("OrderRescheduleInput", "reason"): {"journal_entry.payload.reason"},
    ("PickLineInput", "quantity"): {"fulfillment_line.picked"},
    ("StockLandedCostAddInput", "cost"): {"receipt.landed_costs"},
    ("SupplierReturnCreditInput", "reference"): {"supplier_return.credit_reference"},
}


def _draft(side: Side) -> Variables:
    given = {"id": side.named["draft"], "draftToken": side.named["draft token"], "phone": "+12175550123"}
    return {"input": given}


_USD = {"amount": "1", "currency": "USD"}
_NEW_ADDRESS = {"email": "zq-new@example.com", "name": "Zq"}
_LOT = {"number": "L9", "quantity": 2}


def _input(**given: Any) -> Callable[[Side], Variables]:
    return lambda side: {"input": given}


def _kit(side: Side) -> Variables:
    parts = [{"sku": "A", "quantity": 3}]
    return {"input": {"id": side.ids["Variant"][3], "composition": "KIT", "components": parts}}


# Accepted requests of mutations or for single fields, where the generic request is not sufficient.
BASES: dict[str | Field, Callable[[Side], Variables]] = {
    "boxSet": _input(code="zq", name="Zq", lengthMm=30, widthMm=20, heightMm=10, mostGrams=900),
    "carrierSet": _input(code="zq", name="Zq", kind="MANUAL"),
    "customerBulkUpsert": lambda side: {"input": [_NEW_ADDRESS], "errorPolicy": "REJECT_FAILED"},
    ("DiscountCreateInput", "amount"): _input(channel="web", code="ZQ", kind="AMOUNT", amount=_USD),
    ("DiscountCreateInput", "countries"): _input(channel="web", code="ZQ", kind="FREE_SHIPPING"),
    "orderDraftUpdate": _draft,
    "messageTemplateSet": _input(channel="web", kind="ORDER_PLACED", language="fr"),
    "messageRuleSet": _input(channel="web", kind="ORDER_PLACED", isActive=False),
    "orderRuleSet": _input(channel="web", rule="amount_limit", outcome="HOLD", limits=[{"name": "amount_minor", "value": 5}]),
    "productBulkUpsert": lambda side: {
        "input": [{"slug": "thing-a", "name": "Thing A", "variants": [{"sku": "A"}]}],
        "errorPolicy": "REJECT_FAILED",
    },
    "shippingMethodSet": _input(channel="web", code="zq", name="Zq", price=_USD),
    "shipmentReceiveBack": lambda side: {
        "input": {
            "shipmentId": side.named["returned"],
            "resolution": "SEND_AGAIN",
            "packages": [{"packageId": side.named["returned package"]}],
        }
    },
    ("OrderRuleSetInput", "rule"): _input(channel="web", rule="amount_limit", outcome="HOLD"),
    ("StockCostCorrectInput", "note"): lambda side: {
        "input": {
            "receiptId": side.named["receipt of a purchase"],
            "line": 1,
            "unitCost": {"amount": "9", "currency": "USD"},
        }
    },
    ("ShipmentTrackingRecordInput", "signedBy"): lambda side: {
        "input": {"shipmentId": side.named["on its way"], "stage": "DELIVERED"}
    },
    "stockReceive": _input(sku="L", location="web-main", quantity=2, lots=[_LOT]),
    ("StockReceiveInput", "exchangeRate"): _input(
        sku="A", location="web-main", quantity=5, unitCost={"amount": "3", "currency": "EUR"}, exchangeRate="3"
    ),
    ("StockReceiveInput", "incomingId"): lambda side: {
        "input": {"sku": "A", "location": "web-main", "quantity": 5, "incomingId": side.named["incoming"]}
    },
    ("StockReceiveInput", "quantity"): _input(sku="A", location="web-main", quantity=5),
    "stockPolicyBulkSet": lambda side: {
        "input": [{"sku": "A", "location": "web-main", "bin": "Z-1"}], "errorPolicy": "REJECT_FAILED",
    },
    "taxRateSet": _input(country="CA", name="Zq", rate="0.1"),
    "variantComponentsSet": _kit,
}  # fmt: skip
_CREDENTIAL = "needs a password or a token that is unknown here"
_LOTS = "needs units of lots where the mutation takes them"
_STATE = "needs an object in a state that no object of the world has"
_NETWORK = "needs a carrier that responds"
_WHOLE = "is valid together with other fields only"
_PLANNED = "changes a plan only where units were sold for weeks"
# Fields that cannot be tried with the world, and why. Other tests cover them.
NOT_TRIED: dict[Field, str] = {
    ("CarrierSecretInput", "name"): _NETWORK,
    ("CarrierSecretInput", "value"): _NETWORK,
    ("CarrierSetInput", "apiUrl"): _NETWORK,
    ("CarrierSetInput", "kind"): _NETWORK,
    ("ComponentInput", "quantity"): _STATE,
    ("EmailChangeRequestInput", "currentPassword"): _CREDENTIAL,
    ("EmailChangeRequestInput", "email"): _CREDENTIAL,
    ("CustomerMergeInput", "fromVersion"): "is refused unless it is the customer's version",
    ("CustomerUpsertInput", "externalReference"): _WHOLE,
    ("DiscountCreateInput", "kind"): _WHOLE,
    ("FulfillmentLabelBuyInput", "service"): _NETWORK,
    ("FulfillmentMergeInput", "otherIds"): _STATE,
    ("FulfillmentSplitLineInput", "lineId"): _STATE,
    ("FulfillmentSplitLineInput", "quantity"): _STATE,
    ("ManifestCreateInput", "carrier"): _STATE,
    ("ManifestCreateInput", "location"): _STATE,
    ("OpenidSignInCompleteInput", "authorizationCode"): "needs an OpenID provider",
    ("OpenidSignInCompleteInput", "flow"): "needs an OpenID provider",
    ("OpenidSignInCompleteInput", "state"): "needs an OpenID provider",
    ("OrderEditInput", "prices"): _WHOLE,
    ("OrderEditInput", "shippingMethod"): "needs a channel with two shipping methods",
    ("OrderDraftLineChangeInput", "discount"): _WHOLE,
    ("OrderDraftLineChangeInput", "reason"): _WHOLE,
    ("OrderDraftLineChangeInput", "unitPrice"): _WHOLE,
    ("OrderEditLineInput", "discount"): _WHOLE,
    ("OrderEditLineInput", "reason"): _WHOLE,
    ("OrderEditLineInput", "unitPrice"): _WHOLE,
    ("OrderLineInput", "discount"): _WHOLE,
    ("OrderLineInput", "reason"): _WHOLE,
    ("OrderLineInput", "unitPrice"): _WHOLE,
    ("OrderPlaceInput", "draftToken"): _CREDENTIAL,
    ("OrderPlaceInput", "shippingMethod"): "needs a channel with two shipping methods",
    ("PackageInput", "contents"): _WHOLE,
    ("PasswordChangeInput", "currentPassword"): _CREDENTIAL,
    ("PasswordChangeInput", "newPassword"): _CREDENTIAL,
    ("PaymentInput", "gateway"): "needs a second gateway",
    ("PaymentInput", "token"): "needs a second gateway",
    ("PaymentRecordInput", "acceptOverpayment"): _WHOLE,
    ("PaymentRefundInput", "orderId"): _STATE,
    ("PickLineInput", "lots"): _LOTS,
    ("PickListCreateInput", "locationId"): _STATE,
    ("PickListCreateInput", "mostOrders"): _STATE,
    ("PickListCreateInput", "zone"): _STATE,
    ("PickMissingInput", "lots"): _LOTS,
    ("PickedLotInput", "number"): _LOTS,
    ("PickedLotInput", "quantity"): _LOTS,
    ("PlanningRulesInput", "deadAfterDays"): _PLANNED,
    ("PlanningRulesInput", "leadDays"): _PLANNED,
    ("PlanningRulesInput", "method"): _PLANNED,
    ("PlanningRulesInput", "mostCoverDays"): _PLANNED,
    ("PlanningRulesInput", "reviewDays"): _PLANNED,
    ("PurchaseOrderArrivalInput", "unit"): "needs a variant with a unit of purchase",
    ("PurchaseOrderLineInput", "unit"): "needs a variant with a unit of purchase",
    ("PurchaseOrderReceiveInput", "acceptOverReceipt"): _WHOLE,
    ("ReplenishmentRunInput", "rules"): _PLANNED,
    ("ShipmentDeliverInput", "at"): "the shipments left at the moment of the test",
    ("ShipmentDeliverInput", "packageId"): _STATE,
    ("ShipmentReceiveBackInput", "shipmentId"): _STATE,
    ("ShipmentTrackingCorrectInput", "packageId"): _STATE,
    ("ShipmentTrackingRecordInput", "packageId"): _STATE,
    ("SignInInput", "deviceToken"): _CREDENTIAL,
    ("SignInInput", "email"): _CREDENTIAL,
    ("SignInInput", "password"): _CREDENTIAL,
    ("StockCountLineInput", "countedAt"): "the counts began at the moment of the test",
    ("StockCountLineInput", "lots"): _LOTS,
    ("StockCountStartInput", "location"): _STATE,
    ("StockLotInput", "quantity"): _WHOLE,
    ("StockReceiptLineInput", "exchangeRate"): _WHOLE,
    ("StockReceiptReverseLineInput", "lots"): _LOTS,
    ("StockTransferArrivalInput", "damagedLots"): _LOTS,
    ("StockTransferArrivalInput", "lots"): _LOTS,
    ("StockTransferArrivalInput", "missing"): _WHOLE,
    ("StockTransferReceiveInput", "acceptOverReceipt"): _WHOLE,
    ("StockTransferReceiveInput", "isComplete"): _WHOLE,
    ("SupplierCreateInput", "location"): "each location of the world has its supplier",
}
