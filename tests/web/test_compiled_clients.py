"""Clients whose operations are compiled from schema.graphql: GraphQL Code Generator with a strict tsc, and Relay."""

import json
import re
import subprocess
from pathlib import Path

import pytest

from tests.races.conftest import database_url, staff_token, template  # noqa: F401  # fixtures
from tests.races.shop import at, client, set_up
from tests.servers import serving

CLIENTS = Path(__file__).parent.parent / "clients"
BIN = CLIENTS / "node_modules" / ".bin"
SCHEMA = CLIENTS.parents[1] / "schema.graphql"
# The modules of the clients are found from the folder with the tests' sources only.
_LINK = "node_modules"


def _run(*command: object, folder: Path) -> "subprocess.CompletedProcess[str]":
    return subprocess.run([str(each) for each in command], cwd=folder, capture_output=True, text=True)


@pytest.fixture
def typed(tmp_path: Path) -> Path:
    """A shop in TypeScript, with the types of its operations."""
    for file in (CLIENTS / "typed").iterdir():
        (tmp_path / file.name).write_text(file.read_text())
    (tmp_path / _LINK).symlink_to(CLIENTS / _LINK)
    made = _run("node", "generate.mjs", SCHEMA, "operations.graphql", "generated.ts", folder=tmp_path)
    assert made.returncode == 0, made.stderr
    return tmp_path


async def test_a_typed_shop_compiles_and_runs_with_apollo_urql_and_graphql_ws(
    typed: Path,
    database_url: str,  # noqa: F811
    staff_token: str,  # noqa: F811
):
    checked = _run(BIN / "tsc", "-p", ".", folder=typed)
    assert checked.returncode == 0, checked.stdout
    bundle = [BIN / "esbuild", "shop.ts", "--bundle", "--platform=node", "--format=esm", "--outfile=shop.mjs"]
    require = "--banner:js=import{createRequire}from'module';const require=createRequire(import.meta.url);"
    bundled = _run(*bundle, require, "--log-level=warning", folder=typed)
    assert bundled.returncode == 0, bundled.stderr
    async with serving(database_url) as (server,), client() as http:
        await set_up(at(server, http, staff_token), {"A": 10})
        ran = _run("node", "shop.mjs", server.url + "/graphql", "A", folder=typed)
    assert ran.returncode == 0, ran.stderr
    assert json.loads(ran.stdout) == {
        "prices": ["10.00"] * 3,
        "told": ["total 15.00 USD", "1000 of Thing A"],
        "stage": "CONFIRMED",
    }


def test_a_strict_compiler_refuses_what_the_schema_does_not_have(typed: Path):
    shop = typed / "shop.ts"
    for written, wrong, reported in (
        ("placed.total.amount}", "placed.total.sum}", "Property 'sum' does not exist"),
        ('    case "InsufficientStock":', '    case "NoStock":', '"NoStock"'),
        ("variant?.price?.amount, byUrql", "variant?.price.amount, byUrql", "is possibly 'null'"),
    ):
        source = (CLIENTS / "typed" / "shop.ts").read_text()
        assert written in source
        shop.write_text(source.replace(written, wrong, 1))
        checked = _run(BIN / "tsc", "-p", ".", folder=typed)
        assert checked.returncode != 0 and reported in checked.stdout, checked.stdout


@pytest.fixture
def relayed(tmp_path: Path) -> Path:
    """The operations of a shop with Relay, ready to be compiled."""
    for name in ("src", "made"):
        (tmp_path / name).mkdir()
    (tmp_path / "src" / "Shop.ts").write_text((CLIENTS / "relayed" / "Shop.ts").read_text())
    (tmp_path / "schema.graphql").write_text(SCHEMA.read_text())
    config = {"src": "src", "schema": "schema.graphql", "language": "typescript", "artifactDirectory": "made"}
    (tmp_path / "relay.config.json").write_text(json.dumps(config))
    return tmp_path


def test_relay_compiles_the_operations_of_a_shop(relayed: Path):
    done = _run(BIN / "relay-compiler", "relay.config.json", folder=relayed)
    assert done.returncode == 0, done.stdout + done.stderr
    made = {file.name.removesuffix(".graphql.ts") for file in (relayed / "made").iterdir()}
    pages, updates = {"ShopQuery", "ShopProductsPageQuery", "Shop_products"}, {"ShopUpdatesSubscription"}
    assert made == pages | updates | {"ShopOrderQuery", "ShopPlaceMutation", "Shop_order"}


@pytest.mark.parametrize(
    ("pattern", "without"),
    [
        (r"\bNode\b", "Thing"),  # an object is read again by its ID
        (r"  hasNextPage: Boolean!\n", ""),  # pages of a connection
        (r"  products\(\n", "  goods(\n"),
    ],
)
def test_relay_refuses_a_schema_without_its_conventions(relayed: Path, pattern: str, without: str):
    schema = relayed / "schema.graphql"
    changed, count = re.subn(pattern, without, schema.read_text())
    assert count
    schema.write_text(changed)
    done = _run(BIN / "relay-compiler", "relay.config.json", folder=relayed)
    assert done.returncode != 0 and "Failed to build" in done.stdout + done.stderr
