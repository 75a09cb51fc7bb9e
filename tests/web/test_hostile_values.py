"""Hostile values in every field of every input are accepted or refused, and break no reads of others."""

import zlib
from collections.abc import AsyncIterator, Iterator

import httpx
import pytest

from app.core.graphql.bounds import BOUNDS
from app.core.ids import to_global
from app.orders.models import Order
from app.schema import schema
from tests import make
from tests.ask import Api
from tests.hostile import values
from tests.hostile.cursors import cursors
from tests.hostile.fields import all_sites
from tests.hostile.ground import Ground, lay
from tests.hostile.reading import read_lists, read_pages, read_stream
from tests.hostile.trying import Attempt, Trial
from tests.openid import running_provider, used_provider
from tests.preparing import Preparing

# The OpenID provider uses a deprecated function of its library.
pytestmark = pytest.mark.filterwarnings("ignore:get_jwt_config:DeprecationWarning")
GRAPH = schema._schema


@pytest.fixture(scope="module")
def provider() -> Iterator[str]:
    with running_provider() as url:
        yield url


@pytest.fixture
async def trial(
    api: Api,
    application: httpx.ASGITransport,
    one_executor: None,
    provider: str,
    monkeypatch: pytest.MonkeyPatch,
) -> AsyncIterator[Trial]:
    ground = Ground()
    tokens = await lay(api, ground)
    await ground.look()
    ground.needed["CustomerUpdateInput", "id"] = ground.ids["Customer"][0]
    to = Preparing(api, api.as_(tokens["staff"]), api.as_(tokens["buyer"]))
    with used_provider(provider, monkeypatch):
        yield Trial(application, ground, GRAPH, tokens, to)


@pytest.mark.timeout(1_800)
async def test_no_value_in_any_field_causes_an_internal_error_or_breaks_reads_of_others(
    api: Api, trial: Trial, capsys
):
    for root in ("Query", "Subscription", "Mutation"):
        for name in GRAPH.type_map[root].fields:
            await trial.try_field(root, name)
            if root == "Mutation":
                await trial.ground.look()
    wanted = {site.name: site for site in all_sites(GRAPH)}
    for site in wanted.values():
        if site.root not in ("Query", "Subscription", "Mutation"):
            await trial.try_field(site.root, site.field)
    tried = trial.tried
    with capsys.disabled():
        print(f"\n{len(tried.sites)} of {len(wanted)} places in inputs tried with {tried.requests} requests")
    assert not tried.faults, "\n".join(tried.faults[:50])
    assert tried.sites == set(wanted)
    refused = set(GRAPH.mutation_type.fields) - tried.accepted
    assert refused == set()  # a mutation whose valid request is refused is only partly tested
    await _everything_can_be_read(api, trial)


async def _everything_can_be_read(api: Api, trial: Trial) -> None:
    await (await make.shop("last")).sell("Z")
    last = await make.order(("Z", 1), channel="last")
    rows = await read_lists(api.as_(trial.tokens["staff"]), GRAPH)
    assert rows["orders"] == await Order.all().count()
    assert {name for name in ("products", "customers", "stockLevels", "events") if not rows[name]} == set()
    assert await read_stream(schema, trial.tokens["staff"], to_global("Order", last.id)) > rows["orders"]
    assert await read_pages(api) > rows["orders"]


async def test_no_cursor_in_any_list_causes_an_internal_error(
    trial: Trial, capsys: pytest.CaptureFixture[str]
):
    """Each list and stream is tested with a part of the cursors, chosen by its name."""
    tried = trial.tried
    all_of_them = cursors()
    for site in all_sites(GRAPH):
        if site.path[-1] not in ("after", "before") or site.kind != "String":
            continue
        attempt = Attempt(trial, site.root, site.field, await trial.caller(site.root, site.field))
        await attempt.without_hostile_values()
        each = 5 if site.root == "Query" and site.path[-1] == "after" else 25
        offset = zlib.crc32(site.name.encode()) % each
        for cursor in all_of_them[offset::each]:
            await attempt.send({site.path: cursor})
        tried.sites.add(site.name)
    with capsys.disabled():
        print(f"\n{len(tried.sites)} places for cursors tried with {tried.requests} requests")
    assert len(tried.sites) >= 80
    assert not tried.faults, "\n".join(tried.faults[:50])


async def test_a_nul_escape_in_a_document_is_refused_with_its_path(api: Api, trial: Trial):
    staff = api.as_(trial.tokens["staff"])
    order = trial.ground.ids["Order"][0]
    for written in ("\\u0000", "\\u{0}", "\\u{000000}"):
        for query, path in (
            ('{ orders(filter: {sku: {eq: "aWb"}}) { nodes { id } } }', ["filter", "sku", "eq"]),
            ('{ orders(after: "W") { nodes { id } } }', ["after"]),
        ):
            refused = await staff.error(query.replace("W", written))
            assert (refused["extensions"]["code"], refused["extensions"]["path"]) == ("INVALID", path)
        note = 'mutation($id: ID!) { orderNoteAdd(id: $id, text: "aWb") { ... on UserError { path } } }'
        assert (await staff.do(note.replace("W", written), id=order))["path"] == ["text"]


@pytest.mark.parametrize(
    "name", ["%00", "a%00b", "%ED%A0%80", "%FF", "x" * 5_000, "%F0%9F%98%80", "..", "%2e%2e%2f"]
)
@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "/track/{}"), ("GET", "/supplier/{}"), ("POST", "/supplier/{}"), ("GET", "/print/label/{}"),
        ("GET", "/print/{}/x"), ("POST", "/carriers/{}/events"), ("POST", "/gateways/{}/events"), ("GET", "/static/{}"), ("GET", "/graphql?query={}"),
        ("GET", "/graphql?query=%7Bme%7Bkind%7D%7D&operationName={}"),
    ],
)  # fmt: skip
async def test_no_value_in_a_url_causes_an_internal_error(api: Api, method: str, path: str, name: str):
    for headers in (
        {},
        {"authorization": "Bearer \u00e9\u0001"},
        {"last-event-id": "\u00ff", "accept": "text/event-stream"},
    ):
        sent = {key: value.encode("latin-1") for key, value in headers.items()}
        answer = await api.client.request(method, path.format(name), headers=sent)
        assert answer.status_code < 500, answer.text
        assert "INTERNAL" not in answer.text


def test_there_are_hostile_values_for_every_type_of_value():
    kinds = {site.kind for site in all_sites(GRAPH)} - {"LIST", "OBJECT", "ENUM"}
    assert kinds <= set(values.ODD)
    assert kinds - {"Int", "Float", "Boolean"} == set(values.REFUSED)


async def test_a_field_without_bounds_is_detected(trial: Trial, monkeypatch: pytest.MonkeyPatch):
    bounds = GRAPH.mutation_type.fields["orderDraftCreate"].extensions[BOUNDS]
    monkeypatch.delitem(bounds["input"].fields, "note")
    await trial.try_field("Mutation", "orderDraftCreate")
    assert any(fault.startswith("Mutation.orderDraftCreate(input.note)") for fault in trial.tried.faults)
