"""SKUs with units of purchase, tracked by lots, composed and without stock, and discounts of each kind."""

from app.catalog.models import PriceList
from app.catalog.service import pricing
from app.channels.models import Channel
from app.core.actor import SYSTEM
from app.inventory.locations import service as locations
from app.inventory.locations.models import Location
from tests import make
from tests.matrix.prepared.requests import Base, Field, Values, both, given, named
from tests.preparing import Preparing

SKUS = ("U", "M", "N", "P", "KA", "KL", "F")


async def prepare(to: Preparing) -> None:
    prices = await PriceList.get(code="web-retail")
    found = {}
    for sku in SKUS:
        product = f'name: "Thing {sku}", slug: "thing-{sku.lower()}", status: PUBLISHED, variants: [{{sku: "{sku}"}}]'
        await to.do(f"productCreate(input: {{{product}}})")
        await pricing.set_price(SYSTEM, prices, sku=sku, amount_minor=1000)
        found[sku] = (await to.staff.ask(f'{{ variant(sku: "{sku}") {{ id }} }}'))["variant"]["id"]
    to.named["new variant"] = found["F"]
    await to.do('variantUnitsSet(input: {id: $id, units: [{code: "carton", quantity: 6}]})', id=found["U"])
    for sku in ("M", "N", "KL"):
        await to.do("variantTrackingSet(input: {id: $id, tracking: LOT})", id=found[sku])
    for sku in ("KA", "KL"):
        components = 'composition: KIT, components: [{sku: "U", quantity: 1}]'
        await to.do(f"variantComponentsSet(input: {{id: $id, {components}}})", id=found[sku])
    for code, kind in (("PART", 'PERCENT, percent: "10"'), ("FREE", "FREE_SHIPPING")):
        name = f"discount {code}"
        to.named[name] = await to.do(
            f'discountCreate(input: {{channel: "web", code: "{code}", kind: {kind}}})'
        )
    await _another_place(to)


async def _another_place(to: Preparing) -> None:
    """A second location where buyers of the channel pick up."""
    channel = await Channel.get(code="web")
    north = await make.location("web-north")
    own = await Location.filter(code__in=["web-main", "web-side", "web-away"]).order_by("id")
    await locations.set_channel_locations(SYSTEM, channel, [*own, north])
    north = await locations.update_location(SYSTEM, north.id, {"address": make.ADDRESS})
    await locations.set_pickup(SYSTEM, channel, north)
    for sku in "AUM":
        lots = ', lots: [{number: "M1", quantity: 50}]' if sku == "M" else ""
        await to.do(f'stockReceive(input: {{sku: "{sku}", location: "web-north", quantity: 50{lots}}})')


def _upserted(**product: object) -> Base:
    whole = {"slug": "zq-a", "name": "Zq"} | product
    return lambda side: {"input": [whole], "errorPolicy": "REJECT_FAILED"}


_COMPOSED = both(named(id="new variant"), given(composition="KIT", components=[{"sku": "A", "quantity": 1}]))
BASES: dict[Field, Base] = {
    ("ComponentInput", "sku"): _COMPOSED,
    ("ComponentInput", "quantity"): _COMPOSED,
    ("VariantComponentsSetInput", "components"): _COMPOSED,
    ("VariantComponentsSetInput", "composition"): _COMPOSED,
    ("VariantTrackingSetInput", "tracking"): both(named(id="new variant"), given(tracking="LOT")),
    ("VariantTrackingSetInput", "tracksExpiry"): both(named(id="new variant"), given(tracking="LOT")),
    ("DiscountCreateInput", "kind"): given(channel="web", code="ZQ", kind="PERCENT", percent="10"),
    ("DiscountUpdateInput", "percent"): named(id="discount PART"),
    ("DiscountUpdateInput", "countries"): named(id="discount FREE"),
    ("ProductUpsertInput", "externalReference"): _upserted(),
    ("ProductUpsertInput", "slug"): _upserted(),
    ("ProductUpsertInput", "variants"): _upserted(),
    ("VariantUpsertInput", "sku"): _upserted(variants=[{"sku": "ZQ1"}]),
    ("VariantUpsertInput", "externalReference"): _upserted(variants=[{"sku": "ZQ1"}]),
    ("VariantUpsertInput", "tracksStock"): _upserted(variants=[{"sku": "ZQ1"}]),
    ("PickupSettingSetInput", "location"): given(channel="web", location="web-side"),
    ("PickupSettingSetInput", "channel"): given(channel="web", location="web-side"),
    ("PriceBulkSetInput", "rows"): lambda side: {
        "input": {"priceList": "web-retail", "rows": [{"sku": "A", "amount": "7"}]},
        "errorPolicy": "REJECT_FAILED",
    },
}
VALUES: dict[Field, Values] = {
    ("ComponentInput", "sku"): ["A", "B"],
    ("VariantComponentsSetInput", "components"): [[{"sku": sku, "quantity": 1}] for sku in "AB"],
    ("DiscountUpdateInput", "percent"): ["5", "7"],
    ("ProductUpsertInput", "slug"): ["zq-a", "zq-b"],
    ("ProductUpsertInput", "variants"): [[{"sku": "ZQ1"}], [{"sku": "ZQ2"}]],
    ("VariantUpsertInput", "sku"): ["ZQ1", "ZQ2"],
    ("PickupSettingSetInput", "location"): ["web-side", "web-north"],
    ("PriceBulkSetInput", "rows"): [[{"sku": "A", "amount": amount}] for amount in ("7", "8")],
}
