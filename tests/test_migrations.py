"""What migrations do with existing rows."""

import importlib
from pathlib import Path
from types import SimpleNamespace

import orjson
import pytest
from tortoise.connection import get_connection
from tortoise.exceptions import IntegrityError

from tests.migrations import OldDatabase, database_at, tables

pytestmark = pytest.mark.on_both

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


async def test_the_period_of_a_price_becomes_part_of_its_unique_key(tmp_path: Path):
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


async def test_duplicate_number_prefixes_are_changed_and_tax_classes_in_use_are_created(tmp_path: Path):
    async with database_at("0022_guest_order_days", tmp_path) as old:
        await _price_list(old)
        await old.run(
            CHANNEL.format(id=f"{ID}7", code="web-fr", currency="EUR", prefix="WEB-"),
            "UPDATE product SET tax_class = 'Bücher'",
            "INSERT INTO tax_rate (id, country, region, tax_class, name, rate) "
            f"VALUES ('{ID}4', 'US', 'WASHINGTON', 'standard', 'Sales tax', '0.065'), ('{ID}8', 'DE', '', 'standard', 'USt', '0.19'), ('{ID}9', 'DE', '', 'o''x', 'USt', '0.07')",
        )
        await old.bring_to("0023_tax_classes_and_calendars")
        found = await old.rows("SELECT code, number_prefix, time_zone FROM channel ORDER BY code")
        assert [(row["code"], row["number_prefix"], row["time_zone"]) for row in found] == [
            ("web", "WEB-", "UTC"),
            ("web-fr", "WEBF-", "UTC"),
        ]
        taken = await old.rows("SELECT prefix FROM number_prefix ORDER BY prefix")
        assert [row["prefix"] for row in taken] == ["WEB-", "WEBF-"]
        regions = await old.rows("SELECT region FROM tax_rate WHERE country = 'US'")
        assert [row["region"] for row in regions] == ["WA"]
        classes = await old.rows("SELECT code FROM tax_class ORDER BY code")
        assert [row["code"] for row in classes] == ["Bücher", "o'x"]
        later = (
            "INSERT INTO tax_rate (id, country, region, tax_class, name, rate, valid_from) "
            "VALUES ('{id}', 'DE', '', 'standard', 'USt', '0.2', '{day}')"
        )
        await old.run(later.format(id=f"{ID}6", day="2027-01-01"))
        with pytest.raises(IntegrityError):
            await old.run(later.format(id=f"{ID}5", day="0001-01-01"))


async def test_amounts_that_were_stored_in_whole_units_become_minor_units(tmp_path: Path, clean: None):
    new = await tables(get_connection("default"))
    async with database_at("0026_accounts", tmp_path) as old:
        await _price_list(old)
        for number, currency in (("5", "RSD"), ("6", "IQD")):
            channel = CHANNEL.format(
                id=ID + number, code=currency.lower(), currency=currency, prefix=currency
            )
            await old.run(channel)
        method = (
            "INSERT INTO shipping_method (id, channel_id, code, name, price_minor, free_from_minor, tax_class, "
            "transit_days, is_active) VALUES ('{id}', '{id}', 'post', 'Post', 1300, {free}, 'standard', 2, true)"
        )
        for number, free in (("1", "5000"), ("5", "5000"), ("6", "NULL")):
            await old.run(method.format(id=ID + number, free=free))
        await old.run(
            "INSERT INTO sales_order (id, channel_id, number, status, email, phone, shipping_method, "
            "shipping_method_name, discount_codes, payment_gateway, purchase_order_number, note, tags, metadata, "
            "private_metadata, currency, prices_include_tax, subtotal_minor, discount_minor, shipping_minor, "
            "shipping_tax_minor, tax_minor, total_minor, payment_status, fulfillment_status, return_status, "
            "tracking_stage, tracking_hash, tracking_generation, open_holds, is_delayed, version, created_at, updated_at, "
            f"shipping_terms) VALUES ('{ID}7', '{ID}5', 'RSD1', 'placed', '', '', 'post', 'O''Post', '[]', '', '', "
            "'', '[]', '{}', '{}', 'RSD', false, 1000, 0, 300, 0, 0, 1300, 'unpaid', 'unallocated', 'none', "
            f"'received', 'x', 1, 0, false, 1, '{AT}', '{AT}', "
            '\'{"price_minor": 300, "free_from_minor": null, "transit_days": 2, "name": "O\'\'Post"}\')'
        )
        rule = (
            "INSERT INTO order_rule_setting (id, channel_id, rule, outcome, limits) "
            "VALUES ('{id}', '{id}', 'amount_limit', 'hold', '{{\"amount_minor\": 5000, \"percent\": 10}}')"
        )
        await old.run(rule.format(id=f"{ID}1"), rule.format(id=f"{ID}5"))
        await old.bring_to("0027_decimals_of_iso_4217")
        (order,) = await old.rows("SELECT total_minor, refunded_minor, shipping_terms FROM sales_order")
        terms = order["shipping_terms"]
        assert (order["total_minor"], order["refunded_minor"]) == (130_000, 0)
        assert (orjson.loads(terms) if isinstance(terms, str) else terms) == {
            "price_minor": 30_000,
            "free_from_minor": None,
            "transit_days": 2,
            "name": "O'Post",
        }
        found = await old.rows("SELECT price_minor, free_from_minor FROM shipping_method ORDER BY id")
        assert [tuple(row.values()) for row in found] == [(1300, 5000), (130_000, 500_000), (1_300_000, None)]
        rules = [row["limits"] for row in await old.rows("SELECT limits FROM order_rule_setting ORDER BY id")]
        assert [orjson.loads(each) if isinstance(each, str) else each for each in rules] == [
            {"amount_minor": 5_000, "percent": 10},
            {"amount_minor": 500_000, "percent": 10},
        ]
        await old.bring_up_to_date()
        assert await old.tables() == new  # the tables of a newly created database


