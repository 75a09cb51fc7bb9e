"""The demo shop: Hearth & Field, home and garden goods, sold in dollars and in euros.

Created by the same commands that the API calls, from a fixed seed, so that it is always the same.
"""

import random

from rich.console import Console
from rich.progress import Progress
from rich.table import Table

from app.access import queries as access_queries
from app.access import tokens
from app.access.permissions import Permission
from app.channels import queries as channel_queries
from app.core import clock
from app.core.actor import SYSTEM
from app.core.uow import transact
from app.demo.buyers import make_people, place_orders
from app.demo.goods import (
    WEEK,
    WEEKS,
    make_products,
    make_supplier,
    sell_over_the_counter,
)
from app.demo.ground import STAFF, STAFF_PASSWORD, create_base_data
from app.demo.life import TAG, create_example_order, set_up_sending, ship_old_orders
from app.notifications import mailbox
from app.notifications import service as messages
from app.orders import queries as order_queries
from app.settings import settings


async def seed(console: Console, *, orders: int = 120, force: bool = False) -> None:
    """Load the demo shop unless the database has channels already, then print what to try."""
    if await channel_queries.visible_to(SYSTEM).exists() and not force:
        console.print("The database has a shop already; it is left as it is.")
        await _print_what_to_try(console, fresh=False)
        return
    rng = random.Random(7)
    with Progress(console=console, transient=True) as progress:
        with clock.shifted(-WEEK * (WEEKS + 1)):  # to have demand for planning
            shop = await transact(SYSTEM, create_base_data)
            await make_products(shop, rng, progress)
            await set_up_sending(shop)
        await sell_over_the_counter(shop, progress)
        await make_supplier()
        await make_people(rng)
        await place_orders(shop, rng, progress, orders)
        await ship_old_orders(rng, progress)
        await create_example_order(shop)
        await messages.drop_queued(SYSTEM, "It is about an example.")
    await _print_what_to_try(console, fresh=True)


async def _print_what_to_try(console: Console, *, fresh: bool) -> None:
    """Print addresses and credentials; a token's secret can be shown only when it is created."""
    config = settings()
    base = config.public_url or f"http://localhost:{config.port}"
    table = Table(show_header=False, box=None, padding=(0, 2, 0, 0))
    table.add_row("API and GraphiQL", f"{base}/graphql")
    if config.is_development:
        table.add_row("Demo shop", f"{base}/demo-shop/")
    if mailbox.is_used(config):
        table.add_row("Mailbox", f"{base}/mail")
    placed = order_queries.visible_to(SYSTEM).filter(number__isnull=False).order_by("-created_at")
    for order in await placed.limit(200):
        if TAG in order.tags:
            secret = order_queries.tracking_token(order.id, order.tracking_generation)
            table.add_row(f"Track order {order.number}", f"{base}/track/{secret}")
            break
    if fresh:
        made = await tokens.create_api_token(SYSTEM, name="demo staff token", permissions=list(Permission))
        table.add_row("Staff token", made[1])
    if fresh or await access_queries.staff_by_email(STAFF[0][0]):
        table.add_row("Staff sign-in", f"{STAFF[0][0]} / {STAFF_PASSWORD}")
    console.print("\n[bold]Try:[/bold]")
    console.print(table, soft_wrap=True)
