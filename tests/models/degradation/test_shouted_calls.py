"""The demo's calls, spoken so loudly that the line overloads, and talked over by the agent from end to end."""

from __future__ import annotations

import json
from collections.abc import Callable

import numpy as np
import pytest
import soundfile
from numpy.typing import NDArray

from tonewatch.models.degradation.folder import find_calls
from tonewatch.models.degradation.listened_calls import listen_all, open_listening
from tonewatch.models.degradation.outcome import Outcome, run
from tonewatch.stream.demo.truth import default_folder
from tonewatch.stream.tone.config import ToneConfig

Samples = NDArray[np.float64]


def shouted(call: Samples) -> Samples:
    """The caller's channel 24 dB louder than its line can carry."""
    return np.stack([np.clip(16.0 * call[:, 0], -1.0, 1.0), call[:, 1]], axis=1)


def talked_over(call: Samples) -> Samples:
    """The agent's speech again and again, without a pause between its copies."""
    loud = np.abs(call[:, 1]) > 0.02
    spoken = call[np.convolve(loud, np.ones(1_600), "same") > 0, 1]
    return np.stack([call[:, 0], np.resize(spoken, len(call))], axis=1)


@pytest.fixture(scope="module")
def outcome(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str, Callable[[Samples], Samples]], Outcome]:
    """A call of the demo after something was done to its audio, through the code that runs live."""

    def judge(name: str, change: Callable[[Samples], Samples]) -> Outcome:
        folder = tmp_path_factory.mktemp(name)
        calls = default_folder()
        truth = next(one for one in json.loads((calls / "truth.json").read_text()) if one["file"] == f"{name}.flac")
        samples, rate_hz = soundfile.read(calls / f"{name}.flac")
        soundfile.write(folder / "call.wav", change(samples), rate_hz, subtype="ULAW")
        (folder / "truth.json").write_text(json.dumps([{**truth, "file": "call.wav"}]))
        listening = open_listening(None, None, folder / "listened")
        listened = listen_all(find_calls(folder), listening)
        return run(listened, listening.configs(ToneConfig())).outcomes[0]

    return judge


@pytest.mark.parametrize("change", [shouted, talked_over])
def test_an_angry_stretch_keeps_its_alert_and_nothing_of_it_is_left_out(
    outcome: Callable[[str, Callable[[Samples], Samples]], Outcome], change: Callable[[Samples], Samples]
) -> None:
    found = outcome("insurance_cold_anger", change)
    assert [(alert.rule, alert.verdict) for alert in found.alerts] == [("anger", "hit")]
    lost_s, all_s = found.degraded_s
    assert lost_s < 0.1 * all_s


@pytest.mark.parametrize("change", [shouted, talked_over])
def test_a_calm_call_stays_calm(
    outcome: Callable[[str, Callable[[Samples], Samples]], Outcome], change: Callable[[Samples], Samples]
) -> None:
    found = outcome("calm_enquiry", change)
    assert found.alerts == ()
    assert sum(point.counts for point in found.tone) > 0.6 * len(found.tone)
