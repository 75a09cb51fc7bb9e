"""Counts, transfers, purchase orders and products in every state."""

from tests.hostile.ground import SOON
from tests.next_steps.world import World


async def add_counts(world: World) -> None:
    for number, name in enumerate(("open", "submitted", "completed", "cancelled"), 1):
        sku = f"C{number}"
        count = await world.do(f'stockCountStart(input: {{location: "web-main", skus: ["{sku}"]}})')
        if name in ("submitted", "completed"):
            found = 100 if name == "submitted" else 500
            lines = f'lines: [{{sku: "{sku}", quantity: {found}}}]'
            await world.do(f"stockCountSubmit(input: {{countId: $id, {lines}}})", id=count)
        if name == "cancelled":
            await world.do("stockCountCancel(id: $id)", id=count)
        world.add("StockCount", name, count, sku=sku)
    count = await world.do('stockCountStart(input: {location: "web-main", skus: ["C5"]})')
    lines = 'lines: [{sku: "C5", quantity: 7}]'
    await world.do(f"stockCountSubmit(input: {{countId: $id, isComplete: false, {lines}}})", id=count)
    world.add("StockCount", "open, of which something was counted", count, sku="C5")


async def add_transfers(world: World) -> None:
    ship, back = "stockTransferShip(input: {id: $id})", "stockTransferTurnBack(id: $id)"
    receive, cancel = "stockTransferReceive(input: {id: $id})", "stockTransferCancel(id: $id)"
    part = 'stockTransferReceive(input: {id: $id, lines: [{sku: "A", received: 1}], isComplete: false})'
    for name, steps in {
        "draft": (),
        "on its way": (ship,),
        "partly received": (ship, part),
        "received": (ship, receive),
        "turned back": (ship, back),
        "returned": (ship, back, receive),
        "cancelled": (cancel,),
    }.items():
        lines = '[{sku: "A", quantity: 3}]'
        transfer = await world.do(
            f'stockTransferCreate(input: {{source: "web-main", destination: "web-side", lines: {lines}}})'
        )
        for step in steps:
            await world.do(step, id=transfer)
        world.add("StockTransfer", name, transfer)


async def add_purchases(world: World) -> None:
    send, confirm = "purchaseOrderSend(id: $id)", f'purchaseOrderConfirm(id: $id, expectedOn: "{SOON}")'
    receive, close = "purchaseOrderReceive(input: {id: $id})", "purchaseOrderClose(id: $id)"
    part = 'purchaseOrderReceive(input: {id: $id, lines: [{sku: "A", quantity: 2}]})'
    reverse, cancel = "reverse", "purchaseOrderCancel(id: $id)"
    for name, steps in {
        "draft": (),
        "sent": (send,),
        "confirmed": (send, confirm),
        "partly received": (send, part),
        "received": (send, receive),
        "sent, its receipt taken back": (send, receive, reverse),
        "closed": (send, receive, close),
        "closed, partly received": (send, part, close),
        "closed, its receipt taken back": (send, receive, close, reverse),
        "cancelled": (cancel,),
    }.items():
        cost = '{amount: "1", currency: "USD"}'
        lines = f'[{{sku: "A", quantity: 5, unitCost: {cost}}}]'
        order = await world.do(
            f'purchaseOrderCreate(input: {{supplier: "acme", location: "web-main", lines: {lines}}})'
        )
        for step in steps:
            if step == reverse:
                receipt = await _receipt(world, order)
                await world.do("purchaseOrderReceiptReverse(input: {receiptId: $id})", id=receipt or "")
            else:
                await world.do(step, id=order)
        world.add("PurchaseOrder", name, order, receipt=await _receipt(world, order))
    found = await world.staff.ask("{ purchaseOrders(first: 100) { nodes { id isDropShip status } } }")
    sent = {row["status"]: row["id"] for row in found["purchaseOrders"]["nodes"] if row["isDropShip"]}
    for status, id in sent.items():
        world.add("PurchaseOrder", f"{status.lower()}, sent to a buyer", id, receipt=None)


async def _receipt(world: World, order: str) -> str | None:
    """A receipt of a purchase order that can be reversed, else one that was reversed, else None."""
    found = await world.staff.ask("query($id: ID!) { purchaseOrder(id: $id) { receipts { id } } }", id=order)
    receipts = found["purchaseOrder"]["receipts"]
    return str(receipts[0]["id"]) if receipts else None


