"""`scripts/floods [NAME …]`: runs floods against a new server, and prints how long a visitor waited.

The strict limits are for an idle machine; the exit code is 1 if one of them is exceeded. On SQLite,
or with TEST_DATABASE=postgres on PostgreSQL.
"""

import asyncio
import contextlib
import sys
import tempfile
from collections.abc import AsyncIterator

from tests import services
from tests.conftest import ON_POSTGRES
from tests.races.shop import client
from tests.servers import Server, serving
from tests.template import copy_to
from tests.web.floods.flooding import FLOODS
from tests.web.floods.measuring import MOST_MEMORY, SETTINGS, WAITS_AT_MOST, ground


@contextlib.asynccontextmanager
async def _database() -> AsyncIterator[str]:
    with tempfile.TemporaryDirectory() as folder:
        url = services.new_url() if ON_POSTGRES else f"sqlite:///{folder}/floods.db"
        await copy_to(url)
        yield url
        if ON_POSTGRES:
            await services.drop_database(url)


async def main(names: list[str]) -> int:
    async with _database() as url:
        token = Server(url).run("token", "floods").stdout.strip().splitlines()[-1]
        async with (
            serving(url, **SETTINGS) as (server,),
            client() as http,
            ground(server, http, token) as tried,
        ):
            missed = 0
            for name in names or FLOODS:
                found = await tried.flood(name)
                missed += (
                    found.p99.clock >= WAITS_AT_MOST
                    or found.growth > MOST_MEMORY
                    or "INTERNAL" in found.found
                )
                print(found, flush=True)
            left = await tried.until_growth(MOST_MEMORY // 2, within=60)
            print(f"A while later: {left / 1e6:+.1f} MB")
            print(server.output(), end="")
    return int(missed > 0)


if __name__ == "__main__":
    sys.exit(asyncio.run(main(sys.argv[1:])))
