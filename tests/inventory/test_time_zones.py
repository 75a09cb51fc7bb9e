"""A lot expires at the end of the day in its location's time zone, and an allocated lot is not expired on the
ship date.
"""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from uuid import UUID
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

import app
from app.catalog import queries as catalog
from app.catalog.lifecycle import Tracking
from app.core import clock
from app.core.actor import SYSTEM
from app.core.refusals import Refusal
from app.inventory.locations import service as locations
from app.inventory.locations.clocks import day_at, last_day
from app.inventory.locations.service import HoursData
from app.inventory.receiving import service as receiving_service
from app.inventory.receiving.service.receipt_costs import Cost
from app.inventory.receiving.service.received_lines import ReceivedLine
from app.inventory.stock import jobs, queries
from app.inventory.stock.lot_allocation import Claim, Shelf, allot, is_expired
from app.inventory.stock.service import lot_tracking
from app.inventory.stock.service.lot_numbers import LotData
from tests import make

ALL_WEEK = {day: (time(0), time(23, 59)) for day in range(7)}
ZONES = ["Pacific/Auckland", "Pacific/Honolulu", "Asia/Kolkata", "UTC"]


@contextmanager
def moment(hour: int) -> Iterator[date]:
    """Shift the clock to an hour of the day after tomorrow in UTC; yields that day."""
    day = clock.today() + timedelta(days=2)
    with clock.shifted(datetime.combine(day, time(hour, 7), UTC) - clock.now()):
        yield day


async def _milk(zone: str, *lots: tuple[str, date], **hours: object) -> make.Shop:
    """A shop whose only location, in a time zone, has two units of each lot."""
    shop = await make.shop()
    await shop.sell("MILK", stock=0)
    variant = await catalog.variant_by_sku("MILK")
    assert variant is not None
    await lot_tracking.set_tracking(SYSTEM, variant.id, Tracking.LOT, tracks_expiry=True)
    data = HoursData(time_zone=zone, week=ALL_WEEK, **hours)  # type: ignore[arg-type]
    await locations.update_location(SYSTEM, shop.location.id, {"hours": data})
    lines = [
        ReceivedLine("MILK", 2, Cost(100, "USD"), lots=[LotData(number, 2, expires_on)])
        for number, expires_on in lots
    ]
    await receiving_service.receive(SYSTEM, location=shop.location, lines=lines)
    return shop


@pytest.mark.usefixtures("clean")
@pytest.mark.parametrize("hour", [3, 12, 21])
@pytest.mark.parametrize("zone", ZONES)
async def test_a_lot_is_sold_until_its_expiry_date_ends_in_the_locations_time_zone(zone: str, hour: int):
    last = clock.today() + timedelta(days=2)
    shop = await _milk(zone, ("OLD", last))
    with moment(hour) as utc_day:
        assert utc_day == last
        here = clock.now().astimezone(ZoneInfo(zone)).date()
        if here > last:
            with pytest.raises(Refusal):
                await make.order(("MILK", 1))
            assert await jobs.quarantine_expired() == 2
        else:
            await make.order(("MILK", 1))
            assert await jobs.quarantine_expired() == 0
    with moment(hour), clock.shifted(timedelta(days=1)):
        here = clock.now().astimezone(ZoneInfo(zone)).date()
        left = 0 if here == last else 2
        await jobs.quarantine_expired()
        (level,) = (await queries.levels_of_channel(shop.channel.id, [await _id()], clock.now())).levels
        assert level.quarantined == left
    assert await queries.differences() == []


async def _id() -> UUID:
    variant = await catalog.variant_by_sku("MILK")
    assert variant is not None
    return UUID(str(variant.id))


@pytest.mark.usefixtures("clean")
async def test_a_lot_that_expires_before_the_ship_date_is_not_allocated():
    today = clock.today()
    closed = [today + timedelta(days=n) for n in range(-1, 3)]
    lots = (("SOON", today + timedelta(days=1)), ("LATE", today + timedelta(days=30)))
    shop = await _milk("UTC", *lots, holidays=closed)
    order = await make.order(("MILK", 1))
    assert await _allocated(shop, order.id) == {"LATE": 1}
    # The two units of SOON cannot ship before they expire, so they cannot be allocated.
    with pytest.raises(Refusal):
        await make.order(("MILK", 2))
    assert (await make.order(("MILK", 1))).id
    assert await queries.differences() == []


