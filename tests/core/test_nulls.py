"""Empty texts are null in responses: no field returns an empty string for a missing value."""

from graphql import GraphQLInputObjectType, is_non_null_type
from strawberry.types.base import StrawberryObjectDefinition
from tortoise.fields import CharField, TextField

from app.core.graphql.empty import NoneIfEmpty
from app.schema import schema
from tests import make
from tests.ask import Api


def fields_that_may_be_empty() -> tuple[set[str], set[str]]:
    """The fields of text columns whose default is an empty string, and those that return null then."""
    shown, nullable = set(), set()
    for name, made in schema.schema_converter.type_map.items():
        kind = made.definition
        check = getattr(getattr(kind, "origin", None), "is_type_of", None)
        if not isinstance(kind, StrawberryObjectDefinition) or not hasattr(check, "model"):
            continue
        for field in kind.fields:
            column = check.model._meta.fields_map.get(field.python_name)
            if (
                isinstance(column, (CharField, TextField))
                and column.default == ""
                and not field.base_resolver
            ):
                shown.add(f"{name}.{field.python_name}")
                if isinstance(field, NoneIfEmpty):
                    nullable.add(f"{name}.{field.python_name}")
    return shown, nullable


def test_every_text_field_that_may_be_empty_returns_null():
    shown, nullable = fields_that_may_be_empty()
    assert len(shown) > 40
    assert shown == nullable


async def test_missing_texts_of_products_customers_and_addresses_are_null(api: Api):
    shop = await make.shop()
    await shop.sell("A")
    order = await make.order(("A", 1))
    staff = api.as_(await make.token())
    found = await staff.ask(
        """query($n: String) {
          variant(sku: "A", channel: "web") { name product { description imageUrl } }
          order(number: $n) {
            phone purchaseOrderNumber note lines { nodes { variantName } }
            shippingAddress { name company line2 phone }
          }
          products(channel: "web") { nodes { imageUrl } }
        }""",
        n=order.number,
    )
    assert found["variant"] == {"name": None, "product": {"description": None, "imageUrl": None}}
    assert found["products"]["nodes"] == [{"imageUrl": None}]
    assert found["order"] == {
        "phone": None,
        "purchaseOrderNumber": None,
        "note": None,
        "lines": {"nodes": [{"variantName": None}]},
        "shippingAddress": {"name": "Ada Lovelace", "company": None, "line2": None, "phone": None},
    }
    made = await staff.do(
        'mutation { customerCreate(input: {email: "eve@example.com"}) { ... on Customer { name phone note } } }'
    )
    assert made == {"name": None, "phone": None, "note": None}


async def test_null_and_an_empty_text_have_the_same_meaning_in_an_input(api: Api):
    await make.shop()
    staff = api.as_(await make.token())
    query = """mutation($input: ProductCreateInput!) { productCreate(input: $input) {
      __typename ... on UserError { message path } ... on Product { slug description imageUrl } } }"""
    made = await staff.do(
        query, input={"name": "Blue Lamp", "slug": None, "description": None, "imageUrl": ""}
    )
    assert made == {"__typename": "Product", "slug": "blue-lamp", "description": None, "imageUrl": None}


def test_every_input_text_with_an_empty_default_accepts_null():
    found = [
        f"{name}.{field}"
        for name, kind in schema._schema.type_map.items()
        if isinstance(kind, GraphQLInputObjectType)
        for field, item in kind.fields.items()
        if item.default_value == "" and is_non_null_type(item.type)
    ]
    assert found == []
