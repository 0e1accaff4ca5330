"""Output of the frozen lower layers for every clip and every version of its telephone line, computed once.

Version 0 of a clip is the plain line, on which metrics are reported; the others are random lines and crops. The store
holds the statistics of every frozen layer and, where layers above are trained, the frames of the last frozen one.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
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
JOB_CLIPS = 80
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
    int8: bool = False,
) -> FeatureStore:
    """Read the store from `folder`, or compute and write what it lacks; a key names clips, version, seed and weights.

    Each corpus and version has a file of its own: a further corpus or version costs nothing of what is there, and a run
    that was stopped goes on. Where frames are kept all clips have the same files, for frames lie in the order of the
    items. `int8`: statistics by the graph that the listener runs on a CPU (`frozen_layers.py`), without frames.
    """
    groups = [np.arange(len(clips))] if keep_frames else _by_corpus(clips)
    made = _Makers(encoder, folder, seed, tell, list(voices), keep_frames, int8)
    parts = [
        (version, indices, made.file([clips[index] for index in indices], version))
        for version in range(versions)
        for indices in groups
    ]
    return _joined(parts, len(clips), versions)


def _by_corpus(clips: Sequence[Clip]) -> list[NDArray[np.int64]]:
    corpora = np.array([clip.corpus for clip in clips])
    return [np.flatnonzero(corpora == name) for name in dict.fromkeys(corpora.tolist())]


def _joined(parts: Sequence[tuple[int, NDArray[np.int64], Path]], clips: int, versions: int) -> FeatureStore:
    """The stores of groups of clips in one version each as one store of all."""
    lengths = np.zeros((versions, clips), dtype=np.int64)
    frames: list[NDArray[np.float16]] = []
    statistics: torch.Tensor | None = None
    for version, indices, path in parts:
        with np.load(path, allow_pickle=False) as file:
            own, lengths[version, indices] = torch.from_numpy(file["statistics"]), file["lengths"]
            frames.append(file["frames"])
        if statistics is None:
            statistics = torch.empty(versions, clips, own.shape[1])
        statistics[version, torch.from_numpy(indices)] = own
    assert statistics is not None
    return FeatureStore(np.concatenate(frames), statistics.flatten(0, 1), lengths.reshape(-1), clips)


def _key(clips: Sequence[Clip], encoder: SpeechEncoder, version: int, seed: int) -> str:
    digest = hashlib.sha256(json.dumps([LINES, version, seed, *(f"{c.corpus}/{c.path.name}" for c in clips)]).encode())
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
class _Makers:
    """Computes files of features, one for some clips in one version of their lines."""

    encoder: SpeechEncoder
    folder: Path
    seed: int
    tell: Callable[[str], None]
    voices: list[Samples]
    keep_frames: bool
    int8: bool

    def file(self, clips: Sequence[Clip], version: int) -> Path:
        """The file, computed now where it is not there."""
        kind = "-int8" if self.int8 else "-frames" if self.keep_frames else ""
        path = self.folder / f"{_key(clips, self.encoder, version, self.seed)}-{len(self.voices)}{kind}.npz"
        if not path.exists():
            self.folder.mkdir(parents=True, exist_ok=True)
            self._compute(clips, version, path)
        return path

    def _compute(self, clips: Sequence[Clip], version: int, path: Path) -> None:
        state = {name: value.numpy() for name, value in self.encoder.state_dict().items()}
        graph = _frozen_graph(state, self.folder / "frozen") if self.int8 else None
        jobs = [clips[start : start + JOB_CLIPS] for start in range(0, len(clips), JOB_CLIPS)]
        arguments = (version, state, self.seed, self.voices, self.keep_frames, graph)
        found: list[_Described] = []
        for number, described in enumerate(_in_jobs(jobs, arguments)):
            found += described
            self.tell(f"features of {clips[0].corpus}, version {version}: {number + 1} of {len(jobs)} parts")
        partial = path.with_suffix(".partial.npz")
        lengths = np.array([one.length for one in found], dtype=np.int64)
        statistics, frames = np.stack([one.statistics for one in found]), np.concatenate([one.frames for one in found])
        np.savez(partial, statistics=statistics, lengths=lengths, frames=frames)
        partial.replace(path)  # renamed last: a file that is there is whole


def _frozen_graph(state: dict[str, NDArray[np.float32]], folder: Path) -> Path:
    from tonewatch.models.encoder.frozen_layers import write_frozen

    return write_frozen(state, folder)


@dataclass(frozen=True)
class _Described:
    """One clip: statistics [all], frames [time or 0, width], its length in frames."""

    statistics: NDArray[np.float32]
    frames: NDArray[np.float16]
    length: int


_Arguments = tuple[int, dict[str, NDArray[np.float32]], int, Sequence[Samples], bool, Path | None]
"""What a worker is made of."""


def _in_jobs(jobs: Sequence[Sequence[Clip]], arguments: _Arguments) -> Iterator[list[_Described]]:
    """The clips of each job, in their order."""
    if len(jobs) == 1:
        # A process of its own takes seconds to come up, and would be alone.
        with _undisturbed():
            yield _Worker(*arguments).describe_all(jobs[0])
        return
    with ProcessPoolExecutor(torch.get_num_threads(), get_context("spawn"), _Worker.begin, arguments) as pool:
        yield from pool.map(_Worker.work, jobs)


@contextmanager
def _undisturbed() -> Iterator[None]:
    """One thread, as in a process of a worker's own; what is drawn here is drawn again outside."""
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        with torch.random.fork_rng(devices=[]):
            yield
    finally:
        torch.set_num_threads(threads)


