"""The engine's access to the database returns the same rows as Tortoise."""

import asyncio
import random
from datetime import UTC, datetime
from typing import Any

import pytest
from tortoise.exceptions import DoesNotExist, MultipleObjectsReturned, ValidationError
from tortoise.expressions import Q, Subquery
from tortoise.queryset import QuerySet

from app.channels.models import Channel
from app.core import transaction
from app.core.database import insert, insert_if_new, is_postgres, read
from app.core.ids import new_id
from app.customers.models import Customer
from app.engine.database.columns import TRIES, ColumnNotRead, Needed, learning
from app.engine.graphql.compiled import executor
from tests import make
from tests.ask import Api
from tests.statements import statements

NOW = datetime(2026, 3, 4, 5, 6, 7, 89, tzinfo=UTC)


@pytest.fixture
async def channels(clean: None) -> list[Channel]:
    return [(await make.shop(code)).channel for code in ("web", "wholesale", "market")]


def _plain(rows: QuerySet[Any]) -> QuerySet[Any]:
    """The same query set, as Tortoise runs it."""
    plain: QuerySet[Any] = rows._clone()
    plain.__class__ = QuerySet
    return plain


CONDITIONS = {
    "equal": lambda: Channel.filter(code="web"),
    "any of": lambda: Channel.filter(code__in=["web", "market"]).order_by("code"),
    "not": lambda: Channel.filter(~Q(code="web")).order_by("-code"),
    "and, or": lambda: Channel.filter(Q(code="web") | Q(code="market", is_active=True)).order_by("code"),
    "null": lambda: Channel.filter(default_country=None),
    "not null": lambda: Channel.filter(code__isnull=False).order_by("code"),
    "less, more": lambda: Channel.filter(code__gt="m", code__lte="web").order_by("code"),
    "within": lambda: Channel.filter(id__in=Subquery(Channel.filter(code="web").values("id"))),
    "a page": lambda: Channel.all().order_by("code").limit(2),
    "a pattern": lambda: Channel.filter(code__startswith="w").order_by("code"),
    "one": lambda: Channel.all().get_or_none(code="web"),
    "none": lambda: Channel.all().get_or_none(code="nowhere"),
    "first": lambda: Channel.all().order_by("code").first(),
}


@pytest.mark.parametrize("name", CONDITIONS)
async def test_a_query_set_with_cached_sql_returns_the_rows_that_tortoise_returns(
    name: str, channels: list[Channel]
):
    for _ in range(2):  # the first run caches the SQL of the shape, the second uses it
        assert await CONDITIONS[name]() == await _plain(CONDITIONS[name]())


async def test_get_raises_an_error_unless_exactly_one_row_matches(channels: list[Channel]):
    with pytest.raises(DoesNotExist):
        await Channel.get(code="nowhere")
    with pytest.raises(MultipleObjectsReturned):
        await Channel.get(code__in=["web", "market"])


async def test_a_row_can_be_read_changed_and_saved(channels: list[Channel]):
    found = await Channel.get(code="web")
    found.name = "Another name"
    await found.save()
    again = await Channel.get(code="web")
    assert (again.name, again.currency) == ("Another name", channels[0].currency)


def _customer(email: str, **given: Any) -> Customer:
    values = {"id": new_id(), "email": email, "name": "Zoë “Z”", "created_at": NOW, "updated_at": NOW}
    return Customer(**values | given)


async def test_one_or_many_rows_are_inserted_with_all_columns(clean: None):
    await insert([_customer("one@example.com", metadata={"a": [1, None, "ü"]})])
    await insert([_customer(f"{n}@example.com", metadata={"n": n}) for n in range(50)])
    assert await Customer.all().count() == 51
    one = await Customer.get(email="one@example.com")
    assert one.metadata == {"a": [1, None, "ü"]} and one.name == "Zoë “Z”" and one.created_at == NOW
    assert (await Customer.get(email="7@example.com")).metadata == {"n": 7}


async def test_a_value_that_is_too_long_is_refused_and_nothing_is_inserted(clean: None):
    with pytest.raises(ValidationError):
        await insert([_customer("a@example.com"), _customer("b@example.com", name="x" * 5_000)])
    assert await Customer.all().count() == 0


async def test_insert_if_new_does_not_insert_an_existing_row(clean: None):
    row = _customer("a@example.com")
    assert await transaction.run(lambda: insert_if_new(row))
    assert not await transaction.run(lambda: insert_if_new(_customer("a@example.com", id=row.id)))
    assert await Customer.all().count() == 1


async def test_only_columns_that_were_accessed_are_read_the_next_time(channels: list[Channel]):
    needed = Needed()

    async def found() -> Channel:
        with learning(needed):
            return (await read(Channel, "code = $1", "web"))[0]

    assert (await found()).code == "web"
    needed.settle()
    second = await found()
    assert second.code == "web"
    with pytest.raises(ColumnNotRead):
        _ = second.name
    third = await found()  # reads all again, and learns
    assert (third.code, third.name) == ("web", channels[0].name)
    needed.settle()
    assert (await found()).name == channels[0].name


async def test_a_reader_that_accesses_different_columns_each_time_gets_all_columns(channels: list[Channel]):
    needed, names = Needed(), ["code", "name", "currency", "is_public", "version", "id", "is_active"]
    for number in range(3 * TRIES):
        with learning(needed):
            (row,) = await read(Channel, "code = $1", "web")
        try:
            getattr(row, names[number % len(names)])
        except ColumnNotRead:
            needed.by_model[Channel].names.clear()
        needed.settle()
    assert needed.by_model[Channel].selected is None


LOOK = "{ channels { nodes { code name shippingMethods { code } } } }"


async def test_a_repeated_operation_reads_only_the_columns_that_it_needs(api: Api, channels: list[Channel]):
    await api.ask(LOOK)
    with statements() as ran:
        await api.ask(LOOK)
    assert ran and not any("SELECT *" in statement for statement in ran)


async def test_an_operation_that_needs_a_column_that_was_not_read_returns_the_same_response(
    api: Api, channels: list[Channel]
):
    first = await api.ask(LOOK)
    for document in list(executor._plans):
        plans = executor._plans.get(document)
        for plan in plans.known.values() if plans else ():
            for field in plan.fields if plan else ():
                for columns in field.needed.by_model.values():
                    columns.selected = ("id",)  # as if no other column had been accessed before
    assert await api.ask(LOOK) == first


async def test_cancelled_reads_return_their_connections_to_the_pool(clean: None):
    if not is_postgres():
        pytest.skip("SQLite has one connection")
    rng = random.Random(5)

    async def reading() -> None:
        await Channel.filter(code=f"c{rng.randrange(10)}")

    for _ in range(20):
        tasks = [asyncio.create_task(reading()) for _ in range(40)]
        await asyncio.sleep(rng.random() * 0.004)
        for task in rng.sample(tasks, 20):
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
    both = asyncio.Barrier(8)  # all of the pool's connections at the same time

    async def meeting() -> None:
        async def body() -> None:
            await Channel.all().count()
            await both.wait()

        await transaction.run(body)

    async with asyncio.timeout(20):
        await asyncio.gather(*(meeting() for _ in range(8)))
