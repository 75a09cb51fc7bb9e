"""A shop in Helsinki that sells across the border, for tests of amounts and recorded terms."""

from decimal import Decimal
from typing import Any

from app.catalog.service import pricing
from app.channels import queries as channel_queries
from app.channels import service as channels
from app.core.actor import SYSTEM
from app.promotions import service as promotions
from app.promotions.lifecycle import DiscountKind
from tests import make
from tests.ask import Api

FINLAND = {"name": "Aino Koe", "line1": "Katu 1", "city": "Helsinki", "postalCode": "00100", "country": "FI"}
SWEDEN = {
    "name": "Aino Koe",
    "line1": "Gatan 1",
    "city": "Stockholm",
    "postalCode": "111 22",
    "country": "SE",
}
AMOUNTS = "subtotal { amount } discount { amount } shipping { amount } shippingDiscount { amount } tax { amount } total { amount } "
AMOUNTS += "amountCancelled { amount } amountDue { amount } "
PROBLEMS = """
  __typename
  ... on UserError { errorCode message path }
  ... on ValidationFailed { problems { code path values { given maximum country } } }
  ... on InvalidInput { problems { code path values { given maximum country } } }
"""
ORDER = (
    "id number status version isOnHold shippingMethod { code name } discountCodes trackingToken "
    "paymentStatus shippingAddress { line1 } holds { rule reason } "
    + AMOUNTS
    + "lines { nodes { id sku quantity quantityCancelled taxRate tax { amount } total { amount } } } "
)
PLACE = (
    "mutation($i: OrderPlaceInput!) { orderPlace(input: $i) {"
    + PROBLEMS
    + "... on TotalChanged { expected { amount } actual { amount } "
    + "changes { kind sku before { amount } after { amount } } }"
    + "... on Order {"
    + ORDER
    + "} } }"
)
EDIT = (
    "mutation($i: OrderEditInput!) { orderEdit(input: $i) {"
    + PROBLEMS
    + "... on OrderEdit { changed amountToPay { amount } before {"
    + AMOUNTS
    + "} after {"
    + AMOUNTS
    + "} order {"
    + ORDER
    + "} } } }"
)
CANCEL = (
    "mutation($i: OrderCancelInput!) { orderCancel(input: $i) {"
    + PROBLEMS
    + "... on Order {"
    + ORDER
    + "} } }"
)
SHOW = "query($n: String!) { order(number: $n) {" + ORDER + "} }"


class Helsinki:
    """Knives, cups and plates at 24 %, 25 % in Sweden, and parcels at 4.96; prices without tax."""

    def __init__(self, staff: Api, shop: make.Shop) -> None:
        self.staff, self.shop = staff, shop

    @classmethod
    async def opened(cls, api: Api, **terms: Any) -> "Helsinki":
        shop = await make.shop("q", confirms_at_once=True, **{"currency": "EUR"} | terms)
        self = cls(api.as_(await make.token()), shop)
        await self.method("post", 496)
        await channels.set_shipping_method(
            SYSTEM, shop.channel, code="standard", name="Standard", price_minor=500, is_active=False
        )
        await self.rate("FI", "0.24")
        await self.rate("SE", "0.25", name="moms")
        for sku, price in (("KNIFE", 10_000), ("CUP", 1_070), ("PLATE", 4_000)):
            more = {"barred_countries": ["SE"]} if sku == "KNIFE" else {}
            await shop.sell(sku, stock=1_000, price=price, **more)
        return self

    async def rate(self, country: str, rate: str, *, name: str = "ALV", tax_class: str = "standard") -> None:
        await channels.set_tax_rate(
            SYSTEM, country=country, region="", tax_class=tax_class, name=name, rate=Decimal(rate)
        )

    async def method(self, code: str, price: int, **more: Any) -> None:
        await channels.set_shipping_method(
            SYSTEM, self.shop.channel, code=code, name=code.title(), price_minor=price, **more
        )

    async def code(
        self,
        code: str,
        *,
        percent: str | None = None,
        amount: int | None = None,
        minimum: int = 0,
        kind: DiscountKind | None = None,
        **more: Any,
    ) -> None:
        await promotions.create_discount(
            SYSTEM,
            self.shop.channel,
            code=code,
            kind=kind or (DiscountKind.AMOUNT if percent is None else DiscountKind.PERCENT),
            percent=None if percent is None else Decimal(percent),
            amount_minor=amount,
            minimum_minor=minimum,
            **more,
        )

    async def price(self, sku: str, minor: int) -> None:
        await pricing.set_price(SYSTEM, self.shop.prices, sku=sku, amount_minor=minor)

    async def archive(self, sku: str) -> None:
        found = await self.staff.ask("query($s: String!) { variant(sku: $s) { product { id } } }", s=sku)
        archived = "mutation($id: ID!) { productArchive(id: $id) { __typename } }"
        answer = await self.staff.do(archived, id=found["variant"]["product"]["id"])
        assert answer["__typename"] == "Product"

    async def try_to_place(self, *lines: tuple[str, int], **more: Any) -> dict[str, Any]:
        given = {
            "channel": "q",
            "email": "a@example.com",
            "shippingMethod": "post",
            "shippingAddress": FINLAND,
            "lines": [{"sku": sku, "quantity": units} for sku, units in lines],
            **more,
        }
        return await self.staff.do(PLACE, i=given)

    async def place(self, *lines: tuple[str, int], **more: Any) -> dict[str, Any]:
        placed = await self.try_to_place(*lines, **more)
        assert placed["__typename"] == "Order", placed
        return placed

    async def edit(
        self, order: dict[str, Any], units: dict[str, int] | None = None, **more: Any
    ) -> dict[str, Any]:
        """Edit an order; units by SKU of its lines."""
        lines = [{"lineId": line_of(order, sku)["id"], "quantity": n} for sku, n in (units or {}).items()]
        given = {"id": order["id"], "lines": [*lines, *more.pop("lines", [])], **more}
        return await self.staff.do(EDIT, i=given)

    async def cancel(self, order: dict[str, Any], units: dict[str, int] | None = None) -> dict[str, Any]:
        given: dict[str, Any] = {"id": order["id"]}
        if units:
            given["lines"] = [
                {"lineId": line_of(order, sku)["id"], "quantity": n} for sku, n in units.items()
            ]
        cancelled = await self.staff.do(CANCEL, i=given)
        assert cancelled["__typename"] == "Order", cancelled
        return cancelled

    async def order(self, order: dict[str, Any]) -> dict[str, Any]:
        return (await self.staff.ask(SHOW, n=order["number"]))["order"]  # type: ignore[no-any-return]


def line_of(order: dict[str, Any], sku: str) -> dict[str, Any]:
    return next(line for line in order["lines"]["nodes"] if line["sku"] == sku)


def amounts(order: dict[str, Any]) -> dict[str, str]:
    """An order's amounts by name."""
    return {
        name: value["amount"]
        for name, value in order.items()
        if isinstance(value, dict) and "amount" in value
    }


def due(order: dict[str, Any]) -> Decimal:
    return Decimal(order["amountDue"]["amount"])


async def stored_channel(code: str) -> Any:
    return await channel_queries.by_code(code, SYSTEM)
