from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import soundfile

pytest.importorskip("onnx", reason="needs onnx: make test EXTRAS=train")

from tonewatch.models.degradation import listened_calls
from tonewatch.models.degradation.folder import find_calls
from tonewatch.models.degradation.heard_again import Head, Statistics, hear_again, layers_key
from tonewatch.models.degradation.listened_calls import OfflineListening, listen_all
from tonewatch.stream.demo.truth import default_folder
from tonewatch.stream.messages import Segment
from tonewatch.workers.encoder import weights_folder

FULL, COMMERCIAL = weights_folder() / "full-int8.onnx", weights_folder() / "commercial-int8.onnx"


@pytest.fixture
def call(tmp_path: Path) -> Path:
    # A made-up buzz is no voice to the gate: the first words of a demo call are.
    samples, rate_hz = soundfile.read(default_folder() / "calm_enquiry.flac", frames=12 * 8_000)
    folder = tmp_path / "call"
    folder.mkdir()
    soundfile.write(folder / "a.wav", samples, rate_hz, subtype="ULAW")
    return folder


def test_another_head_says_of_kept_statistics_what_it_says_of_the_call(
    call: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    calls = find_calls(call)
    kept = OfflineListening(FULL, {}, tmp_path / "kept")
    by_full = listen_all(calls, kept)
    fresh = listen_all(calls, OfflineListening(COMMERCIAL, {}, tmp_path / "fresh"))
    # From here on nobody can listen.
    monkeypatch.setattr(listened_calls, "listen_offline", None)
    again = listen_all(calls, replace(kept, encoder=COMMERCIAL))
    assert again == fresh
    assert again != by_full
    assert any(isinstance(m, Segment) and m.posterior is not None for m in again[0].messages)


def test_an_encoder_of_other_layers_or_precision_listens_for_itself() -> None:
    assert layers_key(FULL) == layers_key(COMMERCIAL)
    assert layers_key(FULL) != layers_key(weights_folder() / "full-fp32.onnx")


def test_statistics_of_other_messages_are_refused() -> None:
    one = Statistics(np.zeros((1, 2304), dtype=np.float32), np.array([1.0]))
    with pytest.raises(ValueError, match="0 segments were encoded and 1 have statistics"):
        hear_again([], one, Head(FULL))
