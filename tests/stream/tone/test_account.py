"""The line that sums a call up."""

from __future__ import annotations

from tonewatch.stream.messages import Told
from tonewatch.stream.tone.account import closing_line, kept
from tonewatch.stream.tone.phrasing.english import ENGLISH_PHRASING

ONSET = Told(
    at_ms=38_000, since_ms=31_000, kind="onset", verdict="rising", emotion="angry", tone=-0.6, doing=("complaint",),
    quote="Nobody rang",
)  # fmt: skip
WORSE = Told(at_ms=52_000, since_ms=38_000, kind="update", verdict="rising", emotion="angry", tone=-0.9)
OVER = Told(at_ms=68_000, since_ms=52_000, kind="recovery", verdict="back", tone=0.3)


def test_it_names_onset_peak_cause_and_recovery() -> None:
    assert closing_line([ONSET, WORSE, OVER], ENGLISH_PHRASING) == (
        'In all: angry from 0:31; worst at 0:52; the caller complains ("Nobody rang"); over by 1:08.'
    )


def test_what_was_not_over_is_said_not_to_be() -> None:
    assert closing_line([ONSET, OVER, WORSE], ENGLISH_PHRASING).endswith("not over when the call ended.")


def test_a_doubt_a_calm_call_and_nothing_at_all() -> None:
    doubt = Told(at_ms=38_000, since_ms=31_000, kind="onset", verdict="rising")
    bright = Told(at_ms=38_000, since_ms=31_000, kind="update", verdict="brighter", emotion="happy")
    assert "one doubtful moment at 0:31" in closing_line([doubt], ENGLISH_PHRASING)
    assert "brighter from 0:31" in closing_line([bright], ENGLISH_PHRASING)
    assert closing_line([], ENGLISH_PHRASING) == ""


def test_a_long_call_keeps_the_reason_that_told_of_its_first_degraded_tone() -> None:
    bad = Told(at_ms=30_000, kind="onset", verdict="rising", since_ms=20_000, emotion="angry")
    later = [Told(at_ms=60_000 * n, kind="update", verdict="back") for n in range(1, 6)]
    assert kept([bad, *later], 3) == [bad, *later[-2:]]
    assert kept(later, 3) == later[-3:] and kept([bad], 3) == [bad]