async def test_stock_of_drop_ship_suppliers_is_removed_from_the_valuation_and_own_stock_kept(tmp_path: Path):
    async with database_at("0030_words_of_every_script", tmp_path) as old:
        await _price_list(old)
        place = (
            "INSERT INTO location (id, code, name, kind, is_active, metadata, version, created_at, updated_at) "
            f"VALUES ('{{id}}', '{{kind}}', 'Place', '{{kind}}', true, '{{{{}}}}', 1, '{AT}', '{AT}')"
        )
        level = (
            "INSERT INTO stock_level (id, variant_id, location_id, on_hand, reserved, unavailable, safety_stock, "
            f"backorder_limit, version, created_at, updated_at) VALUES ('{{id}}', '{ID}3', '{{id}}', 8, 0, 0, 0, 0, 1, '{AT}', '{AT}')"
        )
        layer = (
            "INSERT INTO cost_layer (id, level_id, received_at, quantity, value_minor, remaining, remaining_minor, "
            "is_open, is_estimated, in_transit, origin_id, reference_kind) VALUES "
            f"('{{id}}', '{{id}}', '{AT}', 10, 2000, 8, 1600, true, true, false, '{{id}}', 'stock_set')"
        )
        entry = (
            "INSERT INTO value_entry (id, level_id, from_account, to_account, quantity, amount_minor, "
            "balance_quantity, balance_minor, reason, reference_kind, note, at) VALUES "
            f"('{{id}}', '{{level}}', '{{source}}', '{{target}}', 1, {{amount}}, 0, 0, 'count', '', '', '{AT}')"
        )
        booked = [("gain", "asset", 2000), ("asset", "cost_of_sales", 300), ("asset", "write_off", 100)]
        for place_number, kind in (("8", "drop_ship"), ("9", "warehouse")):
            id = ID + place_number
            await old.run(*(each.format(id=id, kind=kind) for each in (place, level, layer)))
            for n, (source, target, amount) in enumerate(booked):
                number = f"{ID[:-1]}{place_number}{n}"
                await old.run(entry.format(id=number, level=id, source=source, target=target, amount=amount))
        await old.bring_to("0031_goods_of_suppliers")
        layers = await old.rows("SELECT remaining, remaining_minor FROM cost_layer ORDER BY id")
        assert [tuple(row.values()) for row in layers] == [(8, 0), (8, 1600)]
        accounts: dict[tuple[str, str], int] = {}
        for row in await old.rows("SELECT level_id, from_account, to_account, amount_minor FROM value_entry"):
            for account, sign in ((row["from_account"], -1), (row["to_account"], 1)):
                key = (str(row["level_id"])[-1], account)
                accounts[key] = accounts.get(key, 0) + sign * int(row["amount_minor"])
        assert {account for (place, account), amount in accounts.items() if place == "8" and amount} == set()
        assert accounts["9", "asset"] == 1600