class _Worker:
    """Lives in a process of its own: one thread each is a third of the cost of many threads in one process."""

    only: _Worker

    def __init__(
        self,
        version: int,
        state: dict[str, NDArray[np.float32]],
        seed: int,
        voices: Sequence[Samples],
        keep: bool,
        graph: Path | None,
    ) -> None:
        self.version, self.seed, self.voices, self.keep = version, seed, voices, keep
        width, bands, _ = state["conv1.weight"].shape
        self.width = width
        if graph is not None:
            from tonewatch.models.encoder.frozen_layers import FrozenLayers

            self.frozen = FrozenLayers(graph)
            self.describe = self._by_graph
            return
        layers = 1 + max(int(name.split(".")[1]) for name in state if name.startswith("layers."))
        self.encoder = SpeechEncoder(layers, state["positions"].shape[0], Body(width, bands)).eval()
        self.encoder.load_state_dict({name: torch.from_numpy(value) for name, value in state.items()})
        self.describe = self._by_torch

    @classmethod
    def begin(
        cls,
        version: int,
        state: dict[str, NDArray[np.float32]],
        seed: int,
        voices: Sequence[Samples],
        keep: bool,
        graph: Path | None,
    ) -> None:
        # Several processes of one thread each use the cores better than one process of several threads.
        torch.set_num_threads(1)
        cls.only = cls(version, state, seed, voices, keep, graph)

    @classmethod
    def work(cls, clips: Sequence[Clip]) -> list[_Described]:
        return cls.only.describe_all(clips)

    def describe_all(self, clips: Sequence[Clip]) -> list[_Described]:
        return [self.describe(sound(clip, self.version, self.seed, self.voices)) for clip in clips]

    def _by_torch(self, samples: Samples) -> _Described:
        last, pooled = describe(self.encoder, samples)
        # [0 frames] where nothing above is trained.
        frames = last[: None if self.keep else 0].half().numpy()
        return _Described(pooled.numpy(), frames, last.shape[0])

    def _by_graph(self, samples: Samples) -> _Described:
        statistics, length = self.frozen.describe(samples)
        return _Described(statistics, np.zeros((0, self.width), dtype=np.float16), length)
