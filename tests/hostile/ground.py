"""A shop with objects of all types, and the values that requests need besides the tried one."""

import itertools
import re
from datetime import timedelta
from functools import cache
from typing import Any
from uuid import UUID

from graphql import GraphQLField, get_named_type
from tortoise import Tortoise
from tortoise.fields import UUIDField

from app.channels.models import Channel
from app.core import clock
from app.core.actor import SYSTEM, Actor, ActorKind
from app.core.database import fetch, uuid_of
from app.core.ids import new_id, to_global
from app.customers import service as customers
from app.customers.lifecycle import DeletionStatus
from app.customers.models import AccountDeletion, Customer
from app.customers.service import CustomerData
from app.inventory.locations import service as locations
from app.inventory.locations.models import Location
from app.inventory.receiving import service as receiving_service
from app.inventory.receiving.service.receipt_costs import Cost
from app.notifications.lifecycle import MessageKind, MessageStatus
from app.notifications.models import Message, MessageSuppression
from app.stored_value import codes, issuing
from tests import make
from tests.ask import ADDRESS, Api, order_input
from tests.bank.euros import IBANS, euros
from tests.bank.files import Bank
from tests.bank.samples import OTHER, SAMPLE
from tests.bank.transferring import status_report

PASSWORD = "a password long enough"
BUYER = "ada@example.com"
# GraphQL types whose models have another name.
ROWS = {
    "OrderHold": "Hold", "OrderCancelRequest": "CancelRequest", "StockLot": "Lot", "StockTransfer": "Transfer",
    "StockIncoming": "IncomingStock", "StockReceipt": "Receipt", "Carrier": "CarrierAccount",
}  # fmt: skip
_KIND = re.compile(r"not an ID of the type (\w+)")


class Ground:
    """The ids of existing objects, and valid values for input fields."""

    def __init__(self) -> None:
        self.kinds: dict[tuple[str, str], str] = {}  # the type whose ids a field takes, learned from errors
        self.ids: dict[str, list[str]] = {}
        self.turn = 0
        self.needed = NEEDED.copy()
        self.buyer = SYSTEM  # the customer, after `lay`
        self._fresh = itertools.count(1)

    async def look(self) -> None:
        """Read the ids of all objects, oldest first, so that those of the shop precede those of earlier requests."""
        found: dict[str, list[UUID]] = {}
        for row in await fetch(_ids_of_all()):
            found.setdefault(row["kind"], []).append(uuid_of(row["id"]))
        self.ids = {kind: [to_global(kind, id) for id in sorted(ids)] for kind, ids in found.items()}

    def learn(self, owner: str, field: str, message: str) -> bool:
        """Learn the type of a field's ids from an error message; whether it was unknown."""
        match = _KIND.search(message)
        if match is None or self.kinds.get((owner, field)) == match[1]:
            return False
        self.kinds[owner, field] = match[1]
        return True

    def learn_at(self, operation: str, field: GraphQLField, message: str, path: Any) -> bool:
        """Learn the type of ids from an error message with its path; whether it was unknown."""
        owner, type_ = operation, None
        for step in (step for step in path if not str(step).isdigit()):
            fields = field.args if type_ is None else getattr(type_, "fields", {})
            if step not in fields:
                return False
            inner = get_named_type(fields[step].type)
            if inner.name == "ID" and self.learn(owner, step, message):
                return True
            if hasattr(inner, "fields"):
                owner, type_ = inner.name, inner
        return False

    def base(self, owner: str, name: str, type_: str) -> Any:
        """A valid value of a field; for the type `?`, None if the field is optional and not needed."""
        if (owner, name) in self.needed:
            return self.needed[owner, name]
        if type_ == "?":
            return None
        if type_ == "ID":
            ids = self.ids.get(self.kinds.get((owner, name), "Order")) or ["none"]
            return ids[self.turn % len(ids)]
        if (
            type_ == "String"
            and name in UNIQUE
            and owner.endswith(("CreateInput", "RegisterInput", "VariantInput", "InviteInput"))
        ):
            return f"{UNIQUE[name]}{next(self._fresh)}{'@example.org' if name == 'email' else ''}"
        if (type_, name) in BY_NAME:
            return BY_NAME[type_, name]
        return BY_TYPE.get(type_)


