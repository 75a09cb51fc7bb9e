"""The command line: `ordergraph serve`, `migrate`, `seed`, `import`, `simulate`, `verify` and others."""

import gc
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from app import command_line
from app.access.permissions import Permission
from app.command_line import console
from app.settings import settings, with_port

if TYPE_CHECKING:
    from app.imports.online_retail.cells import DateOrder

Dates = Annotated[
    Literal["dmy", "mdy"] | None,
    typer.Option(help="Order of day and month in the dates of the file, such as 3/4/2011."),
]

app = typer.Typer(no_args_is_help=True, add_completion=False, help="Ordergraph, an order management system.")


@app.command()
def serve(
    host: Annotated[str | None, typer.Option(help="Address to listen on.")] = None,
    port: Annotated[int | None, typer.Option(help="Port to listen on.")] = None,
) -> None:
    """Serve the API. Run `migrate` first."""
    gc.disable()  # imported code is never garbage; the server turns it on after the start
    from app.main import check_settings
    from app.web import serving

    config = settings() if port is None else with_port(port)
    with command_line.errors_in_one_line():
        check_settings(config)
    serving.run(config, host or config.host, config.port)


@app.command()
def migrate() -> None:
    """Migrate the database to the tables of this version."""
    command_line.run(_migrate())


async def _migrate() -> None:
    from app.core.database import tortoise_config
    from app.core.database.migrated import is_up_to_date

    config = tortoise_config(settings().without_time_limits())
    if not await is_up_to_date(config):
        from tortoise.migrations.api import migrate as run_migrations

        async with command_line.database():
            await run_migrations(
                config=config,
                progress=lambda event, _app, name: console.print(f"  {event.replace('_', ' ')}: {name}"),
            )
    from app.accounting.service.opening import post_history, post_settlements
    from app.core.actor import SYSTEM

    async with command_line.database():
        if await post_history(SYSTEM):
            console.print("Posted the earlier orders, payments and stock to the ledger.")
        elif count := await post_settlements(SYSTEM):
            console.print(f"Posted {count} entries of earlier disputes and payouts to the ledger.")
    console.print("The database is up to date.")


@app.command()
def makemigrations(
    name: Annotated[str, typer.Argument(help="Name of the migration, in words_like_this.")] = "",
    check: Annotated[
        bool, typer.Option("--check", help=("Write no files; exit with status 1 if a migration is missing."))
    ] = False,
) -> None:
    """Write a migration for changes of the models. For developers."""
    if not name and not check:
        raise typer.BadParameter(
            ("Give the migration a name that describes the change, or use --check."), param_hint="NAME"
        )

    async def run() -> None:
        from app.core.database import tortoise_config
        from app.engine.database import unwritten

        config = tortoise_config(settings())
        try:
            changes = await unwritten.unwritten_changes(config)
            written = [] if check else await unwritten.write_migration(config, name)
        except unwritten.Unmerged as error:
            command_line.print_error(error)
            raise typer.Exit(1) from error
        for path in written:
            console.print(f"Written: {path}")
        if not changes:
            console.print("The migrations match the models.")
        elif check:
            for operation in (each for writer in changes for each in writer.operations):
                command_line.print_error(f"Missing in the migrations: {unwritten.named(operation)}")
            raise typer.Exit(1)

    command_line.run(run())


@app.command()
def seed(
    orders: Annotated[int, typer.Option(help="Number of orders to place.")] = 120,
    force: Annotated[bool, typer.Option(help="Seed even if the database already has channels.")] = False,
) -> None:
    """Load the demo shop, and print tokens and addresses to try."""

    async def run() -> None:
        from app import demo

        command_line.need_key()
        async with command_line.database():
            await demo.seed(console, orders=orders, force=force)

    command_line.run(run())


@app.command("import")
def import_(
    source: Annotated[str, typer.Argument(help="Type of the file: online-retail.")],
    file: Annotated[
        Path,
        typer.Argument(exists=True, dir_okay=False, help="Path of the file; can be compressed with gzip."),
    ],
    refused: Annotated[Path | None, typer.Option(help="File to which rejected rows are written.")] = None,
    dates: Dates = None,
) -> None:
    """Import another system's history. It can be stopped and repeated without duplicates.

    Exits with 1 if nothing was loaded or a month does not agree with the file, with 2 if nothing was tried.
    """
    if source != "online-retail":
        console.print(f"[red]Unknown type of file: {source!r}. Supported: online-retail.[/red]")
        raise typer.Exit(2)

    async def run() -> None:
        from app.imports import online_retail

        command_line.need_key()
        report = refused or Path(file.name.removesuffix(".gz").removesuffix(".csv") + ".refused.csv")
        async with command_line.database():
            agrees = await online_retail.load(file, report, console, _order_of(dates))
        if not agrees:
            raise typer.Exit(1)

    command_line.run(run())


def _order_of(dates: str | None) -> "DateOrder | None":
    from app.imports.online_retail.cells import DateOrder

    return DateOrder(dates) if dates else None


