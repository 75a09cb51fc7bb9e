"""Accounts of the ledger, and kinds of its entries."""

from app.core.described import Described


class AccountKind(Described):
    """Kind of an account. Some kinds have an account for each detail, such as a gateway."""

    RECEIVABLE = "receivable", "Owed by buyers for what has left. Debit balance."
    DEPOSITS = "deposits", "Received from buyers for what has not left yet. Credit balance."
    CLEARING = (
        "clearing",
        "Received and not paid out yet; detail: the gateway (`manual`: recorded by hand). Debit balance.",
    )
    BANK = (
        "bank",
        "Received on a bank account: by a matched bank entry, or paid out by a gateway. Debit balance.",
    )
    DISPUTES = (
        "disputes",
        "Taken back by banks for disputes that are open; detail: the gateway. Debit balance.",
    )
    DISPUTE_LOSSES = (
        "dispute_losses",
        "Lost disputes, as far as they exceed what the payment had kept. Debit balance.",
    )
    FEES = "fees", "Fees of gateways, less fees given back; detail: the gateway. Debit balance."
    PAYOUT_DIFFERENCES = (
        "payout_differences",
        "Adjustments of gateways, and what the lines of payouts do not explain; detail: the gateway.",
    )
    EXCHANGE = (
        "exchange",
        "Amounts that gateways converted: between payments in one currency and payouts in another.",
    )
    SALES = "sales", "Revenue from goods before discounts, without tax; detail: the category."
    SHIPPING = "shipping", "Revenue from shipping after discounts, without tax."
    DISCOUNTS = "discounts", "Discounts on goods, without tax. Debit balance."
    ALLOWANCES = (
        "allowances",
        "Refunds of amounts that were due and do not become due again, without tax. Debit balance.",
    )
    TAX = "tax", "Tax on sales and shipping; detail: the place and the rate, such as `DE/0.19`."
    GIFT_CARDS = "gift_cards", "Balances of gift cards. Credit balance."
    STORE_CREDIT = "store_credit", "Balances of store credit. Credit balance."
    GOODWILL = (
        "goodwill",
        "Gift cards and store credit that were issued, less what was taken back and what was sold.",
    )
    BREAKAGE = "breakage", "Balances of gift cards and store credit that expired or were disabled."
    INVENTORY = "inventory", "Stock on hand. Debit balance."
    IN_TRANSIT = "in_transit", "Stock in transit between two locations. Debit balance."
    GOODS_RECEIVED = (
        "goods_received",
        "Goods and landed costs received, less goods returned to suppliers: the counterpart of purchase "
        "invoices. Credit balance.",
    )
    COST_OF_SALES = "cost_of_sales", "Cost of goods sold. Debit balance."
    WRITE_OFFS = "write_offs", "Stock lost, damaged or counted short. Debit balance."
    STOCK_GAINS = "stock_gains", "Stock found or counted in excess. Credit balance."
    REVALUATION = "revaluation", "Corrections of the cost of stock."
    ASSEMBLY = "assembly", "Between kits and their components; the balance is zero."
    ROUNDING = "rounding", "Differences of rounding between an order and its parts."


class LedgerSide(Described):
    """Side of a posting."""

    DEBIT = "debit", "Debit."
    CREDIT = "credit", "Credit."


class LedgerEntryKind(Described):
    """Kind of an entry."""

    REVENUE = "revenue", "Goods left, came back or were credited: revenue, discounts, tax and shipping."
    PAYMENT = "payment", "A payment received."
    REFUND = "refund", "A refund."
    REFUND_REVERSAL = "refund_reversal", "A refund that the buyer's bank sent back."
    PAYMENT_REVERSAL = "payment_reversal", "A payment received that the bank took back."
    CHARGEBACK = "chargeback", "A dispute was lost: the amount was charged back."
    CHARGEBACK_REVERSAL = "chargeback_reversal", "A dispute was won after it had been lost."
    DISPUTE = "dispute", "A dispute was opened or decided: what the bank withholds meanwhile."
    PAYOUT = "payout", "A payout of a gateway, with its fees; it is posted when the payout is closed."
    PAYOUT_RETURN = "payout_return", "A payout that the bank returned to the gateway."
    STORED_VALUE = "stored_value", "A gift card or store credit was issued, taken back, disabled or expired."
    COST_OF_SALES = "cost_of_sales", "Cost of goods that were sold or came back from a buyer."
    STOCK_RECEIPT = "stock_receipt", "Goods received, returned to a supplier, or their costs."
    STOCK_TRANSFER = "stock_transfer", "Stock transferred between locations."
    STOCK_ASSEMBLY = "stock_assembly", "Kits assembled or disassembled."
    STOCK_ADJUSTMENT = "stock_adjustment", "Stock lost, damaged, found, counted or corrected."
