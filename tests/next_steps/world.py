"""Objects in every status that has next steps, and in the conditions on which these depend.

They are of the channel `web` and its locations `web-main` and `web-side`, or are sent by the supplier whose location
is `web-away`. The channels `late` and `shut` have other rules: buyers cannot cancel in the first or order in the second.
"""

from typing import Any

from app.access import service as access
from app.access.permissions import ROLES
from app.channels.models import Channel
from app.core import clock
from app.core.actor import SYSTEM
from app.core.ids import from_global, new_id
from app.fulfillment.lifecycle import FulfillmentOrderStatus, LabelStatus
from app.fulfillment.models import CarrierAccount, FulfillmentOrder, Label, Package
from app.inventory.location_kinds import LocationKind
from app.inventory.locations import service as locations
from app.inventory.receiving import service as receiving_service
from app.inventory.receiving.service.receipt_costs import Cost
from app.orders.lifecycle import HoldKind
from app.orders.models import Order
from tests import make
from tests.ask import Api, order_input
from tests.next_steps.things import Thing

PASSWORD = "a password long enough"
_ANSWER = "{ __typename ... on UserError { message path } ... on Node { id } }"
_PLACE = """mutation($i: OrderPlaceInput!) { orderPlace(input: $i) {
  __typename ... on UserError { message path } ... on Order { id accessToken } } }"""
_DRAFT = """mutation($i: OrderDraftCreateInput!) { orderDraftCreate(input: $i) {
  __typename ... on UserError { message path } ... on Order { id accessToken } } }"""
_STEPS = {
    "release": "fulfillmentRelease(id: $id)",
    "begin": 'fulfillmentPick(input: {id: $id, lines: [{code: "A", quantity: 1}]})',
    "pick": "fulfillmentPick(input: {id: $id})",
    "pack": "fulfillmentPack(input: {id: $id})",
    "ship": "fulfillmentShip(input: {id: $id})",
}
_TO = {"picking": ("release", "begin"), "picked": ("release", "pick"), "packed": ("release", "pick", "pack")}


