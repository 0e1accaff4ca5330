from __future__ import annotations

from collections.abc import Sequence

import pytest

from tonewatch.stream.bench.door_outcome import Cost, Outcome, Taken, described, quantile
from tonewatch.stream.messages import AudioChunk, CallEnded, CallMessage, CallStarted

FILE = (bytes(range(160)), bytes(160))
"""20 ms of mu-law on each of two channels."""


def chunk(channel: int, seq: int, start_ms: int, payload: bytes) -> AudioChunk:
    return AudioChunk(
        call_id="c",
        channel=channel,
        role="customer",
        seq=seq,
        start_ms=start_ms,
        codec="mulaw",
        rate_hz=8_000,
        notice_given=True,
        payload=payload,
    )


WHOLE: tuple[CallMessage, ...] = (
    CallStarted(call_id="c", roles=("customer", "agent"), notice_given=True, started_at_ms=1),
    chunk(0, 0, 0, FILE[0][:80]),
    chunk(0, 1, 10, FILE[0][80:]),
    chunk(1, 0, 0, FILE[1]),
    CallEnded(call_id="c", duration_ms=20, ended_at_ms=2),
)


def outcome(messages: Sequence[CallMessage], *, broken: frozenset[str] = frozenset()) -> Outcome:
    taken = Taken(FILE)
    for message in messages:
        taken.take(message, at_s=1.03, began_s=1.0)
    return Outcome(["c"], taken, {}, broken, [0.1], [0.01], Cost(4.0, 0.25, 80.0))


def test_a_call_that_came_whole_is_good() -> None:
    of = outcome(WHOLE)
    assert of.is_good and (of.lost, of.changed, of.off_ms, of.not_once) == (0, 0, 0, 0)
    assert of.taken.delays_s == pytest.approx([0.02, 0.01, 0.01])


@pytest.mark.parametrize("left_out", range(len(WHOLE)))
def test_whatever_is_missing_is_told(left_out: int) -> None:
    assert not outcome([one for at, one in enumerate(WHOLE) if at != left_out]).is_good


@pytest.mark.parametrize("twice", range(len(WHOLE)))
def test_whatever_came_twice_is_told(twice: int) -> None:
    assert not outcome([*WHOLE[: twice + 1], *WHOLE[twice:]]).is_good


def test_a_byte_that_is_another_is_told() -> None:
    of = outcome([*WHOLE[:3], chunk(1, 0, 0, bytes(159) + b"\1"), WHOLE[4]])
    assert of.changed == 1 and of.lost == 0 and not of.is_good


def test_media_time_that_is_off_is_told_unless_the_connection_broke() -> None:
    moved = [*WHOLE[:2], chunk(0, 1, 110, FILE[0][80:]), *WHOLE[3:]]
    assert outcome(moved).off_ms == 100 and not outcome(moved).is_good
    assert outcome(moved, broken=frozenset({"c"})).is_good


@pytest.mark.parametrize(
    ("late_s", "is_by_arrival", "is_good"), [(0.6, True, True), (0.6, False, False), (0.2, True, False)]
)
def test_media_time_by_arrival_is_no_more_exact_than_the_machine_was(
    late_s: float, is_by_arrival: bool, is_good: bool
) -> None:
    of = outcome([*WHOLE[:2], chunk(0, 1, 510, FILE[0][80:]), *WHOLE[3:]])
    late = Outcome(of.calls, of.taken, {}, of.broken, of.opened_in_s, [late_s], of.cost, is_by_arrival)
    assert late.is_good == is_good


@pytest.mark.parametrize(("share", "value"), [(0.0, 1.0), (0.5, 2.0), (0.95, 3.0), (1.0, 3.0)])
def test_a_quantile_is_one_of_the_values(share: float, value: float) -> None:
    assert quantile([3.0, 1.0, 2.0], share) == value and quantile([], share) == 0.0


def test_it_is_told_what_was_lost_how_late_it_was_what_it_cost_and_why_calls_failed() -> None:
    of = outcome(WHOLE[:3])
    told = described(Outcome(["c", "d"], of.taken, {"d": "refused"}, of.broken, [0.5], [0.01], of.cost))
    for part in ("2 calls", "1 failed", "bytes lost", "p95 0.020 s", "0.25 cores", "80 MB", "1 x refused"):
        assert part in told, part
    assert "more --seconds" in described(Outcome(["c"], of.taken, {}, of.broken, [], [], None))
