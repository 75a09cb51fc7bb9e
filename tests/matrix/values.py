"""Values for input fields that would refuse a generic value."""

from collections.abc import Callable
from typing import Any

from tests.ask import ADDRESS
from tests.bank.samples import SAMPLE
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
    "discountCodes": ["TEN"], "pickupLocation": ["web-side"], "parent": ["things"],
}  # fmt: skip
VALUES_BY_INPUT: dict[str, list[Any]] = {
    "MoneyInput": [{"amount": amount, "currency": "USD"} for amount in ("3", "4")],
    "AddressInput": [{**ADDRESS, "line1": line} for line in ("1 Oak Street", "2 Oak Street")],
    "OrderDestinationInput": [{"country": "US", "postalCode": code} for code in ("62701", "94105")],
    "OrderLineDiscountInput": [{"percent": percent} for percent in ("5", "7")],
    "OrderRuleLimitInput": [{"name": "amount_minor", "value": value} for value in (6, 7)],
    "PurchaseOrderLineChangeInput": [{"sku": "A", "quantity": quantity} for quantity in (7, 8)],
    "SupplierItemInput": [{"sku": "B", "unitCost": {"amount": "3", "currency": "USD"}}],
    "VariantInput": [{"sku": "ZQ1"}, {"sku": "ZQ2"}],
    "LandedCostInput": [
        {"name": name, "amount": {"amount": "3", "currency": "USD"}} for name in ("Freight", "Duty")
    ],
}
VALUES_BY_FIELD: dict[Field, list[Any]] = {
    ("BackInStockRequestCreateInput", "sku"): ["GONE", "AWAY"],
    ("BankStatementImportInput", "bankFile"): [SAMPLE.replace("BK-", "X-"), SAMPLE.replace("BK-", "Y-")],
    ("BankEntryOrderInput", "amount"): [{"amount": amount, "currency": "USD"} for amount in ("3", "4")],
    ("CustomerMergeInput", "preferFrom"): [["PHONE"], ["EXTERNAL_REFERENCE"]],
    ("FulfillmentShipInput", "packages"): [[{"weightGrams": 500}], [{"weightGrams": 600}]],
    ("MessageTemplateSetInput", "kind"): ["ORDER_PLACED", "ORDER_SHIPPED"],
    ("MessageTemplateSetInput", "subject"): ["One", "Two"],
    ("MessageRuleSetInput", "kind"): ["ORDER_PLACED", "ORDER_SHIPPED"],
    ("OrderRuleLimitInput", "name"): ["amount_minor", "zq"],
    ("OrderRuleSetInput", "rule"): ["amount_limit", "credit_limit"],
    ("OrderDraftLineAddInput", "lines"): [[{"sku": "A", "quantity": 1}], [{"sku": "A", "quantity": 2}]],
    ("OrderPlaceInput", "lines"): [[{"sku": "A", "quantity": 1}], [{"sku": "A", "quantity": 2}]],
    ("PurchaseOrderCreateInput", "lines"): [[{"sku": "A", "quantity": 1}], [{"sku": "A", "quantity": 2}]],
    ("StockReceiptCreateInput", "lines"): [[{"sku": "A", "quantity": 1}], [{"sku": "A", "quantity": 2}]],
    ("StockTransferCreateInput", "lines"): [[{"sku": "A", "quantity": 1}], [{"sku": "A", "quantity": 2}]],
    ("SupplierReturnCreateInput", "lines"): [[{"sku": "A", "quantity": 1}], [{"sku": "A", "quantity": 2}]],
    ("ProductUpdateInput", "category"): ["things", None],
    ("ProductUpsertInput", "category"): ["things", None],
    ("StockPolicyRowInput", "reorderUpTo"): [2_000, 3_000],
    ("StockRowInput", "reorderUpTo"): [2_000, 3_000],
    ("StockTransferCreateInput", "destination"): ["web-side", "eu-main"],
    ("StockTransferCreateInput", "source"): ["web-main", "eu-main"],
    ("SupplierUpdateInput", "location"): ["web-away", None],
    ("TaxRateSetInput", "rate"): ["0.2", "0.3"],
    ("TaxRateSetInput", "region"): ["ON", "QC"],
    ("StockReceiptLineInput", "lots"): [[{"number": "L9", "quantity": 2}], [{"number": "L8", "quantity": 2}]],
    ("StockReceiveInput", "lots"): [[{"number": "L9", "quantity": 2}], [{"number": "L8", "quantity": 2}]],
    ("VariantInput", "sku"): ["ZQ1", "ZQ2"],
}
# Columns of another name to which a field is written.
REACHES: dict[Field, set[str]] = {
    ("PaymentReverseInput", "reason"): {"payment_transaction.failure"},
    ("GiftCardDisableInput", "reason"): {"stored_value_entry.note"},
    ("StoredValueTakeBackInput", "reason"): {"stored_value_entry.note"},
    ("ComponentInput", "sku"): {"component.part_id"},
    ("GiftRecipientInput", "email"): {"order_line.gift_recipient"},
    ("GiftRecipientInput", "name"): {"order_line.gift_recipient"},
    ("GiftRecipientInput", "note"): {"order_line.gift_recipient"},
    ("GiftCardRefundInput", "giftCardIds"): {"purchased_gift_card.taken_back_minor"},
    ("OrderEditLineInput", "reason"): {"order_line.adjusted"},
    ("PickMissingInput", "lots"): {"lot_movement.lot_id"},
    ("PickedLotInput", "number"): {"fulfillment_line.lots"},
    ("PurchaseOrderArrivalInput", "unit"): {"receipt_line.quantity"},
    ("CustomerCreateInput", "address"): {"customer_address.address"},
    ("CustomerUpdateInput", "address"): {"customer_address.address"},
    ("CustomerUpsertInput", "address"): {"customer_address.address"},
    ("FulfillmentHandOverInput", "collectedBy"): {"package.signed_by"},
    ("FulfillmentHandOverInput", "note"): {"tracking_record.text"},
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
    "paymentGatewaySet": _input(
        code="zq",
        name="Zq",
        kind="STRIPE",
        secrets=[{"name": "secret_key", "value": "k"}, {"name": "webhook_secret", "value": "w"}],
    ),
    "customerBulkUpsert": lambda side: {"input": [_NEW_ADDRESS], "errorPolicy": "REJECT_FAILED"},
    ("DiscountCreateInput", "amount"): _input(channel="web", code="ZQ", kind="AMOUNT", amount=_USD),
    ("DiscountCreateInput", "countries"): _input(channel="web", code="ZQ", kind="FREE_SHIPPING"),
    "backInStockRequestCreate": _input(channel="web", sku="GONE", email="zq@example.com"),
    "orderDraftUpdate": _draft,
    "paymentAuthorize": lambda side: {
        "input": {"orderId": side.named["of the buyer"], "reference": "t-2", "amount": _USD}
    },
    "messageTemplateSet": _input(channel="web", kind="ORDER_PLACED", language="fr"),
    "messageRuleSet": _input(channel="web", kind="ORDER_PLACED", isActive=False),
    "orderRuleSet": _input(channel="web", rule="amount_limit", outcome="HOLD", limits=[{"name": "amount_minor", "value": 5}]),
    "productBulkUpsert": lambda side: {
        "input": [{"slug": "thing-a", "name": "Thing A", "variants": [{"sku": "A"}]}],
        "errorPolicy": "REJECT_FAILED",
    },
    ("FulfillmentHandOverInput", "lines"): lambda side: {
        "input": {
            "id": side.named["ready for pick-up"],
            "lines": [{"lineId": side.named["line for pick-up"], "quantity": 1}],
        }
    },
    "shippingMethodSet": _input(channel="web", code="zq", name="Zq", price=_USD),
    "pickupSettingSet": _input(channel="web", location="web-side"),
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
    ("PurchaseOrderLineInput", "sku"): _input(
        supplier="acme-web", location="web-main", lines=[{"sku": "A", "quantity": 2, "unitCost": _USD}]
    ),
    ("SupplierReturnLineInput", "sku"): _input(
        supplier="acme-web", location="web-main", lines=[{"sku": "A", "quantity": 1, "unitCredit": _USD}]
    ),
    ("StockCostCorrectInput", "totalCost"): lambda side: {
        "input": {
            "receiptId": side.named["receipt of a purchase"],
            "line": 1,
            "totalCost": {"amount": "9", "currency": "USD"},
        }
    },
    ("StockReceiptLineInput", "lots"): _input(
        location="web-main", lines=[{"sku": "L", "quantity": 2, "lots": [_LOT]}]
    ),
    ("StockReceiveInput", "sku"): _input(sku="A", location="web-main", quantity=5),
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
