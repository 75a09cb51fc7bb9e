"""A process that calls gateways for payments until it is killed, with short delays between tries."""

import asyncio
from datetime import timedelta

from app import main, wiring
from app.core.database import connect
from app.payments import jobs
from app.payments.service import calling, noting
from app.settings import settings

# In the proportions of production: a claim is longer than the patience, and a lost request is ruled out after both.
PATIENCE = 8.0
CLAIMED_FOR, NOT_RECEIVED_AFTER = timedelta(seconds=10), timedelta(seconds=12)
DELAYS = (timedelta(seconds=0.2), timedelta(seconds=0.5), timedelta(seconds=1))


async def call() -> None:
    wiring.wire()
    calling.PATIENCE, calling.CLAIMED_FOR = PATIENCE, CLAIMED_FOR
    calling.NOT_RECEIVED_AFTER, noting.DELAYS = NOT_RECEIVED_AFTER, DELAYS
    assert main.OUTSIDE  # the models of the whole application are loaded
    await connect(settings())
    while True:
        await jobs.call_gateways()
        await asyncio.sleep(0.02)


if __name__ == "__main__":
    asyncio.run(call())
