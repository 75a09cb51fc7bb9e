"""Orders that are paid with gift cards and store credit."""

from tests.matrix.prepared.orders import SENT
from tests.matrix.prepared.requests import Base, Field, Values, both, given, named
from tests.preparing import Preparing


async def prepare(to: Preparing) -> None:
    """The gift cards and the store credit are those of the world."""


_LINES = [{"sku": "A", "quantity": 1}]
BASES: dict[Field, Base] = {
    ("OrderPlaceInput", "giftCardCodes"): given(**SENT, lines=_LINES),
    ("OrderPlaceInput", "useStoreCredit"): both(given(**SENT, lines=_LINES), named(customerId="customer")),
}
VALUES: dict[Field, Values] = {
    ("OrderPlaceInput", "giftCardCodes"): lambda side: [[side.named["gift card code"]]],
    ("OrderPlaceInput", "useStoreCredit"): [True],
    ("StoredValueApplyInput", "giftCardCode"): lambda side: [side.named["gift card code"]],
}