@cache
def _ids_of_all() -> str:
    """One statement for the ids of the oldest rows of all tables, because it runs very often."""
    assert Tortoise.apps is not None
    parts = []
    for name, model in Tortoise.apps["app"].items():
        if model._meta.pk_attr == "id" and isinstance(model._meta.pk, UUIDField):
            shown = next((type_ for type_, row in ROWS.items() if row == name), name)
            oldest = f'SELECT id FROM "{model._meta.db_table}" ORDER BY id LIMIT 12'
            parts.append(f"SELECT '{shown}' AS kind, id FROM ({oldest}) AS t")
    return " UNION ALL ".join(parts)


SOON, LATER = (f"{clock.now() + timedelta(days=days):%Y-%m-%d}" for days in (9, 19))
UNIQUE = {"code": "c", "sku": "S", "slug": "s", "email": "n", "name": "N"}
BY_TYPE: dict[str, Any] = {
    "String": "A", "Int": 1, "BigInt": 1_000, "Float": 1.0, "Boolean": False, "Decimal": "1.00", "JSON": {"a": 1},
    "DateTime": f"{SOON}T09:30:00Z", "Date": SOON, "Time": "09:30", "CurrencyCode": "USD",
    "StockBucket": "AVAILABLE", "Weekday": "MONDAY",
}  # fmt: skip
BY_NAME: dict[tuple[str, str], Any] = {
    ("String", "channel"): "web", ("String", "location"): "web-main", ("String", "locations"): "web-main",
    ("String", "source"): "web-main", ("String", "destination"): "second", ("String", "supplier"): "acme",
    ("String", "priceList"): "web-retail", ("CountryCode", "country"): "US", ("CountryCode", "countries"): "US",
    ("CountryCode", "barredCountries"): "DE", ("String", "email"): BUYER, ("String", "password"): PASSWORD,
    ("String", "shippingMethod"): "standard", ("String", "gateway"): "manual", ("String", "region"): "IL",
    ("String", "postalCode"): "62701", ("String", "city"): "Springfield", ("String", "phone"): "+12175550123",
    ("String", "carrier"): "van", ("String", "taxClass"): "standard", ("String", "rule"): "amount_limit",
    ("String", "timeZone"): "Europe/Berlin", ("String", "currency"): "USD", ("String", "category"): "things", ("String", "categories"): "things",
    ("String", "slug"): "thing-a", ("String", "substitutes"): "B", ("String", "skus"): "A", ("String", "box"): "",
    ("String", "trackingUrl"): "", ("String", "substitute"): "", ("String", "token"): "none",
    ("String", "reason"): "because", ("StockBucket", "to"): "DAMAGED", ("Time", "opens"): "09:00",
    ("Time", "closes"): "17:00", ("Time", "cutOff"): "14:00", ("DateTime", "at"): None,
    ("DateTime", "from"): "2026-01-01T00:00:00Z", ("Date", "shipsOn"): SOON, ("String", "barcode"): "4006381333931",
    ("DateTime", "countedAt"): None, ("DateTime", "receivedAt"): "2026-01-01T00:00:00Z", ("Date", "bornOn"): "1990-05-01",
    ("DateTime", "endsAt"): f"{LATER}T09:30:00Z",
}  # fmt: skip
_LINES = [{"sku": "A", "quantity": 1}]
# Optional fields that requests need, and fields that need particular values.
NEEDED: dict[tuple[str, str], Any] = {
    ("OrderPlaceInput", "email"): BUYER, ("OrderPlaceInput", "shippingMethod"): "standard",
    ("OrderPlaceInput", "shippingAddress"): ADDRESS, ("OrderPlaceInput", "payment"): {"gateway": "manual"},
    ("OrderPlaceInput", "lines"): _LINES,
    ("OrderPlaceInput", "channel"): "web",
    ("BackInStockRequestCreateInput", "sku"): "GONE", ("BackInStockRequestCreateInput", "email"): BUYER,
    ("AddressInput", "postalCode"): "62701",
    ("AddressInput", "region"): "IL",
    ("OrderEditLineInput", "sku"): "B",
    ("OrderEditLineInput", "quantity"): 5,
    ("StockAdjustInput", "reason"): "CORRECTION",
    ("TaxClassSetInput", "code"): "books",
    ("taxClassDelete", "code"): "unused",
    ("StockTransferLineInput", "sku"): "B",
    ("StockAssembleInput", "sku"): "K",
    ("StockDisassembleInput", "sku"): "K",
    ("EmailChangeRequestInput", "email"): "new@example.org",
    ("EmailChangeRequestInput", "currentPassword"): PASSWORD,
    ("PasswordChangeInput", "currentPassword"): PASSWORD,
    ("PasswordChangeInput", "newPassword"): PASSWORD,
    ("RoleCreateInput", "permissions"): "ACCESS_MANAGE",
    ("StaffInviteInput", "role"): "clerk",
    ("StockCostCorrectInput", "unitCost"): {"amount": "2", "currency": "USD"},
    ("StockCostCorrectInput", "line"): 1,
    ("CustomerCreateInput", "name"): "Ada",
    ("ShippingMethodSetInput", "code"): "standard",
    ("ApiTokenCreateInput", "permissions"): "ACCESS_MANAGE",
 ("OrderDraftCreateInput", "lines"): _LINES,
    **dict.fromkeys((("MessageTemplateSetInput", "kind"), ("MessageTemplatePreviewInput", "kind")), "ORDER_PLACED"),
    **dict.fromkeys((("MessageTemplateSetInput", "language"), ("MessageTemplatePreviewInput", "language")), "fr"),
    ("MessageRuleSetInput", "kind"): "ORDER_PLACED",
    ("BankStatementImportInput", "bankFile"): OTHER,
    ("BankAccountSetInput", "name"): "Shop", ("BankTransferCreateInput", "accountHolder"): "Ada",
    ("PayoutImportInput", "lines"): [{"kind": "ADJUSTMENT", "amount": "1"}],
    ("BankAccountSetInput", "iban"): "NL02ABNA0123456789", ("BankAccountSetInput", "bic"): "ABNANL2A",
    ("BankTransferCreateInput", "iban"): IBANS[0], ("BankTransferCreateInput", "amount"): euros("1"),
    ("BankTransferStatusImportInput", "bankFile"): status_report("none"),
    ("PayoutCsvInput", "csvFile"): "kind,amount\nadjustment,1\n", ("PayoutCsvInput", "kindColumn"): "kind",
    ("PayoutCsvInput", "amountColumn"): "amount",
    ("accountingPeriodClose", "through"): "2020-12-31", ("AccountMapSetInput", "detail"): None,
    ("BankEntryOrderInput", "amount"): {"amount": "1", "currency": "USD"},
    ("ChannelCreateInput", "kind"): "WEB", ("DiscountCreateInput", "kind"): "PERCENT",
    ("DiscountCreateInput", "percent"): "10", ("TaxRateSetInput", "rate"): "0.1",
    ("SupplierCreateInput", "currency"): "USD", ("StockIncomingCreateInput", "sku"): "A",
    ("CarrierSetInput", "kind"): "MANUAL", ("CarrierSetInput", "code"): "van", ("PaymentGatewaySetInput", "kind"): "STRIPE", ("PaymentAuthorizeInput", "reference"): "t-9", ("PaymentGatewaySetInput", "code"): "card", ("BoxSetInput", "code"): "box",
    ("VariantComponentsSetInput", "composition"): "SINGLE", ("VariantTrackingSetInput", "tracking"): "NONE",
    ("purchaseOrderConfirm", "expectedOn"): SOON, ("SupplierReturnCreateInput", "supplier"): "acme",
    ("SupplierReturnCreateInput", "location"): "web-main", ("LandedCostInput", "by"): "QUANTITY", ("FulfillmentPackInput", "asProposed"): True,
    ("fulfillmentOrder", "number"): "F-1", ("order", "number"): "WEB-000001",
}  # fmt: skip


