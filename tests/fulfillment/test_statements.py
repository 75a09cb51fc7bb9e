"""The number of statements of each step of an order's life, independent of its lines."""

import pytest

from app.core.database import is_postgres
from tests.ask import Api
from tests.journeys.life import Story
from tests.statements import statements

# BEGIN and COMMIT are not counted; what is asked back is one more.
STEPS = {"fulfillmentRelease": 6, "fulfillmentPick": 9, "fulfillmentPack": 7, "fulfillmentShip": 14}
DELIVER = 10


@pytest.mark.parametrize("skus", ["A", "ABC"])
async def test_a_step_takes_so_many_statements_and_no_more_when_there_are_more_lines(api: Api, skus: str):
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
