"""Two sides with objects of every type: a caller limited to one side sees that side, the other is foreign.

Each side is a channel with its own locations, orders in every stage, and documents. Products and other shared objects
belong to both.
"""

from collections.abc import Awaitable, Callable
from datetime import date
from typing import Any
from uuid import UUID

from tortoise import Tortoise
from tortoise.connection import get_connection
from tortoise.fields import CharField, TextField

from app.access import service as access
from app.access.permissions import ROLES
from app.accounting.lifecycle import AccountKind
from app.accounting.service import closing, mapping
from app.catalog.models import Variant
from app.catalog.service import pricing
from app.core import clock
from app.core.actor import SYSTEM
from app.core.ids import from_global, new_id, to_global
from app.customers import service as customers
from app.customers.lifecycle import DeletionStatus
from app.customers.models import AccountDeletion
from app.customers.service import CustomerData
from app.fulfillment.lifecycle import LabelStatus
from app.fulfillment.models import CarrierAccount, Label, Package, Shipment
from app.inventory.location_kinds import LocationKind
from app.inventory.locations import service as locations
from app.inventory.receiving import service as receiving_service
from app.inventory.receiving.service.receipt_costs import Cost
from app.notifications.lifecycle import BackInStockStatus, MessageKind, MessageStatus
from app.notifications.models import BackInStockRequest, Message, MessageSuppression
from app.payments.models import GatewayMessage, PaymentGateway
from tests import make
from tests.ask import ADDRESS, Api, order_input
from tests.bank.files import Bank
from tests.bank.samples import OTHER, SAMPLE, TWINS
from tests.hostile.ground import ROWS, SOON, Ground
from tests.matrix import stored_values, transfers

INSIDE, OUTSIDE, SHARED = "web", "eu", "shared"
PASSWORD = "a password long enough"
_ANSWER = "{ __typename ... on UserError { message path } }"
_PLACED = "{ __typename ... on UserError { message path } ... on Order { id trackingToken } }"
STEPS = (
    "fulfillmentRelease(id: $id)",
    'fulfillmentPick(input: {id: $id, lines: [{code: "A", quantity: 2}, {code: "B", quantity: 1}]})',
    "fulfillmentPack(input: {id: $id, packages: [{}]})",
    'fulfillmentShip(input: {id: $id, carrier: "van"})',
)
MOST_OF_A_KIND = 40
SOLD_OUT = ("GONE", "AWAY")  # SKUs without stock


class Side(Ground):
    """The objects of a side, and the values that refer to them in requests."""

    def __init__(self, code: str, ids: dict[str, list[str]], shared: dict[str, list[str]]) -> None:
        super().__init__()
        self.code = code
        self.own = ids
        self.named: dict[str, str] = {}  # ids of objects in a particular state, by name
        self.ids = {kind: ids.get(kind) or shared.get(kind, []) for kind in {*ids, *shared}}

    def base(self, owner: str, name: str, type_: str) -> Any:
        found = super().base(owner, name, type_)
        return self._named(found)

    def _named(self, value: Any) -> Any:
        """The same value with the codes of this side's objects."""
        if isinstance(value, dict):
            return {key: self._named(each) for key, each in value.items()}
        if isinstance(value, list):
            return [self._named(each) for each in value]
        return _NAMES[self.code].get(value, value) if isinstance(value, str) else value


_NAMES: dict[str, dict[str, str]] = {
    code: {
        "web": code, "web-main": f"{code}-main", "second": f"{code}-side", "web-retail": f"{code}-retail",
        "ada@example.com": f"{code}@example.com", "acme": f"acme-{code}",
    }
    for code in (INSIDE, OUTSIDE)
}  # fmt: skip


async def ids_of_all() -> dict[str, list[str]]:
    """The global ids of all rows by the name of their type, the oldest first."""
    assert Tortoise.apps is not None
    found: dict[str, list[str]] = {}
    for name, model in Tortoise.apps["app"].items():
        if model._meta.pk_attr == "id":
            shown = next((type_ for type_, row in ROWS.items() if row == name), name)
            rows = await model.all().order_by("id").values_list("id", flat=True)
            found[shown] = [to_global(shown, id) for id in rows if isinstance(id, UUID)]
    return found


