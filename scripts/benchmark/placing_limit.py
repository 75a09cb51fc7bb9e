"""The SQL statements of placing an order, executed by asyncpg without checks, GraphQL and models."""

import uuid
from datetime import UTC, datetime
from typing import Any

import orjson
from starlette.requests import Request
from starlette.responses import Response

from app.core.ids import new_id

_PRICES = """
SELECT v.id, v.sku, v.name, p.name AS product_name, r.amount_minor
FROM variant v JOIN product p ON p.id = v.product_id
JOIN price r ON r.variant_id = v.id JOIN price_list l ON l.id = r.price_list_id
WHERE v.sku = ANY($1) AND l.channel_id = $2
"""
_LEVELS = """
SELECT s.id, s.variant_id FROM stock_level s JOIN channel_location c ON c.location_id = s.location_id
WHERE s.variant_id = ANY($1) AND c.channel_id = $2 AND c.rank = 0 ORDER BY s.id FOR UPDATE OF s
"""
_TAKE = """
UPDATE stock_level s SET reserved = reserved + t.quantity, version = version + 1
FROM unnest($1::uuid[], $2::int[]) AS t(id, quantity)
WHERE s.id = t.id AND on_hand - reserved - unavailable - safety_stock + backorder_limit >= t.quantity
"""
_NUMBER = "UPDATE order_number SET value = value + 1 WHERE channel_id = $1 RETURNING value"
_ORDER = """
INSERT INTO sales_order (id, number, channel_id, status, payment_status, fulfillment_status, return_status,
    tracking_stage, is_delayed, email, phone, shipping_address, billing_address, shipping_method,
    shipping_method_name, payment_gateway, purchase_order_number, discount_codes, note, tags, metadata,
    private_metadata, currency, prices_include_tax, subtotal_minor, discount_minor, shipping_minor,
    shipping_tax_minor, tax_minor, total_minor, tracking_hash, tracking_generation, placed_at, version,
    created_at, updated_at)
VALUES ($1, $2, $3, 'placed', 'unpaid', 'unallocated', 'none', 'received', false, $4, '', $5, $5, 'standard',
    'Standard', 'manual', '', '[]', '', '[]', '{}', '{}', 'USD', false, $6::bigint, 0,
    500, 0, 0, $6::bigint + 500, $7, 1, $8, 1, $8, $8)
"""
_LINES = """
INSERT INTO order_line (id, order_id, position, variant_id, sku, product_name, variant_name, quantity,
    quantity_cancelled, quantity_shipped, quantity_returned, unit_price_minor, discount_minor, tax_rate,
    tax_minor, total_minor, metadata)
SELECT id, $1, n, variant, sku, product, name, quantity, 0, 0, 0, price, 0, 0, 0, price * quantity, '{}'
FROM unnest($2::uuid[], $3::uuid[], $4::text[], $5::text[], $6::text[], $7::int[], $8::bigint[])
    WITH ORDINALITY AS t(id, variant, sku, product, name, quantity, price, n)
"""
_RESERVATIONS = """
INSERT INTO reservation (id, level_id, claimant_kind, claimant_id, quantity, created_at)
SELECT id, level, 'order', $1, quantity, $2
FROM unnest($3::uuid[], $4::uuid[], $5::int[]) AS t(id, level, quantity)
"""
_MOVEMENTS = """
INSERT INTO stock_movement (id, level_id, from_bucket, to_bucket, quantity, reason, reference_kind,
    reference_id, note, actor_kind, at)
SELECT id, level, 'available', 'reserved', quantity, 'reservation', 'order', $1, '', 'public', $2
FROM unnest($3::uuid[], $4::uuid[], $5::int[]) AS t(id, level, quantity)
"""
_EVENTS = """
INSERT INTO journal_entry (id, subject_kind, subject_id, number, name, payload, actor_kind, actor_label,
    channel_id, at)
SELECT id, kind, subject, 1, name, '{}', 'public', '', $1, $2
FROM unnest($3::uuid[], $4::text[], $5::uuid[], $6::text[]) AS t(id, kind, subject, name)
"""


async def place(request: Request) -> Response:
    wanted = orjson.loads(await request.body())["variables"]["input"]
    state = request.app.state
    async with state.pool.acquire() as connection:
        value = await connection.fetchval(_NUMBER, state.channel)
        async with connection.transaction():
            number = await _place(connection, state.channel, wanted, f"B-{value:06d}")
    return Response(
        orjson.dumps({"data": {"orderPlace": {"__typename": "Order", "number": number}}}),
        media_type="application/json",
    )


async def _place(connection: Any, channel: uuid.UUID, wanted: dict[str, Any], number: str) -> str:
    order, at = new_id(), datetime.now(UTC)
    lines = sorted((line["sku"], line["quantity"]) for line in wanted["lines"])
    found = {row["sku"]: row for row in await connection.fetch(_PRICES, [sku for sku, _ in lines], channel)}
    rows = [(found[sku], quantity) for sku, quantity in lines]
    levels = {
        row["variant_id"]: row["id"]
        for row in await connection.fetch(_LEVELS, [row["id"] for row, _ in rows], channel)
    }
    ids, quantities = [levels[row["id"]] for row, _ in rows], [quantity for _, quantity in rows]
    if await connection.execute(_TAKE, ids, quantities) != f"UPDATE {len(rows)}":
        raise RuntimeError("too little stock")
    subtotal = sum(row["amount_minor"] * quantity for row, quantity in rows)
    address = orjson.dumps(wanted["shippingAddress"]).decode()
    await connection.execute(
        _ORDER, order, number, channel, wanted["email"], address, subtotal, order.hex + order.hex, at
    )
    new = [new_id() for _ in rows]
    await connection.execute(
        _LINES, order, new, [row["id"] for row, _ in rows], [row["sku"] for row, _ in rows],
        [row["product_name"] for row, _ in rows], [row["name"] for row, _ in rows], quantities,
        [row["amount_minor"] for row, _ in rows],
    )  # fmt: skip
    await connection.execute(_RESERVATIONS, order, at, [new_id() for _ in rows], ids, quantities)
    await connection.execute(_MOVEMENTS, order, at, [new_id() for _ in rows], ids, quantities)
    await connection.execute(
        _EVENTS, channel, at, [new_id(), new_id()], ["order", "stock"], [order, new_id()],
        ["order_placed", "stock_changed"],
    )  # fmt: skip
    return number
