"""An archive with alerts to choose from."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import msgspec
import pytest

from tonewatch.stream.archive.review.judged import Blinding
from tonewatch.stream.archive.review.reader import ReviewReader
from tonewatch.stream.archive.store import Archive, Kept, connect
from tonewatch.stream.messages import Alert, CallAttributes, CallClosed, CallOpened, Verdict, VerdictKind, Words

DAY_MS = 86_400_000
MONDAY_MS = 1_790_553_600_000
"""28 September 2026, 00:00 UTC."""


@dataclass
class Shelf:
    """Writes what a test needs, and reads it as the desk does."""

    archive: Archive
    reader: ReviewReader
    pattern: Alert
    spoken: Words
    clock: list[int]

    def pass_days(self, days: int) -> None:
        self.clock[0] += days * DAY_MS

    def write(self, *messages: Kept) -> None:
        for message in messages:
            self.archive.write(message, msgspec.json.encode(message).decode(), 1)

    def call(self, call_id: str, *, day: int = 0, text: str = "", **about: Any) -> str:
        """A call that began so many days after Monday, with an alert; the alert's id."""
        attributes = CallAttributes(started_at_ms=MONDAY_MS + day * DAY_MS, title=call_id, **about)
        alert = msgspec.structs.replace(
            self.pattern, call_id=call_id, alert_id=f"{call_id}/tone_falls/24000", queue=about.get("queue", "")
        )
        self.write(CallOpened(call_id=call_id, notice_given=True, call=attributes), alert)
        if text:
            segment = f"{call_id}/0/24000"
            self.write(msgspec.structs.replace(self.spoken, call_id=call_id, segment_id=segment, text=text))
        return alert.alert_id

    def quiet(self, call_id: str, *, day: int = 0, duration_ms: int = 90_000, **about: Any) -> str:
        """A call of the sample that is over, without an alert."""
        attributes = CallAttributes(started_at_ms=MONDAY_MS + day * DAY_MS, title=call_id, **about)
        sampling = Archive(self.archive._engine, sample=1.0)
        closed = CallClosed(call_id=call_id, reason="ended", duration_ms=duration_ms)
        for message in (CallOpened(call_id=call_id, notice_given=True, call=attributes), closed):
            sampling.write(message, msgspec.json.encode(message).decode(), 1)
        return call_id

    def of_call(self, call_id: str, by: str, verdict: VerdictKind, at_ms: int = 0) -> None:
        """Judge the call as a whole: `missed` at a second of it, or `right`."""
        said = Verdict(
            verdict_id=f"{call_id}-{by}-{at_ms}",
            call_id=call_id,
            verdict=verdict,
            by=by,
            at_ms=at_ms,
            judged_at_ms=MONDAY_MS,
        )
        self.write(said)

    def judge(self, alert_id: str, by: str, verdict: VerdictKind, at_ms: int = MONDAY_MS) -> Verdict:
        call_id = alert_id.partition("/")[0]
        number = f"{alert_id}-{by}-{at_ms}"
        said = Verdict(
            verdict_id=number[-80:], call_id=call_id, alert_id=alert_id, verdict=verdict, by=by, judged_at_ms=at_ms
        )
        self.write(said)
        return said


@pytest.fixture
def shelf(tmp_path: Path, alert: Alert, words: Words) -> Iterator[Shelf]:
    yield from _shelf(f"sqlite:///{tmp_path / 'archive.db'}", alert, words)


@pytest.fixture
def any_shelf(database: str, alert: Alert, words: Words) -> Iterator[Shelf]:
    """On SQLite, and on PostgreSQL."""
    yield from _shelf(database, alert, words)


def _shelf(url: str, alert: Alert, words: Words) -> Iterator[Shelf]:
    quiet = msgspec.structs.replace(alert.facts, quotes=())
    archive = Archive(connect(url))
    archive.open()
    clock = [MONDAY_MS + DAY_MS]
    reader = ReviewReader(connect(url), Blinding(now_ms=lambda: clock[0]))
    yield Shelf(archive, reader, msgspec.structs.replace(alert, facts=quiet, evidence=()), words, clock)
    reader.close()
    archive.close()