def beyond(now: dict[str, list[str]], before: dict[str, list[str]]) -> dict[str, list[str]]:
    """The ids that were added since."""
    return {
        kind: [id for id in ids if id not in set(before.get(kind, []))][:MOST_OF_A_KIND]
        for kind, ids in now.items()
    }


class World:
    """Both sides, and the shared objects."""

    sides: dict[str, Side]
    shared: dict[str, list[str]]
    buyers: dict[str, str]  # the access token of each side's customer

    @classmethod
    async def made(cls, api: Api) -> "World":
        world = cls()
        staff = api.as_(await make.token())
        await _shared_objects(staff)
        world.shared = await ids_of_all()
        world.sides, world.buyers = {}, {}
        for code in (INSIDE, OUTSIDE):
            before = await ids_of_all()
            world.buyers[code], named = await _side(api, staff, code)
            side = Side(code, beyond(await ids_of_all(), before), world.shared)
            side.named = named
            world.sides[code] = side
        await _fill_empty_columns()
        return world


async def _fill_empty_columns() -> None:
    """Fill empty text columns, so that a hidden field has a value to hide."""
    assert Tortoise.apps is not None
    text = "CAST(id AS TEXT)"  # unique, as some columns must be
    for model in Tortoise.apps["app"].values():
        texts = {
            name for name, field in model._meta.fields_map.items() if isinstance(field, CharField | TextField)
        }
        for name in texts & _TEXTS:
            await get_connection("default").execute_script(
                f"UPDATE {model._meta.db_table} SET {name} = substr({text}, 1, 30) "
                f"WHERE {name} IS NULL OR {name} = ''"
            )


_TEXTS = {
    "note", "company", "line2", "phone", "reference", "external_reference", "description", "text", "place",
    "signed_by", "zone", "bin", "supplier_sku", "purchase_order_number", "answer", "release_note", "reason",
    "credit_reference", "service",
}  # fmt: skip


async def _do(who: Api, operation: str, **variables: Any) -> dict[str, Any]:
    declared = ", ".join(f"${name}: ID!" for name in variables)
    head = f"mutation({declared})" if declared else "mutation"
    answer = await who.do(f"{head} {{ {operation} {_ANSWER} }}", **variables)
    assert "message" not in answer, (operation, answer)
    return answer


async def _bank_entries(staff: Api) -> None:
    """Entries of bank accounts: open ones, and the last is closed."""
    bank = Bank(staff)
    await bank.take(SAMPLE)
    await bank.take(TWINS)
    for number in (1, 2):  # open, because nothing has the reference
        line = '{kind: PAYMENT, reference: "no such", amount: "30"}'
        given = f'gateway: "card", reference: "P-{number}", arrivalOn: "2026-10-27", lines: [{line}]'
        await _do(staff, f'payoutImport(input: {{{given}, total: {{amount: "30", currency: "USD"}}}})')
    taken = '{kind: FEE, amount: "-4.90"}'
    given = f'gateway: "card", reference: "P-3", arrivalOn: "2026-10-27", lines: [{taken}]'
    await _do(staff, f'payoutImport(input: {{{given}, total: {{amount: "-4.90", currency: "USD"}}}})')
    payout = (await staff.ask("{ payouts(filter: {status: [CLOSED]}) { nodes { id } } }"))["payouts"][
        "nodes"
    ][0]
    entry = (await bank.entry("BK-4"))["id"]
    await _do(staff, "bankEntryMatchPayout(input: {id: $entry, payoutId: $id})", entry=entry, id=payout["id"])
    await bank.take(OTHER)
    await bank.close(await bank.entry("BK-9"), "Not ours")


async def _accounting() -> None:
    """A closed period, and an account of the chart of accounts."""
    await closing.close_period(SYSTEM, date(2019, 12, 31))
    await mapping.set_account(SYSTEM, kind=AccountKind.DEPOSITS, number="1710")


