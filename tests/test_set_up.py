"""Everything that can be created can be read, updated and ended: a reviewed table over every creating
operation.
"""

import pytest
from graphql import GraphQLObjectType

from app.schema import schema

# By operation: where it is read (a root query, or a type and its field), what updates it, and what ends it;
# or why nothing has to end it.
TABLE: dict[str, tuple[str, str, str]] = {
    "accountMapSet": (
        "ledgerAccounts",
        "accountMapSet",
        "has no effect of its own: it changes how entries are shown",
    ),
    "apiTokenCreate": ("apiTokens", "apiTokenRevoke", "apiTokenRevoke"),
    "backInStockRequestCreate": ("backInStockRequests", "", "backInStockRequestWithdraw"),
    "bankAccountSet": ("bankAccounts", "bankAccountSet", "BankAccountSetInput.isActive"),
    "bankTransferCreate": ("bankTransfers", "", "bankTransferCancel"),
    "bankTransferFileCreate": ("bankTransferFiles", "bankTransferFileMarkSent", "bankTransferFileCancel"),
    "boxSet": ("boxes", "boxSet", "BoxSetInput.isActive"),
    "carrierSet": ("carriers", "carrierSet", "CarrierSetInput.isActive"),
    "categoryCreate": ("categories", "", "has no effect of its own: products leave it by productUpdate"),
    "channelCreate": ("channels", "channelUpdate", "ChannelUpdateInput.isActive"),
    "channelLocationsSet": ("Channel.locations", "channelLocationsSet", "channelLocationsSet"),
    "customerAddressCreate": ("Customer.addresses", "customerAddressUpdate", "customerAddressDelete"),
    "customerCreate": ("customers", "customerUpdate", "is a record"),
    "discountCreate": ("discounts", "discountUpdate", "DiscountUpdateInput.isActive"),
    "locationCreate": ("locations", "locationUpdate", "LocationUpdateInput.isActive"),
    "manifestCreate": ("manifests", "", "is a record of what left"),
    "messageTemplateSet": ("messageTemplates", "messageTemplateSet", "messageTemplateRetire"),
    "messageRuleSet": ("Channel.messageRules", "messageRuleSet", "MessageRuleSetInput.isActive"),
    "orderDraftCreate": ("orders", "orderDraftUpdate", "orderDraftDelete"),
    "orderRuleSet": ("Channel.orderRules", "orderRuleSet", "OrderRuleSetInput.outcome"),
    "paymentGatewaySet": ("paymentGateways", "paymentGatewaySet", "PaymentGatewaySetInput.isActive"),
    "pickListCreate": ("pickLists", "fulfillmentPick", "pickListCancel"),
    "pickupSettingSet": ("Channel.pickupSettings", "pickupSettingSet", "PickupSettingSetInput.isActive"),
    "priceBulkSet": ("prices", "priceBulkSet", "priceBulkDelete"),
    "priceListCreate": ("priceLists", "priceListUpdate", "PriceListUpdateInput.isActive"),
    "productCreate": ("products", "productUpdate", "productArchive"),
    "purchaseOrderCreate": ("purchaseOrders", "purchaseOrderConfirm", "purchaseOrderCancel"),
    "roleCreate": ("roles", "roleUpdate", "ends with its last member: staffUpdate gives them another role"),
    "shippingMethodSet": ("Channel.shippingMethods", "shippingMethodSet", "ShippingMethodSetInput.isActive"),
    "sourcingPolicySet": ("Channel.sourcingPolicy", "sourcingPolicySet", "sourcingPolicySet"),
    "stockBulkSet": ("stockLevels", "stockBulkSet", "is a count"),
    "stockIncomingCreate": ("stockIncoming", "stockIncomingUpdate", "StockIncomingUpdateInput.isCancelled"),
    "stockPolicyBulkSet": ("stockLevels", "stockPolicyBulkSet", "stockPolicyBulkSet"),
    "stockReceiptCreate": ("stockReceipts", "stockCostCorrect", "is a record of what came"),
    "stockTransferCreate": ("stockTransfers", "stockTransferReceive", "stockTransferCancel"),
    "supplierCreate": ("suppliers", "supplierUpdate", "SupplierUpdateInput.isActive"),
    "supplierItemsSet": ("Supplier.items", "supplierItemsSet", "SupplierItemsSetInput.removed"),
    "supplierReturnCreate": ("supplierReturns", "supplierReturnCredit", "supplierReturnCancel"),
    "taxClassSet": ("taxClasses", "taxClassSet", "taxClassDelete"),
    "taxRateSet": ("taxRates", "taxRateSet", "taxRateDelete"),
    "variantComponentsSet": ("Variant.components", "variantComponentsSet", "variantComponentsSet"),
    "variantCreate": ("variant", "variantUpdate", "VariantUpdateInput.isActive"),
    "variantSubstitutesSet": ("Variant.substitutes", "variantSubstitutesSet", "variantSubstitutesSet"),
    "variantTrackingSet": ("Variant.tracking", "variantTrackingSet", "variantTrackingSet"),
    "variantUnitsSet": ("Variant.units", "variantUnitsSet", "variantUnitsSet"),
}


def _names(root: GraphQLObjectType | None) -> set[str]:
    assert root is not None
    return set(root.fields)


def _is_there(place: str) -> bool:
    """Whether an operation, or a field of a type, is in the schema."""
    name, _, field = place.partition(".")
    if field:
        return field in getattr(schema._schema.type_map.get(name), "fields", {})
    return name in _names(schema._schema.query_type) | _names(schema._schema.mutation_type)


def test_every_creating_operation_is_in_the_table():
    made = {name for name in _names(schema._schema.mutation_type) if name.endswith(("Create", "Set"))}
    assert made == set(TABLE)


@pytest.mark.parametrize("name", TABLE)
def test_the_operations_and_fields_in_the_table_exist(name: str):
    read, change, end = TABLE[name]
    assert _is_there(read), read
    assert not change or _is_there(change), change
    assert " " in end or _is_there(end), end
