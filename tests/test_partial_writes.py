"""An update changes the fields that were sent and no others, for every updating input.

Each operation whose name ends in Update, Set or BulkUpsert has an entry in a table here, which says how to
create an object with every field set, and how to read all of it. Then each field is sent alone with another
value, and all others are compared.
"""

import re
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field, replace
from typing import Any
from uuid import UUID

import pytest
from graphql import GraphQLInputObjectType, get_named_type

from app.channels import service as channels
from app.channels.lifecycle import ChannelKind
from app.channels.models import Channel
from app.channels.schema import shipping
from app.core import clock
from app.core.actor import SYSTEM
from app.core.ids import to_global
from app.inventory.locations import service as locations
from app.inventory.locations.models import Location
from app.schema import schema
from tests import make
from tests.ask import ADDRESS, Api

Made = dict[str, Any]


@dataclass
class Case:
    """How an input is tested: `full` sets every field, `other` has another value for each."""

    keys: tuple[str, ...]  # the keys of the object
    full: Made
    other: Made
    read: str  # its query, with $key for the first key
    at: tuple[str | int, ...]  # its place in the response
    shows: dict[str, tuple[str, ...]] = field(
        default_factory=dict
    )  # by field, its place in the response; () if it is not returned
    rows: str = ""  # "list" for a list of rows, or the field that contains them
    make: Callable[[Api, "make.Shop"], Awaitable[Made]] | None = (
        None  # the keys, if something is created first
    )


def usd(amount: str) -> Made:
    return {"amount": amount, "currency": "USD"}


async def _id(staff: Api, query: str) -> str:
    data = await staff.ask(query)
    return str(next(iter(data.values()))["id"])


async def _product(staff: Api, shop: make.Shop) -> Made:
    for shelf in ("Bar", "Cellar"):
        await staff.ask(f'mutation {{ categoryCreate(input: {{name: "{shelf}"}}) {{ __typename }} }}')
    return {"id": await _id(staff, '{ product(slug: "thing-a") { id } }')}


async def _shelves(staff: Api, shop: make.Shop) -> Made:
    return await _product(staff, shop) and {"externalReference": "erp-1"}


async def _variant_without_stock(staff: Api, shop: make.Shop) -> Made:
    product = 'name: "Fee", status: PUBLISHED, variants: [{sku: "FEE", tracksStock: false}]'
    await staff.ask(f"mutation {{ productCreate(input: {{{product}}}) {{ __typename }} }}")
    return {"id": await _id(staff, '{ variant(sku: "FEE") { id } }')}


async def _fresh_variant(staff: Api, shop: make.Shop) -> Made:
    await shop.sell("NEW", stock=None)
    return {"id": await _id(staff, '{ variant(sku: "NEW") { id } }')}


async def _customer(staff: Api, shop: make.Shop) -> Made:
    made = 'mutation { customerCreate(input: {name: "Ursula"}) { ... on Customer { id } } }'
    return {"id": await _id(staff, made)}


async def _entry(staff: Api, shop: make.Shop) -> Made:
    made = """mutation($i: CustomerCreateInput!) { customerCreate(input: $i) {
      ... on Customer { addresses { id } } } }"""
    customer = await staff.do(made, i={"name": "Ursula", "address": ADDRESS | {"line1": "3 Oak Street"}})
    return {"id": customer["addresses"][0]["id"]}


async def _role(staff: Api, shop: make.Shop) -> Made:
    made = """mutation { roleCreate(input: {code: "clerk", name: "Clerk", permissions: [ORDERS_VIEW]}) {
      ... on Role { id } } }"""
    return {"id": await _id(staff, made)}


async def _colleague(staff: Api, shop: make.Shop) -> Made:
    await _role(staff, shop)
    now = clock.now()
    for number in (1, 2):
        same = {
            "id": UUID(int=number),
            "code": f"other-{number}",
            "name": "Other",
            "created_at": now,
            "updated_at": now,
        }
        more = {"currency": "USD", "number_prefix": f"O{number}-", "default_country": "US"}
        await Channel.create(**same, **more, kind=ChannelKind.WEB)
        await Location.create(**same)
    made = """mutation { roleCreate(input: {code: "desk", name: "Desk", permissions: [ORDERS_VIEW]}) {
      __typename } }"""
    await staff.ask(made)
    made = """mutation { staffInvite(input: {email: "c@example.com", name: "C", role: "clerk"}) {
      ... on Staff { id } } }"""
    return {"id": await _id(staff, made)}


async def _channel(staff: Api, shop: make.Shop) -> Made:
    return {"id": to_global("Channel", shop.channel.id)}


async def _pickup(staff: Api, shop: make.Shop) -> Made:
    await locations.update_location(SYSTEM, shop.location.id, {"address": make.ADDRESS})
    return {"channel": "web", "location": shop.location.code}


