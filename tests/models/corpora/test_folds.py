from __future__ import annotations

from pathlib import Path

from tonewatch.models import corpora


def clip(speaker: str, corpus: str = "made", emotion4: str = "angry") -> corpora.Clip:
    return corpora.Clip(Path("x.flac"), corpus, speaker, "female", "anger", emotion4, "en", "", 1.0)


def test_folds_keep_a_speaker_whole_and_spread_every_corpus() -> None:
    clips = [clip(f"{corpus}_{i}", corpus) for corpus in ("one", "two") for i in range(6) for _ in range(3)]
    folds = corpora.speaker_folds(clips, 3, seed=0)
    assert sorted(speaker for fold in folds for speaker in fold) == sorted({c.speaker for c in clips})
    assert all(sum(speaker.startswith(corpus) for speaker in fold) == 2 for fold in folds for corpus in ("one", "two"))
    assert folds == corpora.speaker_folds(clips, 3, seed=0)


def test_a_corpus_can_be_held_out_as_a_whole() -> None:
    clips = [clip(f"{corpus}_{i}", corpus) for corpus in ("one", "two") for i in range(2)]
    held_out = corpora.folds(clips, corpora.Split.CORPUS, 5, seed=0)
    assert held_out == [["one_0", "one_1"], ["two_0", "two_1"]]
