"""Documents and helpers for the purchasing tests."""

from datetime import timedelta
from typing import Any

from app.core import clock
from tests.ask import Api

REFUSED = " __typename ... on UserError { message path } ... on ValidationFailed { problems { path } } "
SUPPLIER = (
    "mutation($input: SupplierCreateInput!) { supplierCreate(input: $input) {"
    + REFUSED
    + """
  ... on Supplier { id code leadDays version } } }"""
)
UPDATE = (
    "mutation($input: SupplierUpdateInput!, $v: Int) { supplierUpdate(input: $input, expectedVersion: $v) {"
    + REFUSED
    + """
  ... on Supplier { name email leadDays isActive version } } }"""
)
ITEMS = (
    "mutation($input: SupplierItemsSetInput!) { supplierItemsSet(input: $input) {"
    + REFUSED
    + """
  ... on Supplier { items { packQuantity isPreferred unitCost { amount currency } variant { sku } } } } }"""
)
CREATE = (
    "mutation($input: PurchaseOrderCreateInput!, $key: String) { purchaseOrderCreate(input: $input, idempotencyKey: $key) {"
    + REFUSED
    + """
  ... on PurchaseOrder { id number status nextSteps { step } total { amount currency } lines { quantity unitCost { amount } variant { sku } } } } }"""
)
SEND = (
    "mutation($id: ID!, $on: Date) { purchaseOrderSend(id: $id, expectedOn: $on) {"
    + REFUSED
    + """
  ... on IllegalTransition { current allowed } ... on PurchaseOrder { status expectedOn nextSteps { step } } } }"""
)
CONFIRM = (
    "mutation($id: ID!, $on: Date!) { purchaseOrderConfirm(id: $id, expectedOn: $on) {"
    + REFUSED
    + """
  ... on PurchaseOrder { status expectedOn } } }"""
)
RECEIVE = (
    "mutation($input: PurchaseOrderReceiveInput!) { purchaseOrderReceive(input: $input) {"
    + REFUSED
    + """
  ... on IllegalTransition { current } ... on PurchaseOrder { status lines { quantity received variant { sku } } } } }"""
)
CANCEL = (
    "mutation($id: ID!) { purchaseOrderCancel(id: $id) {"
    + REFUSED
    + "... on IllegalTransition { current } ... on PurchaseOrder { status } } }"
)
CLOSE = CANCEL.replace("Cancel", "Close")
LEVELS = "{ stockLevels { nodes { onHand available incoming value { amount } variant { sku } } } }"


def usd(amount: str) -> dict[str, str]:
    return {"amount": amount, "currency": "USD"}


def day(days: int) -> str:
    return (clock.today() + timedelta(days=days)).isoformat()


async def write(buyer: Api, *lines: tuple[str, int], **more: Any) -> dict[str, Any]:
    given = [{"sku": sku, "quantity": quantity} for sku, quantity in lines]
    wanted = {"supplier": "acme", "location": "web-main", "lines": given, **more}
    return await buyer.do(CREATE, input=wanted)


async def levels(buyer: Api) -> dict[str, dict[str, Any]]:
    nodes = (await buyer.ask(LEVELS))["stockLevels"]["nodes"]
    return {node.pop("variant")["sku"]: node for node in nodes}