async def _allocated(shop: make.Shop, claimant: object) -> dict[str, int]:
    rows = await queries.reservations_of(claimant)  # type: ignore[arg-type]
    allocated = await queries.allocations_of(row.id for row in rows)
    lots = {lot.id: lot.number for lot in await queries.lots_by_id([row.lot_id for row in allocated]) if lot}
    return {lots[row.lot_id]: row.quantity for row in allocated}


@pytest.mark.usefixtures("clean")
async def test_a_lot_is_sourced_from_another_location_if_it_expires_before_the_first_one_opens():
    today = clock.today()
    closed = [today + timedelta(days=n) for n in range(-1, 3)]
    shop = await _milk("UTC", ("SOON", today + timedelta(days=1)), holidays=closed)
    other = await make.location("other")
    await locations.set_channel_locations(SYSTEM, shop.channel, [shop.location, other])
    line = ReceivedLine("MILK", 2, Cost(1, "USD"), lots=[LotData("HERE", 2, today + timedelta(days=1))])
    await receiving_service.receive(SYSTEM, location=other, lines=[line])
    order = await make.order(("MILK", 2))
    assert await _allocated(shop, order.id) == {"HERE": 2}


days = st.integers(0, 6).map(lambda n: date(2031, 3, 1) + timedelta(days=n))


@given(
    st.lists(st.tuples(st.integers(1, 4), days), max_size=4),
    st.lists(st.tuples(st.integers(1, 4), days), max_size=4),
)
def test_no_claim_is_allocated_an_expired_lot_while_an_unexpired_one_is_free(
    there: list[tuple[int, date]], wanted: list[tuple[int, date]]
):
    shelves = [Shelf(UUID(int=n), units, on) for n, (units, on) in enumerate(there)]
    claims = [Claim(UUID(int=100 + n), units, leaves_on=on) for n, (units, on) in enumerate(wanted)]
    allocated = allot(claims, shelves, {})
    free = {
        s.lot_id: s.quantity - sum(n for (_, lot), n in allocated.items() if lot == s.lot_id) for s in shelves
    }
    expiry = {shelf.lot_id: shelf.expires_on for shelf in shelves}
    for claim in claims:
        assert claim.leaves_on is not None
        bad = any(id == claim.id and is_expired(expiry[lot], claim.leaves_on) for id, lot in allocated)
        good_free = sum(n for lot, n in free.items() if not is_expired(expiry[lot], claim.leaves_on))
        assert not (bad and good_free)


@given(st.integers(0, 24 * 800), st.sampled_from([*ZONES, "Pacific/Kiritimati"]))
def test_last_day_is_the_latest_current_date_of_any_location(hours: int, zone: str):
    at = datetime(2030, 1, 1, tzinfo=UTC) + timedelta(hours=hours)
    assert day_at({"time_zone": zone}, at) <= last_day(at)


# Modules that use the date of a time in UTC, and why.
UTC_DAYS = {
    "accounting/service/writing.py": "the function that returns the date in the company's time zone",
    "payments/gateways/stripe_payouts.py": "Stripe states the days of payouts as midnights in UTC",
    "core/clock.py": "the date in UTC, where no time zone of a location, channel or company applies",
    "core/days.py": "dates of inputs are accepted if they are valid in any time zone",
    "core/graphql/coercion.py": "the bounds of the calendar",
    "inventory/locations/clocks.py": "the functions that return the date in a time zone",
    "inventory/sourcing/opening_hours.py": "local times",
    "inventory/locations/sites.py": "local times",
    "channels/calendar.py": "local times",
    "web/tracking/view.py": "local times",
    "orders/pickup.py": "local times",
    "orders/queries/facts.py": "local times",
    "demo/": "the demo shop's past",
    "simulation/": "the simulated past",
}


def test_dates_of_times_are_computed_only_by_functions_that_use_a_time_zone():
    root = Path(app.__file__).parent
    found = []
    for path in sorted(root.rglob("*.py")):
        name = path.relative_to(root).as_posix()
        if any(name.startswith(allowed) for allowed in UTC_DAYS) or name.startswith("migrations/"):
            continue
        for number, line in enumerate(path.read_text().splitlines(), 1):
            if re.search(r"\.date\(\)|\bclock\.today\(\)|\bdate\.today\(\)", line):
                found.append(f"{name}:{number}: {line.strip()}")
    assert found == [], "use app.inventory.locations.clocks.day_at or channels.calendar.today_of"
