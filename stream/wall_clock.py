"""Wall clocks of two machines, compared only within a sane bound: one of them may be an hour or a century off."""

from __future__ import annotations

MOST_DELAY_MS = 3_600_000
"""A longer delay is a difference between clocks or time zones, not a backlog. The board's page has the same bound."""

SKEW_MS = 5_000
"""By so much a clock may run ahead of another that is kept in step with it."""


def delay_ms(then_ms: int, now_ms: int) -> int | None:
    """From `then_ms` to `now_ms`, both unix time; null where the first is not known or is not of this clock."""
    delay = now_ms - then_ms
    if not then_ms or not -SKEW_MS <= delay < MOST_DELAY_MS:
        return None
    return max(0, delay)
