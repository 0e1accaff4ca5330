"""When a message is tried again: exponentially later, with jitter, over hours."""

from __future__ import annotations

from collections.abc import Callable

FIRST_MS = 5_000
FACTOR = 3
LONGEST_MS = 2 * 3_600_000
JITTER = 0.25
"""Of the wait, either way: receivers that come back are not met by all at once."""


def wait_ms(attempts: int, draw: Callable[[], float], *, asked_ms: int = 0) -> int:
    """Until the next try after so many, at least what the receiver asked for; `draw` gives numbers in [0, 1).

    Without jitter 5 s, 15 s, 45 s, 2 min, 7 min, 20 min, an hour, then every two hours.
    """
    plain = min(FIRST_MS * float(FACTOR) ** min(attempts - 1, 20), LONGEST_MS)
    return max(asked_ms, round(plain * (1 - JITTER + 2 * JITTER * draw())))
