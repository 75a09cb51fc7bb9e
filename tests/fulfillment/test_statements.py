"""The number of statements of each step of an order's life, independent of its lines."""

import pytest

from app.core.database import is_postgres
from tests.ask import Api
from tests.journeys.life import Story
from tests.statements import statements

# BEGIN and COMMIT are not counted; the query of the response is one statement.
STEPS = {"fulfillmentRelease": 6, "fulfillmentPick": 9, "fulfillmentPack": 7, "fulfillmentShip": 18}
DELIVER = 11


@pytest.mark.parametrize("skus", ["A", "ABC"])
async def test_the_number_of_statements_of_a_step_does_not_depend_on_the_number_of_lines(api: Api, skus: str):
    story = await Story.begin(api)
    if not is_postgres():
        pytest.skip("SQLite writes one row after the other")
    for sku in skus:
        await story.sell(sku, east=10)
    (work,) = await story.work(await story.buy(*((sku, 1) for sku in skus)))
    for name, wanted in STEPS.items():
        arguments = f'id: "{work["id"]}"' if name.endswith("Release") else f'input: {{id: "{work["id"]}"}}'
        with statements() as ran:
            answer = await story.staff.ask(
                f"mutation {{ {name}({arguments}) {{ ... on FulfillmentOrder {{ shipments {{ id }} }} }} }}"
            )
        assert len(ran) == wanted, (name, *ran)
    (shipment,) = answer["fulfillmentShip"]["shipments"]
    with statements() as ran:
        await story.deliver(shipment["id"])
    assert len(ran) == DELIVER, ran
