from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import soundfile

torch = pytest.importorskip("torch", reason="needs torch: make test EXTRAS=train")

from tonewatch.models.corpora import Clip  # noqa: E402
from tonewatch.models.encoder import features  # noqa: E402
from tonewatch.models.encoder.features import FeatureStore, background, build_store, sound  # noqa: E402
from tonewatch.models.encoder.network import Body, SpeechEncoder  # noqa: E402
from tonewatch.models.shipped import voice_like  # noqa: E402

pytestmark = pytest.mark.train


def lower_encoder(layers: int) -> SpeechEncoder:
    torch.manual_seed(0)
    return SpeechEncoder(layers, 100, Body())


def make_store(clips: list[Clip], layers: int, folder: Path, *, keep_frames: bool = False) -> FeatureStore:
    return build_store(clips, lower_encoder(layers), folder, 2, 0, lambda _line: None, keep_frames=keep_frames)


def test_the_store_is_read_back_and_equals_a_fresh_pass(clips: list[Clip], tmp_path: Path) -> None:
    first = make_store(clips, 2, tmp_path)
    lines: list[str] = []
    again = build_store(clips, lower_encoder(2), tmp_path, 2, 0, lines.append, keep_frames=False)
    assert lines == []
    assert torch.equal(first.statistics, again.statistics)
    assert (again.versions, again.clips, again.frames.shape[0]) == (2, 8, 0)


def test_several_jobs_at_once_give_what_one_gives(
    clips: list[Clip], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    alone = make_store(clips, 1, tmp_path / "alone", keep_frames=True)
    monkeypatch.setattr(features, "JOB_CLIPS", 3)
    together = build_store(clips, lower_encoder(1), tmp_path / "together", 1, 0, lambda _line: None, keep_frames=True)
    assert torch.equal(alone.statistics[: len(clips)], together.statistics)
    assert np.array_equal(alone.frames[: together.frames.shape[0]], together.frames)


def test_frames_kept_in_part_are_not_read_as_whole(clips: list[Clip], tmp_path: Path) -> None:
    make_store(clips, 1, tmp_path)
    whole = make_store(clips, 1, tmp_path, keep_frames=True)
    assert whole.frames.shape[0] == whole.lengths.sum()


def test_a_batch_is_padded_and_says_so(clips: list[Clip], tmp_path: Path) -> None:
    half_store = make_store(clips, 1, tmp_path, keep_frames=True)
    frames, mask = half_store.batch([0, 8])
    assert mask.sum(1).tolist() == half_store.lengths[[0, 8]].tolist()
    assert frames[mask == 0].abs().sum() == 0.0


def test_voices_for_the_background_are_whole_pieces_of_recorded_calls(tmp_path: Path) -> None:
    (tmp_path / "audio").mkdir()
    soundfile.write(tmp_path / "audio" / "call.flac", np.tile(voice_like(1.0, 140.0), 12), 16_000)
    assert [piece.size for piece in background(tmp_path)] == [80_000, 80_000]
    assert background(tmp_path / "nowhere") == []


def test_a_clips_line_depends_on_its_name_version_and_seed_alone(clips: list[Clip]) -> None:
    assert np.array_equal(sound(clips[0], 1, 0), sound(clips[0], 1, 0))
    for other in (sound(clips[0], 2, 0), sound(clips[0], 1, 1), sound(clips[0], 0, 0)):
        assert not np.array_equal(sound(clips[0], 1, 0), other)
