from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from tonewatch.models import shipped
from tonewatch.models.shipped import check_set, shipped_encoders, voice_like
from tonewatch.stream.errors import DependencyError, ModelError
from tonewatch.workers.encoder import WeightsSet


def test_each_set_has_a_file_of_every_precision() -> None:
    for name in WeightsSet:
        assert [path.name for path in shipped_encoders(name)] == [f"{name}-{p}.onnx" for p in ("fp16", "fp32", "int8")]


def test_files_that_answer_too_differently_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shipped, "LARGEST_DIFFERENCE", 0.0)
    with pytest.raises(ModelError, match="answer differently"):
        check_set(WeightsSet.COMMERCIAL)


def test_an_installation_without_weights_is_incomplete(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(shipped, "weights_folder", lambda: tmp_path)
    with pytest.raises(DependencyError, match="incomplete"):
        shipped_encoders()


def test_a_made_up_voice_has_the_pitch_that_was_asked_for() -> None:
    samples = voice_like(2.0, 200.0)
    spectrum = np.abs(np.fft.rfft(samples))
    assert samples.size == 32_000
    # The glide sways by a tenth around the fundamental.
    assert 175.0 < np.argmax(spectrum) / 2.0 < 225.0