@app.command()
def simulate(
    file: Annotated[
        Path | None,
        typer.Argument(
            exists=True, dir_okay=False, help=("An Online Retail file; by default, a generated history.")
        ),
    ] = None,
    orders: Annotated[
        int | None,
        typer.Option(
            min=1, help=("Number of orders; by default all orders of the file, or 1,000 generated orders.")
        ),
    ] = None,
    seed: Annotated[int, typer.Option(help="Seed of the random number generator.")] = 7,
    together: Annotated[
        int, typer.Option(min=1, max=64, help="Number of orders that are processed concurrently.")
    ] = 8,
    dates: Dates = None,
) -> None:
    """Simulate orders from cart to delivery. Requires an empty database."""

    async def run() -> None:
        from app import simulation

        command_line.need_key()
        if file is not None:
            history = simulation.from_file(file, orders, _order_of(dates))
        else:
            history = simulation.invented(orders or 1_000, seed)
        async with command_line.database():
            await simulation.simulate(history, console, seed=seed, together=together)

    command_line.run(run())


@app.command()
def backtest(
    file: Annotated[
        Path | None,
        typer.Option(
            exists=True,
            dir_okay=False,
            help=("A CSV file with the columns day, sku and units; by default, the sales of the database."),
        ),
    ] = None,
    skus: Annotated[int, typer.Option(min=1, help="Number of SKUs in the sample.")] = 500,
    origins: Annotated[int, typer.Option(min=1, max=12, help="Number of dates to forecast from.")] = 4,
    horizon: Annotated[int, typer.Option(min=1, max=26, help="Number of weeks to forecast.")] = 4,
    service_level: Annotated[
        float, typer.Option(min=0.5, max=0.9999, help=("Target probability that safety stock is sufficient."))
    ] = 0.95,
) -> None:
    """Backtest forecasts: compare what earlier data predicted with what was sold.

    Then print how often safety stock would have been sufficient. Exits with 1 if that is, over 500 forecasts
    or more, two percentage points below the service level.
    """

    async def run() -> None:
        from app.planning import history
        from app.planning.printing import print_backtest

        if file is not None:
            series = history.from_file(file)
        else:
            async with command_line.database():
                series = await history.from_ledger()
        if not print_backtest(console, series, skus, origins, horizon, service_level):
            raise typer.Exit(1)

    with command_line.errors_in_one_line():
        command_line.run(run())


@app.command()
def token(
    name: Annotated[str, typer.Argument(help=("Name of the application or person that uses the token."))],
    permission: Annotated[
        list[Permission] | None,
        typer.Option(help=("Permission to grant; repeat for several. Default: all permissions.")),
    ] = None,
) -> None:
    """Create an API token and print its secret."""

    async def run() -> None:
        from app.access import tokens
        from app.core.actor import SYSTEM

        async with command_line.database():
            wanted = permission or list(Permission)
            _, secret = await tokens.create_api_token(SYSTEM, name=name, permissions=wanted)
        print(secret)

    command_line.run(run())


@app.command()
def staff(
    email: Annotated[str, typer.Argument(help="Email address.")],
    name: Annotated[str, typer.Option(prompt=True, help="Name of the person.")],
    password: Annotated[
        str, typer.Option(prompt=True, hide_input=True, help="Password: 10 to 256 characters.")
    ],
    role: Annotated[str, typer.Option(help="Code of the role.")] = "administrator",
) -> None:
    """Add a staff member."""

    async def run() -> None:
        from app.access import service
        from app.core.actor import SYSTEM

        async with command_line.database():
            await service.ensure_roles(SYSTEM)
            await service.add_staff(SYSTEM, email=email, name=name, role_code=role, password=password)
        console.print(f"{name} can sign in.")

    command_line.run(run())


@app.command("staff-password")
def staff_password(
    email: Annotated[str, typer.Argument(help="Email address of a staff member.")],
    password: Annotated[
        str,
        typer.Option(
            prompt=True, confirmation_prompt=True, hide_input=True, help="Password: 10 to 256 characters."
        ),
    ],
) -> None:
    """Set the password of a staff member, and end their sessions."""

    async def run() -> None:
        from app.access import secrets, staffing
        from app.core.actor import SYSTEM

        hashed = await secrets.password_hash(secrets.checked_password(password, "password"))
        async with command_line.database():
            found = await staffing.set_password_hash(SYSTEM, email, hashed)
        console.print(f"The password of {found.name} is changed.", markup=False)

    command_line.run(run())


@app.command()
def verify() -> None:
    """Check the ledgers and print every difference. Exits with 1 if there is one."""

    async def run() -> None:
        from app.accounting import queries as accounting
        from app.bank import queries as bank
        from app.fulfillment import queries as fulfillment
        from app.inventory.stock import queries as inventory
        from app.orders import queries as orders
        from app.payments import queries as payments
        from app.stored_value import queries as stored_value

        async with command_line.database(writes=False):
            found = [
                *await inventory.differences(),
                *await orders.differences(),
                *await payments.differences(),
                *await bank.differences(),
                *await bank.transfer_differences(),
                *await stored_value.differences(),
                *await fulfillment.differences(),
                *await accounting.differences(),
            ]
        for line in found:
            console.print(f"[red]{line}[/red]")
        console.print("No inconsistencies found." if not found else f"{len(found)} differences.")
        if found:
            raise typer.Exit(1)

    command_line.run(run())


@app.command()
def schema() -> None:
    """Print the GraphQL schema."""
    from app.schema import schema as graph

    print(graph.as_str())


if __name__ == "__main__":
    app()
