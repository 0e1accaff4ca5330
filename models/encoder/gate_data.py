"""What the gate learns from: speech and other sounds over telephone lines, as statistics of the encoder's layers."""

from __future__ import annotations

import csv
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from tonewatch.models.corpora import CORPORA, MANIFEST, Clip, commercially_usable, load_samples, read_manifest
from tonewatch.models.telephone import Samples, phone_line, random_line, rms
from tonewatch.stream.errors import DependencyError

RATE_HZ = 16_000
SOUNDS = "noise"
"""Folder of the sounds; its manifest has path, kind, label, licence and speaker."""

CLIPS_OF_A_VOICE = 40
PIECES_OF_A_SOUND = 20
RANDOM_LINES = 0.7
"""Share of the pieces that go over a random line; the others over the plain one."""

PIECE_S = (1.0, 4.0)
LONG_S = 30.0
FAINTEST = 1e-4

_CRYING = ("crying", "screaming", "moaning")
_RESTRICTED = ("NC", "GPL")
"""In a licence: not for weights that allow commercial use."""


@dataclass(frozen=True)
class Piece:
    """One sound after its line, with its class and who or what it is of: groups are held out together."""

    samples: Samples
    label: str
    group: str
    licence: str


def label_of(kind: str, label: str) -> str:
    """Class of a sound by the manifest's words."""
    if kind.endswith("prompt"):
        return "speech"
    if kind == "hold_music":
        return "music"
    if kind == "nonverbal" and label == "laughing":
        return "laughter"
    return "crying" if kind == "nonverbal" and label in _CRYING else "not_speech"


def pieces(data: Path, rng: np.random.Generator, *, commercial: bool) -> Iterator[Piece]:
    """Of every sound and of every voice of the corpora, as many as the constants say.

    Raises:
        DependencyError: there is no folder of sounds.
    """
    yield from _sounds(data / SOUNDS, rng, commercial=commercial)
    clips = [clip for name in CORPORA for clip in read_manifest(data / name / MANIFEST)]
    for clip in _some_of_each(commercially_usable(clips) if commercial else clips, rng):
        yield Piece(_line(load_samples(clip.path), rng), "speech", clip.speaker, clip.licence)


def statistics(
    those: Iterator[Piece], describe: Callable[[Samples], NDArray[np.float32]]
) -> tuple[NDArray[np.float32], NDArray[np.str_], NDArray[np.str_], set[str]]:
    """[pieces, all], the labels and groups of the pieces, and their licences."""
    rows, labels, groups, licences = [], [], [], set()
    for piece in those:
        rows.append(describe(piece.samples))
        labels.append(piece.label)
        groups.append(piece.group)
        licences.add(piece.licence)
    return np.array(rows), np.array(labels), np.array(groups), licences


def _sounds(folder: Path, rng: np.random.Generator, *, commercial: bool) -> Iterator[Piece]:
    path = folder / MANIFEST
    if not path.is_file():
        raise DependencyError(f"no sounds in {folder}: the gate learns from a {MANIFEST} of music, noise and laughter")
    with path.open(newline="", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    for row in rows:
        if commercial and any(word in row["licence"] for word in _RESTRICTED):
            continue
        label = label_of(row["kind"], row["label"])
        for piece in _cut(load_samples(folder / row["path"]), rng):
            yield Piece(_line(piece, rng), label, row["speaker"] or row["label"], row["licence"])


def _cut(samples: Samples, rng: np.random.Generator) -> list[Samples]:
    """Pieces of one length; of a long sound every third."""
    size = int(rng.uniform(*PIECE_S) * RATE_HZ)
    step = size if samples.size < LONG_S * RATE_HZ else 3 * size
    found = [samples[at : at + size] for at in range(0, max(1, samples.size - RATE_HZ // 2), step)]
    return [piece for piece in found if rms(piece) > FAINTEST][:PIECES_OF_A_SOUND]


def _line(samples: Samples, rng: np.random.Generator) -> Samples:
    return random_line(samples, rng) if rng.random() < RANDOM_LINES else phone_line(samples)


def _some_of_each(clips: Sequence[Clip], rng: np.random.Generator) -> Iterator[Clip]:
    voices: dict[str, list[Clip]] = {}
    for clip in clips:
        voices.setdefault(clip.speaker, []).append(clip)
    for _, those in sorted(voices.items()):
        yield from (those[index] for index in rng.permutation(len(those))[:CLIPS_OF_A_VOICE])
