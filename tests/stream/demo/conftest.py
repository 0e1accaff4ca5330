from __future__ import annotations

from collections.abc import Callable

import pytest

from tonewatch.stream.demo.state import (
    AlertLine,
    Calls,
    Delays,
    Status,
)
from tonewatch.stream.local.consumer_lag import GroupLag, TopicFlow
from tonewatch.stream.local.supervisor import Process
from tonewatch.stream.messages import Alert, AudioSpan, Evidence, FactsTable, Rationale, Thresholds, Tone


@pytest.fixture
def make_alert() -> Callable[..., Alert]:
    """An alert of call c1 in a given state."""
    span = AudioSpan(topic="tonewatch.calls.v1", partition=0, first_offset=1, last_offset=9)
    facts = FactsTable(
        at_ms=40_000,
        window_start_ms=30_000,
        window_end_ms=40_000,
        baseline_segments=8,
        tone=-0.6,
        tone_before=0.0,
        facts=(),
        posterior=None,
        posterior_baseline=None,
    )

    def make(state: str = "firing", *, seq: int = 0, call_id: str = "c1", onset_ms: int = 40_000) -> Alert:
        return Alert(
            call_id=call_id,
            alert_id=f"{call_id}/tone/{onset_ms}",
            seq=seq,
            rule="tone",
            state=state,  # type: ignore[arg-type]
            severity="act",
            onset_ms=onset_ms,
            fired_ms=onset_ms + 5000,
            peak_ms=onset_ms + 6000,
            peak_tone=-0.7,
            sentence="The level rose by 6 dB.",
            evidence=(
                Evidence(segment_id=f"{call_id}/0/{onset_ms}", start_ms=onset_ms, end_ms=1, audio=span, tone=-0.6),
            ),
            facts=facts,
            thresholds=Thresholds(fire=0.4, clear=0.2, hold_ms=1, cooldown_ms=1, min_segments=2),
        )

    return make


@pytest.fixture
def make_tone() -> Callable[..., Tone]:
    """A tone event of a call that begins at `start_ms` and was spoken at a wall clock time."""

    def make(start_ms: int = 0, *, call_id: str = "c1", spoken_at_ms: int = 0) -> Tone:
        return Tone(
            call_id=call_id,
            segment_id=f"{call_id}/0/{start_ms}",
            role="customer",
            start_ms=start_ms,
            end_ms=start_ms + 2000,
            tone=-0.2,
            spread=0.1,
            risk=0.3,
            spoken_at_ms=spoken_at_ms,
        )

    return make


@pytest.fixture
def make_rationale() -> Callable[..., Rationale]:
    """The answer to the alert of `make_alert`."""

    def make(text: str = "Louder and faster than before.", *, call_id: str = "c1") -> Rationale:
        return Rationale(
            call_id=call_id,
            moment_id="m1",
            alert_id=f"{call_id}/tone/40000",
            kind="onset",
            at_ms=40_000,
            text=text,
            source="model",
            decision="confirm",
            label="angry",
            confidence=0.8,
        )

    return make


@pytest.fixture
def make_line() -> Callable[..., AlertLine]:
    """An alert as the terminal shows it."""

    def make(*states: str, call_id: str = "billing-r1", onset_s: float = 48.0) -> AlertLine:
        return AlertLine(f"{call_id}/tone", call_id, "A bill", states or ("firing",), onset_s, "Louder.", "model")

    return make


@pytest.fixture
def status(make_line: Callable[..., AlertLine]) -> Status:
    """A demo that is under way, with one alert and one process down."""
    return Status(
        address="http://127.0.0.1:8321/",
        phase="calls under way",
        elapsed_s=52.0,
        limit_s=90.0,
        processes=(Process("broker", "running", 41, 60.0), Process("explain", "restarting", restarts=2)),
        topics=(TopicFlow("tonewatch.calls.v1", 4200, 80.04),),
        groups=(GroupLag("tonewatch-listen", "Stable", 7), GroupLag("tonewatch-explain", "Empty", None)),
        calls=Calls(live=7, not_analysed=1, ended=0, at_once=8),
        alerts=(make_line("firing", "confirmed"),),
        delays=Delays(57, 612.0, 1100.0),
        dead_letters=1,
        shed=3,
        segments=57,
        notes=("explain died with status 1, started again in 0.5 s: no weights",),
    )
