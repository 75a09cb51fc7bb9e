"""The answer to every generated mutation is data, a typed error or an error with a code other than INTERNAL."""

import random
from typing import Any

import pytest
from hypothesis import HealthCheck, given, seed, settings
from hypothesis import strategies as st
from hypothesis_graphql import mutations

from app.schema import schema
from tests import make
from tests.amounts import ON_POSTGRES, usual
from tests.ask import Api
from tests.generated import SCALARS, sample_data, with_existing_values


@pytest.fixture
async def shop(api: Api) -> dict[str, Any]:
    return {"ids": await sample_data(), "token": await make.token()}


def internal_errors(body: dict[str, Any]) -> list[Any]:
    return [error for error in body.get("errors", []) if error["extensions"]["code"] == "INTERNAL"]


ALL = sorted(schema._schema.mutation_type.fields)
TEXT = schema.as_str()


@pytest.mark.parametrize("name", ALL)
@seed(int(ON_POSTGRES))
@settings(
    max_examples=usual(2, full=8), deadline=None, suppress_health_check=list(HealthCheck), derandomize=True
)
@given(data=st.data(), number=st.integers(0, 2**16))
async def test_no_generated_mutation_causes_an_internal_error(
    api: Api, shop: dict[str, Any], name: str, data: st.DataObject, number: int
):
    wanted = mutations(TEXT, fields=[name], custom_scalars=SCALARS, allow_x00=False)
    sent = with_existing_values(data.draw(wanted), shop["ids"], random.Random(number))
    response = await api.as_(shop["token"]).post(sent)
    assert response.status_code in (200, 400), response.text
    assert internal_errors(response.json()) == [], sent