async def test_stored_tracking_numbers_are_normalized(tmp_path: Path):
    async with database_at("0031_goods_of_suppliers", tmp_path) as old:
        message = (
            "INSERT INTO carrier_message (id, account_id, external_id, tracking_number, body, received_at, outcome) "
            f"VALUES ('{ID}{{n}}', '{ID}1', 'evt-{{n}}', '{{number}}', '[]', '{AT}', '')"
        )
        await old.run(
            "INSERT INTO carrier_account (id, code, name, kind, tracking_url, api_url, secrets, is_active, version, "
            f"created_at, updated_at) VALUES ('{ID}1', 'post', 'Post', 'manual', '', '', '', true, 1, '{AT}', '{AT}')",
            message.format(n=2, number="1z 999-aa1 01"),
            message.format(n=3, number="RR1"),
            message.format(n=4, number=""),
        )
        await old.bring_to("0032_tracking_numbers_in_one_form")
        found = await old.rows("SELECT tracking_number FROM carrier_message ORDER BY id")
        assert [row["tracking_number"] for row in found] == ["1Z999AA101", "RR1", ""]


async def test_uses_of_discount_codes_are_recorded_for_existing_orders_with_their_buyers(tmp_path: Path):
    async with database_at("0036_parcels", tmp_path) as old:
        await old.run(
            CHANNEL.format(id=f"{ID}1", code="web", currency="USD", prefix="WEB-"),
            "INSERT INTO discount (id, channel_id, code, kind, percent, minimum_minor, used, is_active) "
            f"VALUES ('{ID}2', '{ID}1', 'TEN', 'percent', '10', 0, 1, true)",
        )
        pinned = f'[{{"id": "{ID}2", "code": "TEN", "percent": "10", "amount_minor": null}}]'
        for number, status in (("3", "placed"), ("4", "cancelled"), ("5", "draft")):
            await old.run(
                "INSERT INTO sales_order (id, channel_id, number, status, email, phone, shipping_method, "
                "shipping_method_name, discount_codes, payment_gateway, purchase_order_number, note, tags, "
                "metadata, private_metadata, currency, prices_include_tax, subtotal_minor, discount_minor, "
                "shipping_minor, shipping_tax_minor, tax_minor, total_minor, payment_status, fulfillment_status, "
                "return_status, tracking_stage, tracking_hash, tracking_generation, open_holds, is_delayed, version, "
                f"created_at, updated_at, discounts) VALUES ('{ID}{number}', '{ID}1', 'WEB-{number}', '{status}', "
                "'a+x@example.com', '', '', '', '[\"TEN\"]', '', '', '', '[]', '{}', '{}', 'USD', false, 1000, 100, 0, 0, "
                f"0, 900, 'unpaid', 'unallocated', 'none', 'received', 'x{number}', 1, 0, false, 1, '{AT}', '{AT}', "
                f"'{pinned}')"
            )
        await old.bring_to("0037_discount_limits")
        (use,) = await old.rows("SELECT discount_id, order_id, customer_id, mailbox FROM discount_use")
        assert [str(value) for value in use.values()] == [f"{ID}2", f"{ID}3", "None", "a@example.com"]
        (order,) = await old.rows("SELECT shipping_discount_minor FROM sales_order WHERE status = 'placed'")
        assert order["shipping_discount_minor"] == 0


