"""Outputs of the frozen lower layers, computed once for every clip and every version of its telephone line.

Version 0 of a clip is the plain line (figures are given for it); the others are random lines and crops.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray

from tonewatch.models.corpora import Clip, load_samples
from tonewatch.models.network import WIDTH, SpeechEncoder
from tonewatch.models.telephone import phone_line, random_line
from tonewatch.workers.mel import speech_mel

LONGEST = 160_000  # samples: the encoder's 10 s
LINES = "2026-11-25"
"""When random lines last changed: features of earlier ones are not read again."""


@dataclass(frozen=True)
class FeatureStore:
    """`data` is float16 [frozen layers, time of all items, width]; item `version * clips + clip`."""

    data: NDArray[np.float16]
    lengths: NDArray[np.int64]
    clips: int

    @cached_property
    def ends(self) -> NDArray[np.int64]:
        return np.cumsum(self.lengths)

    @property
    def versions(self) -> int:
        return int(self.lengths.size // self.clips)

    def batch(self, items: Sequence[int], stride: int = 1) -> tuple[list[torch.Tensor], torch.Tensor]:
        """Zero-padded outputs per layer [batch, time, width], and the mask [batch, time]; every `stride`th frame."""
        longest = -(-int(max(self.lengths[item] for item in items)) // stride)
        outputs = torch.zeros(self.data.shape[0], len(items), longest, WIDTH)
        mask = torch.zeros(len(items), longest)
        for row, item in enumerate(items):
            end = int(self.ends[item])
            frames = self.data[:, end - int(self.lengths[item]) : end : stride]
            outputs[:, row, : frames.shape[1]] = torch.from_numpy(frames.astype(np.float32))
            mask[row, : frames.shape[1]] = 1.0
        return list(outputs), mask


def sound(clip: Clip, version: int, seed: int) -> NDArray[np.float32]:
    samples = load_samples(clip.path)
    if version == 0:
        return phone_line(samples)[:LONGEST]
    name = int.from_bytes(hashlib.sha256(f"{clip.corpus}/{clip.path.name}".encode()).digest()[:4], "big")
    return random_line(samples, np.random.default_rng([seed, version, name]))


def build_store(
    clips: Sequence[Clip],
    encoder: SpeechEncoder,
    folder: Path,
    versions: int,
    seed: int,
    tell: Callable[[str], None],
) -> FeatureStore:
    """Read the store from `folder`, or compute and write it; the key names clips, versions, seed and weights."""
    key = _key(clips, encoder, versions, seed)
    data_file, lengths_file = folder / f"features-{key}.npy", folder / f"lengths-{key}.npy"
    if not lengths_file.exists():
        folder.mkdir(parents=True, exist_ok=True)
        _compute(clips, encoder, versions, seed, tell, data_file, lengths_file)
    data: NDArray[np.float16] = np.load(data_file, mmap_mode="r")
    return FeatureStore(data, np.load(lengths_file), len(clips))


def _key(clips: Sequence[Clip], encoder: SpeechEncoder, versions: int, seed: int) -> str:
    digest = hashlib.sha256(json.dumps([LINES, versions, seed, *(f"{c.corpus}/{c.path.name}" for c in clips)]).encode())
    for name, tensor in sorted(encoder.state_dict().items()):
        digest.update(name.encode())
        digest.update(tensor.double().sum().numpy().tobytes())
    return digest.hexdigest()[:12]


@torch.no_grad()
def _compute(
    clips: Sequence[Clip],
    encoder: SpeechEncoder,
    versions: int,
    seed: int,
    tell: Callable[[str], None],
    data_file: Path,
    lengths_file: Path,
) -> None:
    encoder.eval()
    items: list[NDArray[np.float16]] = []
    for version in range(versions):
        for number, clip in enumerate(clips):
            mel = torch.from_numpy(speech_mel(sound(clip, version, seed)))[None]
            outputs, _ = encoder(mel, torch.tensor([mel.shape[2]]))
            items.append(torch.cat(outputs).half().numpy())
            if number % 250 == 0:
                tell(f"features: version {version} of {versions}, clip {number} of {len(clips)}")
    np.save(data_file, np.concatenate(items, axis=1))
    partial = lengths_file.with_suffix(".partial.npy")
    np.save(partial, np.array([item.shape[1] for item in items], dtype=np.int64))
    partial.replace(lengths_file)
