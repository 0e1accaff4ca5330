from __future__ import annotations

import msgspec
import pytest

from tonewatch.stream.archive.wall_clock import alert_times
from tonewatch.stream.messages import Acted, Alert

STARTED_AT_MS = 1_790_000_000_000


def test_media_time_counts_from_the_call_s_beginning(alert: Alert) -> None:
    ended = msgspec.structs.replace(alert, state="resolved", resolved_ms=40_000, resolved_by="recovery")
    times = alert_times(ended, STARTED_AT_MS)
    assert (times.onset_at_ms, times.fired_at_ms) == (STARTED_AT_MS + 24_000, STARTED_AT_MS + 31_000)
    assert times.resolved_at_ms == STARTED_AT_MS + 40_000


def test_without_the_beginning_the_speech_that_decided_it_dates_it(alert: Alert) -> None:
    # It ended at 27 s of the call, and at spoken_at_ms of the wall clock.
    assert alert_times(alert).onset_at_ms == alert.spoken_at_ms - 3_000


@pytest.mark.parametrize(("emitted_at_ms", "onset"), [(1_790_000_031_500, 1_790_000_024_500), (0, None)])
def test_an_alert_that_does_not_tell_when_it_was_spoken(alert: Alert, emitted_at_ms: int, onset: int | None) -> None:
    silent = msgspec.structs.replace(alert, spoken_at_ms=0, emitted_at_ms=emitted_at_ms)
    assert alert_times(silent).onset_at_ms == onset


def test_what_people_did_has_a_time_of_its_own(alert: Alert) -> None:
    by_hand = Acted(action="resolve", by="Ada", acted_at_ms=1_790_000_099_000)
    closed = msgspec.structs.replace(
        alert, acted=(*alert.acted, by_hand), resolved_by="person", resolved_ms=60_000, state="resolved"
    )
    times = alert_times(closed, STARTED_AT_MS)
    assert times.acknowledged_at_ms == alert.acted[0].acted_at_ms
    assert times.resolved_at_ms == by_hand.acted_at_ms
