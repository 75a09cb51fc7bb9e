"""Migrations give existing orders the recorded terms that are known, on both databases."""

import json
from pathlib import Path
from typing import Any

import pytest

from tests.migrations import OldDatabase, database_at
from tests.test_migrations import AT, CHANNEL

pytestmark = pytest.mark.on_both

ID = "00000000-0000-7000-8000-0000000000"

ORDER_COLUMNS = (
    "id, channel_id, number, status, email, phone, shipping_method, shipping_method_name, discount_codes, "
    "payment_gateway, purchase_order_number, note, tags, metadata, private_metadata, currency, "
    "prices_include_tax, subtotal_minor, discount_minor, shipping_minor, shipping_tax_minor, tax_minor, "
    "total_minor, cancelled_minor, paid_minor, refunded_minor, payment_status, fulfillment_status, "
    "return_status, tracking_stage, tracking_hash, tracking_generation, open_holds, is_delayed, version, "
    "created_at, updated_at"
)


def order(number: int, codes: str, status: str = "placed", total: int = 4_700, **paid: int) -> str:
    money = f"{total}, {paid.get('cancelled', 0)}, {paid.get('paid', 0)}, {paid.get('refunded', 0)}"
    return (
        f"INSERT INTO sales_order ({ORDER_COLUMNS}) VALUES ('{ID}a{number}', '{ID}01', 'W-{number}', '{status}', "
        f"'', '', 'post', 'Post', '{codes}', '', '', '', '[]', '{{}}', '{{}}', 'EUR', false, 4700, 500, 500, 0, "
        f"0, {money}, 'unpaid', 'unallocated', 'none', 'received', 'x{number}', 1, 0, false, 1, '{AT}', '{AT}')"
    )


async def _shop(old: OldDatabase) -> None:
    await old.run(
        CHANNEL.format(id=f"{ID}01", code="web", currency="EUR", prefix="W-"),
        "INSERT INTO product (id, slug, name, description, status, tax_class, image_url, tags, metadata, "
        "private_metadata, version, created_at, updated_at, barred_countries, minimum_age) VALUES "
        f"('{ID}02', 'gin', 'Gin', '', 'archived', 'reduced', '', '[]', '{{}}', '{{}}', 1, '{AT}', '{AT}', "
        "'[\"SE\"]', 18)",
        "INSERT INTO variant (id, product_id, sku, name, options, tracks_stock, sort, metadata, private_metadata, "
        f"is_active, version, created_at, updated_at) VALUES ('{ID}03', '{ID}02', 'GIN', '', '{{}}', true, 0, "
        f"'{{}}', '{{}}', false, 1, '{AT}', '{AT}')",
        "INSERT INTO shipping_method (id, channel_id, code, name, price_minor, tax_class, countries, transit_days, "
        f"is_active) VALUES ('{ID}04', '{ID}01', 'post', 'Post', 500, 'standard', '[\"FI\"]', 3, false)",
        "INSERT INTO discount (id, channel_id, code, kind, percent, amount_minor, minimum_minor, used, is_active) "
        f"VALUES ('{ID}05', '{ID}01', 'FIVE', 'amount', NULL, 500, 100, 1, true)",
        "INSERT INTO discount (id, channel_id, code, kind, percent, amount_minor, minimum_minor, used, is_active) "
        f"VALUES ('{ID}06', '{ID}01', 'TENTH', 'percent', '12.50', NULL, 0, 1, false)",
    )


def read(value: Any) -> Any:
    return json.loads(value) if isinstance(value, str) else value


async def test_the_migration_records_the_tax_class_shipping_terms_and_discounts_of_orders(tmp_path: Path):
    async with database_at("0023_tax_classes_and_calendars", tmp_path) as old:
        await _shop(old)
        await old.run(
            order(1, '["FIVE"]'),
            order(2, '["TENTH", "FIVE"]'),
            order(3, "[]"),
            "INSERT INTO order_line (id, order_id, position, variant_id, sku, product_name, variant_name, quantity, "
            "quantity_cancelled, quantity_shipped, quantity_returned, unit_price_minor, discount_minor, tax_rate, "
            f"tax_minor, total_minor, metadata) VALUES ('{ID}b1', '{ID}a1', 1, '{ID}03', 'GIN', 'Gin', '', 4, 1, 0, "
            "0, 1175, 500, 0.1, 420, 4620, '{}')",
        )
        await old.bring_to("0024_recorded_terms")
        (line,) = await old.rows("SELECT * FROM order_line")
        assert (line["tax_class"], line["minimum_age"]) == ("reduced", 18)
        assert read(line["barred_countries"]) == ["SE"]
        assert line["priced_units"] is None and line["shown_price_minor"] is None
        rows = await old.rows(
            "SELECT shipping_terms, discounts, tax_rounding FROM sales_order ORDER BY number"
        )
        assert [row["tax_rounding"] for row in rows] == ["line"] * 3
        terms = {
            "price_minor": 500,
            "free_from_minor": None,
            "free_from_basis": "before_discount",
            "tax_class": "standard",
            "tax_mode": "class",
            "countries": ["FI"],
            "transit_days": 3,
        }
        assert [read(row["shipping_terms"]) for row in rows] == [terms] * 3
        five = {
            "id": f"{ID}05",
            "code": "FIVE",
            "percent": None,
            "amount_minor": 500,
            "minimum_minor": 100,
            "off_minor": 500,
            "cancelled_minor": 125,
        }
        one, two, none = (read(row["discounts"]) for row in rows)
        assert one == [five] and none is None
        shared = {"off_minor": 250, "cancelled_minor": 0}
        tenth = {
            "id": f"{ID}06",
            "code": "TENTH",
            "percent": "12.50",
            "amount_minor": None,
            "minimum_minor": 0,
        }
        assert two == [tenth | shared, five | shared]


async def test_the_migration_credits_refunds_of_paid_orders_and_marks_free_orders_as_paid(tmp_path: Path):
    async with database_at("0028_channel_links", tmp_path) as old:
        await _shop(old)
        await old.run(
            order(1, "[]", paid=3_700, refunded=1_000),
            order(2, "[]", paid=0, refunded=2_000),
            order(3, "[]", total=0),
            order(4, "[]", status="cancelled", cancelled=4_700),
            order(5, "[]", paid=4_700, refunded=300, cancelled=0),
        )
        await old.bring_to("0029_credits")
        rows = await old.rows("SELECT credited_minor, payment_status FROM sales_order ORDER BY number")
        assert [(row["credited_minor"], row["payment_status"]) for row in rows] == [
            (1_000, "unpaid"),  # this migration marks only free orders as paid
            (0, "unpaid"),
            (0, "paid"),
            (0, "unpaid"),
            (0, "unpaid"),
        ]
