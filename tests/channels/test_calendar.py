"""The current date of a channel, its working days, and the promised date of its orders."""

from datetime import UTC, date, datetime

import pytest

from app.channels.calendar import today_of, working_day_after
from app.channels.models import Channel
from app.core import clock
from app.core.actor import SYSTEM
from app.orders.service import placing
from tests import make
from tests.ask import Api

FRIDAY = date(2026, 5, 1)


def _channel(**terms: object) -> Channel:
    return Channel(**({"time_zone": "UTC"} | terms))


def test_the_current_date_is_that_of_the_channels_time_zone():
    late = datetime(2026, 5, 1, 22, 30, tzinfo=UTC)
    zones = {"UTC": 1, "Europe/Berlin": 2, "America/New_York": 1, "Pacific/Kiritimati": 2}
    assert {zone: today_of(_channel(time_zone=zone), late).day for zone in zones} == zones


@pytest.mark.parametrize(
    ("terms", "days", "expected"),
    [
        ({}, 0, FRIDAY),
        ({}, 1, date(2026, 5, 4)),
        ({}, 5, date(2026, 5, 8)),
        ({"working_days": [0, 1, 2, 3, 4, 5]}, 1, date(2026, 5, 2)),
        ({"working_days": [6, 0, 1, 2, 3]}, 1, date(2026, 5, 3)),
        ({"holidays": ["2026-05-04", "2026-05-05"]}, 1, date(2026, 5, 6)),
        ({"working_days": [6]}, 2, date(2026, 5, 10)),
    ],
)
def test_working_days_and_holidays_of_the_channel_are_used(terms: dict, days: int, expected: date):
    assert working_day_after(_channel(**terms), FRIDAY, days) == expected


def test_the_search_for_a_working_day_ends_if_every_day_is_a_holiday():
    every = [date.fromordinal(FRIDAY.toordinal() + day).isoformat() for day in range(1, 1000)]
    assert working_day_after(_channel(holidays=every), FRIDAY, 2) > FRIDAY


async def test_the_promised_date_is_a_working_day_of_the_channel(api: Api):
    shop = await make.shop()
    await shop.sell("A")
    staff = api.as_(await make.token())
    id = (await staff.ask('{ channel(code: "web") { id } }'))["channel"]["id"]
    update = """mutation($i: ChannelUpdateInput!) { channelUpdate(input: $i) {
      ... on Channel { timeZone workingDays holidays }
    } }"""
    week = ["SUNDAY", "MONDAY", "TUESDAY", "WEDNESDAY", "THURSDAY"]
    settings = {"timeZone": "Asia/Dubai", "workingDays": week, "holidays": ["2030-05-05"]}
    shown = await staff.do(update, i={"id": id} | settings)
    assert (shown["timeZone"], set(shown["workingDays"]), shown["holidays"]) == (
        "Asia/Dubai",
        set(week),
        ["2030-05-05"],
    )
    # 22:00 on Thursday in UTC is Friday there: one day of handling and two of transit, from Monday on.
    with clock.shifted(datetime(2030, 5, 2, 22, tzinfo=UTC) - clock.now()):
        placed = await placing.place(SYSTEM, make.order_data(("A", 1)))
    assert placed.promised_on == date(2030, 5, 8)