async def _shared_objects(staff: Api) -> None:
    """Objects shared by all channels and locations."""
    await access.ensure_roles(SYSTEM)
    for role in ROLES:
        await access.add_staff(
            SYSTEM, email=f"{role}@example.com", name=role, role_code=role, password=PASSWORD
        )
    await make.tax("US", rate="0.1")
    for operation in (
        'categoryCreate(input: {name: "Things", slug: "things"})',
        'carrierSet(input: {code: "van", name: "Van", kind: MANUAL})',
        'paymentGatewaySet(input: {code: "card", name: "Cards", kind: STRIPE, apiUrl: "http://127.0.0.1:9", '
        'secrets: [{name: "secret_key", value: "k"}, {name: "webhook_secret", value: "w"}]})',
        'boxSet(input: {code: "box", name: "Box", lengthMm: 300, widthMm: 200, heightMm: 100, mostGrams: 9000})',
        'buyerBlock(email: "bad@example.org", reason: "because")',
        'taxClassSet(input: {code: "books", name: "Books"})',
    ):
        await _do(staff, operation)
    await _bank_entries(staff)
    await _accounting()
    card, at = await PaymentGateway.get(code="card"), clock.now()
    await GatewayMessage.create(
        id=new_id(),
        account_id=card.id,
        external_id="evt_1",
        reference="pay_1",
        kind="paid",
        received_at=at,
        done_at=at,
    )
    for sku in ("A", "B", "L", "K", "D", "HIDDEN", *SOLD_OUT):
        status = "DRAFT" if sku == "HIDDEN" else "PUBLISHED"
        await _do(
            staff,
            f'productCreate(input: {{name: "Thing {sku}", slug: "thing-{sku.lower()}", status: {status}, '
            f'category: "things", variants: [{{sku: "{sku}"}}]}})',
        )
    gift = 'status: PUBLISHED, variants: [{sku: "G", isGiftCard: true}]'
    await _do(staff, f'productCreate(input: {{name: "Gift card", slug: "gift-card", {gift}}})')
    ids = {sku: (await staff.ask(f'{{ variant(sku: "{sku}") {{ id }} }}'))["variant"]["id"] for sku in "ALK"}
    await _do(staff, f'variantSubstitutesSet(id: "{ids["A"]}", substitutes: ["B", "HIDDEN"])')
    await _do(staff, 'variantUpdate(input: {id: $id, barcode: "4006381333931"})', id=ids["A"])
    await _do(staff, f'variantTrackingSet(input: {{id: "{ids["L"]}", tracking: LOT}})')
    parts = '[{sku: "A", quantity: 1}, {sku: "HIDDEN", quantity: 1}]'
    await _do(
        staff, f'variantComponentsSet(input: {{id: "{ids["K"]}", composition: KIT, components: {parts}}})'
    )


async def _side(api: Api, staff: Api, code: str) -> tuple[str, dict[str, str]]:
    shop = await make.shop(code, confirms_at_once=True)
    side = await make.location(f"{code}-side")
    away = await locations.create_location(
        SYSTEM, locations.LocationData(code=f"{code}-away", name="Away", kind=LocationKind.DROP_SHIP)
    )
    await locations.set_channel_locations(SYSTEM, shop.channel, [shop.location, side, away])
    side = await locations.update_location(SYSTEM, side.id, {"address": make.ADDRESS})
    await locations.set_pickup(SYSTEM, shop.channel, side, instructions="Ring twice.")
    for sku in ("A", "B", "HIDDEN"):
        await pricing.set_price(SYSTEM, shop.prices, sku=sku, amount_minor=1000)
        for place in (shop.location, side):
            await receiving_service.receive_one(
                SYSTEM, sku=sku, location=place, quantity=500, cost=Cost(100, "USD")
            )
    for sku in ("D", "G", *SOLD_OUT):
        await pricing.set_price(SYSTEM, shop.prices, sku=sku, amount_minor=1000)
    await make.Shop(shop.channel, away, shop.prices).stock("D", 100)
    buyer = await make.account(f"{code}@example.com", PASSWORD, "Ada")
    await _supplier(staff, code)
    named = await _orders(api, staff, api.as_(buyer), code)
    await _documents(staff, code)
    await _back_in_stock(shop)
    named |= await _pickups(api, staff, code)
    named |= await stored_values.issued(staff, code)
    named |= await stored_values.bought(staff, code)
    named |= await transfers.made(staff, code)
    return buyer, named | await _further(staff, code, named["of a guest"])


