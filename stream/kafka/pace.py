"""How much somebody sends, and in what time by the clock of Kafka's records."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

LASTS_MS: Final = 5_000
"""A call whose records came over so long goes before those that are newer: no tone is shown before anyway, and a flood
of calls that came at once, however much each of them says, is behind whoever is being spoken to."""


@dataclass(slots=True)
class Pace:
    """Beyond `burst` at most `per_s` a second, of whatever is counted, or it is fast.

    By the times of the records, not of their reading: a backlog that is read after an outage, or again after a
    restart, has the times that it had when it was written, and is not fast. Records without a time count as one moment.
    """

    per_s: float
    burst: float
    amount: float = 0.0
    first_at_ms: int = -1
    last_at_ms: int = -1

    def note(self, amount: float, at_ms: int) -> None:
        self.amount += amount
        if at_ms > 0:
            self.first_at_ms = at_ms if self.first_at_ms < 0 else self.first_at_ms
            self.last_at_ms = max(self.last_at_ms, at_ms)

    @property
    def lasts_ms(self) -> int:
        """From the first record to the newest, by the clock of the records."""
        return self.last_at_ms - self.first_at_ms

    @property
    def is_fast(self) -> bool:
        return self.is_ahead(self.burst)

    def is_ahead(self, slack: float) -> bool:
        """By more than `slack` of what may be sent in its time."""
        return self.amount > slack + self.per_s * self.lasts_ms / 1000
