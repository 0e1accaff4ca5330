from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from tonewatch.stream.cli import build
from tonewatch.stream.errors import DependencyError, ModelError, SettingsError
from tonewatch.stream.service.metrics import Metrics
from tonewatch.stream.settings import ListenSettings
from tonewatch.workers.listen import listen_command
from tonewatch.workers.listen.transcriber_process import TranscriberProcess


def test_options_win_over_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    given: list[ListenSettings] = []

    async def run(settings: ListenSettings) -> None:
        given.append(settings)

    monkeypatch.setattr(listen_command, "run", run)
    monkeypatch.setattr(listen_command, "configure", lambda *_words: None)
    monkeypatch.setenv("TONEWATCH_ENCODER", "theirs.onnx")
    for options in ([], ["--no-asr", "--encoder", "mine.onnx"]):
        assert CliRunner().invoke(build(["listen"]), ["listen", *options]).exit_code == 0
    assert [(settings.asr, settings.encoder) for settings in given] == [(True, "theirs.onnx"), (False, "mine.onnx")]


async def test_a_secret_that_is_too_short_stops_the_start() -> None:
    with pytest.raises(SettingsError, match="TONEWATCH_CALLER_SECRET"):
        await listen_command.run(ListenSettings.model_validate({"caller_secret": "short"}))


@pytest.mark.parametrize("content", [None, b"no graph"])
def test_an_encoder_that_is_missing_or_broken_is_an_error_that_a_later_try_may_mend(
    tmp_path: Path, content: bytes | None
) -> None:
    file = tmp_path / "encoder.onnx"
    if content is not None:
        file.write_bytes(content)
    with pytest.raises((DependencyError, ModelError)):
        listen_command._analysis(ListenSettings(encoder=str(file)), Metrics())


async def test_without_a_whole_speech_to_text_model_nothing_is_transcribed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    stop = asyncio.Event()

    def broken(*_words: object, **_more: object) -> TranscriberProcess:
        stop.set()
        raise ModelError("no model.bin")

    class Untouched:
        async def run(self, _model: object) -> None:
            raise AssertionError

    monkeypatch.setattr(listen_command, "TranscriberProcess", broken)
    transcripts: Any = Untouched()
    metrics = Metrics()
    await listen_command._transcribe(ListenSettings(asr_model=str(tmp_path)), transcripts, metrics, stop)
    assert metrics.registry.get_sample_value("tonewatch_retries_total", {"of": "speech_to_text"}) == 1
