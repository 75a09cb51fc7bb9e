"""A mail server that fails and senders that are killed: each message is sent, and repeated at most once a kill.

MESSAGES and the number of kills are small by default; FAULTS=full sends 10,000 messages with 20 kills,
and `pytest -rP` prints how many attempts failed and how many messages were repeated.
"""

import asyncio
import contextlib
import os
import random
import subprocess
import sys
from collections import Counter
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import pytest
from aiosmtpd.smtp import SMTP, Envelope, Session

from app.core import clock
from app.core.database import insert
from app.core.ids import new_id
from app.notifications.lifecycle import MessageKind, MessageStatus
from app.notifications.models import Message
from tests import make
from tests.ask import Api
from tests.conftest import _DATABASE
from tests.mail_server import mail_server

ROOT = Path(__file__).parent.parent.parent
IS_FULL = os.environ.get("FAULTS") == "full"
MESSAGES, KILLS = (10_000, 20) if IS_FULL else (150, 3)
PATIENCE = 3_600 if IS_FULL else 120  # seconds


class Unreliable:
    """A mail server of which three in ten attempts fail, at the recipient, at the text or by a lost connection."""

    def __init__(self) -> None:
        self.accepted: list[str] = []  # Message-IDs
        self.failures = 0
        self._chosen = random.Random(7)

    def _fails(self, share: float) -> bool:
        failed = self._chosen.random() < share
        self.failures += failed
        return failed

    async def handle_RCPT(
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        if self._fails(0.1):
            return "450 4.2.0 Try later"
        if self._fails(0.1):
            assert server.transport is not None
            server.transport.close()
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:
        if self._fails(0.1):
            return "451 4.3.0 Try later"
        assert isinstance(envelope.content, bytes)
        [line] = [each for each in envelope.content.split(b"\r\n") if each.lower().startswith(b"message-id:")]
        self.accepted.append(line.split(b":", 1)[1].strip().decode())
        return "250 OK"


@pytest.fixture
async def unreliable() -> AsyncIterator[tuple[Unreliable, int]]:
    box = Unreliable()
    async with mail_server(box) as port:
        yield box, port


def _sender(port: int) -> "subprocess.Popen[bytes]":
    settings = {
        "ORDERGRAPH_SMTP_URL": f"smtp://127.0.0.1:{port}",
        "ORDERGRAPH_MAIL_FROM": "Orders <orders@shop.example>",
        "ORDERGRAPH_DATABASE_URL": _DATABASE,
    }
    return subprocess.Popen(
        [sys.executable, "-m", "tests.notifications.sender"],
        cwd=ROOT,
        env=os.environ | settings,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )


async def _until(box: Unreliable, count: int) -> None:
    async with asyncio.timeout(PATIENCE):
        while len(set(box.accepted)) < count:
            await asyncio.sleep(0.01)


async def _queue(order_id: object) -> list[Message]:
    """Messages about one order, each with a cause of its own."""
    at = clock.now() - timedelta(seconds=1)
    rows = [
        Message(
            id=new_id(), kind=MessageKind.ORDER_PLACED, cause=str(number), address="ada@example.com",
            subject_id=order_id, order_id=order_id, language="en", next_at=at, created_at=at,
        )
        for number in range(MESSAGES)
    ]  # fmt: skip
    for start in range(0, MESSAGES, 500):
        await insert(rows[start : start + 500])
    return rows


@pytest.mark.timeout(PATIENCE + 100)
async def test_each_message_is_sent_and_repeated_at_most_once_for_each_kill(
    api: Api, unreliable: tuple[Unreliable, int]
):
    box, port = unreliable
    shop = await make.shop()
    await shop.sell("A")
    order = await make.order(("A", 1))
    await Message.all().delete()
    rows = await _queue(order.id)
    process = _sender(port)
    try:
        for kill in range(KILLS):
            await _until(box, MESSAGES * (kill + 1) // (KILLS + 2))
            process.kill()  # like a power failure, wherever it is
            process.wait()
            process = _sender(port)
        await _until(box, MESSAGES)
        async with asyncio.timeout(60):
            while await Message.exclude(status=MessageStatus.SENT).exists():
                await asyncio.sleep(0.05)
    finally:
        with contextlib.suppress(ProcessLookupError):
            process.kill()
        process.wait()
    counted = Counter(box.accepted)
    assert counted.keys() == {f"<{row.id.hex}@shop.example>" for row in rows}
    repeated = sum(counted.values()) - len(counted)
    print(f"{len(counted)} messages, {box.failures} failed attempts, {KILLS} kills, {repeated} repeated")
    assert repeated <= KILLS and max(counted.values()) <= 1 + KILLS
    assert box.failures > MESSAGES * 0.2
    assert {row.problem for row in await Message.all()} == {""}
