"""Quiet hours go by the clock on the wall, where the people are."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from tonewatch.stream.notify.quiet_hours import quiet_until_ms
from tonewatch.stream.notify.routes import QuietHours

NIGHT: dict[str, Any] = {"time_zone": "Europe/Berlin", "begin": "22:00", "until": "06:30"}


def at(text: str, zone: str = "Europe/Berlin") -> int:
    return round(datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(zone)).timestamp() * 1000)


def until(text: str, *quiet: dict[str, Any]) -> int | None:
    found = quiet_until_ms([QuietHours(**one) for one in quiet or (NIGHT,)], at(text))
    return None if found is None else found[0]


@pytest.mark.parametrize(
    ("now", "end"),
    [
        ("2026-09-21 21:59", None),
        ("2026-09-21 22:00", "2026-09-22 06:30"),
        ("2026-09-22 03:00", "2026-09-22 06:30"),
        ("2026-09-22 06:30", None),
        # The clock is put back at 3:00 on 2026-10-25, and forward at 2:00 on 2027-03-28.
        ("2026-10-24 23:00", "2026-10-25 06:30"),
        ("2027-03-27 23:00", "2027-03-28 06:30"),
    ],
)
def test_a_night_lasts_until_its_morning(now: str, end: str | None) -> None:
    assert until(now) == (at(end) if end else None)


def test_the_night_in_which_the_clock_is_put_back_is_an_hour_longer() -> None:
    end = until("2026-10-24 22:00")
    assert end is not None and end - at("2026-10-24 22:00") == round(9.5 * 3_600_000)


def test_days_are_those_on_which_the_hours_begin() -> None:
    weekdays = NIGHT | {"days": ("fri",)}
    assert until("2026-09-25 23:00", weekdays) is not None, "a Friday"
    assert until("2026-09-26 05:00", weekdays) is not None, "the morning after it"
    assert until("2026-09-26 23:00", weekdays) is None


def test_hours_within_a_day_and_other_zones() -> None:
    lunch: dict[str, Any] = {"time_zone": "Asia/Tokyo", "begin": "12:00", "until": "13:00"}
    assert quiet_until_ms([QuietHours(**lunch)], at("2026-09-21 12:30", "Asia/Tokyo")) is not None
    assert quiet_until_ms([QuietHours(**lunch)], at("2026-09-21 12:30", "Europe/Berlin")) is None
