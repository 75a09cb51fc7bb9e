"""Input fields whose effect is not seen in what is written, and why."""

Field = tuple[str, str]  # an input type and the name of a field

_SLOW = "the other method is a library that needs ten seconds to start"
_OPENID = "needs an OpenID provider"
_GATEWAY = "needs a payment gateway that responds"
# Fields that cannot be tried with the world, and why. Other tests cover them.
NOT_TRIED: dict[Field, str] = {
    ("GatewaySecretInput", "name"): _GATEWAY,
    ("GatewaySecretInput", "value"): _GATEWAY,
    ("PaymentAuthorizeInput", "gateway"): _GATEWAY,
    ("PaymentAuthorizeInput", "returnUrl"): _GATEWAY,
    ("PaymentAuthorizeInput", "token"): _GATEWAY,
    ("PaymentCancelInput", "accessToken"): "proves a guest, and the orders of the world have customers",
    ("PaymentContinueInput", "accessToken"): "proves a guest, and the orders of the world have customers",
    ("PaymentContinueInput", "beginNew"): _GATEWAY,
    ("PaymentContinueInput", "gateway"): _GATEWAY,
    ("PaymentContinueInput", "returnUrl"): _GATEWAY,
    ("PaymentContinueInput", "token"): _GATEWAY,
    ("PaymentGatewaySetInput", "apiUrl"): _GATEWAY,
    ("PaymentGatewaySetInput", "kind"): _GATEWAY,
    ("PaymentGatewaySetInput", "secrets"): _GATEWAY,
    ("OpenidSignInCompleteInput", "authorizationCode"): _OPENID,
    ("OpenidSignInCompleteInput", "flow"): _OPENID,
    ("OpenidSignInCompleteInput", "state"): _OPENID,
    ("PaymentInput", "gateway"): "needs a second gateway",
    ("PaymentInput", "token"): "needs a second gateway",
    ("PlanningRulesInput", "method"): _SLOW,
    ("SignInInput", "deviceToken"): "determines only how attempts with a wrong password are counted",
}

_CONDITION = "is a token or a condition: another value is refused, and nothing is stored"
_SUM = "is fixed by another quantity of the same request"
_WHOLE = "each value needs other fields with it, so that no two values are valid in the same request"
_QUERY = "applies to the report; drafts do not depend on it"
# Fields whose effect with the world is that other values are refused, and why. Every other field changes what is written.
SEEN_IN_REFUSALS: dict[Field, str] = {
    ("BankEntryMatchInput", "acceptOverpayment"): _CONDITION,
    ("CarrierSecretInput", "name"): "each kind of carrier has fixed names",
    ("CustomerMergeInput", "fromVersion"): _CONDITION,
    ("DiscountCreateInput", "kind"): _WHOLE,
    ("OrderCancelInput", "accessToken"): _CONDITION,
    ("OrderLinkRevokeInput", "accessToken"): _CONDITION,
    ("OrderDraftDeleteInput", "draftToken"): _CONDITION,
    ("OrderDraftLineAddInput", "draftToken"): _CONDITION,
    ("OrderDraftLineRemoveInput", "draftToken"): _CONDITION,
    ("OrderDraftLineUpdateInput", "draftToken"): _CONDITION,
    ("OrderDraftMergeInput", "draftToken"): _CONDITION,
    ("OrderDraftUpdateInput", "draftToken"): _CONDITION,
    ("OrderPlaceInput", "draftToken"): _CONDITION,
    ("OrderPlaceInput", "expectedTotal"): _CONDITION,
    ("OrderReorderInput", "accessToken"): _CONDITION,
    ("PasswordChangeInput", "currentPassword"): _CONDITION,
    ("PaymentRecordInput", "acceptOverpayment"): _CONDITION,
    ("PayoutCsvInput", "currencyColumn"): _CONDITION,
    ("PayoutCsvInput", "hasDecimalComma"): _CONDITION,
    ("PickedLotInput", "quantity"): _SUM,
    ("PickupSettingSetInput", "channel"): "each channel of the world sells from its own locations",
    ("PlanningRulesInput", "deadAfterDays"): _QUERY,
    ("PlanningRulesInput", "mostCoverDays"): _QUERY,
    ("PurchaseOrderReceiveInput", "acceptOverReceipt"): _CONDITION,
    ("SignInInput", "password"): _CONDITION,
    ("StockLotInput", "quantity"): _SUM,
    ("StockRowInput", "expectedOnHand"): _CONDITION,
    ("StockTransferReceiveInput", "acceptOverReceipt"): _CONDITION,
}
