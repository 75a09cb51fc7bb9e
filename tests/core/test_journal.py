"""The journal: numbers without gaps, positions in commit order, readers that skip no event."""

import asyncio
import random
from uuid import UUID

import pytest

from app.core.actor import SYSTEM
from app.core.bulk import ErrorPolicy, RowStatus, write_rows
from app.core.bus.memory import MemoryBus
from app.core.database import fetch
from app.core.journal import entry, feed
from app.core.journal.sequencing import sequence
from app.core.problems import ProblemCode
from app.core.refusals import Invalid
from app.core.uow import UnitOfWork, transact
from app.orders.lifecycle import CancelReason
from app.orders.models import Order
from app.orders.service import cancelling, placing, updating
from tests import make
from tests.conftest import ON_POSTGRES
from tests.database import feed_has_read_all

pytestmark = pytest.mark.usefixtures("clean")


async def test_concurrent_events_of_an_order_are_numbered_without_gaps():
    shop = await make.shop()
    await shop.sell("A")
    order = await make.order(("A", 1))
    await asyncio.gather(*(updating.note(SYSTEM, order.id, f"note {i}") for i in range(40)))
    numbers = [event.number for event in await entry.of_subject(order.id)]
    assert numbers == list(range(1, 42))


async def test_events_after_the_placing_in_its_transaction_continue_the_numbers():
    shop = await make.shop()
    await shop.sell("A", stock=5)

    async def body(uow: UnitOfWork) -> Order:
        order = await placing.place(uow, make.order_data(("A", 2)))
        await updating.note(uow, order.id, "Gift for a neighbour")
        await cancelling.cancel(uow, order.id, reason=CancelReason.CUSTOMER)
        return order

    order = await transact(SYSTEM, body)
    events = await entry.of_subject(order.id)
    assert [event.number for event in events] == list(range(1, len(events) + 1))
    names = [event.name for event in events]
    assert names.index("order_placed") < names.index("order_noted") < names.index("order_cancelled")


async def test_an_order_after_one_that_was_rolled_back_to_a_savepoint_has_all_its_events():
    shop = await make.shop()
    await shop.sell("A", stock=5)
    placed: list[Order] = []

    async def write(uow: UnitOfWork, is_refused: bool) -> tuple[RowStatus, UUID]:
        placed.append(await placing.place(uow, make.order_data(("A", 2))))
        await updating.note(uow, placed[-1].id, "Leave it with a neighbour")
        if is_refused:
            raise Invalid("This row is refused.", "row", code=ProblemCode.NOT_POSSIBLE_NOW)
        return RowStatus.CREATED, placed[-1].id

    rows = [True, False, True, False]
    outcomes = await write_rows(SYSTEM, rows, write, ErrorPolicy.REJECT_FAILED)
    assert [each.status is RowStatus.FAILED for each in outcomes] == rows
    for order, is_refused in zip(placed, rows, strict=True):
        events = await entry.of_subject(order.id)
        expected = [] if is_refused else [("order_placed", 1), ("order_noted", 2)]
        assert [(event.name, event.number) for event in events] == expected
    (level,) = await fetch("SELECT on_hand, reserved FROM stock_level")
    assert (level["on_hand"], level["reserved"]) == (5, 4)
    (moved,) = await fetch("SELECT SUM(quantity) AS units FROM stock_movement WHERE reason = 'reservation'")
    assert int(moved["units"]) == 4


async def test_a_command_that_is_rolled_back_writes_no_event():
    shop = await make.shop()
    await shop.sell("A", stock=1)
    before = len(await fetch("SELECT id FROM journal_entry"))
    with pytest.raises(Exception, match="Only 1"):
        await make.order(("A", 2))
    assert len(await fetch("SELECT id FROM journal_entry")) == before


async def test_a_reader_by_position_skips_no_event_while_commits_are_delayed_at_random():
    """16 writers that commit in another order than they began: a reader must see every event once."""
    shop = await make.shop()
    await shop.sell("A")
    order_ids = [(await make.order(("A", 0 + 1))).id for _ in range(8)]
    await sequence()
    start = await entry.last_position()
    rng = random.Random(5)
    writing = 200

    async def write(index: int) -> None:
        async def body(work: object) -> None:
            await updating.note(work, order_ids[index % 8], f"{index}")  # type: ignore[arg-type]
            await asyncio.sleep(rng.random() * 0.004)

        await transact(SYSTEM, body)

    seen: list[tuple[object, int]] = []

    async def read() -> None:
        last = start
        while len(seen) < writing:
            await sequence()
            for found in await entry.after_position(last, "order"):
                seen.append((found.subject_id, found.number))
                last = found.position or last
            await asyncio.sleep(0.002)

    queue = list(range(writing))

    async def worker() -> None:
        while queue:
            await write(queue.pop())

    await asyncio.wait_for(asyncio.gather(read(), *(worker() for _ in range(16))), 60)
    assert len(set(seen)) == len(seen) == writing


