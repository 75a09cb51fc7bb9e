"""A process that sends the due messages until it is killed, with short delays between tries."""

import asyncio
from datetime import timedelta

from app import main, wiring
from app.core.database import connect
from app.notifications import jobs, service
from app.settings import settings

LEASE = timedelta(seconds=1)


async def send() -> None:
    wiring.wire()
    service.LEASE = LEASE
    service.TRY_AGAIN_AFTER = [timedelta(milliseconds=20)] * 30
    assert main.OUTSIDE  # the models of the whole application are loaded
    await connect(settings())
    print("ready", flush=True)
    while True:
        await jobs.send_messages()
        await asyncio.sleep(0.02)


if __name__ == "__main__":
    asyncio.run(send())
