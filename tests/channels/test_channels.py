"""Channels, and concurrent creation of the same one."""

import asyncio
from collections import Counter

from app.core.database import fetch
from tests import make
from tests.ask import Api

CREATE = (
    'mutation { channelCreate(input: {code: "web", name: "Web", currency: "USD"}) '
    "{ __typename ... on UserError { errorCode message } } }"
)


async def test_of_20_concurrent_creations_of_a_channel_one_succeeds(api: Api):
    """Concurrent requests that pass the check fail at the unique index."""
    staff = api.as_(await make.token())
    answers = await asyncio.gather(*(staff.do(CREATE) for _ in range(20)))
    assert Counter(a["__typename"] for a in answers) == {"Channel": 1, "AlreadyExists": 19}
    assert (await fetch("SELECT count(*) AS n FROM channel"))[0]["n"] == 1
    assert (await fetch("SELECT count(*) AS n FROM journal_entry WHERE name = 'channel_created'"))[0][
        "n"
    ] == 1
