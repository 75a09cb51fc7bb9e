from app.core.described import Described


class AccountPurpose(Described):
    REGISTER = "register", "An account is to be opened for an address that no customer has."
    REGISTER_KNOWN = "register_known", "The same, for the address of a customer: it gets a new password."
    RESET = "reset", "A new password is to be chosen."
    INVITE = "invite", "Somebody who was added to the staff chooses the first password."
