"""Categories: unique slugs, parents, and search of products by category."""

import pytest

from tests import make
from tests.ask import Api

CREATE = """mutation($input: CategoryCreateInput!) { categoryCreate(input: $input) {
  __typename ... on Category { slug name parent { slug } } ... on UserError { errorCode path } } }"""
ALL = "{ categories { nodes { slug parent { slug } } } }"


@pytest.fixture
async def staff(api: Api) -> Api:
    return api.as_(await make.token())


async def _slugs(staff: Api) -> dict[str, str | None]:
    nodes = (await staff.ask(ALL))["categories"]["nodes"]
    return {node["slug"]: (node["parent"] or {}).get("slug") for node in nodes}


async def test_a_category_gets_a_slug_from_its_name_and_can_have_a_parent(staff: Api):
    made = await staff.do(CREATE, input={"name": "Garden & Tools"})
    assert (made["slug"], made["parent"]) == ("garden-tools", None)
    made = await staff.do(CREATE, input={"name": "Rakes", "slug": "rakes-2", "parent": "garden-tools"})
    assert (made["slug"], made["parent"]) == ("rakes-2", {"slug": "garden-tools"})
    assert await _slugs(staff) == {"garden-tools": None, "rakes-2": "garden-tools"}


@pytest.mark.parametrize(
    ("wrong", "kind", "path"),
    [
        ({"name": "Other", "slug": "tools"}, "AlreadyExists", ["slug"]),
        ({"name": "Tools"}, "AlreadyExists", ["slug"]),
        ({"name": "Rakes", "slug": "Rakes!"}, "InvalidInput", ["slug"]),
        ({"name": "Rakes", "parent": "garden"}, "NotFound", ["parent"]),
    ],
)
async def test_an_invalid_category_is_refused_with_the_path_of_the_field(
    staff: Api, wrong: dict[str, str], kind: str, path: list[str]
):
    await staff.do(CREATE, input={"name": "Tools"})
    refused = await staff.do(CREATE, input=wrong)
    assert (refused["__typename"], refused["path"]) == (kind, ["input", *path])
    assert await _slugs(staff) == {"tools": None}


async def test_products_are_found_by_the_name_and_by_the_slug_of_their_category(staff: Api):
    shop = await make.shop()
    for name in ("Lighting", "Seating"):
        await staff.do(CREATE, input={"name": name})
    await shop.sell("LAMP", category="lighting")
    await shop.sell("CHAIR", category="seating")
    query = """query($s: String, $c: String) {
      products(channel: "web", search: $s, filter: {category: $c}) { nodes { name } } }"""
    for conditions in ({"s": "light"}, {"c": "lighting"}):
        found = (await staff.ask(query, **conditions))["products"]["nodes"]
        assert found == [{"name": "Thing LAMP"}]