async def _back_in_stock(shop: make.Shop) -> None:
    """A request to be told, in each status."""
    variant, at = await Variant.get(sku=SOLD_OUT[0]), clock.now()
    for status in BackInStockStatus:
        await BackInStockRequest.create(
            id=new_id(),
            variant_id=variant.id,
            channel_id=shop.channel.id,
            email=f"{status.value}@example.com",
            language="en",
            status=status,
            token_hash=f"{shop.channel.code} {status.value}",
            created_at=at,
            confirmed_at=at,
            told_at=at,
            ended_at=at,
        )


async def _supplier(staff: Api, code: str) -> None:
    supplier, cost = f"acme-{code}", '{amount: "1", currency: "USD"}'
    await _do(
        staff,
        f'supplierCreate(input: {{code: "{supplier}", name: "Acme", currency: "USD", '
        f'email: "acme@example.com", location: "{code}-away"}})',
    )
    items = ", ".join(f'{{sku: "{sku}", unitCost: {cost}}}' for sku in "AD")
    await _do(staff, f'supplierItemsSet(input: {{supplier: "{supplier}", items: [{items}]}})')


async def _orders(api: Api, staff: Api, buyer: Api, code: str) -> dict[str, str]:
    """Orders of a customer and of guests in all stages; returns ids by name."""
    place = f"mutation($i: OrderPlaceInput!) {{ orderPlace(input: $i) {_PLACED} }}"
    given = {"channel": code, "email": f"{code}@example.com"}

    async def placed_by(who: Api, *lines: tuple[str, int]) -> dict[str, str]:
        return await who.do(place, i=order_input(*lines, **given))

    placed = [await placed_by(buyer if number % 2 else api, ("A", 2), ("B", 1)) for number in range(14)]
    orders = [order["id"] for order in placed]
    named = {
        "of the buyer": orders[1], "of a guest": orders[0], "on hold": orders[11],
        "token": placed[2]["trackingToken"],
    }  # fmt: skip
    works = await _works(staff, orders)
    for index, work in enumerate(works[:10]):
        for step in STEPS[: index % 5]:
            await _do(staff, step, id=work["id"])
    named |= {"open": works[12]["id"], "packed": works[3]["id"], "line": works[12]["lines"][0]["id"]}
    await _do(staff, f'manifestCreate(input: {{location: "{code}-main", carrier: "van"}})')
    await _do(staff, STEPS[3], id=works[8]["id"])
    named |= await _shipped(staff, code)
    split = "fulfillmentSplit(input: {id: $id, lines: [{lineId: $line, quantity: 1}]})"
    await _do(staff, split, id=works[10]["id"], line=works[10]["lines"][0]["id"])
    named["split"], named["split off"] = [work["id"] for work in await _works(staff, [orders[10]])]
    await _do(staff, 'orderHold(input: {id: $id, reason: "Look at it"})', id=orders[11])
    await _do(buyer, "orderCancelRequest(input: {id: $id})", id=orders[5])
    await _do(buyer, "orderCancelRequest(input: {id: $id})", id=orders[7])
    asked = (await staff.ask("query($id: ID!) { order(id: $id) { cancelRequests { id } } }", id=orders[7]))[
        "order"
    ]
    decline = 'orderCancelRequestDecline(input: {id: $id, note: "It has left"})'
    await _do(staff, decline, id=asked["cancelRequests"][0]["id"])
    part = '{id: $id, reason: OTHER, note: "Asked by phone", lines: [{lineId: $line, quantity: 1}]}'
    await _do(staff, f"orderCancel(input: {part})", id=orders[12], line=await _line(staff, orders[12]))
    await _do(staff, 'orderEdit(input: {id: $id, lines: [{sku: "A", quantity: 3}]})', id=orders[13])
    amount = '{amount: "5", currency: "USD"}'
    await _do(staff, f"paymentRecord(input: {{orderId: $id, amount: {amount}}})", id=orders[0])
    authorized = f'paymentAuthorize(input: {{orderId: $id, amount: {amount}, reference: "t"}})'
    await _do(staff, authorized, id=orders[1])
    payments = "query($id: ID!) { order(id: $id) { payments { id } } }"
    await _do(staff, 'paymentContinue(input: {orderId: $id, gateway: "card", token: "t"})', id=orders[4])
    named["waiting for its payment"] = orders[4]
    named["waiting payment"] = (await staff.ask(payments, id=orders[4]))["order"]["payments"][0]["id"]
    named["payment"] = (await staff.ask(payments, id=orders[1]))["order"]["payments"][0]["id"]
    named["received payment"] = (await staff.ask(payments, id=orders[0]))["order"]["payments"][0]["id"]
    steps = "query($id: ID!) { order(id: $id) { payments { transactions { id } } } }"
    seen = (await staff.ask(steps, id=orders[0]))["order"]["payments"][0]
    named["received transaction"] = seen["transactions"][0]["id"]
    inquiry = (
        f'disputeRecord(input: {{paymentId: $id, amount: {amount}, reference: "{code}", isInquiry: true}})'
    )
    await _do(staff, inquiry, id=named["received payment"])
    await _do(staff, 'orderNoteAdd(id: $id, text: "Rang twice")', id=orders[0])
    sent = [(await placed_by(api, ("D", 1)))["id"] for _ in range(2)]  # by the supplier
    asked, taken = [work["id"] for work in await _works(staff, sent)]
    for work in (asked, taken):
        await _do(staff, "fulfillmentRelease(id: $id)", id=work)
    await _do(staff, "dropShipAccept(input: {id: $id})", id=taken)
    return named | {"asked": asked, "taken": taken} | await _waiting(api, staff, buyer, placed_by, code)