async def test_a_subscriber_whose_queue_overflows_reads_the_table_and_misses_no_event():
    shop = await make.shop()
    await shop.sell("A")
    order = await make.order(("A", 1))
    stream = feed.follow_subject("order", order.id, 0)
    assert (await anext(stream)).number == 1
    for i in range(feed.QUEUE + 50):
        await updating.note(SYSTEM, order.id, f"note {i}")
    await feed_has_read_all()  # the subscriber's queue overflows meanwhile
    numbers = [(await asyncio.wait_for(anext(stream), 30)).number for _ in range(feed.QUEUE + 50)]
    assert numbers == list(range(2, feed.QUEUE + 52))
    await stream.aclose()  # type: ignore[attr-defined]
    assert not feed.current().watches


class CountingBus(MemoryBus):
    published = 0

    async def publish(self) -> None:
        self.published += 1


async def test_events_that_are_read_right_after_the_commit_have_positions(monkeypatch: pytest.MonkeyPatch):
    """The feed of this process sleeps, as it does between two of its polls."""
    shop = await make.shop()
    await shop.sell("A")

    async def sleep() -> None:
        return None

    monkeypatch.setattr(feed.current(), "_look", sleep)
    order = await make.order(("A", 1))
    await updating.note(SYSTEM, order.id, "called")
    stream = feed.follow_subject("order", order.id, 0)
    found = [await asyncio.wait_for(anext(stream), 30) for _ in range(2)]
    await stream.aclose()  # type: ignore[attr-defined]
    assert [each.number for each in found] == [1, 2]
    assert all(each.position is not None for each in found)


async def test_other_processes_are_woken_when_the_start_of_a_subscription_places_events(
    monkeypatch: pytest.MonkeyPatch,
):
    """The feed of this process sleeps, as it does between two of its polls."""
    shop = await make.shop()
    await shop.sell("A")
    order = await make.order(("A", 1))
    bus, reader = CountingBus(), feed.Feed()
    reader._bus = bus

    async def sleep() -> None:
        return None

    monkeypatch.setattr(feed.current(), "_look", sleep)  # the feed of the other tests
    await sequence()
    monkeypatch.setattr(feed, "_feed", None)  # commits wake nobody
    await updating.note(SYSTEM, order.id, "before the subscription")
    newest = await entry.last_position()
    monkeypatch.setattr(feed, "_feed", reader)
    begun: list[int] = []

    async def begins_at(position: int) -> None:
        begun.append(position)

    for _ in range(2):  # the second subscription finds nothing to place
        stream = feed.follow_kind("order", None, begins_at)
        waiting = asyncio.create_task(anext(stream))  # type: ignore[arg-type]
        while not reader.watches or not begun:
            await asyncio.sleep(0.001)
        waiting.cancel()
        await asyncio.wait([waiting])
        assert begun.pop() == newest + (1 if ON_POSTGRES else 0)
        # SQLite assigns positions when it writes: there is one process, and nothing to place.
        assert bus.published == (1 if ON_POSTGRES else 0)
        assert not reader.watches


async def test_the_feed_stops_if_it_is_woken_while_it_is_being_stopped():
    """A wake-up and a cancellation in one turn of the loop: the reader must stop."""
    for turns in range(4):
        reader = feed.Feed()
        await reader.start(MemoryBus())
        await asyncio.sleep(0.01)  # the reader is waiting for a wake-up
        reader.poke()
        for _ in range(turns):
            await asyncio.sleep(0)
        async with asyncio.timeout(30):
            await reader.stop()


@pytest.mark.parametrize("took", [0.0, 0.001, 0.01, 0.1, 2.0])
def test_the_pause_after_a_slow_poll_is_longer_but_bounded_for_subscribers(took: float):
    followed, alone = feed.pause_after(took, is_watched=True), feed.pause_after(took, is_watched=False)
    assert feed.REST <= followed <= feed.REST_UNDER_LOAD
    assert alone >= 2 * took and alone >= feed.REST_UNWATCHED
    assert followed == feed.REST_UNDER_LOAD or followed >= 2 * took