async def _location(staff: Api, shop: make.Shop) -> Made:
    return {"id": to_global("Location", shop.location.id)}


async def _price_list(staff: Api, shop: make.Shop) -> Made:
    return {"id": to_global("PriceList", shop.prices.id)}


async def _discount(staff: Api, shop: make.Shop) -> Made:
    await _product(staff, shop)
    made = """mutation { discountCreate(input: {channel: "web", code: "X", kind: AMOUNT,
      amount: {amount: "5", currency: "USD"}}) { ... on Discount { id } } }"""
    return {"id": await _id(staff, made)}


async def _supplier(staff: Api, shop: make.Shop) -> Made:
    for code in ("afar", "beyond"):
        place = f'{{code: "{code}", name: "{code}", kind: DROP_SHIP}}'
        await staff.ask(f"mutation {{ locationCreate(input: {place}) {{ __typename }} }}")
    made = 'mutation { supplierCreate(input: {code: "acme", name: "A", currency: "USD"}) { ... on Supplier { id } } }'
    return {"id": await _id(staff, made)}


async def _supplier_items(staff: Api, shop: make.Shop) -> Made:
    await _supplier(staff, shop)
    return {"sku": "A", "supplier": "acme"}


async def _purchase(staff: Api, shop: make.Shop) -> Made:
    await _supplier(staff, shop)
    await make.location("west")
    made = """mutation { purchaseOrderCreate(input: {supplier: "acme", location: "web-main", lines: [
      {sku: "A", quantity: 1, unitCost: {amount: "2", currency: "USD"}}]}) { ... on PurchaseOrder { id } } }"""
    return {"id": await _id(staff, made)}


async def _order(staff: Api, shop: make.Shop) -> Made:
    return {"id": to_global("Order", (await make.order(("A", 1))).id)}


async def _draft(staff: Api, shop: make.Shop) -> Made:
    for code in ("TEN", "FIVE"):
        said = f'{{channel: "web", code: "{code}", kind: PERCENT, percent: "5"}}'
        await staff.ask(f"mutation {{ discountCreate(input: {said}) {{ __typename }} }}")
    method = '{channel: "web", code: "post", name: "Post", price: {amount: "1", currency: "USD"}}'
    await staff.ask(f"mutation {{ shippingMethodSet(input: {method}) {{ __typename }} }}")
    made = (
        'mutation { orderDraftCreate(input: {channel: "web", reserveStock: false}) { ... on Order { id } } }'
    )
    return {"id": await _id(staff, made)}


async def _incoming(staff: Api, shop: make.Shop) -> Made:
    made = """mutation { stockIncomingCreate(input: {sku: "A", location: "web-main", quantity: 5,
      expectedOn: "2031-01-01"}) { ... on StockIncoming { id } } }"""
    return {"id": await _id(staff, made)}


CUSTOMER = {
    "email": "ursula@example.com", "name": "Ursula", "phone": "+12175550123", "note": "VIP", "bornOn": "1980-05-01",
    "creditLimit": usd("100"), "tags": ["vip"], "metadata": {"shoe": 42}, "privateMetadata": {"risk": "low"},
    "address": ADDRESS, "externalReference": "crm-1",
}  # fmt: skip
OTHER_CUSTOMER = {
    "email": "u@example.com", "name": "U", "phone": "+12175550124", "note": "", "bornOn": None, "creditLimit": None,
    "tags": [], "metadata": {}, "privateMetadata": {}, "address": ADDRESS | {"line1": "1 Elm Street"},
    "externalReference": None,
}  # fmt: skip
CUSTOMER_SHOWN = """email name phone note bornOn creditLimit { amount currency } tags metadata privateMetadata
  externalReference defaultAddress { line1 city }"""
PRODUCT = {
    "name": "Gin", "slug": "gin", "description": "Dry", "status": "PUBLISHED", "category": "bar",
    "taxClass": "reduced", "imageUrl": "https://example.com/gin.jpg", "tags": ["spirits"],
    "barredCountries": ["NO"], "minimumAge": 18, "metadata": {"proof": 80}, "privateMetadata": {"margin": 3},
    "externalReference": "erp-1",
}  # fmt: skip
OTHER_PRODUCT = {
    "name": "Rum", "slug": "rum", "description": "", "status": "DRAFT", "category": "cellar", "taxClass": "zero",
    "imageUrl": "https://example.com/rum.jpg", "tags": [], "barredCountries": None, "minimumAge": None,
    "metadata": {}, "privateMetadata": {}, "externalReference": None,
}  # fmt: skip
PRODUCT_SHOWN = """name slug description status category { slug } taxClass imageUrl tags barredCountries minimumAge
  metadata privateMetadata externalReference"""
