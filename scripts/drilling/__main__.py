"""The command line of scripts/drill."""

import argparse
import asyncio
import sys
import tempfile
import time
from pathlib import Path

from drilling.databases import Databases, Postgres, Sqlite
from drilling.drills import back_up_and_restore, upgraded
from drilling.programs import Failed, Installed


async def drill(databases: Databases, orders: int) -> None:
    """Run both drills and print the result of each."""
    start = time.perf_counter()
    async with upgraded(databases, Installed) as url:
        print(f"{databases.name}: upgraded from the first version and used; everything adds up.", flush=True)
        begun, found = await back_up_and_restore(databases, Installed, url, orders)
    print(
        f"{databases.name}: backed up with {begun} orders while others were placed; the copy has {found}, "
        f"and everything adds up. {time.perf_counter() - start:.0f} s in all.",
        flush=True,
    )


def main() -> int:
    parser = argparse.ArgumentParser(prog="scripts/drill", description="Rehearse backup and upgrade.")
    parser.add_argument("--postgres", metavar="URL", help="a PostgreSQL on which databases may be created")
    parser.add_argument("--orders", type=int, default=400, help="orders placed around the backup")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        kinds: list[Databases] = [Sqlite(Path(folder))]
        if given.postgres:
            kinds.append(Postgres(given.postgres))
        try:
            for databases in kinds:
                asyncio.run(drill(databases, given.orders))
        except Failed as error:
            print(f"The drill failed: {error}", file=sys.stderr)
            return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
