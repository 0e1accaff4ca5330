from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import soundfile
import soxr

from tonewatch.models.degradation.folder import CallFile, find_calls
from tonewatch.models.degradation.listened_calls import OfflineListening, listen_all, read_folds
from tonewatch.models.degradation.offline_listener import Cache
from tonewatch.models.degradation.truth import Truth
from tonewatch.models.shipped import voice_like
from tonewatch.stream.errors import DependencyError, SettingsError, StoreError
from tonewatch.stream.messages import CallClosed, CallOpened, Segment
from tonewatch.workers.encoder import Encoder, default_encoder_path, weights_folder

ENCODER = default_encoder_path()


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two calls of 12 s: the caller speaks from 1 to 4 and from 8 to 11 s, the agent from 5 to 7 s."""
    folder = tmp_path_factory.mktemp("calls")
    rng = np.random.default_rng(0)
    for name, f0_hz in (("a", 120.0), ("b", 190.0)):
        samples = (3e-4 * rng.standard_normal((96_000, 2))).astype(np.float32)
        for channel, start_s, length_s in ((0, 1, 3.0), (0, 8, 3.0), (1, 5, 2.0)):
            spoken = soxr.resample(voice_like(length_s, f0_hz), 16_000, 8_000)
            samples[8_000 * start_s : 8_000 * start_s + spoken.size, channel] += spoken
        soundfile.write(folder / f"{name}.wav", samples, 8_000, subtype="ULAW")
    return folder


@pytest.fixture
def listening(tmp_path: Path) -> OfflineListening:
    return OfflineListening(encoder=ENCODER, folds={}, cache=tmp_path / "cache")


def calls(folder: Path) -> list[CallFile]:
    return find_calls(folder)


def test_a_call_gives_the_messages_of_the_listener(folder: Path, listening: OfflineListening) -> None:
    listened = listen_all(calls(folder)[:1], listening)[0]
    opened, *segments, closed = listened.messages
    assert isinstance(opened, CallOpened)
    assert isinstance(closed, CallClosed)
    assert (closed.duration_ms, listened.duration_s) == (12_000, 12.0)
    spoken = [(m.role, round(m.start_ms / 1000)) for m in segments if isinstance(m, Segment)]
    assert spoken == [("customer", 1), ("agent", 5), ("customer", 8)]


def test_a_segment_is_known_when_the_pause_behind_it_is_over(folder: Path, listening: OfflineListening) -> None:
    for message in listen_all(calls(folder)[:1], listening)[0].messages:
        if isinstance(message, Segment):
            assert 400 <= message.emitted_at_ms - message.end_ms <= 800
            assert message.emitted_at_ms % 200 == 0


def test_the_agents_voice_is_neither_measured_nor_judged(folder: Path, listening: OfflineListening) -> None:
    segments = [m for call in listen_all(calls(folder), listening) for m in call.messages if isinstance(m, Segment)]
    assert {(m.posterior is None, m.prosody is None) for m in segments if m.role == "agent"} == {(True, True)}
    assert all(m.prosody is not None and m.uncertainty is not None for m in segments if m.role == "customer")


def test_a_call_listened_to_once_is_read_from_the_cache(folder: Path, listening: OfflineListening) -> None:
    first = listen_all(calls(folder), listening)
    kept = sorted(listening.cache.iterdir())
    changed = kept[0].stat().st_mtime_ns
    assert len(kept) == 2
    assert listen_all(calls(folder), listening) == first
    assert kept[0].stat().st_mtime_ns == changed


def test_other_audio_another_encoder_or_other_roles_are_listened_to_again(folder: Path, tmp_path: Path) -> None:
    cache = Cache(tmp_path)
    other = tmp_path / "other.onnx"
    other.write_bytes(b"other weights")
    a, b = calls(folder)
    paths = {
        cache.path(a, ENCODER),
        cache.path(b, ENCODER),
        cache.path(a, other),
        cache.path(a, ENCODER, analyse_mixed=True),
        cache.path(CallFile(a.name, a.audio, ("mixed", "mixed"), None), ENCODER),
    }
    assert len(paths) == 5


def test_what_lies_in_the_cache_and_cannot_be_read_is_listened_to_again(
    folder: Path, listening: OfflineListening
) -> None:
    first = listen_all(calls(folder)[:1], listening)
    (kept,) = listening.cache.iterdir()
    kept.write_text('{"type": "segment", "v": 99}\n')
    assert listen_all(calls(folder)[:1], listening) == first


def test_a_cache_that_cannot_be_written_is_named(folder: Path, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(StoreError, match="choose --cache"):
        listen_all(calls(folder)[:1], OfflineListening(ENCODER, {}, tmp_path / "file"))


def test_two_at_a_time_give_the_same(folder: Path, listening: OfflineListening, tmp_path: Path) -> None:
    together = OfflineListening(ENCODER, {}, tmp_path / "together", jobs=2)
    assert listen_all(calls(folder), together) == listen_all(calls(folder), listening)


def test_a_speaker_with_an_encoder_of_his_own_is_listened_to_by_it(folder: Path, tmp_path: Path) -> None:
    other = weights_folder() / "commercial-int8.onnx"
    listening = OfflineListening(weights_folder() / "full-int8.onnx", {"anna": other}, tmp_path)
    known = [
        replace(call, truth=Truth(file=call.name, kind="steady", onset_s=None, speaker=speaker))
        for call, speaker in zip(calls(folder), ("anna", "bert"), strict=True)
    ]
    versions = [
        {m.model.version for m in call.messages if isinstance(m, Segment) and m.model}
        for call in listen_all(known, listening)
    ]
    assert versions == [{Encoder(other).version}, {Encoder(listening.encoder).version}]


def test_folds_are_files_beside_the_list_and_must_be_there(tmp_path: Path) -> None:
    (tmp_path / "a.onnx").write_bytes(b"")
    folds = tmp_path / "folds.json"
    folds.write_text('{"anna": "a.onnx"}')
    assert read_folds(folds) == {"anna": tmp_path / "a.onnx"}
    folds.write_text('{"anna": "b.onnx"}')
    with pytest.raises(DependencyError, match=r"b\.onnx"):
        read_folds(folds)
    folds.write_text("[1]")
    with pytest.raises(SettingsError, match="speaker to file"):
        read_folds(folds)
