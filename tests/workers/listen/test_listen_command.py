"""What the listener's settings open, before anything is read from Kafka."""

from __future__ import annotations

from pathlib import Path

import pytest

from tonewatch.stream.errors import DependencyError, SettingsError
from tonewatch.stream.service.metrics import Metrics
from tonewatch.stream.settings import ListenSettings
from tonewatch.workers.encoder import CPU, Encoder, WeightsSet, default_encoder_path
from tonewatch.workers.listen import listen_command


@pytest.mark.parametrize(
    ("name", "value"), [("TONEWATCH_PAUSE_MS", "10"), ("TONEWATCH_WEIGHTS", "all"), ("TONEWATCH_ENCODER_THREADS", "0")]
)
def test_a_setting_out_of_range_is_named_before_anything_starts(
    monkeypatch: pytest.MonkeyPatch, name: str, value: str
) -> None:
    monkeypatch.setenv(name, value)
    with pytest.raises(SettingsError, match=name):
        listen_command.listen()


def test_the_encoder_of_the_settings_is_opened() -> None:
    path = default_encoder_path([CPU], WeightsSet.COMMERCIAL)
    analysis = listen_command._analysis(ListenSettings(encoder=str(path)), Metrics())
    assert analysis._model.version == Encoder(path, providers=[CPU]).version


def test_an_encoder_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(DependencyError, match=r"gone\.onnx"):
        listen_command._analysis(ListenSettings(encoder=str(tmp_path / "gone.onnx")), Metrics())


def test_the_written_reason_to_analyse_mono_recordings_is_logged(caplog: pytest.LogCaptureFixture) -> None:
    path = str(default_encoder_path([CPU]))
    listen_command._analysis(ListenSettings(encoder=path), Metrics())
    assert caplog.records == []
    listen_command._analysis(ListenSettings(encoder=path, analyse_mixed_reason="agreed on paper"), Metrics())
    assert [record.__dict__["reason"] for record in caplog.records] == ["agreed on paper"]