async def lay(api: Api, ground: Ground) -> dict[str, str]:
    """Create the shop; returns the tokens of staff and of the buyer."""
    shop = await make.shop(confirms_at_once=True)
    await locations.update_location(SYSTEM, shop.location.id, {"address": make.ADDRESS})
    await make.location("second")
    await make.tax("US", rate="0.1")
    for sku in ("A", "B"):
        await shop.sell(sku, stock=0)
        for code in ("web-main", "second"):
            place = await Location.get(code=code)
            await receiving_service.receive_one(
                SYSTEM, sku=sku, location=place, quantity=5_000, cost=Cost(100, "USD")
            )
    await shop.sell("L", stock=0)
    await shop.sell("GONE", stock=0)
    staff = api.as_(await make.token())
    buyer = api.as_(await make.account(BUYER, PASSWORD, "Ada"))
    ground.buyer = Actor(ActorKind.CUSTOMER, (await Customer.get(email=BUYER)).id, "Ada")
    await _orders(api, staff, buyer)
    await _pickups(shop, api, staff, ground)
    await _drafts(api, ground)
    await _orders_of_guests(api, ground)
    await _documents(staff)
    await _kit(shop, staff)
    await _customers(staff, buyer, ground)
    await _arrived(staff, ground)
    await _bank_entries(staff, ground)
    return {"staff": staff.token or "", "buyer": buyer.token or ""}


