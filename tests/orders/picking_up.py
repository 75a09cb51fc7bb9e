"""A shop whose orders can be picked up: `counter = await Counter.open(api)`."""

from typing import Any

from app.core.actor import SYSTEM
from app.customers.contact import AddressData
from app.inventory.location_kinds import LocationKind
from app.inventory.locations import service as locations
from app.inventory.locations.models import Location
from tests import make
from tests.ask import ADDRESS, Api

FAILED = "__typename ... on UserError { errorCode message path } ... on ValidationFailed { problems { code path } } ... on InvalidInput { problems { code path } } "
SHORT = "... on InsufficientStock { shortages { sku requested } } "
PICKUP = "pickup { code name timeZone instructions daysKept readyBy address { line1 } }"
CART = f"""... on Order {{ id version accessToken status {PICKUP} promisedOn shippingMethod {{ code }}
  shippingAddress {{ line1 }} billingAddress {{ line1 }} shipping {{ amount }} tax {{ amount }} total {{ amount }}
  isTaxEstimated isTotalEstimated warnings {{ code path }}
  shippingOptions {{ code isAvailable isSelected }}
  pickupOptions {{ location {{ code }} isAvailable isSelected readyBy reasonCode lines {{ sku available }} }} }}"""
BEGIN = (
    f"mutation($i: OrderDraftCreateInput!) {{ orderDraftCreate(input: $i) {{ {FAILED} {SHORT} {CART} }} }}"
)
CHANGE = (
    f"mutation($i: OrderDraftUpdateInput!) {{ orderDraftUpdate(input: $i) {{ {FAILED} {SHORT} {CART} }} }}"
)
PLACE = f"""mutation($i: OrderPlaceInput!) {{ orderPlace(input: $i) {{ {FAILED} {SHORT}
  ... on Order {{ id number status accessToken trackingToken {PICKUP} promisedOn shippingMethod {{ code }}
    shippingAddress {{ name company line1 }} billingAddress {{ line1 }} shipping {{ amount }} tax {{ amount }} total {{ amount }} }} }} }}"""
SET = f"""mutation($i: PickupSettingSetInput!) {{ pickupSettingSet(input: $i) {{ {FAILED}
  ... on PickupLocation {{ code name instructions price {{ amount currency }} preparationMinutes daysKept isActive }} }} }}"""
BILLING = ADDRESS | {"line1": "9 Oak Street"}


class Counter:
    """A channel with a warehouse, from which orders are shipped, and a shop at which they are picked up."""

    api: Api
    staff: Api
    shop: make.Shop
    place: Location

    @classmethod
    async def open(cls, api: Api, **terms: Any) -> "Counter":
        self = cls()
        self.api, self.staff = api, api.as_(await make.token())
        self.shop = await make.shop(confirms_at_once=True)
        self.place = await pickup_shop("berlin")
        await locations.set_channel_locations(SYSTEM, self.shop.channel, [self.shop.location, self.place])
        await self.offer(**terms)
        return self

    async def offer(self, **terms: Any) -> dict[str, Any]:
        return await self.staff.do(SET, i={"channel": "web", "location": self.place.code, **terms})

    async def sell(self, sku: str, *, here: int, elsewhere: int = 10, **more: Any) -> None:
        await self.shop.sell(sku, stock=elsewhere, **more)
        await self.shop.stock(sku, here, self.place)

    async def begin(self, *lines: tuple[str, int], **more: Any) -> dict[str, Any]:
        return await self.api.do(BEGIN, i={"channel": "web", "lines": items(*lines), **more})

    async def change(self, cart: dict[str, Any], **more: Any) -> dict[str, Any]:
        return await self.api.do(CHANGE, i={"id": cart["id"], "draftToken": cart["accessToken"], **more})

    async def place_order(self, *lines: tuple[str, int], **more: Any) -> dict[str, Any]:
        return await self.api.do(PLACE, i=pickup_input(*lines, **more))


def items(*lines: tuple[str, int]) -> list[dict[str, Any]]:
    return [{"sku": sku, "quantity": units} for sku, units in lines]


def pickup_input(*lines: tuple[str, int], **more: Any) -> dict[str, Any]:
    """The input of an order that is picked up."""
    return {
        "channel": "web", "email": "ada@example.com", "lines": items(*lines), "pickupLocation": "berlin",
        "billingAddress": BILLING, "payment": {"gateway": "manual"}, **more,
    }  # fmt: skip


async def pickup_shop(code: str, hours: Any = None) -> Location:
    address = AddressData(code.title(), "Lindenstraße 5", "Berlin", "DE", postal_code="10969")
    return await locations.create_location(
        SYSTEM,
        locations.LocationData(code, f"{code.title()} shop", LocationKind.SHOP, address, hours=hours),
    )
