from app.core.described import Described


class AccountPurpose(Described):
    REGISTER = "register", "Confirms the registration of a new account."
    REGISTER_KNOWN = (
        "register_known",
        ("Sent instead if the address belongs to a customer: resets the password."),
    )
    RESET = "reset", "Resets the password."
    INVITE = "invite", "Sets the first password of an invited staff member."
    INVITE_CUSTOMER = (
        "invite_customer",
        "A customer whom staff or an import entered chooses the first password.",
    )
    EMAIL_CHANGE = "email_change", "A customer confirms a new address; the request has the new address."
    DELETION = "deletion", "A customer confirms that the account is to be deleted."
    # Notices: their tokens are not accepted anywhere.
    EMAIL_CHANGED = (
        "email_changed",
        "The address of an account has changed; a notice is sent to the old and the new one.",
    )
    PASSWORD_CHANGED = "password_changed", "The password of an account has changed."


NOTICES = (AccountPurpose.EMAIL_CHANGED, AccountPurpose.PASSWORD_CHANGED)
# The address of these requests need not be that of the person any more, or is not yet.
OF_OTHER_ADDRESSES = (AccountPurpose.EMAIL_CHANGE, *NOTICES)


class DeletionStatus(Described):
    """Status of the request of a customer to delete the account."""

    OPEN = "open", "Confirmed by the customer, and not answered yet."
    COMPLETED = "completed", "The account and the data of the customer were deleted."
    REFUSED = "refused", "Refused; the account stays."


class MergeField(Described):
    """Data of two customers that a merge makes one value of."""

    EMAIL = "email", "Email address, together with the password of the account."
    NAME = "name", "Name."
    PHONE = "phone", "Phone number."
    BORN_ON = "born_on", "Date of birth."
    CREDIT_LIMIT = "credit_limit", "Credit limit."
    EXTERNAL_REFERENCE = "external_reference", "Key in an external system."
    DEFAULT_SHIPPING_ADDRESS = "default_shipping_address", "Default shipping address."
    DEFAULT_BILLING_ADDRESS = "default_billing_address", "Default billing address."
    METADATA = "metadata", "An entry of `metadata`."
    PRIVATE_METADATA = "private_metadata", "An entry of `privateMetadata`."


class MergedAccount(Described):
    """Which account the customer has after a merge."""

    NONE = "none", "None of the two customers has an account."
    KEPT = "kept", "The kept customer keeps the email address and password of its account."
    MOVED = (
        "moved",
        "Only the merged customer has an account: its email address and password become those of the kept "
        "customer.",
    )