async def _do(who: Api, operation: str, **variables: Any) -> dict[str, Any]:
    answer = await who.do(operation, **variables)
    assert not answer["__typename"].startswith(("Invalid", "Validation", "Not", "Illegal")), (
        operation,
        answer,
    )
    return answer


_ANSWER = "{ __typename ... on UserError { message path } ... on Node { id } }"


async def _orders(api: Api, staff: Api, buyer: Api) -> None:
    place = f"mutation($i: OrderPlaceInput!) {{ orderPlace(input: $i) {_ANSWER} }}"
    for number in range(12):
        who = buyer if number % 3 else api
        await _do(
            who,
            place,
            i=order_input(("A", 2), ("B", 1), metadata={"n": number}),
        )
    works = (await staff.ask("{ fulfillmentOrders { nodes { id } } }"))["fulfillmentOrders"]["nodes"]
    steps = [
        "fulfillmentRelease(id: $id)",
        'fulfillmentPick(input: {id: $id, lines: [{code: "A", quantity: 2}, {code: "B", quantity: 1}]})',
        "fulfillmentPack(input: {id: $id, packages: [{}]})",
        'fulfillmentShip(input: {id: $id, carrier: "van"})',
    ]
    for index, work in enumerate(works[:10]):
        for step in steps[: index % 5]:
            await _do(staff, f"mutation($id: ID!) {{ {step} {_ANSWER} }}", id=work["id"])


async def _pickups(shop: make.Shop, api: Api, staff: Api, ground: Ground) -> None:
    """Orders that are picked up, one for each step of their work."""
    await locations.set_pickup(SYSTEM, shop.channel, await Location.get(code="web-main"))
    place = """mutation($i: OrderPlaceInput!) { orderPlace(input: $i) {
      __typename ... on Order { id fulfillmentOrders { id lines { id } } } } }"""
    given = {"channel": "web", "email": BUYER, "pickupLocation": "web-main", "billingAddress": ADDRESS}
    sent = given | {"lines": _LINES, "payment": {"gateway": "manual"}}
    for owner in (
        "FulfillmentReadyInput", "fulfillmentReadyUndo", "FulfillmentPickupExtendInput", "FulfillmentHandOverInput",
    ):  # fmt: skip
        [work] = (await _do(staff, place, i=sent))["fulfillmentOrders"]
        ground.needed[owner, "id"] = work["id"]
        ground.needed["FulfillmentHandOverLineInput", "lineId"] = work["lines"][0]["id"]
        steps = ["fulfillmentRelease(id: $id)", "fulfillmentPick(input: {id: $id})"]
        if owner != "FulfillmentReadyInput":
            steps.append("fulfillmentReady(input: {id: $id})")
        for step in steps:
            await _do(staff, f"mutation($id: ID!) {{ {step} {_ANSWER} }}", id=work["id"])
    ground.needed["FulfillmentPickupExtendInput", "keepUntil"] = SOON


async def _drafts(api: Api, ground: Ground) -> None:
    """Carts of visitors, with their access tokens."""
    draft = """mutation($i: OrderDraftCreateInput!) { orderDraftCreate(input: $i) {
      __typename ... on Order { id accessToken lines { nodes { id } } } } }"""
    for change in ("Update", "Delete", "LineAdd", "LineUpdate", "LineRemove", "Merge"):
        owner = f"OrderDraft{change}Input"
        made = await _do(api, draft, i={"channel": "web", "lines": _LINES})
        ground.needed[owner, "id"], ground.needed[owner, "draftToken"] = made["id"], made["accessToken"]
        line = made["lines"]["nodes"][0]["id"]
        if change == "LineUpdate":
            ground.needed["OrderDraftLineChangeInput", "lineId"] = line
        if change == "LineRemove":
            ground.needed[owner, "lineIds"] = line


async def _orders_of_guests(api: Api, ground: Ground) -> None:
    """Orders that guests cancel or repeat with the access token."""
    place = """mutation($i: OrderPlaceInput!) { orderPlace(input: $i) {
      __typename ... on Order { id accessToken } } }"""
    for owner in ("OrderCancelInput", "OrderCancelRequestInput", "OrderReorderInput"):
        made = await _do(api, place, i=order_input(("A", 1), metadata={"for": owner}))
        ground.needed[owner, "id"], ground.needed[owner, "accessToken"] = made["id"], made["accessToken"]