async def _pickups(api: Api, staff: Api, code: str) -> dict[str, str]:
    """Orders that are picked up: one is picked, one is ready."""
    place = f"mutation($i: OrderPlaceInput!) {{ orderPlace(input: $i) {_PLACED} }}"
    given = {"channel": code, "email": f"{code}@example.com", "pickupLocation": f"{code}-side"}
    lines = [{"sku": "A", "quantity": 2}]
    sent = given | {"billingAddress": ADDRESS, "lines": lines, "payment": {"gateway": "manual"}}
    orders = [(await api.do(place, i=sent))["id"] for _ in range(2)]
    picked, ready = [work["id"] for work in await _works(staff, orders)]
    for id in (picked, ready):
        await _do(staff, STEPS[0], id=id)
        await _do(staff, "fulfillmentPick(input: {id: $id})", id=id)
    await _do(staff, "fulfillmentReady(input: {id: $id})", id=ready)
    [line] = await _lines_of(staff, ready)
    return {"picked for pick-up": picked, "ready for pick-up": ready, "line for pick-up": line}


async def _lines_of(staff: Api, work: str) -> list[str]:
    """The lines of a fulfillment order."""
    ask = "query($id: ID!) { node(id: $id) { ... on FulfillmentOrder { lines { id } } } }"
    return [line["id"] for line in (await staff.ask(ask, id=work))["node"]["lines"]]


async def _waiting(
    api: Api, staff: Api, buyer: Api, placed_by: Callable[..., Awaitable[dict[str, str]]], code: str
) -> dict[str, str]:
    """An order that waits to be confirmed, and a visitor's cart."""
    id = (await staff.ask(f'{{ channel(code: "{code}") {{ id }} }}'))["channel"]["id"]
    await _do(staff, "channelUpdate(input: {id: $id, confirmsAtOnce: false})", id=id)
    waiting = await placed_by(buyer, ("A", 1))
    await _do(staff, "channelUpdate(input: {id: $id, confirmsAtOnce: true})", id=id)
    draft = """mutation($i: OrderDraftCreateInput!) { orderDraftCreate(input: $i) {
      __typename ... on Order { id accessToken lines { nodes { id } } } } }"""
    made = await api.do(draft, i={"channel": code, "lines": [{"sku": "A", "quantity": 1}]})
    return {
        "not confirmed": waiting["id"],
        "draft": made["id"],
        "draft token": made["accessToken"],
        "line of a draft": made["lines"]["nodes"][0]["id"],
    }


async def _works(staff: Api, orders: list[str]) -> list[dict[str, Any]]:
    """The fulfillment orders of some orders, in the same order."""
    ask = (
        "query($ids: [ID!]!) { nodes(ids: $ids) { ... on Order { fulfillmentOrders { id lines { id } } } } }"
    )
    found = (await staff.ask(ask, ids=orders))["nodes"]
    return [work for order in found for work in order["fulfillmentOrders"]]


