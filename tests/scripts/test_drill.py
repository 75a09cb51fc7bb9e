"""What scripts/drill does, in short: the upgrade of the first version's database, and a backup under load."""

from pathlib import Path

import pytest
from drilling.databases import Databases, Postgres, Sqlite
from drilling.drills import back_up_and_restore, upgraded
from drilling.programs import Failed, succeed

from tests import services
from tests.conftest import ON_POSTGRES
from tests.servers import Server

pytestmark = pytest.mark.on_both

ORDERS = 120


@pytest.fixture
def databases(tmp_path: Path) -> Databases:
    return Postgres(services.postgres_url()) if ON_POSTGRES else Sqlite(tmp_path)


async def test_the_first_versions_database_is_upgraded_used_backed_up_under_load_and_restored(
    databases: Databases,
):
    async with upgraded(databases, Server) as url:
        begun, found = await back_up_and_restore(databases, Server, url, ORDERS)
    assert ORDERS // 4 < begun <= found < begun + ORDERS


async def test_a_database_that_fails_verification_fails_the_drill(databases: Databases):
    """An empty database has no tables to verify."""
    async with databases.new() as url:
        with pytest.raises(Failed, match="ordergraph verify"):
            succeed(Server(url), "verify")