LEVEL = """{ stockLevels(filter: {sku: {eq: "A"}}) { nodes { onHand safetyStock backorderLimit backorderDays
  reorderPoint reorderUpTo preorderUntil bin } } }"""
POLICY = {
    "safetyStock": 1, "backorderLimit": 2, "backorderDays": 3, "reorderPoint": 4, "reorderUpTo": 9,
    "preorderUntil": "2031-01-01", "bin": "A-1",
}  # fmt: skip
OTHER_POLICY = {
    "safetyStock": 0, "backorderLimit": 3, "backorderDays": 5, "reorderPoint": 5, "reorderUpTo": 8,
    "preorderUntil": "2031-02-01", "bin": "A-2",
}  # fmt: skip
DRAFT = {
    "lines": [{"sku": "A", "quantity": 2}], "email": "ada@example.com", "phone": "+12175550123",
    "shippingAddress": ADDRESS, "billingAddress": ADDRESS | {"line1": "9 Oak Street"}, "shippingMethod": "standard",
    "discountCodes": ["TEN"], "payment": {"gateway": "manual"}, "purchaseOrderNumber": "PO-1", "giftNote": "For\nyou",
    "note": "Ring", "tags": ["rush"], "metadata": {"a": 1}, "externalReference": "x-1", "reserveStock": True,
    "destination": {"country": "US"}, "language": "de",
}  # fmt: skip
CHANNELS, LOCATIONS = (
    [to_global(kind, UUID(int=number)) for number in (1, 2)] for kind in ("Channel", "Location")
)
AMOUNTS = ("subtotal", "discount", "shipping", "total")

