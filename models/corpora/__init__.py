"""Labelled speech behind one small interface: whatever the corpus, a list of clips.

`read_corpus(folder)` reads any corpus in its published layout; `write_manifest` makes a manifest.csv of it, which is
what training and evaluation take. README.md in this folder lists corpora, layouts and licences.
"""

from __future__ import annotations

from tonewatch.models.corpora.audio import RATE_HZ, clip_samples, load_samples
from tonewatch.models.corpora.clip import EMOTIONS, EMOTIONS8, Clip, commercially_usable, labelled, labelled8
from tonewatch.models.corpora.folds import Split, folds, speaker_folds
from tonewatch.models.corpora.labels import LABELS, WORDS, map_label
from tonewatch.models.corpora.layout import LAYOUTS, layout_of, read_corpus
from tonewatch.models.corpora.licences import LICENCES, Licence
from tonewatch.models.corpora.manifest import (
    CORPORA,
    MANIFEST,
    data_root,
    read_corpora,
    read_manifest,
    write_manifest,
)

__all__ = [
    "CORPORA",
    "EMOTIONS",
    "EMOTIONS8",
    "LABELS",
    "LAYOUTS",
    "LICENCES",
    "MANIFEST",
    "RATE_HZ",
    "WORDS",
    "Clip",
    "Licence",
    "Split",
    "clip_samples",
    "commercially_usable",
    "data_root",
    "folds",
    "labelled",
    "labelled8",
    "layout_of",
    "load_samples",
    "map_label",
    "read_corpora",
    "read_corpus",
    "read_manifest",
    "speaker_folds",
    "write_manifest",
]
