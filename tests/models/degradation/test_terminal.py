from __future__ import annotations

import io
from collections.abc import Callable

import msgspec
from rich.console import Console

from tonewatch.models.degradation.degradation_metrics import TITLES, intervals, summary
from tonewatch.models.degradation.outcome import Outcome, Point, Raised, Result, Said
from tonewatch.models.degradation.terminal import show

HIT = Raised(onset_s=41.0, fired_s=43.0, verdict="hit")


def output(*outcomes: Outcome) -> str:
    file = io.StringIO()
    result = Result(outcomes)
    show(Console(file=file, width=160), summary(result), intervals(result.scored), result)
    return file.getvalue()


def test_scored_calls_have_every_metric_by_kind_and_corpus(outcome: Callable[..., Outcome]) -> None:
    text = output(*(outcome("escalate", 40.0, HIT, speaker=name) for name in "abc"))
    assert all(title in text for title in TITLES.values())
    assert "1.00 to 1.00" in text
    assert any(line.split()[:2] == ["escalate", "3"] for line in text.splitlines())


def test_calls_without_a_truth_are_listed_with_their_alerts_and_words(outcome: Callable[..., Outcome]) -> None:
    alert = msgspec.structs.replace(HIT, verdict="", sentence="[b]angry[/b]", words=(Said(41.5, "not again"),))
    tone = (Point(0.0, 3.0, None, 0.0, "noisy"), Point(4.0, 7.0, -0.5, 0.1, None))
    text = output(msgspec.structs.replace(outcome("", None, alert), truth=None, tone=tone))
    assert "c.wav: 1 alerts, 1 of 2 segments judged (1 noisy)" in text
    assert "onset 41.0 s, fired 43.0 s, open: [b]angry[/b]" in text
    assert "41.5 s  not again" in text
