"""Each input field of a mutation has an effect, and is written to the column of its name."""

from collections.abc import AsyncIterator
from dataclasses import replace
from typing import Any

import pytest

from app.catalog.schema import mutations as catalog
from app.core.graphql.changes import changes_of
from app.core.refusals import Invalid
from app.customers.schema.inputs import CustomerCreateInput
from app.suppliers.schema import suppliers
from tests.ask import Api
from tests.matrix.asking import Undoing
from tests.matrix.callers import Callers
from tests.matrix.inputs import Inputs, input_sites
from tests.matrix.planning import Plan
from tests.matrix.prepared import BY_THE_BUYER, prepared
from tests.matrix.recording import Recorder, rows_of_all
from tests.matrix.untried import NOT_TRIED, SEEN_IN_REFUSALS
from tests.matrix.world import INSIDE, OUTSIDE, World

pytestmark = pytest.mark.once


@pytest.fixture(scope="module")
async def buyer(client: Api, world: World, callers: Callers, plan: Plan) -> AsyncIterator[Api]:
    """The customer of the side INSIDE, which has all prepared objects."""
    buyer = client.as_(world.buyers[INSIDE])
    async with prepared(world.sides[INSIDE], client, client.as_(callers.everything), buyer):
        yield buyer


@pytest.fixture(scope="module")
async def initial(buyer: Api) -> dict[str, Any]:
    return await rows_of_all()


@pytest.fixture
async def inputs(
    client: Api,
    world: World,
    callers: Callers,
    plan: Plan,
    buyer: Api,
    initial: dict[str, Any],
    seen: Undoing,
) -> Inputs:
    others = dict.fromkeys(BY_THE_BUYER, buyer)
    recorder = Recorder(client.as_(callers.everything), seen, initial, others)
    await recorder.prepare()
    return Inputs(recorder, world.sides[INSIDE], world.sides[OUTSIDE], plan)


@pytest.mark.parametrize("type_name", sorted(input_sites()))
async def test_every_field_of_an_input_has_an_effect(inputs: Inputs, type_name: str):
    assert "\n".join(await inputs.faults(type_name)) == ""


def test_the_fields_listed_with_a_reason_are_fields_of_inputs():
    known = {(type_name, name) for type_name, fields in input_sites().items() for name in fields}
    assert {*NOT_TRIED, *SEEN_IN_REFUSALS} <= known
    assert not NOT_TRIED.keys() & SEEN_IN_REFUSALS.keys()


async def test_an_ignored_field_of_a_create_input_is_detected(
    inputs: Inputs, monkeypatch: pytest.MonkeyPatch
):
    data = CustomerCreateInput.data
    monkeypatch.setattr(CustomerCreateInput, "data", lambda given, by: data(replace(given, note=""), by))
    (fault,) = await inputs.faults("CustomerCreateInput")
    assert fault.startswith("CustomerCreateInput.note changes nothing")


async def test_an_ignored_field_of_an_update_input_is_detected(
    inputs: Inputs, monkeypatch: pytest.MonkeyPatch
):
    def without_the_field(given: Any, **options: Any) -> dict[str, Any]:
        changes = changes_of(given, **options)
        changes.pop("weight_grams", None)
        return changes

    monkeypatch.setattr(catalog, "changes_of", without_the_field)
    (fault,) = await inputs.faults("VariantUpdateInput")
    assert fault.startswith("VariantUpdateInput.weightGrams changes nothing")


async def test_a_field_of_an_update_input_that_is_checked_and_not_written_is_detected(
    inputs: Inputs, monkeypatch: pytest.MonkeyPatch
):
    def checked_and_left_out(given: Any, **options: Any) -> dict[str, Any]:
        changes = changes_of(given, **options)
        if changes.pop("weight_grams", None) == 7:
            raise Invalid("This weight is not possible.", "weight_grams")
        return changes

    monkeypatch.setattr(catalog, "changes_of", checked_and_left_out)
    (fault,) = await inputs.faults("VariantUpdateInput")
    assert fault.startswith("VariantUpdateInput.weightGrams changes nothing")


async def test_an_input_field_written_to_another_column_is_detected(
    inputs: Inputs, monkeypatch: pytest.MonkeyPatch
):
    def with_another_column(given: Any, **options: Any) -> dict[str, Any]:
        changes = changes_of(given, **options)
        if "lead_days" in changes:
            changes["lead_deviation_days"] = changes.pop("lead_days")
        return changes

    monkeypatch.setattr(suppliers, "changes_of", with_another_column)
    (fault,) = await inputs.faults("SupplierUpdateInput")
    assert fault.startswith("SupplierUpdateInput.leadDays does not reach supplier.lead_days")
