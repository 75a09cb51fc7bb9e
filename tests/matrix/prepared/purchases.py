"""Suppliers and their documents: purchase orders in cartons, of two lines and in another currency."""

from typing import Any

from app.core.actor import SYSTEM
from app.inventory.location_kinds import LocationKind
from app.inventory.locations import service as locations
from tests.matrix.prepared.requests import MAIN, USD, Base, Field, Values, both, given, named
from tests.preparing import Preparing

COST = '{amount: "1", currency: "%s"}'


async def prepare(to: Preparing) -> None:
    for code in ("web-free", "web-spare"):
        await locations.create_location(
            SYSTEM, locations.LocationData(code=code, name=code, kind=LocationKind.DROP_SHIP)
        )
    await to.do('supplierCreate(input: {code: "euro-web", name: "Euro", currency: "EUR"})')
    for supplier, currency in (("acme-web", "USD"), ("euro-web", "EUR")):
        items = ", ".join(f'{{sku: "{sku}", unitCost: {COST % currency}}}' for sku in "UMB")
        await to.do(f'supplierItemsSet(input: {{supplier: "{supplier}", items: [{items}]}})')
    for name, supplier in (
        ("draft of two", "acme-web"),
        ("sent of two", "acme-web"),
        ("in euros", "euro-web"),
    ):
        lines = '[{sku: "U", quantity: 60}, {sku: "B", quantity: 5}]'
        to.named[name] = await to.do(
            f'purchaseOrderCreate(input: {{supplier: "{supplier}", location: "{MAIN}", lines: {lines}}})'
        )
    for name in ("sent of two", "in euros"):
        await to.do("purchaseOrderSend(id: $id)", id=to.named[name])


def _bought(**line: Any) -> Base:
    return given(supplier="acme-web", location=MAIN, lines=[line])


_CHANGED = both(named(id="draft of two"), given(lines=[{"sku": "U", "quantity": 12}]))
BASES: dict[Field, Base] = {
    ("PurchaseOrderLineInput", "unit"): _bought(sku="U", quantity=2),
    ("PurchaseOrderLineChangeInput", "sku"): _CHANGED,
    ("PurchaseOrderLineChangeInput", "unit"): _CHANGED,
    ("PurchaseOrderUpdateInput", "removed"): named(id="draft of two"),
    ("PurchaseOrderArrivalInput", "unit"): both(
        named(id="sent of two"), given(lines=[{"sku": "U", "quantity": 2}])
    ),
    ("PurchaseOrderReceiveInput", "exchangeRate"): both(named(id="in euros"), given(exchangeRate="3")),
    ("PurchaseOrderReceiveInput", "acceptOverReceipt"): both(
        named(id="sent of two"), given(lines=[{"sku": "U", "quantity": 90}])
    ),
    ("SupplierCreateInput", "location"): given(code="zq", name="Zq", currency="USD"),
    ("SupplierItemInput", "sku"): given(supplier="acme-web", items=[{"sku": "K", "unitCost": USD}]),
    ("SupplierItemsSetInput", "removed"): given(supplier="acme-web", items=[{"sku": "K", "unitCost": USD}]),
    ("SupplierReturnLineInput", "bucket"): _bought(sku="U", quantity=1),
    ("SupplierReturnLineInput", "unit"): _bought(sku="U", quantity=1),
    ("SupplierReturnLineInput", "lots"): _bought(sku="M", quantity=1, lots=[{"number": "M1", "quantity": 1}]),
}
VALUES: dict[Field, Values] = {
    ("PurchaseOrderLineInput", "unit"): [None, "carton"],
    ("PurchaseOrderLineChangeInput", "sku"): ["U", "B"],
    ("PurchaseOrderLineChangeInput", "unit"): [None, "carton"],
    ("PurchaseOrderUpdateInput", "removed"): [["U"], ["B"]],
    ("PurchaseOrderArrivalInput", "unit"): [None, "carton"],
    ("SupplierCreateInput", "location"): ["web-free", "web-spare"],
    ("SupplierItemInput", "sku"): ["K", "N"],
    ("SupplierItemsSetInput", "removed"): [["U"], ["M"]],
    ("SupplierReturnLineInput", "unit"): [None, "carton"],
    ("SupplierReturnLineInput", "lots"): [[{"number": number, "quantity": 1}] for number in ("M1", "M2")],
}
