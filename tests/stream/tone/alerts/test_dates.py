"""An alert and its text name one date."""

from __future__ import annotations

import re
from typing import Any

import pytest

from tonewatch.stream.messages import Alert, Moment
from tonewatch.stream.tone.config import ToneConfig
from tonewatch.workers.reasons.explain import from_the_facts

Calls = Any

_DATED = re.compile(r"since (\d+):(\d\d)")


def dated(text: str) -> list[int]:
    """Whole seconds that a text's head names as a beginning."""
    return [60 * int(minutes) + int(seconds) for minutes, seconds in _DATED.findall(text.partition(": ")[0])]


@pytest.mark.parametrize("rolling_ms", [0, 8_000])
@pytest.mark.parametrize("kind", ["SHOUTING", "CRYING"])
def test_the_sentence_and_every_text_of_an_onset_are_dated_as_the_alert_is(
    calls: Calls, kind: str, rolling_ms: int
) -> None:
    messages = [calls.STEADY] * 7 + [getattr(calls, kind)] * 9 + [calls.STEADY] * 12
    outputs = calls.run(calls.call(messages), None, ToneConfig(rolling_ms=rolling_ms))
    alerts = [one for one in outputs if isinstance(one, Alert) and one.event in ("pending", "fired")]
    onsets = [one for one in outputs if isinstance(one, Moment) and one.kind == "onset"]
    assert alerts and onsets
    for alert in alerts:
        assert alert.facts.onset_ms == alert.onset_ms
        assert dated(alert.sentence) == [alert.onset_ms // 1000]
    for moment in onsets:
        alert = next(one for one in reversed(alerts) if one.alert_id == moment.alert_id)
        assert dated(moment.sentence) == [alert.onset_ms // 1000]
        assert dated(from_the_facts(moment, "missing").text) == [alert.onset_ms // 1000]