async def add_templates(world: World) -> None:
    for status, language in (("draft", "en"), ("published", "de"), ("retired", "fr")):
        parts = 'subject: "{{ order.number }}", html: "<p>{{ order.number }}</p>", text: "{{ order.number }}"'
        key = f'kind: ORDER_PLACED, language: "{language}"'
        template = await world.do(f"messageTemplateSet(input: {{{key}, {parts}}})")
        if status != "draft":
            await world.do("messageTemplatePublish(id: $id)", id=template)
        if status == "retired":
            await world.do("messageTemplateRetire(id: $id)", id=template)
        world.add("MessageTemplate", status, template)


async def add_products(world: World) -> None:
    for status in ("DRAFT", "PUBLISHED", "ARCHIVED"):
        product = await world.do(f'productCreate(input: {{name: "Thing {status}", status: {status}}})')
        world.add("Product", status.lower(), product)


async def add_payments(world: World) -> None:
    money = '{amount: "%s", currency: "USD"}'
    part, whole = (
        'paymentCapture(input: {paymentId: $id, amount: {amount: "1", currency: "USD"}})',
        "paymentCapture(input: {paymentId: $id})",
    )
    void = "paymentVoid(input: {paymentId: $id})"
    for name, steps in {
        "authorized": (),
        "partly captured": (part,),
        "captured": (whole,),
        "partly captured, the rest voided": (part, void),
        "voided": (void,),
        "refunded": (whole, "refund"),
        "of a cancelled order": ("cancel",),
    }.items():
        order = await world._order("", ("A", 1))
        found = await world.staff.ask("query($id: ID!) { order(id: $id) { total { amount } } }", id=order)
        total = money % found["order"]["total"]["amount"]
        await world.do(
            f'paymentAuthorize(input: {{orderId: $id, amount: {total}, reference: "t"}})', id=order
        )
        seen = await world.staff.ask("query($id: ID!) { order(id: $id) { payments { id } } }", id=order)
        payment = seen["order"]["payments"][0]["id"]
        for step in steps:
            if step == "refund":
                await world.do(f"paymentRefund(input: {{orderId: $id, amount: {total}}})", id=order)
            elif step == "cancel":
                await world.do("orderCancel(input: {id: $id})", id=order)
            else:
                await world.do(step, id=payment)
        world.add("Payment", name, payment, order=order)
    await _add_waiting_payment(world)
    await _add_disputes(world)


async def _add_disputes(world: World) -> None:
    """Disputes in each status, and a payment whose whole amount is disputed."""
    for name, step in {
        "open": None,
        "answered": "disputeRespond(input: {id: $id})",
        "won": "disputeClose(input: {id: $id, outcome: WON})",
        "lost": "disputeClose(input: {id: $id, outcome: LOST})",
    }.items():
        order = await world._order("", ("A", 1))
        await world.do(
            'paymentRecord(input: {orderId: $id, amount: {amount: "1", currency: "USD"}})', id=order
        )
        seen = await world.staff.ask("query($id: ID!) { order(id: $id) { payments { id } } }", id=order)
        payment = seen["order"]["payments"][0]["id"]
        disputed = 'paymentId: $id, amount: {amount: "1", currency: "USD"}'
        dispute = await world.do(f'disputeRecord(input: {{{disputed}, reference: "{name}"}})', id=payment)
        if step is not None:
            await world.do(step, id=dispute)
        else:
            world.add("Payment", "disputed", payment, order=order)
        world.add("Dispute", name, dispute, order=order)


async def _add_waiting_payment(world: World) -> None:
    """A payment by a gateway that does not answer."""
    await world.do(
        'paymentGatewaySet(input: {code: "card", name: "Cards", kind: STRIPE, apiUrl: "http://127.0.0.1:9", '
        'secrets: [{name: "secret_key", value: "k"}, {name: "webhook_secret", value: "w"}]})'
    )
    order = await world._order("", ("A", 1))
    await world.do('paymentContinue(input: {orderId: $id, gateway: "card", token: "t"})', id=order)
    seen = await world.staff.ask("query($id: ID!) { order(id: $id) { payments { id } } }", id=order)
    world.add("Payment", "waiting", seen["order"]["payments"][0]["id"], order=order)
