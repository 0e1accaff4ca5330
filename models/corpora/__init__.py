"""Labelled speech behind one small interface: whatever the corpus, a list of clips."""

from __future__ import annotations

from tonewatch.models.corpora.audio import RATE_HZ, load_samples
from tonewatch.models.corpora.clip import EMOTIONS, EMOTIONS8, Clip, labelled
from tonewatch.models.corpora.folds import Split, folds, speaker_folds
from tonewatch.models.corpora.manifest import CORPORA, LABELS, data_root, read_corpora, read_manifest

__all__ = [
    "CORPORA",
    "EMOTIONS",
    "EMOTIONS8",
    "LABELS",
    "RATE_HZ",
    "Clip",
    "Split",
    "data_root",
    "folds",
    "labelled",
    "load_samples",
    "read_corpora",
    "read_manifest",
    "speaker_folds",
]
