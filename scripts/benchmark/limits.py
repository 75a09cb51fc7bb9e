"""The limit of each workload: one SQL statement that builds the complete response.

A Starlette route passes a request's variables to asyncpg and returns the statement's text to the client.
It is served by uvicorn like the application: `uvicorn benchmark.limits:app`.
"""

import contextlib
import os
from collections.abc import AsyncIterator
from typing import Any
from uuid import UUID

import asyncpg
import orjson
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

_MONEY = "json_build_object('amount', to_char({} / 100.0, 'FM9999999990.00'), 'currency', '{}')"


def money(minor: str, currency: str = "USD") -> str:
    return _MONEY.format(minor, currency)


def moment(column: str) -> str:
    return f"""to_char({column} AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"+00:00"')"""


CATALOGUE = f"""
SELECT json_build_object('data', json_build_object('products', json_build_object(
    'nodes', json_agg(json_build_object(
        'slug', p.slug, 'name', p.name, 'description', p.description, 'imageUrl', NULLIF(p.image_url, ''),
        'variants', v.list) ORDER BY p.created_at DESC, p.id DESC),
    'pageInfo', json_build_object('hasNextPage', true))))::text
FROM (
    SELECT * FROM product
    WHERE status = 'published' AND (created_at, id) < (to_timestamp($1), $2)
      AND EXISTS (SELECT FROM variant v JOIN price r ON r.variant_id = v.id
                  JOIN price_list l ON l.id = r.price_list_id
                  WHERE v.product_id = product.id AND v.is_active AND l.channel_id = $3)
    ORDER BY created_at DESC, id DESC LIMIT 20
) p
CROSS JOIN LATERAL (
    SELECT json_agg(json_build_object(
        'sku', v.sku, 'name', v.name,
        'price', (SELECT {money("r.amount_minor")} FROM price r JOIN price_list l ON l.id = r.price_list_id
                  WHERE r.variant_id = v.id AND l.channel_id = $3 AND l.is_active),
        'available', (SELECT sum(on_hand - reserved - unavailable - safety_stock + backorder_limit)
                      FROM stock_level s JOIN channel_location c ON c.location_id = s.location_id
                      WHERE s.variant_id = v.id AND c.channel_id = $3)
    ) ORDER BY v.sort, v.sku) AS list
    FROM variant v WHERE v.product_id = p.id AND v.is_active
) v
"""

DETAIL = f"""
SELECT json_build_object('data', json_build_object('order', json_build_object(
    'number', o.number, 'status', upper(o.status), 'placedAt', {moment("o.placed_at")},
    'total', {money("o.total_minor")}, 'shipping', {money("o.shipping_minor")},
    'customer', json_build_object('name', c.name, 'email', c.email),
    'lines', json_build_object('nodes', (
        SELECT json_agg(json_build_object(
            'sku', l.sku, 'productName', l.product_name, 'quantity', l.quantity,
            'unitPrice', {money("l.unit_price_minor")}, 'total', {money("l.total_minor")}) ORDER BY position)
        FROM order_line l WHERE l.order_id = o.id)),
    'events', (
        SELECT json_agg(json_build_object(
            'number', e.number, 'name', e.name, 'at', {moment("e.at")}) ORDER BY e.number)
        FROM journal_entry e WHERE e.subject_id = o.id)
)))::text
FROM sales_order o LEFT JOIN customer c ON c.id = o.customer_id WHERE o.number = $1
"""

LIST = f"""
SELECT json_build_object('data', json_build_object('orders', json_build_object(
    'nodes', json_agg(json_build_object(
        'number', o.number, 'status', upper(o.status), 'placedAt', {moment("o.placed_at")},
        'total', {money("o.total_minor")},
        'customer', json_build_object('name', c.name, 'email', c.email)
    ) ORDER BY o.created_at DESC, o.id DESC),
    'pageInfo', json_build_object('hasNextPage', true))))::text
FROM (
    SELECT * FROM sales_order WHERE channel_id = $3 AND (created_at, id) < (to_timestamp($1), $2)
    ORDER BY created_at DESC, id DESC LIMIT 50
) o LEFT JOIN customer c ON c.id = o.customer_id
"""


def _answered(body: str) -> Response:
    return Response(body, media_type="application/json")


async def _variables(request: Request) -> dict[str, Any]:
    variables: dict[str, Any] = orjson.loads(await request.body())["variables"]
    return variables


async def catalogue(request: Request) -> Response:
    return await _page(request, CATALOGUE)


async def orders(request: Request) -> Response:
    return await _page(request, LIST)


async def _page(request: Request, sql: str) -> Response:
    wanted, state = await _variables(request), request.app.state
    return _answered(
        await state.pool.fetchval(sql, wanted["beforeAt"], UUID(wanted["beforeId"]), state.channel)
    )


async def detail(request: Request) -> Response:
    wanted = await _variables(request)
    return _answered(await request.app.state.pool.fetchval(DETAIL, wanted["number"]))


@contextlib.asynccontextmanager
async def _lifespan(app: Starlette) -> AsyncIterator[None]:
    async def keep(_connection: Any) -> None:
        return None

    async with asyncpg.create_pool(
        os.environ["BENCH_DATABASE_URL"], min_size=8, max_size=8, reset=keep, server_settings={"jit": "off"}
    ) as pool:
        app.state.pool = pool
        app.state.channel = await pool.fetchval("SELECT id FROM channel WHERE code = 'bench'")
        yield


from benchmark.placing_limit import place  # noqa: E402  # a separate subject

app = Starlette(
    routes=[
        Route("/catalogue", catalogue, methods=["POST"]),
        Route("/detail", detail, methods=["POST"]),
        Route("/orders", orders, methods=["POST"]),
        Route("/place", place, methods=["POST"]),
        Route("/empty", lambda _request: _answered("{}"), methods=["GET", "POST"]),
    ],
    lifespan=_lifespan,
)