CASES: dict[str, Case] = {
    "customerUpdate": Case(
        ("id",), CUSTOMER, OTHER_CUSTOMER, "query($key: ID) { customer(id: $key) { %s } }" % CUSTOMER_SHOWN,  # noqa: UP031
        ("customer",), {"address": ("defaultAddress",)}, make=_customer,
    ),
    "customerAddressUpdate": Case(
        ("id",),
        {"address": ADDRESS, "label": "Home", "isDefaultShipping": True, "isDefaultBilling": True},
        {
            "address": ADDRESS | {"line1": "1 Elm Street"}, "label": None, "isDefaultShipping": False,
            "isDefaultBilling": False,
        },
        "{ customers { nodes { addresses { line1 city label isDefaultShipping isDefaultBilling } } } }",
        ("customers", "nodes", 0, "addresses", 0), {"address": ("line1",)}, make=_entry,
    ),
    "customerBulkUpsert": Case(
        ("externalReference",),
        {name: value for name, value in CUSTOMER.items() if name != "externalReference"},
        {name: value for name, value in OTHER_CUSTOMER.items() if name != "externalReference"},
        "{ customers { nodes { %s } } }" % CUSTOMER_SHOWN, ("customers", "nodes", 0),  # noqa: UP031
        {"address": ("defaultAddress",)}, "list",
    ),
    "productUpdate": Case(
        ("id",), PRODUCT, OTHER_PRODUCT, "query($key: ID) { product(id: $key) { %s } }" % PRODUCT_SHOWN,  # noqa: UP031
        ("product",), make=_product,
    ),
    "productBulkUpsert": Case(
        ("externalReference",),
        {name: value for name, value in PRODUCT.items() if name != "externalReference"}
        | {"variants": [{"sku": "GIN", "name": "70 cl"}]},
        {name: value for name, value in OTHER_PRODUCT.items() if name not in ("externalReference", "status")}
        | {"status": "ARCHIVED", "variants": [{"sku": "GIN", "name": "1 l"}]},
        '{ variant(sku: "GIN") { product { variants { sku name } %s } } }' % PRODUCT_SHOWN,  # noqa: UP031
        ("variant", "product"), rows="list", make=_shelves,
    ),
    "variantUpdate": Case(
        ("id",),
        {
            "name": "70 cl", "barcode": "4006381333931", "options": {"size": "70"}, "weightGrams": 500,
            "lengthMm": 300, "widthMm": 80, "heightMm": 81, "isActive": True, "metadata": {"glass": True},
            "privateMetadata": {"shelf": 4}, "externalReference": "erp-9", "isGiftCard": False,
        },
        {
            "name": "", "barcode": None, "options": {}, "weightGrams": None, "lengthMm": None, "widthMm": 1,
            "heightMm": 2, "isActive": False, "metadata": {}, "privateMetadata": {}, "externalReference": None,
            "isGiftCard": True,
        },
        """query($key: ID) { variant(id: $key) { name barcode options weightGrams lengthMm widthMm heightMm metadata
           privateMetadata externalReference isGiftCard product { variants { sku } } } }""",
        ("variant",), {"isActive": ("product",)}, make=_variant_without_stock,
    ),
    "channelUpdate": Case(
        ("id",),
        {
            "name": "Web", "isActive": True, "isPublic": True, "taxRounding": "LINE", "handlingDays": 2,
            "reservationMinutes": 20, "cancelMinutes": 5, "cartMerge": "KEEP_BOTH", "confirmsAtOnce": True, "guestOrderDays": 9, "kind": "WEB",
            "numberPrefix": "W-", "defaultCountry": "FI", "timeZone": "Europe/Berlin",
            "workingDays": ["MONDAY"], "holidays": ["2031-01-01"], "websiteUrl": "https://example.com/",
            "supportUrl": "https://example.com/help", "defaultLanguage": "de", "languages": ["de-AT"],
            "paymentMinutes": 30, "refundOrder": "PROPORTIONAL", "capture": "AT_SHIPMENT",
        },
        {
            "name": "Net", "isActive": False, "isPublic": False, "taxRounding": "RATE", "handlingDays": 0,
            "reservationMinutes": None, "cancelMinutes": None, "cartMerge": "KEEP_NEWEST", "confirmsAtOnce": False, "guestOrderDays": 8,
            "kind": "B2B", "numberPrefix": "V-", "defaultCountry": "SE", "timeZone": "UTC", "workingDays": None,
            "holidays": [], "websiteUrl": "https://example.com/b", "supportUrl": "https://example.com/b/help",
            "defaultLanguage": "fr", "languages": None, "paymentMinutes": None, "refundOrder": "CREDIT_FIRST",
            "capture": "AT_PLACING",
        },
        """query($key: ID) { channel(id: $key) { name isActive isPublic taxRounding handlingDays reservationMinutes
           cancelMinutes paymentMinutes refundOrder capture cartMerge confirmsAtOnce guestOrderDays kind numberPrefix defaultCountry timeZone workingDays holidays
           websiteUrl supportUrl defaultLanguage languages pricesIncludeTax } }""",
        ("channel",), make=_channel,
    ),
    "shippingMethodSet": Case(
        ("code", "channel"),
        {
            "name": "Post", "price": usd("5"), "freeFrom": usd("50"), "freeFromBasis": "AFTER_DISCOUNT",
            "taxMode": "PRO_RATA", "taxClass": "reduced", "transitDays": 4, "countries": ["FI"], "isActive": True,
        },
        {
            "name": "Mail", "price": usd("6"), "freeFrom": None, "freeFromBasis": "BEFORE_DISCOUNT",
            "taxMode": "CLASS", "taxClass": "zero", "transitDays": 5, "countries": None, "isActive": False,
        },
        """{ channel(code: "web") { shippingMethods(includeInactive: true) { code name price { amount }
           freeFrom { amount } freeFromBasis taxMode taxClass transitDays countries isActive } } }""",
        ("channel", "shippingMethods", "code", "post"),
    ),
    "taxClassSet": Case(
        ("code",), {"name": "Books"}, {"name": "Printed"}, "{ taxClasses { code name } }",
        ("taxClasses", "code", "books"),
    ),
    "accountMapSet": Case(
        ("kind", "detail", "number"), {"name": "VAT"}, {"name": "Tax"},
        "{ ledgerAccounts { kind detail number name } }", ("ledgerAccounts", 0),
    ),
    "taxRateSet": Case(
        ("country", "region", "taxClass", "validFrom"),
        {"name": "VAT", "rate": "0.2", "validUntil": "2031-12-31"},
        {"name": "Tax", "rate": "0.3", "validUntil": None},
        "{ taxRates { nodes { name rate validUntil country region taxClass validFrom } } }",
        ("taxRates", "nodes", 0),
    ),
    "discountUpdate": Case(
        ("id",),
        {
            "amount": usd("5"), "minimum": usd("9"), "usageLimit": 4, "startsAt": "2031-01-01T00:00:00+00:00",
            "endsAt": "2032-01-01T00:00:00+00:00", "isActive": True, "usesPerCustomer": 2, "categories": ["bar"],
        },
        {
            "amount": usd("6"), "minimum": None, "usageLimit": None, "startsAt": None,
            "endsAt": "2033-01-01T00:00:00+00:00", "isActive": False, "usesPerCustomer": None, "categories": ["cellar"],
        },
        """{ discounts { nodes { amount { amount } minimum { amount } usageLimit startsAt endsAt isActive percent
           kind usesPerCustomer categories { slug } products { slug } countries } } }""",
        ("discounts", "nodes", 0), {"percent": (), "countries": (), "products": ()}, make=_discount,
    ),
    "priceListUpdate": Case(
        ("id",), {"name": "Retail", "priority": 3, "isActive": True}, {"name": "R", "priority": 0, "isActive": False},
        "{ priceLists { nodes { name priority isActive code } } }", ("priceLists", "nodes", 0), make=_price_list,
    ),
    "priceBulkSet": Case(
        ("sku", "priceList", "minQuantity", "startsAt", "endsAt"), {"amount": "9.00"}, {"amount": "8.00"},
        """{ prices(filter: {minQuantity: {eq: 5}}) { nodes { amount { amount } minQuantity startsAt endsAt } } }""",
        ("prices", "nodes", 0), rows="rows",
    ),
    "locationUpdate": Case(
        ("id",),
        {
            "name": "Main", "isActive": True, "address": ADDRESS, "countries": ["US"],
            "hours": {"timeZone": "UTC", "week": [{"day": "MONDAY", "opens": "09:00", "closes": "17:00"}]},
            "pickCapacity": 7, "parcelCost": usd("2"), "unitCost": usd("1"), "metadata": {"dock": 3},
        },
        {
            "name": "Side", "isActive": False, "address": None, "countries": None, "hours": None,
            "pickCapacity": None, "parcelCost": usd("3"), "unitCost": usd("4"), "metadata": {},
        },
        """query($key: ID) { location(id: $key) { name isActive address { line1 } countries hours { timeZone }
           pickCapacity parcelCost { amount } unitCost { amount } metadata } }""",
        ("location",), make=_location,
    ),
    "pickupSettingSet": Case(
        ("channel", "location"),
        {
            "instructions": "Ring twice.", "price": usd("2"), "preparationMinutes": 30, "daysKept": 3, "isActive": True,
        },
        {"instructions": "", "price": usd("0"), "preparationMinutes": 0, "daysKept": 9, "isActive": False},
        """{ channel(code: "web") { pickupSettings { instructions price { amount } preparationMinutes daysKept
           isActive } } }""",
        ("channel", "pickupSettings", 0), make=_pickup,
    ),
    "sourcingPolicySet": Case(
        ("channel",),
        {
            "strategy": "NEAREST", "split": "SINGLE_LOCATION", "dropShip": "NEVER", "maxParcels": 3, "minParcelUnits": 2,
            "shipsComplete": True, "earliestFirst": True, "shortPick": "CANCEL",
        },
        {
            "strategy": "PRIORITY", "split": "ANY", "dropShip": "FIRST", "maxParcels": None, "minParcelUnits": 1,
            "shipsComplete": False, "earliestFirst": False, "shortPick": "WAIT",
        },
        """{ channel(code: "web") { sourcingPolicy { strategy split dropShip maxParcels minParcelUnits shipsComplete
           earliestFirst shortPick } } }""",
        ("channel", "sourcingPolicy"),
    ),
    "messageTemplateSet": Case(
        ("kind", "language", "channel"), {"subject": "One", "html": "<p>One</p>", "text": "One"},
        {"subject": "Two", "html": "<p>Two</p>", "text": "Two"},
        "{ messageTemplates { nodes { kind subject html text } } }",
        ("messageTemplates", "nodes", "kind", "ORDER_PLACED"),
    ),
    "messageRuleSet": Case(
        ("kind", "channel"), {"isActive": False}, {"isActive": True},
        '{ channel(code: "web") { messageRules { kind isActive } } }',
        ("channel", "messageRules", "kind", "ORDER_PLACED"),
    ),
    "orderRuleSet": Case(
        ("rule", "channel"),
        {"outcome": "WARN", "limits": [{"name": "percent", "value": 12}], "releaseAfterMinutes": 30},
        {"outcome": "HOLD", "limits": [], "releaseAfterMinutes": None},
        '{ channel(code: "web") { orderRules { code outcome limits { name value } releaseAfterMinutes } } }',
        ("channel", "orderRules", "code", "price_drift"),
    ),
    "roleUpdate": Case(
        ("id",),
        {"name": "Clerks", "permissions": ["ORDERS_VIEW", "STOCK_VIEW"],
         "refundLimits": [{"amount": "5.00", "currency": "USD"}]},
        {"name": "Desk", "permissions": ["STOCK_VIEW"], "refundLimits": None},
        """query($key: ID!) { node(id: $key) { ... on Role { name permissions code
           refundLimits { amount currency } } } }""", ("node",), make=_role,
    ),
    "staffUpdate": Case(
        ("id",),
        {"name": "Cleo", "role": "clerk", "channelIds": [CHANNELS[0]], "locationIds": [LOCATIONS[0]]},
        {"name": "Carl", "role": "desk", "channelIds": CHANNELS, "locationIds": LOCATIONS},
        """query($key: ID!) { node(id: $key) { ... on Staff { name role { code } email isActive channelIds
           locationIds } } }""",
        ("node",), {"role": ("role",)}, make=_colleague,
    ),
    "boxSet": Case(
        ("code",),
        {
            "name": "Small", "lengthMm": 300, "widthMm": 200, "heightMm": 100, "mostGrams": 5000, "emptyGrams": 90,
            "isActive": True,
        },
        {
            "name": "S", "lengthMm": 301, "widthMm": 201, "heightMm": 101, "mostGrams": 5001, "emptyGrams": 0,
            "isActive": False,
        },
        "{ boxes { nodes { name lengthMm widthMm heightMm mostGrams emptyGrams isActive } } }", ("boxes", "nodes", 0),
    ),
    "carrierSet": Case(
        ("code", "kind"),
        {
            "name": "Van", "trackingUrl": "https://example.com/{number}", "apiUrl": "https://api.example.com",
            "isActive": True,
        },
        {
            "name": "Bike", "trackingUrl": "https://example.com/b/{number}", "apiUrl": "", "isActive": False,
        },
        "{ carriers { nodes { name trackingUrl isActive hasSecrets } } }", ("carriers", "nodes", 0),
        {"apiUrl": (), "secrets": ()},
    ),
    "paymentGatewaySet": Case(
        ("code", "kind", "secrets"),
        {"name": "Cards", "apiUrl": "https://api.example.com", "isActive": True, "channels": ["web"]},
        {"name": "Card", "apiUrl": "", "isActive": False, "channels": None},
        "{ paymentGateways { nodes { name isActive hasSecrets channels { code } } } }", ("paymentGateways", "nodes", 0),
        {"apiUrl": ()},
    ),
    "bankAccountSet": Case(
        ("iban",),
        {"name": "Shop", "bic": "ABNANL2A", "isActive": True}, {"name": "Store", "bic": None, "isActive": False},
        "{ bankAccounts { nodes { name bic isActive } } }", ("bankAccounts", "nodes", 0),
    ),
    "supplierUpdate": Case(
        ("id",),
        {
            "name": "Acme", "email": "acme@example.com", "leadDays": 9, "leadDeviationDays": 2, "isActive": True,
            "location": "afar", "overReceiptPercent": 5,
        },
        {
            "name": "A", "email": None, "leadDays": 8, "leadDeviationDays": 1, "isActive": False, "location": "beyond",
            "overReceiptPercent": None,
        },
        """query($key: ID) { supplier(id: $key) { name email leadDays leadDeviationDays isActive overReceiptPercent
           location { code } } }""",
        ("supplier",), make=_supplier,
    ),
    "purchaseOrderUpdate": Case(
        ("id",),
        {
            "location": "web-main", "expectedOn": "2031-01-01", "note": "Soon", "externalReference": "x-1",
            "lines": [{"sku": "A", "quantity": 2}],
        },
        {
            "location": "west", "expectedOn": None, "note": None, "externalReference": None,
            "lines": [{"sku": "A", "quantity": 3}],
        },
        """query($key: ID) { purchaseOrder(id: $key) { location { code } expectedOn note externalReference
           supplier { code } status lines { quantity unit unitCost { amount } variant { sku } } } }""",
        ("purchaseOrder",), {"removed": ()}, make=_purchase,
    ),
    "supplierItemsSet": Case(
        ("sku", "supplier"),
        {
            "unitCost": usd("4"), "supplierSku": "AC-1", "packQuantity": 6, "minQuantity": 12, "leadDays": 5,
            "isPreferred": True,
        },
        {
            "unitCost": usd("3"), "supplierSku": "AC-2", "packQuantity": 1, "minQuantity": 1, "leadDays": None,
            "isPreferred": False,
        },
        """{ supplier(code: "acme") { items { unitCost { amount } supplierSku packQuantity minQuantity leadDays
           isPreferred } } }""",
        ("supplier", "items", 0), rows="items", make=_supplier_items,
    ),
    "stockBulkSet": Case(
        ("sku", "location", "onHand"), POLICY, OTHER_POLICY, LEVEL, ("stockLevels", "nodes", 0),
        {"expectedOnHand": ()}, "list",
    ),
    "stockPolicyBulkSet": Case(
        ("sku", "location"), POLICY, OTHER_POLICY, LEVEL, ("stockLevels", "nodes", 0), rows="list",
    ),
    "stockIncomingUpdate": Case(
        ("id",), {"expectedOn": "2031-01-01", "quantity": 5}, {"expectedOn": "2031-02-01", "quantity": 6},
        '{ stockIncoming { nodes { quantity expectedOn reference isOpen } } }', ("stockIncoming", "nodes", 0),
        {"isCancelled": ()}, make=_incoming,
    ),
    "variantTrackingSet": Case(
        ("id", "tracking"), {"tracksExpiry": True}, {"tracksExpiry": False},
        "query($key: ID) { variant(id: $key) { tracking tracksExpiry } }", ("variant",), make=_fresh_variant,
    ),
    "orderUpdate": Case(
        ("id",),
        {
            "email": "ada@example.com", "phone": "+12175550123", "note": "Ring", "purchaseOrderNumber": "PO-1",
            "giftNote": "For you", "priority": 3, "tags": ["rush"], "metadata": {"a": 1}, "privateMetadata": {"b": 2},
        },
        {
            "email": "bob@example.com", "phone": "+12175550124", "note": "", "purchaseOrderNumber": "PO-2",
            "giftNote": "", "priority": 0, "tags": [], "metadata": {}, "privateMetadata": {},
        },
        """query($key: ID) { order(id: $key) { email phone note giftNote purchaseOrderNumber priority tags metadata
           privateMetadata total { amount } } }""",
        ("order",), {"customerId": ()}, make=_order,
    ),
    "orderDraftUpdate": Case(
        ("id",), DRAFT,
        {
            "lines": [{"sku": "A", "quantity": 3}], "email": "bob@example.com", "phone": "+12175550124",
            "shippingAddress": ADDRESS | {"line1": "1 Elm Street"}, "billingAddress": ADDRESS,
            "shippingMethod": "post", "discountCodes": ["FIVE"], "payment": {"gateway": "manual"},
            "purchaseOrderNumber": "PO-2", "giftNote": "For me", "note": "Knock", "tags": [], "metadata": {},
            "externalReference": "x-2", "reserveStock": False, "destination": {"country": "DE"}, "language": "en",
        },
        """query($key: ID) { order(id: $key) { lines { nodes { sku quantity } } email phone shippingAddress { line1 }
           billingAddress { line1 } shippingMethod { code } discountCodes purchaseOrderNumber giftNote language note tags metadata
           externalReference reservedUntil subtotal { amount } discount { amount } shipping { amount }
           total { amount } } }""",
        ("order",),
        {
            "lines": ("lines", "reservedUntil", *AMOUNTS), "shippingMethod": ("shippingMethod", "reservedUntil", *AMOUNTS),
            "reserveStock": ("reservedUntil",), "payment": (), "customerId": (), "draftToken": (),
            "destination": (),
            "pickupLocation": (),  # it ends the shipping method: see tests/orders/test_pickup.py
        },
        make=_draft,
    ),
}  # fmt: skip
# For these, the list or the composition is one value that is replaced as a whole.
WHOLE = {"channelLocationsSet", "variantComponentsSet", "variantSubstitutesSet", "variantUnitsSet"}
# Fields of a cart's line need one another (a price its reason): see tests/orders/test_cart_lines.py.
DEPENDENT = {"orderDraftLineUpdate"}
KEYS: dict[str, Made] = {
    "customerBulkUpsert": {"externalReference": "crm-1"},
    "shippingMethodSet": {"code": "post", "channel": "web"},
    "taxClassSet": {"code": "books"},
    "accountMapSet": {"kind": "TAX", "detail": "US/0.1", "number": "1776"},
    "taxRateSet": {"country": "US", "region": "WA", "taxClass": "standard", "validFrom": "2030-01-01"},
    "priceBulkSet": {
        "sku": "A", "priceList": "web-retail", "minQuantity": 5, "startsAt": "2030-01-01T00:00:00+00:00",
        "endsAt": "2031-01-01T00:00:00+00:00",
    },
    "sourcingPolicySet": {"channel": "web"},
    "messageTemplateSet": {"kind": "ORDER_PLACED", "language": "en", "channel": "web"},
    "messageRuleSet": {"kind": "ORDER_PLACED", "channel": "web"},
    "orderRuleSet": {"rule": "price_drift", "channel": "web"},
    "boxSet": {"code": "s"},
    "carrierSet": {"code": "van", "kind": "MANUAL"},
    "paymentGatewaySet": {
        "code": "card", "kind": "STRIPE",
        "secrets": [{"name": "secret_key", "value": "k"}, {"name": "webhook_secret", "value": "w"}],
    },
    "bankAccountSet": {"iban": "NL02ABNA0123456789"},
    "stockBulkSet": {"sku": "A", "location": "web-main", "onHand": 10},
    "stockPolicyBulkSet": {"sku": "A", "location": "web-main"},
}  # fmt: skip
OUTER = {"supplier", "priceList"}  # fields of the input around the rows
# Fields that change with each update of a cart with reserved stock.
MOVES = {"orderDraftUpdate": {"reservedUntil"}}


