"""Output of the frozen lower layers for every clip and every version of its telephone line, computed once.

Version 0 of a clip is the plain line, on which metrics are reported; the others are random lines and crops. The store
holds the statistics of every frozen layer and, where layers above are trained, the frames of the last frozen one.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from functools import cached_property
from multiprocessing import get_context
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray

from tonewatch.models.corpora import Clip, load_samples
from tonewatch.models.encoder.network import Body, EmotionHead, SpeechEncoder
from tonewatch.models.telephone import phone_line, random_line
from tonewatch.workers.audio.mel import speech_mel, speech_rms

Samples = NDArray[np.float32]

LONGEST = 160_000  # samples: the encoder's 10 s
LINES = "2026-11-30"
"""When random lines last changed: features of earlier ones are not read again."""
PIECE = 80_000
MOST_PIECES = 120
JOB_CLIPS = 150
FRAME_S = 0.02


@dataclass(frozen=True)
class FeatureStore:
    """Items are numbered `version * clips + clip`.

    frames      float16 [time of all items, width]: of the last frozen layer; empty where nothing is trained above it
    statistics  float32 [items, 2 * width * frozen layers]: mean and deviation over time of each frozen layer
    """

    frames: NDArray[np.float16]
    statistics: torch.Tensor
    lengths: NDArray[np.int64]
    clips: int

    @cached_property
    def ends(self) -> NDArray[np.int64]:
        return np.cumsum(self.lengths)

    @property
    def versions(self) -> int:
        return int(self.lengths.size // self.clips)

    @property
    def seconds(self) -> NDArray[np.float64]:
        return np.asarray(self.lengths * FRAME_S, dtype=np.float64)

    def batch(self, items: Sequence[int]) -> tuple[torch.Tensor, torch.Tensor]:
        """Zero-padded frames [batch, time, width] and the mask [batch, time]."""
        # Padded to the longest of the batch.
        frames = torch.zeros(len(items), int(max(self.lengths[item] for item in items)), self.frames.shape[1])
        mask = torch.zeros(frames.shape[:2])
        for row, item in enumerate(items):
            # Items lie one behind another in `frames`; `ends` are the cumulated lengths.
            length, end = int(self.lengths[item]), int(self.ends[item])
            frames[row, :length] = torch.from_numpy(self.frames[end - length : end].astype(np.float32))
            mask[row, :length] = 1.0
        return frames, mask


def sound(clip: Clip, version: int, seed: int, voices: Sequence[Samples] = ()) -> Samples:
    """A clip after one version of its telephone line; `voices` talk in the background of random lines."""
    samples = load_samples(clip.path)
    if version == 0:
        return phone_line(samples)[:LONGEST]
    # Seeded by the file's name, so that a clip's line does not depend on the other clips.
    name = int.from_bytes(hashlib.sha256(f"{clip.corpus}/{clip.path.name}".encode()).digest()[:4], "big")
    return random_line(samples, np.random.default_rng([seed, version, name]), voices)


def background(calls: Path) -> list[Samples]:
    """Voices for babble and echo out of a folder of recorded calls, five seconds each; none where there is none.

    Not out of the corpora: held-out voices must not occur in training, not even in the background.
    """
    pieces: list[Samples] = []
    for path in sorted(calls.glob("audio/*")):
        samples = load_samples(path)
        # Whole pieces only; the rest of a call is dropped.
        pieces += np.split(samples[: samples.size // PIECE * PIECE], range(PIECE, samples.size, PIECE))
    return [piece for piece in pieces if piece.size == PIECE and speech_rms(piece) > 0.0][:MOST_PIECES]


def build_store(
    clips: Sequence[Clip],
    encoder: SpeechEncoder,
    folder: Path,
    versions: int,
    seed: int,
    tell: Callable[[str], None],
    *,
    voices: Sequence[Samples] = (),
    keep_frames: bool,
) -> FeatureStore:
    """Read the store from `folder`, or compute and write it; the key names clips, versions, seed and weights."""
    key = f"{_key(clips, encoder, versions, seed)}-{len(voices)}{'-frames' if keep_frames else ''}"
    names = ("frames", "statistics", "lengths")
    files = {name: folder / f"{key}-{name}.npy" for name in names}
    if not files["lengths"].exists():
        folder.mkdir(parents=True, exist_ok=True)
        _compute(clips, encoder, versions, seed, tell, files, voices, keep_frames)
    frames: NDArray[np.float16] = np.load(files["frames"], mmap_mode="r")
    statistics = torch.from_numpy(np.load(files["statistics"]))
    return FeatureStore(frames, statistics, np.load(files["lengths"]), len(clips))


def _key(clips: Sequence[Clip], encoder: SpeechEncoder, versions: int, seed: int) -> str:
    digest = hashlib.sha256(json.dumps([LINES, versions, seed, *(f"{c.corpus}/{c.path.name}" for c in clips)]).encode())
    for name, tensor in sorted(encoder.state_dict().items()):
        digest.update(name.encode())
        # The sum stands for the tensor: enough to tell one set of weights from another.
        digest.update(tensor.double().sum().numpy().tobytes())
    return digest.hexdigest()[:12]


@torch.no_grad()
def describe(encoder: SpeechEncoder, samples: Samples) -> tuple[torch.Tensor, torch.Tensor]:
    """Frames of the last layer [time, width] and the statistics of every layer, of one sound."""
    mel = torch.from_numpy(speech_mel(samples, encoder.body.bands))[None]
    outputs, mask = encoder(mel, torch.tensor([mel.shape[2]]))
    return outputs[-1][0], EmotionHead.pool(outputs, mask)[0]


@dataclass(frozen=True)
class _Job:
    """One process's share: the clips from `start` to `end` in one version of their lines."""

    version: int
    start: int
    end: int