async def _bank_entries(staff: Api, ground: Ground) -> None:
    """Entries of a bank account: open ones, and one that is closed."""
    bank = Bank(staff)
    await bank.take(SAMPLE)
    for owner, reference in (
        ("BankEntryMatchInput", "BK-1"),
        ("BankEntryCloseInput", "BK-2"),
        ("bankEntryReopen", "BK-3"),
    ):
        entry = await bank.entry(reference)
        ground.needed[owner, "id"] = entry["id"]
    await bank.close(entry, "Not ours")
    for owner, reference in (
        ("BankEntryMatchPayoutInput", "P-1"),
        ("PayoutCloseInput", "P-2"),
        ("payoutCompare", "P-3"),
    ):
        line = '{kind: REFUND, reference: "no such", amount: "-4.90"}'
        given = f'gateway: "card", reference: "{reference}", arrivalOn: "2026-10-27", lines: [{line}]'
        total = '{amount: "-4.90", currency: "USD"}'
        made = f"payoutImport(input: {{{given}, total: {total}}})"
        payout = (await _do(staff, f"mutation {{ {made} {{ __typename ... on Payout {{ id }} }} }}"))["id"]
        ground.needed[owner, "payoutId" if owner.startswith("BankEntry") else "id"] = payout
    ground.needed["BankEntryMatchPayoutInput", "id"] = (await bank.entry("BK-4"))["id"]


async def _kit(shop: make.Shop, staff: Api) -> None:
    """A kit that is assembled and stocked, of two units of B."""
    await shop.sell("K", stock=0)
    kit = (await staff.ask('{ variant(sku: "K") { id } }'))["variant"]["id"]
    components = f'{{id: "{kit}", composition: KIT, components: [{{sku: "B", quantity: 2}}]}}'
    for operation in (
        f"variantComponentsSet(input: {components})",
        'stockAssemble(input: {sku: "K", location: "web-main", quantity: 50})',
    ):
        await _do(staff, f"mutation {{ {operation} {_ANSWER} }}")


async def _customers(staff: Api, buyer: Api, ground: Ground) -> None:
    """Two entries of the buyer's address book, and customers who can be invited or asked for deletion."""
    for operation in ("CustomerAddressUpdateInput", "customerAddressDelete"):
        address = ADDRESS | {"line1": f"1 {operation} Street"}
        made = await buyer.do(
            "mutation($i: CustomerAddressCreateInput!) { customerAddressCreate(input: $i) "
            "{ __typename ... on CustomerAddress { id } ... on UserError { message path } } }",
            i={"address": address},
        )
        ground.needed[operation, "id"] = made["id"]
    signed_in = "mutation($i: SignInInput!) { signIn(input: $i) { __typename } }"
    assert (await buyer.do(signed_in, i={"email": BUYER, "password": PASSWORD}))[
        "__typename"
    ] == "SessionTokens"
    sessions = await buyer.ask("{ sessions { nodes { id isCurrent } } }")
    [other] = [each["id"] for each in sessions["sessions"]["nodes"] if not each["isCurrent"]]
    ground.needed["sessionEnd", "id"] = other
    invited = await _do(
        staff,
        f'mutation {{ customerCreate(input: {{name: "Eve", email: "eve@example.org"}}) {_ANSWER} }}',
    )
    ground.needed["customerInvite", "id"] = invited["id"]
    for owner in ("CustomerMergeInput", "CustomerMergePreviewInput"):
        for field in ("fromId", "intoId"):
            customer = await customers.create(SYSTEM, CustomerData(name=f"{owner} {field}"))
            ground.needed[owner, field] = to_global("Customer", customer.id)
    for operation in ("accountDeletionComplete", "accountDeletionRefuse"):
        customer = await customers.create(SYSTEM, CustomerData(name="Eve", email=f"{operation}@example.org"))
        deletion = await AccountDeletion.create(
            id=new_id(), customer_id=customer.id, status=DeletionStatus.OPEN, requested_at=clock.now()
        )
        ground.needed[operation, "id"] = to_global("AccountDeletion", deletion.id)
    refused = await MessageSuppression.create(
        id=new_id(), fingerprint="of an address", reason="550 No such user", created_at=clock.now()
    )
    ground.needed["messageSuppressionRemove", "id"] = to_global("MessageSuppression", refused.id)
    message = await Message.filter(kind=MessageKind.ORDER_PLACED).first()
    assert message is not None
    await Message.filter(id=message.id).update(status=MessageStatus.DROPPED)
    ground.needed["messageResend", "id"] = to_global("Message", message.id)
    web = await Channel.get(code="web")
    cards = [await issuing.issue_gift_card(SYSTEM, web, 5_000) for _ in range(3)]
    ground.needed["StoredValueApplyInput", "giftCardCode"] = codes.code_of(cards[-1].id)
    given = {"kind": "ORDER_PLACED", "language": "en"}
    for operation, language in (("messageTemplatePublish", "en"), ("messageTemplateRetire", "de")):
        made = await staff.do(
            "mutation($i: MessageTemplateSetInput!) { messageTemplateSet(input: $i) { ... on MessageTemplate { id } } }",
            i=given | {"language": language},
        )
        ground.needed[operation, "id"] = made["id"]


