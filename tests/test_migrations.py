"""What migrations do with the rows that are there."""

from pathlib import Path

import pytest
from tortoise.exceptions import IntegrityError

from tests.migrations import OldDatabase, database_at

AT = "2026-01-01 00:00:00+00:00"
ID = "00000000-0000-7000-8000-00000000000"
CHANNEL = (
    "INSERT INTO channel (id, code, name, kind, currency, number_prefix, prices_include_tax, default_country, "
    "is_active, is_public, handling_days, confirms_at_once, version, created_at, updated_at) "
    "VALUES ('{id}', '{code}', 'Web', 'web', '{currency}', '{prefix}', false, 'US', true, true, 1, true, 1, "
    f"'{AT}', '{AT}')"
)


async def _price_list(old: OldDatabase) -> None:
    await old.run(
        CHANNEL.format(id=f"{ID}1", code="web", currency="USD", prefix="WEB-"),
        "INSERT INTO product (id, slug, name, description, status, tax_class, image_url, tags, metadata, "
        f"private_metadata, version, created_at, updated_at) VALUES ('{ID}2', 'mug', 'Mug', '', 'published', "
        f"'standard', '', '[]', '{{}}', '{{}}', 1, '{AT}', '{AT}')",
        "INSERT INTO variant (id, product_id, sku, name, options, tracks_stock, sort, metadata, private_metadata, "
        f"is_active, version, created_at, updated_at) VALUES ('{ID}3', '{ID}2', 'MUG', '', '{{}}', true, 0, "
        f"'{{}}', '{{}}', true, 1, '{AT}', '{AT}')",
        "INSERT INTO price_list (id, code, name, channel_id, currency, priority, is_active, created_at) "
        f"VALUES ('{ID}4', 'retail', 'Retail', '{ID}1', 'USD', 0, true, '{AT}')",
    )


async def test_prices_that_were_for_a_time_have_it_in_their_key_and_are_still_unique(tmp_path: Path):
    async with database_at("0020_carriers_suppliers_and_messages", tmp_path) as old:
        await _price_list(old)
        price = (
            "INSERT INTO price (id, price_list_id, variant_id, min_quantity, amount_minor{more}) VALUES {row}"
        )
        await old.run(
            price.format(
                more=", starts_at", row=f"('{ID}5', '{ID}4', '{ID}3', 1, 900, '2026-05-01 00:00:00+00:00')"
            ),
            price.format(more="", row=f"('{ID}6', '{ID}4', '{ID}3', 10, 800)"),
        )
        await old.bring_to("0021_prices_by_period")
        found = await old.rows("SELECT amount_minor, period FROM price ORDER BY min_quantity")
        assert found == [
            {"amount_minor": 900, "period": "2026-05-01T00:00:00.000000Z/.."},
            {"amount_minor": 800, "period": ""},
        ]
        await old.run(price.format(more="", row=f"('{ID}7', '{ID}4', '{ID}3', 1, 1000)"))
        for broken in (f"('{ID}8', '{ID}4', '{ID}3', 1, 1100)", f"('{ID}8', '{ID}4', '{ID}3', 2, -1)"):
            with pytest.raises(IntegrityError):
                await old.run(price.format(more="", row=broken))
        assert len(await old.rows("SELECT id FROM price")) == 3