async def test_the_creators_of_api_tokens_are_filled_from_the_journal(tmp_path: Path):
    async with database_at("0046_reservations_without_line", tmp_path) as old:
        token = (
            "INSERT INTO api_token (id, name, token_hash, hint, permissions, created_at) "
            f"VALUES ('{ID}{{n}}', 'x', 'h{{n}}', 'x', '[]', '{AT}')"
        )
        made = (
            "INSERT INTO journal_entry (id, subject_kind, subject_id, number, name, payload, actor_kind, actor_id, "
            f"actor_label, at) VALUES ('{ID}{{id}}', 'api_token', '{ID}{{n}}', 1, 'api_token_created', '{{{{}}}}', "
            f"'{{kind}}', {{maker}}, 'x', '{AT}')"
        )
        await old.run(
            f"INSERT INTO role (id, code, name, permissions, created_at) VALUES ('{ID}1', 'r', 'R', '[]', '{AT}')",
            "INSERT INTO staff (id, email, name, role_id, is_active, created_at) "
            f"VALUES ('{ID}2', 'sam@example.com', 'Sam', '{ID}1', true, '{AT}')",
            *(token.format(n=n) for n in "3456"),
            made.format(id="7", n="3", kind="system", maker="NULL"),
            made.format(id="8", n="4", kind="app", maker=f"'{ID}3'"),
            made.format(id="9", n="5", kind="staff", maker=f"'{ID}2'"),
        )
        await old.bring_to("0047_makers_of_tokens")
        found = await old.rows("SELECT made_with_id, made_by_id FROM api_token ORDER BY id")
        assert [tuple(str(value) for value in row.values()) for row in found] == [
            ("None", "None"),
            (f"{ID}3", "None"),
            ("None", f"{ID}2"),
            ("None", "None"),  # a token without a journal entry
        ]


async def test_whoever_could_refund_keeps_the_permission_to(tmp_path: Path):
    async with database_at("0071_payouts_that_are_returned", tmp_path) as old:
        held = {"1": ["orders_view", "payments_manage"], "2": ["orders_view"]}
        for n, permissions in held.items():
            stored = orjson.dumps(permissions).decode()
            await old.run(
                "INSERT INTO role (id, code, name, permissions, created_at) "
                f"VALUES ('{ID}{n}', 'r{n}', 'R', '{stored}', '{AT}')",
                "INSERT INTO api_token (id, name, token_hash, hint, permissions, created_at) "
                f"VALUES ('{ID}{n}', 'x', 'h{n}', 'x', '{stored}', '{AT}')",
            )
        await old.bring_to("0072_refund_limits")
        for table in ("role", "api_token"):
            rows = await old.rows(f"SELECT permissions FROM {table} ORDER BY id")
            found = [row["permissions"] for row in rows]
            read = [orjson.loads(each) if isinstance(each, str) else each for each in found]
            assert read == [["orders_view", "payments_manage", "payments_refund"], ["orders_view"]]
        assert [row["refund_limits"] for row in await old.rows("SELECT refund_limits FROM role")] == [
            None,
            None,
        ]


async def test_unfinished_deferred_tasks_move_to_the_renamed_table(tmp_path: Path):
    async with database_at("0048_requests_without_password", tmp_path) as old:
        task = f"INSERT INTO {{table}} (id, kind, subject_id, created_at) VALUES ('{ID}{{n}}', '{{kind}}', '{ID}9', '{AT}')"
        await old.run(
            task.format(table="errand", n=1, kind="carrier_news"),
            task.format(table="errand", n=2, kind="order.stock"),
        )
        await old.bring_to("0049_deferred_tasks")
        stored = "SELECT id, kind, subject_id FROM deferred_task ORDER BY id"
        assert [tuple(str(value) for value in row.values()) for row in await old.rows(stored)] == [
            (f"{ID}1", "carrier.messages", f"{ID}9"),
            (f"{ID}2", "order.stock", f"{ID}9"),
        ]
        await old.bring_to("0048_requests_without_password")
        kinds = await old.rows("SELECT kind FROM errand ORDER BY id")
        assert [row["kind"] for row in kinds] == ["carrier_news", "order.stock"]


OF_ADDRESS = {("name", "ada byron"), ("name_word", "byron"), ("postal", "yo17ab")}
ORDER_TEXTS = OF_ADDRESS | {
    ("number", "web7"), ("number_end", "7"), ("email", "ada@example.com"), ("po", "po9"), ("tag", "vip")
}  # fmt: skip
CUSTOMER_TEXTS = OF_ADDRESS | {
    ("name", "grace hopper"), ("name_word", "hopper"), ("email", "grace@example.com")
}  # fmt: skip