async def _arrived(staff: Api, ground: Ground) -> None:
    """A purchase order that is completely received, so that it can be closed."""
    lines = '[{sku: "A", quantity: 2, unitCost: {amount: "1", currency: "USD"}}]'
    made = await staff.ask(
        f'mutation {{ purchaseOrderCreate(input: {{supplier: "acme", location: "web-main", lines: {lines}}}) '
        "{ ... on PurchaseOrder { id } } }"
    )
    id = made["purchaseOrderCreate"]["id"]
    for step in (f'purchaseOrderSend(id: "{id}")', f'purchaseOrderReceive(input: {{id: "{id}"}})'):
        await staff.ask(f"mutation {{ {step} {{ __typename }} }}")
    ground.needed["purchaseOrderClose", "id"] = id


async def _documents(staff: Api) -> None:
    tracked = (await staff.ask('{ variant(sku: "L") { id } }'))["variant"]
    for operation in (
        f'variantTrackingSet(input: {{id: "{tracked["id"]}", tracking: LOT}})',
        'stockReceive(input: {sku: "L", location: "web-main", quantity: 5, lots: [{number: "L1", quantity: 5}]})',
        'categoryCreate(input: {name: "Things", slug: "things"})',
        'supplierCreate(input: {code: "acme", name: "Acme", currency: "USD", email: "acme@example.com"})',
        'supplierItemsSet(input: {supplier: "acme", items: [{sku: "A", unitCost: {amount: "1", currency: "USD"}}]})',
        'purchaseOrderCreate(input: {supplier: "acme", location: "web-main", lines: [{sku: "A", quantity: 5}]})',
        'purchaseOrderCreate(input: {supplier: "acme", location: "web-main", lines: [{sku: "A", quantity: 6}]})',
        'stockTransferCreate(input: {source: "web-main", destination: "second", lines: [{sku: "A", quantity: 3}]})',
        'stockTransferCreate(input: {source: "web-main", destination: "second", lines: [{sku: "B", quantity: 3}]})',
        'stockCountStart(input: {location: "second", skus: ["A"]})',
        'stockIncomingCreate(input: {sku: "A", location: "web-main", quantity: 5, expectedOn: "%s"})',
        'stockReceiptCreate(input: {location: "web-main", lines: [{sku: "B", quantity: 5}]})',
        'supplierReturnCreate(input: {supplier: "acme", location: "web-main", lines: [{sku: "A", quantity: 1}]})',
        'supplierReturnCreate(input: {supplier: "acme", location: "web-main", lines: [{sku: "A", quantity: 1}]})',
        'carrierSet(input: {code: "van", name: "Van", kind: MANUAL})',
        'paymentGatewaySet(input: {code: "card", name: "Cards", kind: STRIPE, apiUrl: "http://127.0.0.1:9", secrets: [{name: "secret_key", value: "k"}, {name: "webhook_secret", value: "w"}]})',
        'boxSet(input: {code: "box", name: "Box", lengthMm: 300, widthMm: 200, heightMm: 100, mostGrams: 9000})',
        'buyerBlock(email: "bad@example.org", reason: "because")',
        'roleCreate(input: {code: "clerk", name: "Clerk", permissions: [ACCESS_MANAGE]})',
        'staffInvite(input: {email: "clerk@example.org", name: "Clerk", role: "clerk"})',
        'discountCreate(input: {channel: "web", code: "TEN", kind: PERCENT, percent: "10"})',
    ):
        await _do(staff, f"mutation {{ {operation.replace('%s', SOON)} {_ANSWER} }}")
    made = await staff.ask('mutation { taxClassSet(input: {code: "unused", name: "Unused"}) { __typename } }')
    assert made["taxClassSet"]["__typename"] == "TaxClass"
