"""The drills; each raises `Failed` at the first error."""

import asyncio
import tempfile
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import httpx

from drilling.databases import Databases
from drilling.programs import Failed, Program, succeed
from drilling.shopping import Shopper

Make = Callable[[str], Program]  # Ordergraph on the database of a URL
SOLD = {"name": "Drill", "slug": "drill", "status": "PUBLISHED", "variants": [{"sku": "DRILL"}]}
STOCK = """mutation($product: ProductUpsertInput!, $list: String!, $location: String!) {
  product: productBulkUpsert(input: [$product]) { ... on BulkResult { failed } }
  price: priceBulkSet(input: {priceList: $list, rows: [{sku: "DRILL", amount: "10"}]}) {
    ... on BulkResult { failed } }
  stock: stockBulkSet(input: [{sku: "DRILL", location: $location, onHand: 1000000}]) {
    ... on BulkResult { failed } } }"""
WHERE = """{ priceLists(first: 100) { nodes { code channel { code } } }
  channel(code: "web") { locations { code } } }"""


@asynccontextmanager
async def upgraded(databases: Databases, make: Make) -> AsyncIterator[str]:
    """The URL of a database of the first version that was migrated, verified and used."""
    async with databases.new() as url:
        await databases.load_first_version(url)
        program = make(url)
        succeed(program, "migrate")
        succeed(program, "verify")
        async with _shopping(program) as shopper:
            before = await shopper.numbers()
            await shopper.look_around("upgraded")
            if not before or not before < await shopper.numbers():
                raise Failed("orders are missing")
        succeed(program, "verify")
        yield url


async def back_up_and_restore(databases: Databases, make: Make, url: str, orders: int) -> tuple[int, int]:
    """Back up a database while orders are placed, restore it to another one, and verify and use the copy.

    Every order that was acknowledged before the backup began must be in the copy. Returns how many orders the
    database had then, and how many the copy has.
    """
    with tempfile.TemporaryDirectory() as folder:
        backup = Path(folder) / "backup"
        async with databases.new() as copy:
            async with _shopping(make(url)) as shopper:
                await shopper.place_many([f"before-{number}" for number in range(orders // 4)])
                begun = await shopper.numbers()
                keys = [f"during-{number}" for number in range(orders - orders // 4)]
                during = asyncio.create_task(shopper.place_many(keys))
                await asyncio.to_thread(databases.back_up, url, backup)
                was_under_load = not during.done()
                await during
                if not was_under_load:
                    raise Failed("the orders ended before the backup did: ask for more with --orders")
            databases.restore(backup, copy)
            restored = make(copy)
            succeed(restored, "verify")
            async with _shopping(restored) as shopper:
                found = await shopper.numbers()
                if missing := begun - found:
                    raise Failed(f"{len(missing)} orders are not in the copy: {sorted(missing)[:5]}")
                await shopper.look_around("restored")
            succeed(restored, "verify")
            return len(begun), len(found)


@asynccontextmanager
async def _shopping(program: Program) -> AsyncIterator[Shopper]:
    """A server on the program's database, and a user with all permissions and goods to sell."""
    token = succeed(program, "token", "drill").strip().splitlines()[-1]
    await program.start()
    try:
        async with httpx.AsyncClient(timeout=60) as http:
            shopper = Shopper(http, program.url, token, "DRILL")
            there = await shopper.ask(WHERE)
            lists = there["priceLists"]["nodes"]
            own = next(each["code"] for each in lists if each["channel"]["code"] == "web")
            places = {"list": own, "location": there["channel"]["locations"][0]["code"]}
            done = await shopper.ask(STOCK, product=SOLD, **places)
            if any(part.get("failed") for part in done.values()):
                raise Failed(f"goods to sell could not be made: {done}")
            yield shopper
    finally:
        program.stop()