async def _line(staff: Api, order: str) -> str:
    """The first line of an order."""
    found = await staff.ask("query($id: ID!) { order(id: $id) { lines { nodes { id } } } }", id=order)
    return str(found["order"]["lines"]["nodes"][0]["id"])


async def _shipped(staff: Api, code: str) -> dict[str, str]:
    """Shipments: one in transit, one returned to the sender."""
    found = await staff.ask("{ shipments(first: 100) { nodes { id location { code } packages { id } } } }")
    rows = [row for row in found["shipments"]["nodes"] if row["location"]["code"] == f"{code}-main"]
    own = [row["id"] for row in rows]
    await _labelled()
    for stage in ("IN_TRANSIT", "RETURNED_TO_SENDER"):
        await _do(staff, f"shipmentTrackingRecord(input: {{shipmentId: $id, stage: {stage}}})", id=own[1])
    return {"on its way": own[0], "returned": own[1], "returned package": rows[1]["packages"][0]["id"]}


async def _labelled() -> None:
    """Store a bought label for every package."""
    account, at = await CarrierAccount.get(code="van"), clock.now()
    await Package.all().update(tracking_number="T1")
    await Shipment.all().update(cost_minor=500, cost_currency="USD")
    for package in await Package.exclude(id__in=await Label.all().values_list("package_id", flat=True)):
        await Label.create(
            id=new_id(),
            package_id=package.id,
            fulfillment_order_id=package.fulfillment_order_id,
            account_id=account.id,
            status=LabelStatus.BOUGHT,
            tracking_number="T1",
            label_url="https://example.com/label",
            cost_minor=500,
            cost_currency="USD",
            asked_at=at,
            next_at=at,
            created_at=at,
            updated_at=at,
        )


async def _documents(staff: Api, code: str) -> None:
    main, side, supplier = f"{code}-main", f"{code}-side", f"acme-{code}"
    cost = '{amount: "1", currency: "USD"}'
    amount = '{amount: "5", currency: "USD"}'
    line = f'[{{sku: "A", quantity: 5, unitCost: {cost}}}]'
    lots = f'[{{number: "L{code}", quantity: 5}}]'
    for operation in (
        f'stockReceive(input: {{sku: "L", location: "{main}", quantity: 5, lots: {lots}}})',
        *[f'purchaseOrderCreate(input: {{supplier: "{supplier}", location: "{main}", lines: {line}}})'] * 5,
        *[
            f'stockTransferCreate(input: {{source: "{main}", destination: "{side}", lines: [{{sku: "A", quantity: 3}}]}})'
        ]
        * 3,
        f'stockCountStart(input: {{location: "{side}", skus: ["A"]}})',
        f'stockCountStart(input: {{location: "{side}", skus: ["B"]}})',
        f'stockIncomingCreate(input: {{sku: "A", location: "{main}", quantity: 5, expectedOn: "{SOON}"}})',
        f'stockReceiptCreate(input: {{location: "{main}", lines: [{{sku: "B", quantity: 5}}]}})',
        *[
            f'supplierReturnCreate(input: {{supplier: "{supplier}", location: "{main}", lines: [{{sku: "A", quantity: 1}}]}})'
        ]
        * 3,
        f'stockPolicyBulkSet(input: [{{sku: "A", location: "{main}", reorderPoint: 900, reorderUpTo: 1000}}], '
        "errorPolicy: REJECT_ALL)",
        f'discountCreate(input: {{channel: "{code}", code: "TEN", kind: AMOUNT, amount: {amount}}})',
        f'stockAssemble(input: {{sku: "K", location: "{main}", quantity: 2}})',
        'apiTokenCreate(input: {name: "erp", permissions: [ORDERS_VIEW]})',
    ):
        await _do(staff, operation)


