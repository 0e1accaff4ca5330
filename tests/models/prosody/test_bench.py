"""The bench on a tiny corpus that the test makes; needs Praat."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path

import pytest

from tonewatch.models.corpora import Clip
from tonewatch.models.prosody import bench
from tonewatch.stream.errors import DependencyError


def every(clips: Sequence[Clip], name: str) -> Iterable[Clip]:
    return clips


def test_both_methods_get_a_row_for_the_corpus(corpus: Path) -> None:
    pytest.importorskip("parselmouth")
    rows = bench.run(bench.chosen(corpus, 3), every)
    assert list(rows) == [bench.OURS, bench.PRAAT]
    ours = rows[bench.OURS]["made"]
    assert ours.clips == 3
    assert (ours.gross_error or 0) < 0.05
    assert (ours.median_st or 0) < 0.5
    assert ours.ms_per_s > 0


def test_as_many_clips_of_each_speaker_are_chosen(corpus: Path) -> None:
    lines = (corpus / "made" / "manifest.csv").read_text().splitlines()
    (corpus / "made" / "manifest.csv").write_text("\n".join([*lines, *[lines[1]] * 4]))
    speakers = [clip.speaker for clip in bench.chosen(corpus, 4)["made"]]
    assert sorted(speakers) == ["high", "low", "low", "middle"]


def test_a_folder_without_a_manifest_is_named(tmp_path: Path) -> None:
    with pytest.raises(DependencyError, match=r"no manifest\.csv"):
        bench.chosen(tmp_path, 3)
