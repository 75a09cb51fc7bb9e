"""Categories: their slugs are unique, they stand below one another, and products are found by their names."""

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


async def test_a_category_gets_a_slug_of_its_name_and_stands_below_its_parent(staff: Api):
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
async def test_a_category_that_cannot_be_is_refused_by_its_field(
    staff: Api, wrong: dict[str, str], kind: str, path: list[str]
):
    await staff.do(CREATE, input={"name": "Tools"})
    refused = await staff.do(CREATE, input=wrong)
    assert (refused["__typename"], refused["path"]) == (kind, ["input", *path])
    assert await _slugs(staff) == {"tools": None}


async def test_a_product_is_found_by_the_name_of_its_category_and_by_its_slug(staff: Api):
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
