"""Mutations of a location or a channel, with placeholders for the ids and codes of its objects."""

from typing import Any

from tests.ask import Api

MONEY = '{{amount: "1", currency: "USD"}}'
# Each mutation of objects that belong to a location, with placeholders in braces.
CHANGES = {
    "stockAssemble": 'input: {{sku: "MUG", location: "{location}", quantity: 1}}',
    "stockDisassemble": 'input: {{sku: "MUG", location: "{location}", quantity: 1}}',
    "stockPolicyBulkSet": 'input: [{{sku: "MUG", location: "{location}", safetyStock: 1}}]',
    "stockReceive": 'input: {{sku: "MUG", location: "{location}", quantity: 1}}',
    "stockAdjust": 'input: {{sku: "MUG", location: "{location}", change: 1, reason: FOUND}}',
    "stockSetAside": 'input: {{sku: "MUG", location: "{location}", quantity: 1, to: DAMAGED}}',
    "stockBulkSet": 'input: [{{sku: "MUG", location: "{location}", onHand: 60}}]',
    "stockReceiptCreate": 'input: {{location: "{location}", lines: [{{sku: "MUG", quantity: 1}}]}}',
    "stockLandedCostAdd": f'input: {{{{receiptId: "{{receipt_id}}", cost: {{{{name: "Duty", amount: {MONEY}}}}}}}}}',
    "stockCostCorrect": f'input: {{{{receiptId: "{{receipt_id}}", line: 1, unitCost: {MONEY}}}}}',
    "stockReceiptReverse": 'input: {{receiptId: "{receipt_id}"}}',
    "stockIncomingCreate": 'input: {{sku: "MUG", location: "{location}", quantity: 1, expectedOn: "2099-01-01"}}',
    "stockIncomingUpdate": 'input: {{id: "{incoming_id}", quantity: 4}}',
    "stockTransferCreate": 'input: {{source: "{location}", destination: "{annex}", '
    'lines: [{{sku: "MUG", quantity: 1}}]}}',
    "stockTransferReceive": 'input: {{id: "{transfer_id}"}}',
    "stockTransferTurnBack": 'id: "{transfer_id}"',
    "stockTransferShip": 'input: {{id: "{transfer_id}"}}',
    "stockTransferCancel": 'id: "{transfer_id}"',
    "stockCountStart": 'input: {{location: "{location}"}}',
    "stockCountApprove": 'id: "{count_id}"',
    "stockCountReject": 'id: "{count_id}"',
    "stockCountSubmit": 'input: {{countId: "{count_id}", lines: [{{sku: "MUG", quantity: 50}}], isComplete: false}}',
    "stockCountCancel": 'id: "{count_id}"',
    "purchaseOrderCreate": 'input: {{supplier: "acme", location: "{location}", '
    f'lines: [{{{{sku: "MUG", quantity: 1, unitCost: {MONEY}}}}}]}}}}',
    "purchaseOrderUpdate": 'input: {{id: "{purchase_order_id}", note: "Soon"}}',
    "purchaseOrderReceive": 'input: {{id: "{purchase_order_id}"}}',
    "purchaseOrderConfirm": 'id: "{purchase_order_id}", expectedOn: "2099-01-01"',
    "purchaseOrderSend": 'id: "{purchase_order_id}"',
    "purchaseOrderReceiptReverse": 'input: {{receiptId: "{bought_receipt_id}"}}',
    "purchaseOrderClose": 'id: "{purchase_order_id}"',
    "purchaseOrderCancel": 'id: "{purchase_order_id}"',
    "supplierReturnCreate": 'input: {{supplier: "acme", location: "{location}", '
    f'lines: [{{{{sku: "MUG", quantity: 1, unitCredit: {MONEY}}}}}]}}}}',
    "supplierReturnCredit": f'input: {{{{id: "{{return_id}}", amount: {MONEY}}}}}',
    "supplierReturnCancel": 'id: "{return_id}"',
    "fulfillmentReassign": 'input: {{id: "{work_id}"}}',
    "fulfillmentRecall": 'id: "{work_id}"',
    "fulfillmentRelease": 'id: "{work_id}"',
    "fulfillmentBulkRelease": 'ids: ["{work_id}"]',
    "pickListCancel": 'id: "{pick_list_id}"',
    "pickListCreate": 'input: {{locationId: "{location_id}"}}',
    "fulfillmentSplit": 'input: {{id: "{work_id}", lines: []}}',
    "fulfillmentMerge": 'input: {{id: "{work_id}", otherIds: ["{sent_id}"]}}',
    "fulfillmentPick": 'input: {{id: "{work_id}"}}',
    "fulfillmentUnpick": 'id: "{work_id}"',
    "fulfillmentPack": 'input: {{id: "{work_id}"}}',
    "fulfillmentUnpack": 'id: "{work_id}"',
    "fulfillmentLabelBuy": 'input: {{id: "{work_id}", carrier: "parcels"}}',
    "fulfillmentLabelVoid": 'id: "{work_id}"',
    "fulfillmentBulkShip": 'input: [{{id: "{work_id}"}}]',
    "fulfillmentShip": 'input: {{id: "{work_id}"}}',
    "manifestCreate": 'input: {{location: "{location}", carrier: "postal"}}',
    "shipmentTrackingRecord": 'input: {{shipmentId: "{shipment_id}", stage: IN_TRANSIT}}',
    "shipmentTrackingCorrect": 'input: {{shipmentId: "{shipment_id}", stage: EXCEPTION, reason: "A wrong scan"}}',
    "shipmentDeliver": 'input: {{shipmentId: "{shipment_id}"}}',
    "shipmentReceiveBack": 'input: {{shipmentId: "{shipment_id}", resolution: CANCEL}}',
    "fulfillmentReady": 'input: {{id: "{work_id}"}}',
    "fulfillmentReadyUndo": 'id: "{work_id}"',
    "fulfillmentPickupExtend": 'input: {{id: "{work_id}", keepUntil: "2031-01-01"}}',
    "fulfillmentHandOver": 'input: {{id: "{work_id}"}}',
    "dropShipAccept": 'input: {{id: "{work_id}"}}',
    "dropShipReject": 'input: {{id: "{work_id}"}}',
    "dropShipShip": 'input: {{id: "{work_id}", carrier: "postal"}}',
    "replenishmentRun": 'input: {{locations: ["{location}"]}}',
}
# Mutations of a location itself (for all channels), and of a channel as a whole.
OF_A_LOCATION = {"locationUpdate": 'input: {{id: "{location_id}", name: "Mine"}}'}
OF_A_CHANNEL = {
    "channelLocationsSet": 'input: {{channel: "{channel}", locations: ["{annex}", "{location}"]}}',
    "sourcingPolicySet": 'input: {{channel: "{channel}", maxParcels: 2}}',
    "pickupSettingSet": 'input: {{channel: "{channel}", location: "{location}", daysKept: 3}}',
}
# Mutations of an own object that refer to an object of another location or channel: `other_` placeholders.
NESTED = {
    "stockTransferCreate": 'input: {{source: "{location}", destination: "{other_location}", '
    'lines: [{{sku: "MUG", quantity: 1}}]}}',
    "stockReceive": 'input: {{sku: "MUG", location: "{location}", quantity: 1, incomingId: "{other_incoming_id}"}}',
    "stockReceiptCreate": 'input: {{location: "{location}", '
    'lines: [{{sku: "MUG", quantity: 1, incomingId: "{other_incoming_id}"}}]}}',
    "purchaseOrderUpdate": 'input: {{id: "{purchase_order_id}", location: "{other_location}"}}',
    "supplierReturnCreate": 'input: {{purchaseOrderId: "{other_received_order_id}", location: "{location}", '
    'lines: [{{sku: "MUG", quantity: 1}}]}}',
    "fulfillmentReassign": 'input: {{id: "{work_id}", locationId: "{other_location_id}"}}',
    "pickListCreate": 'input: {{locationId: "{location_id}", fulfillmentOrderIds: ["{other_work_id}"]}}',
    "fulfillmentMerge": 'input: {{id: "{work_id}", otherIds: ["{other_work_id}"]}}',
    "fulfillmentBulkRelease": 'ids: ["{other_work_id}"]',
    "shipmentReceiveBack": 'input: {{shipmentId: "{shipment_id}", resolution: CANCEL, '
    'locationId: "{other_location_id}"}}',
    "shipmentTrackingRecord": 'input: {{shipmentId: "{shipment_id}", packageId: "{other_package_id}", '
    "stage: IN_TRANSIT}}",
    "replenishmentRun": 'input: {{locations: ["{location}", "{other_location}"]}}',
}
NESTED_OF_A_CHANNEL = {
    "channelLocationsSet": 'input: {{channel: "{channel}", locations: ["{location}", "{other_location}"]}}'
}
ROWS = "... on BulkResult { rows { index status error { errorCode message path } } }"
ANSWER = "__typename ... on UserError { errorCode message path }"


async def response_of(api: Api, name: str, arguments: str) -> Any:
    rows = ROWS if "Bulk" in name else ""
    return await api.do(f"mutation {{ {name}({arguments}) {{ {ANSWER} {rows} }} }}")
