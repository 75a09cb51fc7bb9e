"""Payments in GraphQL."""

from app.payments.schema.buyers import BuyerPaymentMutation, ChannelPaymentOptions, TrackingPayment
from app.payments.schema.disputes import (
    Dispute,
    DisputeMutation,
    DisputeQuery,
    OrderDisputes,
    PaymentDisputes,
)
from app.payments.schema.gateways import (
    GatewayMessage,
    GatewayMutation,
    GatewayQuery,
    GatewayUnavailable,
    OrderPaymentAttempt,
    PaymentGateway,
)
from app.payments.schema.gift_cards import (
    GiftCardPurchaseMutation,
    OrderLineGiftCards,
)
from app.payments.schema.mutations import AmountTooLarge, PaymentMutation
from app.payments.schema.payouts import Payout, PayoutMutation, PayoutQuery
from app.payments.schema.stored_value import (
    PaymentStoredValue,
    StoredValueEntryOrder,
    StoredValuePaymentMutation,
)
from app.payments.schema.types import OrderPayments, Payment, PaymentTransaction

__all__ = [
    "AmountTooLarge",
    "BuyerPaymentMutation",
    "ChannelPaymentOptions",
    "Dispute",
    "DisputeMutation",
    "DisputeQuery",
    "GatewayMessage",
    "GatewayMutation",
    "GatewayQuery",
    "GatewayUnavailable",
    "GiftCardPurchaseMutation",
    "OrderDisputes",
    "OrderLineGiftCards",
    "OrderPaymentAttempt",
    "OrderPayments",
    "Payment",
    "PaymentDisputes",
    "PaymentGateway",
    "PaymentMutation",
    "PaymentStoredValue",
    "PaymentTransaction",
    "Payout",
    "PayoutMutation",
    "PayoutQuery",
    "StoredValueEntryOrder",
    "StoredValuePaymentMutation",
    "TrackingPayment",
]
