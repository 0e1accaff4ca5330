from __future__ import annotations

import msgspec
import pytest

from tonewatch.stream.archive.context_audio import LONGEST_MS, bounds_ms, is_over
from tonewatch.stream.messages import Alert, AlertState


def on(alert: Alert, *stretches: tuple[int, int]) -> Alert:
    pattern = alert.evidence[0]
    evidence = tuple(
        msgspec.structs.replace(pattern, segment_id=f"c-1/0/{start}", start_ms=start, end_ms=end)
        for start, end in stretches
    )
    return msgspec.structs.replace(alert, evidence=evidence)


@pytest.mark.parametrize(
    ("stretches", "bounds"),
    [
        ([(24_000, 27_000), (40_000, 44_000)], (14_000, 54_000)),
        ([(40_000, 44_000), (24_000, 27_000)], (14_000, 54_000)),
        ([(4_000, 8_000)], (0, 18_000)),
        ([(20_000, 21_000), (900_000, 904_000)], (10_000, 10_000 + LONGEST_MS)),
    ],
)
def test_the_whole_goes_from_ten_seconds_before_the_evidence_to_ten_after_it(
    alert: Alert, stretches: list[tuple[int, int]], bounds: tuple[int, int]
) -> None:
    assert bounds_ms(on(alert, *stretches)) == bounds


@pytest.mark.parametrize(
    ("state", "over"), [("firing", False), ("confirmed", False), ("withdrawn", True), ("resolved", True)]
)
def test_it_is_cut_when_the_alert_is_over(alert: Alert, state: AlertState, over: bool) -> None:
    assert is_over(msgspec.structs.replace(alert, state=state)) == over
    assert not is_over(on(msgspec.structs.replace(alert, state=state)))
