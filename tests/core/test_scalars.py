"""All country and currency fields have their own scalar."""

import re

from graphql import GraphQLInputObjectType, GraphQLInterfaceType, GraphQLObjectType, get_named_type

from app.schema import schema
from tests import make
from tests.ask import ADDRESS, PLACE, Api, order_input

TYPES = schema._schema.type_map
WORDS = {"country": "CountryCode", "countries": "CountryCode", "currency": "CurrencyCode"}


def test_every_country_and_currency_field_has_its_scalar():
    found = {}
    for name, kind in TYPES.items():
        if isinstance(kind, (GraphQLObjectType, GraphQLInterfaceType, GraphQLInputObjectType)):
            for field, item in kind.fields.items():
                last = re.sub(r"([A-Z])", r" \1", field).lower().split()[-1]
                if last in WORDS:
                    found[f"{name}.{field}"] = (get_named_type(item.type).name, WORDS[last])
    assert len(found) > 25
    assert {field: kinds for field, kinds in found.items() if kinds[0] != kinds[1]} == {}


async def test_an_unknown_country_is_refused_with_the_path_of_its_field(api: Api):
    shop = await make.shop()
    await shop.sell("A")
    for country in ("Atlantis", "XX", "", "D" * 1_000):
        sent = order_input(("A", 1)) | {"shippingAddress": ADDRESS | {"country": country}}
        refused = await api.do(PLACE, input=sent)
        assert refused["__typename"] in ("InvalidInput", "ValidationFailed"), country
        paths = [each["path"] for each in refused.get("problems", [])] or [refused["path"]]
        assert ["input", "shippingAddress", "country"] in paths, country