# Two values of each type, for fields without an entry in the table above; the field is read by its name.
PLAIN: dict[str, tuple[Any, Any]] = {
    "String": ("one", "two"), "Int": (1, 2), "Boolean": (False, True), "Date": ("2031-01-01", "2031-02-01"),
    "DateTime": ("2031-01-01T00:00:00+00:00", "2031-02-01T00:00:00+00:00"),
}  # fmt: skip


def _operations() -> dict[str, Any]:
    mutations = schema._schema.mutation_type
    assert mutations is not None
    ends = ("Update", "Set", "BulkUpsert")
    return {name: each for name, each in mutations.fields.items() if name.endswith(ends)}


def _input(name: str) -> GraphQLInputObjectType:
    found = get_named_type(_operations()[name].args["input"].type)
    assert isinstance(found, GraphQLInputObjectType)
    rows = CASES[name].rows
    if rows and rows != "list":
        found = get_named_type(found.fields[rows].type)
        assert isinstance(found, GraphQLInputObjectType)
    return found


def _known(case: Case) -> set[str]:
    """The fields of an input in the table."""
    nowhere = {field for field, places in case.shows.items() if not places}
    return {*case.keys, *case.other, *nowhere, *(OUTER if case.rows not in ("", "list") else ())}


def _case(name: str) -> Case:
    """The case of the table, with the fields of plain types that it lacks."""
    case = CASES[name]
    added = {
        field: PLAIN[str(definition.type)]
        for field, definition in _input(name).fields.items()
        if field not in _known(case) and str(definition.type) in PLAIN
    }
    inside = next(step for step in reversed(case.at) if isinstance(step, str))
    opening = re.compile(rf"\b{inside}(\([^)]*\))? {{")
    return replace(
        case,
        full=case.full | {field: values[0] for field, values in added.items()},
        other=case.other | {field: values[1] for field, values in added.items()},
        read=opening.sub(lambda found: " ".join((found.group(), *added)), case.read, count=1),
    )