class World:
    """All objects under test, and the methods that create them."""

    def __init__(self, api: Api, staff: Api, buyer: Api) -> None:
        self.api, self.staff, self.buyer = api, staff, buyer
        self.things: list[Thing] = []
        self._guests = 0

    @classmethod
    async def made(cls, api: Api) -> "World":
        staff = api.as_(await make.token())
        await access.ensure_roles(SYSTEM)
        for role in ROLES:
            await access.add_staff(
                SYSTEM, email=f"{role}@example.com", name=role, role_code=role, password=PASSWORD
            )
        buyer = api.as_(await make.account("ada@example.com", PASSWORD, "Ada"))
        world = cls(api, staff, buyer)
        await world._shops()
        await world._drafts()
        await world._placed()
        await world._confirmed()
        await world._sent()
        await world._with_supplier()
        await world._requests()
        await Channel.filter(code="shut").update(is_active=False)
        return world

    def add(self, kind: str, name: str, id: str, token: str | None = None, **given: Any) -> None:
        self.things.append(Thing(kind, name, id, token, given))

    async def do(self, operation: str, who: Api | None = None, **variables: Any) -> str:
        """Do something that must succeed; returns the id of the answer."""
        declared = ", ".join(f"${name}: ID!" for name in variables)
        head = f"mutation({declared})" if declared else "mutation"
        answer = await (who or self.staff).do(f"{head} {{ {operation} {_ANSWER} }}", **variables)
        assert "message" not in answer, (operation, answer)
        return str(answer["id"])

    async def _shops(self) -> None:
        await make.tax("US", rate="0.1")
        shop = await make.shop("web")
        side = await make.location("web-side")
        away = await locations.create_location(
            SYSTEM, locations.LocationData(code="web-away", name="Away", kind=LocationKind.DROP_SHIP)
        )
        await locations.set_channel_locations(SYSTEM, shop.channel, [shop.location, side, away])
        for sku in ("A", "B", *(f"C{number}" for number in range(1, 7))):
            await shop.sell(sku, stock=None)
            await receiving_service.receive_one(
                SYSTEM, sku=sku, location=shop.location, quantity=500, cost=Cost(100, "USD")
            )
        for sku in ("D", "N"):
            await shop.sell(sku, stock=None)
            await shop.stock(sku, 100, away)
        await shop.sell("SET", stock=None)
        await make.bundle("SET", A=1, D=1)
        for code in ("late", "shut", "eu"):
            other = await make.shop(code, confirms_at_once=True)
            await other.price("A", 1000)
            await receiving_service.receive_one(
                SYSTEM, sku="A", location=other.location, quantity=50, cost=Cost(100, "USD")
            )
        await Channel.filter(code="late").update(cancel_minutes=0)
        cost = '{amount: "1", currency: "USD"}'
        for operation in (
            'supplierCreate(input: {code: "acme", name: "Acme", currency: "USD", location: "web-away"})',
            'carrierSet(input: {code: "van", name: "Van", kind: MANUAL})',
        ):
            await self.do(operation)
        items = ", ".join(f'{{sku: "{sku}", unitCost: {cost}}}' for sku in ("A", "D"))
        answer = await self.staff.do(
            f'mutation {{ supplierItemsSet(input: {{supplier: "acme", items: [{items}]}}) {{ __typename }} }}'
        )
        assert answer["__typename"] == "Supplier", answer

    async def _confirms_at_once(self, yes: bool) -> None:
        await Channel.filter(code="web").update(confirms_at_once=yes)

    async def _order(
        self, name: str, *lines: tuple[str, int], who: Api | None = None, channel: str = "web"
    ) -> str:
        """Place an order: a guest's, without `who`. An order without a name is not under test."""
        self._guests += 1
        email = f"guest{self._guests}@example.com" if who is None else "ada@example.com"
        given = order_input(*(lines or [("A", 1)]), channel=channel, email=email)
        answer = await (who or self.api).do(_PLACE, i=given)
        assert "message" not in answer, (name, answer)
        if name:
            self.add("Order", name, answer["id"], answer["accessToken"], **_line_of(channel))
        return str(answer["id"])

    async def _drafts(self) -> None:
        for name, who, channel in (
            ("a guest's cart", self.api, "web"),
            ("a customer's cart", self.buyer, "web"),
            ("a cart of staff", self.staff, "web"),
            ("a guest's cart where nobody orders", self.api, "shut"),
            ("a guest's deleted cart", self.api, "web"),
            ("a customer's deleted cart", self.buyer, "web"),
        ):
            made = await who.do(
                _DRAFT, i={"channel": channel, "lines": [{"sku": "A", "quantity": 1}], "reserveStock": False}
            )
            self.add("Order", name, made["id"], made["accessToken"])
            if "deleted" in name:
                token = f'"{made["accessToken"]}"'
                await self.do(
                    f"orderDraftDelete(input: {{id: $id, draftToken: {token}}})", who, id=made["id"]
                )

    async def _hold(self, order: str, *kinds: HoldKind) -> None:
        for kind in kinds:
            await self.do(f'orderHold(input: {{id: $id, reason: "Look", kind: {kind.name}}})', id=order)

    async def _placed(self) -> None:
        await self._confirms_at_once(False)
        await self._order("placed by a guest")
        await self._order("placed by a customer", who=self.buyer)
        for kind in HoldKind:
            await self._hold(await self._order(f"placed, on hold for {kind.value}"), kind)
        held = await self._order("placed, on hold by hand and for fraud")
        await self._hold(held, HoldKind.MANUAL, HoldKind.FRAUD)
        await self._confirms_at_once(True)
        await self._order("placed where nobody cancels", who=self.buyer, channel="late")

    async def _works(self, order: str) -> list[str]:
        found = await self.staff.ask(
            "query($id: ID!) { order(id: $id) { fulfillmentOrders { id } } }", id=order
        )
        return [work["id"] for work in found["order"]["fulfillmentOrders"]]

    async def _work(
        self, name: str, *lines: tuple[str, int], who: Api | None = None, to: str = "", alone: bool = False
    ) -> tuple[str, str]:
        """Place an order that one location fulfills, and take its fulfillment order to a status.

        `alone`: only the fulfillment order is under test, as there are other orders like this.
        """
        order = await self._order("" if alone else name, *lines, who=who)
        (work,) = await self._works(order)
        for step in _TO.get(to, (to,) if to else ()):
            await self.do(_STEPS[step], id=work)
        if name:
            self.add("FulfillmentOrder", name, work)
        return order, work

    async def _confirmed(self) -> None:
        await self._work("confirmed, of a guest")
        await self._work("confirmed, of a customer", who=self.buyer)
        await self._work("released, of a customer", who=self.buyer, to="release")
        await self._work("being picked, of a customer", ("A", 2), who=self.buyer, to="picking")
        await self._work("picked", to="picked", alone=True)
        await self._work("packed", to="packed")
        for to in ("", "release", "picking", "picked", "packed"):
            name = f"on hold, {to or 'not released'}"
            order, _ = await self._work(name, ("A", 2), to=to, alone=bool(to))
            await self._hold(order, HoldKind.MANUAL)
        order, _ = await self._work("complete or not at all, and something is not there", alone=True)
        (row,) = await Order.filter(id=from_global(order)[1])
        row.is_waiting, row.sourcing = True, {**row.sourcing, "ships_complete": True}
        await row.save(update_fields=["is_waiting", "sourcing"])
        _, work = await self._work("packed, and a label is being bought", to="packed", alone=True)
        await _buy_label(work)
        order, _ = await self._work("cancelled", who=self.buyer)
        await self.do("orderCancel(input: {id: $id})", id=order)

    async def _shipment(self, order: str) -> str:
        found = await self.staff.ask(
            "query($id: ID!) { order(id: $id) { total { amount } shipments { id } } }", id=order
        )
        return str(found["order"]["shipments"][0]["id"])

    async def _pay(self, order: str) -> None:
        found = await self.staff.ask("query($id: ID!) { order(id: $id) { total { amount } } }", id=order)
        amount = f'{{amount: "{found["order"]["total"]["amount"]}", currency: "USD"}}'
        await self.do(f"paymentRecord(input: {{orderId: $id, amount: {amount}}})", id=order)

    async def _partly_shipped(self, name: str, who: Api | None = None) -> str:
        order = await self._order(name, ("A", 2), who=who)
        (work,) = await self._works(order)
        line = await self.staff.ask(
            "query($id: ID!) { node(id: $id) { ... on FulfillmentOrder { lines { id } } } }", id=work
        )
        split = "fulfillmentSplit(input: {id: $id, lines: [{lineId: $line, quantity: 1}]})"
        await self.staff.do(
            f"mutation($id: ID!, $line: ID!) {{ {split} {{ __typename }} }}",
            id=work,
            line=line["node"]["lines"][0]["id"],
        )
        await self.do(_STEPS["release"], id=work)
        await self.do(_STEPS["ship"], id=work)
        return order

    async def _sent(self) -> None:
        await self._partly_shipped("partly shipped, of a customer", self.buyer)
        for name, to in (("shipped", ""), ("delivered, and not paid", "deliver"), ("completed", "pay")):
            order, work = await self._work(f"{name}, of a customer", who=self.buyer, to="release")
            await self.do(_STEPS["ship"], id=work)
            if to:
                shipment = await self._shipment(order)
                await self.do("shipmentDeliver(input: {shipmentId: $id})", id=shipment)
            if to == "pay":
                await self._pay(order)
        _, work = await self._work("came back", to="release", alone=True)
        await self.do(_STEPS["ship"], id=work)
        await FulfillmentOrder.filter(id=from_global(work)[1]).update(status=FulfillmentOrderStatus.RETURNED)
        order, work = await self._work("completed, and on hold for fraud", to="release")
        await self.do(_STEPS["ship"], id=work)
        await self._hold(order, HoldKind.FRAUD)
        await self.do("shipmentDeliver(input: {shipmentId: $id})", id=await self._shipment(order))
        await self._pay(order)

    async def _with_supplier(self) -> None:
        reject = "dropShipReject(input: {id: $id, hasStock: true, mayResubmit: true})"
        for name, steps in {
            "to be asked of a supplier": (),
            "asked of a supplier": (_STEPS["release"],),
            "accepted by a supplier": (_STEPS["release"], "dropShipAccept(input: {id: $id})"),
            "shipped by a supplier": (
                _STEPS["release"],
                'dropShipShip(input: {id: $id, carrier: "manual"})',
            ),
            "rejected by a supplier": (_STEPS["release"], reject),
        }.items():
            alone = name not in ("asked of a supplier", "rejected by a supplier")
            _, work = await self._work(f"{name}, of a customer", ("D", 1), who=self.buyer, alone=alone)
            for step in steps:
                await self.do(step, id=work)
        for name, steps in {
            "asked": (_STEPS["release"],),
            "accepted": (_STEPS["release"], "dropShipAccept(input: {id: $id})"),
        }.items():
            order, work = await self._work(f"{name} of a supplier, on hold", ("D", 1), alone=True)
            for step in steps:
                await self.do(step, id=work)
            await self._hold(order, HoldKind.ADDRESS)
        await self._work("of a supplier whose price nobody knows", ("N", 1), alone=True)
        await self._mixed("partly shipped, the rest asked of a supplier", ("A", 1), ("D", 1), ship=True)
        await self._mixed("a bundle of which a part has left", ("SET", 1), ship=True)

    async def _mixed(self, name: str, *lines: tuple[str, int], ship: bool) -> str:
        """An order of which the shop fulfills one part and a supplier, who has the request, another."""
        order = await self._order(name, *lines, who=self.buyer)
        for work in await self._works(order):
            await self.do(_STEPS["release"], id=work)
            found = await self.staff.ask(
                "query($id: ID!) { node(id: $id) { ... on FulfillmentOrder { isDropShip } } }", id=work
            )
            if ship and not found["node"]["isDropShip"]:
                await self.do(_STEPS["ship"], id=work)
        return order

    async def _request(self, name: str, order: str, lines: str = "") -> str:
        part = f", lines: [{lines}]" if lines else ""
        request = await self.do(f"orderCancelRequest(input: {{id: $id{part}}})", self.buyer, id=order)
        self.add("OrderCancelRequest", name, request)
        return request

    async def _line(self, order: str, sku: str) -> str:
        """An order line as input."""
        found = await self.staff.ask(
            "query($id: ID!) { order(id: $id) { lines { nodes { id sku } } } }", id=order
        )
        (id,) = [line["id"] for line in found["order"]["lines"]["nodes"] if line["sku"] == sku]
        return f'{{lineId: "{id}", quantity: 1}}'

    async def _requests(self) -> None:
        order, _ = await self._work("asked to be cancelled", who=self.buyer, to="picked")
        await self._request("open", order)
        for answer in ("Grant", "Decline"):
            order, _ = await self._work("", who=self.buyer, to="picked", alone=True)
            request = await self._request(answer, order)
            await self.do(f"orderCancelRequest{answer}(input: {{id: $id}})", id=request)
        order = await self._partly_shipped("", self.buyer)
        await self._request("of an order that is partly shipped", order)
        order, work = await self._work("shipped, asked to be cancelled", who=self.buyer, to="release")
        request = await self._request("of an order that has left since", order)
        await self.do("orderRelease(input: {id: $id})", id=order)
        await self.do(_STEPS["ship"], id=work)
        order = await self._mixed("", ("A", 1), ("D", 1), ship=False)
        await self._request("of a line that a supplier was asked for", order, await self._line(order, "D"))
        order = await self._mixed("", ("A", 1), ("D", 1), ship=False)
        await self._request("of the line that no supplier was asked for", order, await self._line(order, "A"))
        order = await self._mixed("", ("A", 1), ("D", 1), ship=False)
        await self._request("of all, a supplier was asked for a part", order)


def _line_of(channel: str) -> dict[str, str]:
    """The SKU of which more can be ordered in a channel."""
    return {"more": "B" if channel == "web" else "A"}


async def _buy_label(work: str) -> None:
    """A label whose purchase the carrier has not confirmed."""
    account, at, id = await CarrierAccount.get(code="van"), clock.now(), from_global(work)[1]
    await Package.filter(fulfillment_order_id=id).update(carrier="van")
    package = await Package.get(fulfillment_order_id=id)
    await Label.create(
        id=new_id(),
        package_id=package.id,
        fulfillment_order_id=id,
        account_id=account.id,
        status=LabelStatus.PENDING,
        asked_at=at,
        next_at=at,
        created_at=at,
        updated_at=at,
    )
