from __future__ import annotations

from pathlib import Path

import msgspec
import numpy as np
import pytest
import soundfile

from tonewatch.models.degradation.folder import CallFile, find_calls
from tonewatch.models.reasons.transcribe import spoken
from tonewatch.stream.messages import FactsTable
from tonewatch.workers.audio.codecs import Samples
from tonewatch.workers.listen.speech_to_text import Transcriber


class FixedText(Transcriber):
    """Recognises the same text in any audio, and keeps the audio."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.samples: list[Samples] = []

    def transcribe(self, samples: Samples) -> tuple[str, float]:
        self.samples.append(samples)
        return self.text, 1.0


@pytest.fixture
def call(tmp_path: Path) -> CallFile:
    samples = np.zeros((8_000 * 20, 2), dtype=np.float32)
    samples[:, 1] = 0.5
    soundfile.write(tmp_path / "c.wav", samples, 8_000)
    return find_calls(tmp_path)[0]


@pytest.fixture
def table(tables: dict[str, FactsTable]) -> FactsTable:
    return msgspec.structs.replace(tables["boiling"], quotes=(), window_start_ms=4_000, window_end_ms=9_000)


def test_the_words_are_those_of_the_callers_channel_in_the_window(call: CallFile, table: FactsTable) -> None:
    transcriber = FixedText("not again")
    found = spoken(table, call, transcriber)
    assert [(quote.text, quote.start_ms) for quote in found.quotes] == [("not again", 4_000)]
    assert transcriber.samples[0].size == pytest.approx(5 * 16_000, abs=16)
    assert not np.any(transcriber.samples[0])


def test_without_a_transcriber_or_without_words_the_table_stays(call: CallFile, table: FactsTable) -> None:
    assert spoken(table, call, None) is table
    assert spoken(table, call, FixedText("")) is table