def test_every_updating_operation_is_covered():
    updating = {name for name, each in _operations().items() if "input" in each.args}
    assert updating - WHOLE - DEPENDENT == set(CASES)


@pytest.mark.parametrize("name", CASES)
def test_every_field_of_an_updating_input_is_covered(name: str):
    case = _case(name)
    assert set(_input(name).fields) == _known(case) - OUTER, f"give {name} values in the table of this file"
    assert set(case.full) == set(case.other)


def _found(data: Any, at: tuple[str | int, ...]) -> Any:
    for index, step in enumerate(at):
        if isinstance(data, list) and isinstance(step, str):
            return next(each for each in data if each[step] == at[index + 1])
        data = data[step]
    return data


async def _send(staff: Api, name: str, keys: Made, said: Made) -> None:
    case = CASES[name]
    input: Any = keys | said
    if case.rows == "list":
        input = [input]
    elif case.rows:
        outer = {field: input.pop(field) for field in OUTER if field in input}
        input = outer | {case.rows: [input]}
    kind = str(_operations()[name].args["input"].type)
    shown = "... on UserError { message path }"
    if case.rows in ("list", "rows"):
        shown += " ... on BulkResult { rows { error { message path } } }"
    answer = await staff.do(f"mutation($i: {kind}) {{ {name}(input: $i) {{ __typename {shown} }} }}", i=input)
    assert "message" not in answer, (name, said, answer)
    assert all(row["error"] is None for row in answer.get("rows", [])), (name, said, answer)