class _Worker:
    """Lives in a process of its own: one thread each is a third of the cost of many threads in one process."""

    only: _Worker

    def __init__(
        self,
        clips: Sequence[Clip],
        state: dict[str, NDArray[np.float32]],
        seed: int,
        voices: Sequence[Samples],
        keep: bool,
    ) -> None:
        # Several processes of one thread each use the cores better than one process of several threads.
        torch.set_num_threads(1)
        layers = 1 + max(int(name.split(".")[1]) for name in state if name.startswith("layers."))
        width, bands, _ = state["conv1.weight"].shape
        self.encoder = SpeechEncoder(layers, state["positions"].shape[0], Body(width, bands)).eval()
        self.encoder.load_state_dict({name: torch.from_numpy(value) for name, value in state.items()})
        self.clips, self.seed, self.voices, self.keep = clips, seed, voices, keep

    @classmethod
    def begin(
        cls,
        clips: Sequence[Clip],
        state: dict[str, NDArray[np.float32]],
        seed: int,
        voices: Sequence[Samples],
        keep: bool,
    ) -> None:
        cls.only = cls(clips, state, seed, voices, keep)

    @classmethod
    def work(cls, job: _Job) -> tuple[list[NDArray[np.float16]], list[NDArray[np.float32]], list[int]]:
        self = cls.only
        frames, statistics, lengths = [], [], []
        for clip in self.clips[job.start : job.end]:
            last, pooled = describe(self.encoder, sound(clip, job.version, self.seed, self.voices))
            lengths.append(last.shape[0])
            # [0 frames] where nothing above is trained: the file stays, and stays empty.
            frames.append(last[: None if self.keep else 0].half().numpy())
            statistics.append(pooled.numpy())
        return frames, statistics, lengths


def _compute(
    clips: Sequence[Clip],
    encoder: SpeechEncoder,
    versions: int,
    seed: int,
    tell: Callable[[str], None],
    files: dict[str, Path],
    voices: Sequence[Samples],
    keep_frames: bool,
) -> None:
    state = {name: value.numpy() for name, value in encoder.state_dict().items()}
    starts = range(0, len(clips), JOB_CLIPS)
    jobs = [_Job(version, start, min(start + JOB_CLIPS, len(clips))) for version in range(versions) for start in starts]
    frames: list[NDArray[np.float16]] = []
    statistics: list[NDArray[np.float32]] = []
    lengths: list[int] = []
    arguments = (list(clips), state, seed, list(voices), keep_frames)
    with ProcessPoolExecutor(torch.get_num_threads(), get_context("spawn"), _Worker.begin, arguments) as pool:
        for number, (some_frames, some_statistics, some_lengths) in enumerate(pool.map(_Worker.work, jobs)):
            frames += some_frames
            statistics += some_statistics
            lengths += some_lengths
            tell(f"features: {number + 1} of {len(jobs)} parts")
    np.save(files["frames"], np.concatenate(frames))
    np.save(files["statistics"], np.stack(statistics))
    partial = files["lengths"].with_suffix(".partial.npy")  # written last: its presence says that all are whole
    np.save(partial, np.array(lengths, dtype=np.int64))
    partial.replace(files["lengths"])