async def _further(staff: Api, code: str, placed: str) -> dict[str, str]:
    """Advance some documents to later stages; returns ids by name."""
    found = await staff.ask(
        f"""{{
        purchaseOrders(first: 50) {{ nodes {{ id location {{ code }} }} }}
        stockTransfers(first: 50) {{ nodes {{ id source {{ code }} }} }}
        stockCounts(first: 50) {{ nodes {{ id location {{ code }} }} }}
        stockIncoming(first: 50) {{ nodes {{ id sourceKind level {{ location {{ code }} }} }} }}
        supplierReturns(first: 50) {{ nodes {{ id location {{ code }} }} }}
        customer(email: "{code}@example.com") {{ id }}
        location(code: "{code}-main") {{ id }} }}"""
    )
    bought = [
        row["id"] for row in found["purchaseOrders"]["nodes"] if row["location"]["code"] == f"{code}-main"
    ]
    moved = [row["id"] for row in found["stockTransfers"]["nodes"] if row["source"]["code"] == f"{code}-main"]
    counted = [
        row["id"] for row in found["stockCounts"]["nodes"] if row["location"]["code"] == f"{code}-side"
    ]
    for id in bought[:3]:
        await _do(staff, "purchaseOrderSend(id: $id)", id=id)
    await _do(staff, "purchaseOrderReceive(input: {id: $id})", id=bought[0])
    await _do(staff, 'purchaseOrderReceive(input: {id: $id, lines: [{sku: "A", quantity: 2}]})', id=bought[1])
    await _do(staff, "stockTransferShip(input: {id: $id})", id=moved[0])
    await _do(
        staff, 'stockCountSubmit(input: {countId: $id, lines: [{sku: "A", quantity: 1}]})', id=counted[-1]
    )
    await _do(staff, "pickListCreate(input: {locationId: $id})", id=found["location"]["id"])
    address = (
        '{name: "Ada", line1: "1 Elm", city: "Springfield", region: "IL", postalCode: "62701", country: "US"}'
    )
    customer = found["customer"]["id"]
    more = 'bornOn: "1990-05-01", creditLimit: {amount: "100", currency: "USD"}'
    await _do(staff, f"customerUpdate(input: {{id: $id, address: {address}, {more}}})", id=customer)
    for status, clerk in ((DeletionStatus.OPEN, ""), (DeletionStatus.REFUSED, "Clerk")):
        await AccountDeletion.create(
            id=new_id(),
            customer_id=from_global(customer)[1],
            status=status,
            requested_at=clock.now(),
            answered_by=clerk,
        )
    await MessageSuppression.create(
        id=new_id(), fingerprint=f"of {code}", reason="550 No such user", created_at=clock.now()
    )
    template = await staff.do(
        "mutation($i: MessageTemplateSetInput!) { messageTemplateSet(input: $i) { ... on MessageTemplate { id } } }",
        i={"kind": "ORDER_PLACED", "language": "en", "channel": code},
    )
    message = await Message.filter(kind=MessageKind.ORDER_PLACED, subject_id=from_global(placed)[1]).get()
    await Message.filter(id=message.id).update(status=MessageStatus.DROPPED)
    desk = await customers.create(SYSTEM, CustomerData(email=f"desk-{code}@example.com"))
    twin = await customers.create(SYSTEM, CustomerData(email=f"twin-{code}@example.com"))
    credited = [
        row["id"] for row in found["supplierReturns"]["nodes"] if row["location"]["code"] == f"{code}-main"
    ]
    credit = 'amount: {amount: "1", currency: "USD"}'
    await _do(staff, f"supplierReturnCredit(input: {{id: $id, {credit}}})", id=credited[0])
    ask = "query($id: ID!, $bought: ID!) { customer(id: $id) { addresses { id } } purchaseOrder(id: $bought) { receipts { id } } }"
    then = await staff.ask(ask, id=customer, bought=bought[0])
    coming = [
        row for row in found["stockIncoming"]["nodes"] if row["level"]["location"]["code"] == f"{code}-main"
    ]
    return {
        "template": template["id"], "message": to_global("Message", message.id),
        "count": counted[0], "customer": customer, "not invited": to_global("Customer", desk.id),
        "twin": to_global("Customer", twin.id), "address": then["customer"]["addresses"][0]["id"],
        "receipt of a purchase": then["purchaseOrder"]["receipts"][0]["id"],
        "sent": bought[2], "incoming": next(row["id"] for row in coming if row["sourceKind"] is None),
    }  # fmt: skip
