import pytest

from tests.ask import Api
from tests.journeys.life import Story
from tests.payments import scripted
from tests.payments.desk import Desk, desk_for
from tests.payments.scripted import SET, World


@pytest.fixture
def world(monkeypatch: pytest.MonkeyPatch) -> World:
    """The gateway's side of the kind STRIPE."""
    return scripted.installed(monkeypatch)


@pytest.fixture
async def card_desk(api: Api, world: World) -> Desk:
    """An order of 25.00, and a gateway `card`."""
    story = await Story.begin(api)
    made = await story.staff.do(
        SET, i={"code": "card", "name": "Cards", "kind": "STRIPE", "secrets": scripted.secrets()}
    )
    assert made["__typename"] == "PaymentGateway", made
    return await desk_for(story)
