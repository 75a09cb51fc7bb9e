"""A shop whose ledger the tests read."""

import pytest

from tests import make
from tests.accounting.books import receive
from tests.ask import Api
from tests.journeys.life import Story
from tests.payments.conftest import card_desk, world

__all__ = ["card_desk", "world"]  # fixtures


@pytest.fixture
async def story(api: Api) -> Story:
    """Mugs at 10.00 with 10 percent of tax, which cost 4.00."""
    story = await Story.begin(api)
    await make.tax()
    await story.sell("MUG")
    await receive(story.staff, "MUG", 50, "4.00")
    return story