async def test_search_texts_of_existing_orders_and_customers_are_filled_once(tmp_path: Path):
    address = orjson.dumps(
        {
            "name": "Ada Byron",
            "line1": "1 Elm Street",
            "city": "York",
            "postal_code": "YO1 7AB",
            "country": "GB",
        }
    ).decode()
    migration = importlib.import_module("app.migrations.0025_search")
    async with database_at("0024_recorded_terms", tmp_path) as old:
        await old.run(
            CHANNEL.format(id=f"{ID}1", code="web", currency="USD", prefix="WEB-"),
            "INSERT INTO sales_order (id, channel_id, number, status, email, phone, shipping_method, "
            "shipping_method_name, discount_codes, payment_gateway, purchase_order_number, note, tags, metadata, "
            "private_metadata, currency, prices_include_tax, subtotal_minor, discount_minor, shipping_minor, "
            "shipping_tax_minor, tax_minor, total_minor, payment_status, fulfillment_status, return_status, "
            "tracking_stage, tracking_hash, tracking_generation, open_holds, is_delayed, version, created_at, "
            f"updated_at, shipping_address) VALUES ('{ID}2', '{ID}1', 'WEB-7', 'placed', 'ada@example.com', '', '', '', "
            "'[]', '', 'PO-9', '', '[\"vip\"]', '{}', '{}', 'USD', false, 0, 0, 0, 0, 0, 0, 'unpaid', 'unallocated', "
            f"'none', 'received', 'x', 1, 0, false, 1, '{AT}', '{AT}', '{address}')",
            "INSERT INTO customer (id, name, email, phone, note, default_address, tags, metadata, private_metadata, "
            f"is_active, version, created_at, updated_at) VALUES ('{ID}3', 'Grace Hopper', 'grace@example.com', '', "
            f"'', '{address}', '[]', '{{}}', '{{}}', true, 1, '{AT}', '{AT}')",
        )
        await old.bring_to("0025_search")
        for _ in range(2):  # filling again changes nothing
            orders = {(row["kind"], row["token"]) for row in await old.rows("SELECT * FROM order_search")}
            customers = {
                (row["kind"], row["token"]) for row in await old.rows("SELECT * FROM customer_search")
            }
            assert orders == ORDER_TEXTS
            assert customers == CUSTOMER_TEXTS
            await migration.fill(None, SimpleNamespace(client=get_connection("default")))


async def test_the_default_address_becomes_an_entry_of_the_book(tmp_path: Path):
    address = {"name": "Ada", "line1": "1 Elm Street", "city": "Springfield", "country": "US", "company": ""}
    other = address | {"line1": "2 Elm Street"}
    customer = (
        "INSERT INTO customer (id, name, phone, note, default_address, tags, metadata, private_metadata, "
        "is_active, version, created_at, updated_at) VALUES "
        "('{id}', 'Ada', '', '', {address}, '[]', '{{}}', '{{}}', true, 1, '" + AT + "', '" + AT + "')"
    )
    entry = (
        "INSERT INTO customer_address (id, customer_id, address, label, created_at) "
        "VALUES ('{id}', '{customer}', '{address}', 'Home', '" + AT + "')"
    )

    def text(value: dict[str, str]) -> str:
        return orjson.dumps(value).decode()

    async with database_at("0049_deferred_tasks", tmp_path) as old:
        await old.run(
            customer.format(id=f"{ID}1", address=f"'{text(address)}'"),
            customer.format(id=f"{ID}2", address=f"'{text(other)}'"),
            customer.format(id=f"{ID}3", address="NULL"),
            entry.format(id=f"{ID}4", customer=f"{ID}1", address=text(other)),
            entry.format(id=f"{ID}5", customer=f"{ID}1", address=text(dict(reversed(address.items())))),
        )
        await old.bring_to("0050_address_book")
        rows = {
            str(row["id"])[-1]: row["default_shipping_id"] for row in await old.rows("SELECT * FROM customer")
        }
        assert (str(rows["1"]), rows["3"]) == (f"{ID}5", None)
        (made,) = await old.rows(f"SELECT * FROM customer_address WHERE customer_id = '{ID}2'")
        assert str(made["id"]) == str(rows["2"])
        stored = made["address"]
        assert (orjson.loads(stored) if isinstance(stored, str) else stored) == other
        await old.bring_to("0049_deferred_tasks")
        back = {
            str(row["id"])[-1]: row["default_address"] for row in await old.rows("SELECT * FROM customer")
        }
        read = {id: orjson.loads(each) if isinstance(each, str) else each for id, each in back.items()}
        assert read == {"1": address, "2": other, "3": None}
