"""When nobody is to be disturbed: local times of day, over midnight and over changes of the clock."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, time, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from tonewatch.stream.notify.routes import QuietHours

_DAYS: Final = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")


def quiet_until_ms(hours: Iterable[QuietHours], now_ms: int) -> tuple[int, QuietHours] | None:
    """When quiet hours end in which `now_ms` (wall clock) lies, and which they are; null where it lies in none.

    Hours that follow each other, or overlap, are left one after the other: what is due then looks again.
    """
    for quiet in hours:
        now = datetime.fromtimestamp(now_ms / 1000, ZoneInfo(quiet.time_zone))
        for day in (now.date() - timedelta(days=1), now.date()):
            if _DAYS[day.weekday()] not in quiet.days:
                continue
            begin, end = _span(quiet, datetime.combine(day, time(), now.tzinfo))
            if begin.timestamp() <= now_ms / 1000 < end.timestamp():
                return round(end.timestamp() * 1000), quiet
    return None


def _span(quiet: QuietHours, midnight: datetime) -> tuple[datetime, datetime]:
    """In local time: an hour that the clock leaves out or repeats counts as the clock on the wall says."""
    begin, until = time.fromisoformat(quiet.begin), time.fromisoformat(quiet.until)
    start = midnight.replace(hour=begin.hour, minute=begin.minute)
    day = midnight + timedelta(days=1) if until <= begin else midnight
    return start, day.replace(hour=until.hour, minute=until.minute)
