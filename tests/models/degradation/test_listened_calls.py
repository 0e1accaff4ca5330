from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
import soundfile

from tonewatch.models.degradation.folder import find_calls
from tonewatch.models.degradation.listened_calls import OfflineListening, listen_all, open_listening, read_folds
from tonewatch.models.degradation.truth import Truth
from tonewatch.stream.demo.truth import default_folder
from tonewatch.stream.errors import DependencyError, SettingsError
from tonewatch.stream.messages import Segment
from tonewatch.stream.tone.config import ToneConfig
from tonewatch.workers.encoder import Encoder, WeightsSet, default_encoder_path, weights_folder


def test_a_call_listened_to_once_is_read_from_the_cache(two_calls: Path, listening: OfflineListening) -> None:
    first = listen_all(find_calls(two_calls), listening)
    kept = sorted(listening.cache.glob("*.jsonl"))
    changed = kept[0].stat().st_mtime_ns
    assert len(kept) == 2
    assert listen_all(find_calls(two_calls), listening) == first
    assert kept[0].stat().st_mtime_ns == changed


def test_two_at_a_time_give_the_same(two_calls: Path, listening: OfflineListening, tmp_path: Path) -> None:
    together = OfflineListening(default_encoder_path(), {}, tmp_path / "together", jobs=2)
    assert listen_all(find_calls(two_calls), together) == listen_all(find_calls(two_calls), listening)


def test_a_speaker_with_an_encoder_of_his_own_is_listened_to_by_it(two_calls: Path, tmp_path: Path) -> None:
    other = weights_folder() / "commercial-int8.onnx"
    listening = OfflineListening(weights_folder() / "full-int8.onnx", {"anna": other}, tmp_path)
    known = [
        replace(call, truth=Truth(file=call.name, kind="steady", onset_s=None, speaker=speaker))
        for call, speaker in zip(find_calls(two_calls), ("anna", "bert"), strict=True)
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


def test_the_shipped_encoder_and_no_folds_are_the_default(tmp_path: Path) -> None:
    assert open_listening(None, None, tmp_path) == OfflineListening(default_encoder_path(), {}, tmp_path)


def test_the_set_of_weights_that_was_asked_for_listens(tmp_path: Path) -> None:
    chosen = open_listening(None, None, tmp_path, weights=WeightsSet.COMMERCIAL).encoder
    assert chosen == default_encoder_path(weights=WeightsSet.COMMERCIAL)
    named = weights_folder() / "full-fp32.onnx"
    assert open_listening(named, None, tmp_path, weights=WeightsSet.COMMERCIAL).encoder == named


def test_each_call_is_judged_with_the_head_of_the_encoder_that_listened_to_it(
    tmp_path: Path, listening: OfflineListening
) -> None:
    # A made-up buzz is no voice to the gate: the first words of a demo call are.
    samples, rate_hz = soundfile.read(default_folder() / "calm_enquiry.flac", frames=12 * 8_000)
    soundfile.write(tmp_path / "a.wav", samples, rate_hz, subtype="ULAW")
    (listened,) = listen_all(find_calls(tmp_path), listening)
    config = listening.configs(ToneConfig())(listened)
    assert listened.space
    assert config.relative is not None and config.relative.space == listened.space
