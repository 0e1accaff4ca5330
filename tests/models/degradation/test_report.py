from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import msgspec
import pytest

from tonewatch.models.degradation.degradation_metrics import intervals, summary
from tonewatch.models.degradation.listened_calls import ListenedCall
from tonewatch.models.degradation.outcome import Outcome, Result, Said, follow, run
from tonewatch.models.degradation.report import About, page, verdict, write_report
from tonewatch.models.degradation.truth import Truth
from tonewatch.stream.errors import StoreError
from tonewatch.stream.tone.config import ToneConfig

ANGRY = Truth(file="c.wav", kind="escalate", onset_s=32.0, end_s=64.0, speaker="a")
ABOUT = About(["a model <1>"], ToneConfig())


@pytest.fixture
def result(listened_call: Callable[..., ListenedCall]) -> Result:
    steady = Truth(file="c.wav", kind="steady", onset_s=None, speaker="b")
    return run([listened_call("ccccccccaaaaaaaa", ANGRY), listened_call("cccccccccc", steady)], ToneConfig())


def made(result: Result) -> str:
    return page(summary(result), {"overall": intervals(result.scored)}, result, ABOUT)


def test_the_page_holds_every_call_and_asks_the_network_for_nothing(result: Result) -> None:
    text = made(result)
    assert text.count("<figure") == len(result.outcomes)
    assert "found after" in text
    assert "no alert, as it should be" in text
    assert not [word for word in ("http:", "https:", "src=", "url(", "<script", "@import") if word in text]


def test_what_comes_from_outside_is_escaped(result: Result, listened_call: Callable[..., ListenedCall]) -> None:
    call = follow(listened_call("ccccccccaaaaaaaa"), ToneConfig())
    words = (Said(33.0, "<b>no</b>"),)
    told = msgspec.structs.replace(
        call, file="<i>.wav", alerts=tuple(msgspec.structs.replace(a, words=words) for a in call.alerts)
    )
    text = made(Result((told,)))
    assert "a model &lt;1&gt;" in text
    assert "&lt;i&gt;.wav" in text
    assert "&lt;b&gt;no&lt;/b&gt;" in text
    assert "<b>no</b>" not in text


def test_the_verdict_says_what_went_wrong(outcome: Callable[..., Outcome], result: Result) -> None:
    assert verdict(outcome("escalate", 40.0)) == "missed"
    assert verdict(outcome("recover", 40.0, end_s=60.0)) == "missed; recovery not found"
    late = msgspec.structs.replace(result.outcomes[0].alerts[0], verdict="false", why="dated too late")
    assert verdict(outcome("escalate", 40.0, late)) == "missed; false: dated too late"


def test_a_folder_that_is_not_there_is_named(result: Result, tmp_path: Path) -> None:
    with pytest.raises(StoreError, match="cannot write the report"):
        write_report(tmp_path / "nowhere", summary(result), {}, result, ABOUT)
