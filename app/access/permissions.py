"""The permissions, and the roles of a new deployment."""

from app.core.described import Described


class Permission(Described):
    """A permission, named `thing_verb`. Roles and tokens hold sets of permissions."""

    CHANNELS_MANAGE = (
        "channels_manage",
        "Create and change channels, shipping methods, tax rates and discounts.",
    )
    CATALOG_MANAGE = "catalog_manage", "Create and change products, variants, categories and prices."
    CATALOG_VIEW_ALL = "catalog_view_all", "See unpublished and archived products too."
    CUSTOMERS_VIEW = "customers_view", "See customers and their addresses."
    CUSTOMERS_MANAGE = "customers_manage", "Create and change customers."
    STOCK_VIEW = "stock_view", "See locations, stock levels and stock movements."
    STOCK_MANAGE = "stock_manage", "Receive, adjust, transfer and count stock; manage locations."
    STOCK_APPROVE = "stock_approve", "Approve stock counts with large differences."
    STOCK_COSTS = "stock_costs", "See the cost and value of stock, and correct costs."
    PURCHASING_VIEW = "purchasing_view", "See suppliers and purchase orders."
    PURCHASING_MANAGE = "purchasing_manage", "Manage suppliers, create purchase orders and run replenishment."
    FULFILLMENT_VIEW = "fulfillment_view", "See fulfillment orders, pick lists and shipments."
    FULFILLMENT_MANAGE = "fulfillment_manage", "Release, pick, pack, ship and track fulfillment orders."
    DROP_SHIP_ANSWER = "drop_ship_answer", "Accept, reject and ship drop-ship orders."
    CARRIERS_MANAGE = "carriers_manage", "Manage carriers, their credentials, and boxes."
    ORDERS_VIEW = "orders_view", "See the orders of the channels that the caller may act in."
    ORDERS_MANAGE = (
        "orders_manage",
        (
            "Create drafts for other people, change and place orders, and set prices and discounts of "
            "their lines."
        ),
    )
    ORDERS_CANCEL = "orders_cancel", "Cancel orders."
    ORDERS_APPROVE = (
        "orders_approve",
        "Release holds whose kind requires approval; set validation rules.",
    )
    PAYMENTS_MANAGE = (
        "payments_manage",
        "Record, authorize, capture and void payments; issue gift cards and store credit.",
    )
    PAYMENTS_REFUND = (
        "payments_refund",
        "Refund payments and gift cards that were bought, within the refund limits of the role.",
    )
    DISPUTES_MANAGE = "disputes_manage", "Record disputes of payments, and their responses and results."
    FINANCE_VIEW = (
        "finance_view",
        "See the ledger, its balances, the chart of accounts and payouts of gateways.",
    )
    FINANCE_MANAGE = "finance_manage", "Set the chart of accounts, and close accounting periods."
    ORDERS_IMPORT = "orders_import", "Reserved for imports by the API; no operation requires it yet."
    EVENTS_VIEW = "events_view", "Read the event journal."
    ACCESS_MANAGE = "access_manage", "Create and revoke API tokens; manage staff and roles."


P = Permission

ROLES: dict[str, tuple[str, frozenset[Permission]]] = {
    "administrator": ("Administrator", frozenset(Permission)),
    "customer_service": (
        "Customer service",
        frozenset(
            {P.CUSTOMERS_VIEW, P.CUSTOMERS_MANAGE, P.STOCK_VIEW, P.ORDERS_VIEW, P.ORDERS_MANAGE}
            | {P.ORDERS_CANCEL, P.CATALOG_VIEW_ALL, P.EVENTS_VIEW, P.FULFILLMENT_VIEW}
        ),
    ),
    "warehouse": (
        "Warehouse",
        frozenset(
            {P.STOCK_VIEW, P.STOCK_MANAGE, P.ORDERS_VIEW, P.CATALOG_VIEW_ALL, P.PURCHASING_VIEW}
            | {P.FULFILLMENT_VIEW, P.FULFILLMENT_MANAGE, P.DROP_SHIP_ANSWER},
        ),
    ),
    "purchasing": (
        "Purchasing",
        frozenset(
            {P.STOCK_VIEW, P.STOCK_COSTS, P.PURCHASING_VIEW, P.PURCHASING_MANAGE, P.CATALOG_VIEW_ALL}
            | {P.ORDERS_VIEW}
        ),
    ),
    "finance": (
        "Finance",
        frozenset(
            {P.STOCK_VIEW, P.STOCK_COSTS, P.STOCK_APPROVE, P.ORDERS_VIEW, P.CUSTOMERS_VIEW, P.ORDERS_APPROVE}
            | {P.PAYMENTS_MANAGE, P.PAYMENTS_REFUND, P.DISPUTES_MANAGE}
            | {P.FINANCE_VIEW, P.FINANCE_MANAGE}
            | {P.PURCHASING_VIEW, P.FULFILLMENT_VIEW}
            | {P.CATALOG_VIEW_ALL, P.EVENTS_VIEW}
        ),
    ),
    "merchandiser": (
        "Merchandiser",
        frozenset({P.CATALOG_MANAGE, P.CATALOG_VIEW_ALL, P.STOCK_VIEW, P.CHANNELS_MANAGE}),
    ),
}