async def differences(staff: Api, name: str, keys: Made) -> list[tuple[str, set[str]]]:
    """By field that was sent alone: fields that changed although not sent, or did not although sent."""
    case = _case(name)
    variables = {"key": keys[case.keys[0]]} if "$key" in case.read else {}

    async def read() -> Made:
        return dict(_found(await staff.ask(case.read, **variables), case.at))

    wrong = []
    for field_, value in case.other.items():
        await _send(staff, name, keys, case.full)
        before = await read()
        await _send(staff, name, keys, {field_: value})
        after = await read()
        expected = set(case.shows.get(field_, (field_,)))
        changed = {each for each in before if before[each] != after[each]}
        may = MOVES.get(name, set())
        if changed - may - expected or (expected - may) - changed - set(AMOUNTS):
            wrong.append((field_, changed ^ expected))
    return wrong


@pytest.mark.parametrize("name", CASES)
async def test_fields_that_are_not_sent_are_unchanged(api: Api, name: str):
    shop = await make.shop()
    await shop.sell("A", stock=10)
    staff = api.as_(await make.token())
    case = _case(name)
    keys = KEYS.get(name) or {}
    if case.make is not None:
        keys = keys | await case.make(staff, shop)
    if name == "variantTrackingSet":
        keys["tracking"] = "LOT"
    assert await differences(staff, name, keys) == []


async def test_a_default_that_overwrites_a_stored_value_is_detected(
    api: Api, monkeypatch: pytest.MonkeyPatch
):
    async def careless(actor: Any, channel: Any, *, code: str, **said: Any) -> Any:
        return await channels.set_shipping_method(actor, channel, code=code, **({"transit_days": 2} | said))

    class Planted:
        set_shipping_method = staticmethod(careless)

    monkeypatch.setattr(shipping, "service", Planted)
    await make.shop()
    staff = api.as_(await make.token())
    wrong = await differences(staff, "shippingMethodSet", KEYS["shippingMethodSet"])
    assert ("name", {"transitDays"}) in wrong
