"""The speech emotion encoder: calibrated posterior, uncertainty, embedding and further heads of each segment."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import msgspec
import numpy as np
from numpy.typing import NDArray

from tonewatch.stream.errors import ModelError
from tonewatch.stream.messages import EMOTIONS, Posterior
from tonewatch.workers.audio.mel import HOP, RATE_HZ, Ranges, speech_mel
from tonewatch.workers.encoder.card import Card, read_card
from tonewatch.workers.encoder.gate import Sound, gate_path, load_gate
from tonewatch.workers.encoder.session import Session
from tonewatch.workers.onnx_runtime import available_providers

SHORTEST_S = 0.3
LONGEST_S = 10.0

STATISTICS = "statistics"
"""Output of a graph that the gate takes."""

GPU_BATCH = 32
BUCKET_FRAMES = 100
"""On a GPU batches are padded to a multiple of this (1 s): memory is laid out for ten lengths, not for a thousand."""


@dataclass(frozen=True)
class EncoderOutput:
    """Of one segment.

    posterior    calibrated probabilities, unrounded
    uncertainty  probability that the largest of them is not the right one, 0..1
    abstains     the uncertainty is above the card's bound
    embedding    [96] of the shipped weights, the input of the head that compares a segment with the caller's baseline
                 (`stream/tone/model/relative_head.py`)
    eight        probabilities of RAVDESS's eight emotions (`card.EIGHT`); null where the file has no such head
    degraded     probability that the tone is a degraded one, whatever its emotion; null without such a head
    affect       arousal and valence in 0..1; null where the file was not trained on ratings of them
    sound        what it is instead of a voice; null where it is one, and without a gate
    """

    posterior: Posterior
    uncertainty: float
    abstains: bool
    embedding: NDArray[np.float32]
    eight: tuple[float, ...] | None = None
    degraded: float | None = None
    affect: tuple[float, float] | None = None
    sound: Sound | None = None

    @property
    def probabilities(self) -> tuple[float, ...]:
        """The posterior in the order of EMOTIONS."""
        found: tuple[float, ...] = msgspec.structs.astuple(self.posterior)
        return found


class Encoder:
    """One ONNX session. Not for use from several threads at once.

    Raises DependencyError when the file or onnxruntime is missing, ModelError when the file is not an encoder.
    """

    def __init__(self, path: Path, *, threads: int = 1, providers: Sequence[str] | None = None) -> None:
        chosen = available_providers() if providers is None else list(providers)
        self._session = Session(path, threads=threads, providers=chosen)
        try:
            self._card = read_card(self._session.properties)
        except (KeyError, ValueError) as error:
            raise ModelError(f"{path} does not carry an encoder's metadata: {error}; export it anew") from error
        self._gate = load_gate(gate_path(path)) if STATISTICS in self._session.outputs else None
        # Batching pays on a GPU only; and int8 activations are scaled over a batch, so items would change each other.
        self._batch_size = GPU_BATCH if self._session.on_gpu else 1

    @property
    def name(self) -> str:
        return self._card.name

    @property
    def version(self) -> str:
        """First twelve hex digits of the SHA-256 of graph and weights, and the commit they were trained at."""
        return f"{self._session.digest[:12]}+{self._card.commit}"

    @property
    def provider(self) -> str:
        """What it runs on, as `ModelRef.provider` names it."""
        return self._session.provider

    @property
    def card(self) -> Card:
        return self._card

    @property
    def outputs(self) -> tuple[str, ...]:
        """What this file answers, by the names in its graph."""
        return self._session.outputs

    def encode(
        self,
        segments: Sequence[NDArray[np.float32]],
        *,
        missing: Sequence[Ranges] | None = None,
        batch_size: int | None = None,
    ) -> list[EncoderOutput]:
        """An output for each segment, in their order; float32 at 16 kHz, 0.3 to 10 s, any gain.

        `missing`: of each segment, the ranges of samples that were never received (`mel.log_mel`). `batch_size`
        overrides the provider's own choice. ValueError for a segment of another length.
        """
        bands, gaps = self._session.bands, missing or [()] * len(segments)
        mels = [speech_mel(_checked(one), bands, gap) for one, gap in zip(segments, gaps, strict=True)]
        # Batches are sorted by length; the outputs go back to the order of the segments.
        found: dict[int, EncoderOutput] = {}
        for rows in _groups(mels, batch_size or self._batch_size):
            found |= zip(rows, self._run([mels[row] for row in rows]), strict=True)
        return [found[row] for row in range(len(mels))]

    def posteriors(
        self, segments: Sequence[NDArray[np.float32]], *, batch_size: int | None = None
    ) -> NDArray[np.float64]:
        """[segments, 4]: the calibrated posterior of each segment, in the order of EMOTIONS."""
        found = [output.probabilities for output in self.encode(segments, batch_size=batch_size)]
        return np.array(found, dtype=np.float64).reshape(len(found), len(EMOTIONS))

    def warm_up(self) -> None:
        """Run every length once for which memory is allocated, so that the first caller does not wait for it."""
        lengths_s = np.arange(1.0, LONGEST_S + 1.0) if self._session.on_gpu else (1.0,)
        for seconds in lengths_s:
            self.encode([np.zeros(int(seconds * RATE_HZ), dtype=np.float32)])

    def _run(self, mels: Sequence[NDArray[np.float32]]) -> list[EncoderOutput]:
        frames = np.array([mel.shape[1] for mel in mels], dtype=np.int64)
        longest = int(frames.max())
        if self._session.on_gpu:
            # Rounded up to a bucket, but never past the longest input: the graph has no positions beyond that.
            longest = min(-(-longest // BUCKET_FRAMES) * BUCKET_FRAMES, int(LONGEST_S * RATE_HZ / HOP))
        batch = np.zeros((len(mels), self._session.bands, longest), dtype=np.float32)
        for row, mel in zip(batch, mels, strict=True):
            row[:, : mel.shape[1]] = mel
        return self.outputs_of(self._session.run(batch, frames), frames * HOP / RATE_HZ)

    def outputs_of(self, answers: dict[str, NDArray[np.float32]], seconds: NDArray[np.float64]) -> list[EncoderOutput]:
        """What the graph's answers [segments, ...] about segments of these lengths come to, by card and gate."""
        # Of the emotions only: the other heads are reported as they come.
        temperature = self._card.calibration.temperature(seconds)
        posteriors = softmax(answers["emotion"] / temperature[:, None])
        uncertainties = self._card.uncertainty.score(posteriors.max(1), seconds, answers["distance"].astype(np.float64))
        eight = softmax(answers["eight"]) if "eight" in answers else None
        degraded = sigmoid(answers["degraded"][:, 0]) if "degraded" in answers else None
        affect = sigmoid(answers["affect"]) if "affect" in answers else None
        gate = self._gate
        return [
            EncoderOutput(
                posterior=Posterior(**dict(zip(EMOTIONS, posteriors[row].tolist(), strict=True))),
                uncertainty=float(uncertainties[row]),
                abstains=bool(uncertainties[row] > self._card.uncertainty.abstain_above),
                embedding=answers["embedding"][row],
                eight=None if eight is None else tuple(eight[row].tolist()),
                degraded=None if degraded is None else float(degraded[row]),
                affect=None if affect is None else (float(affect[row, 0]), float(affect[row, 1])),
                sound=None if gate is None else gate.sound(answers[STATISTICS][row]),
            )
            for row in range(len(seconds))
        ]


def softmax(logits: NDArray[np.floating]) -> NDArray[np.float64]:
    """Over the last axis."""
    # Less the largest logit: exp cannot overflow, and the quotient is the same.
    shifted = np.exp(logits.astype(np.float64) - logits.max(axis=-1, keepdims=True))
    result: NDArray[np.float64] = shifted / shifted.sum(axis=-1, keepdims=True)
    return result


def sigmoid(logits: NDArray[np.floating]) -> NDArray[np.float64]:
    return np.asarray(1.0 / (1.0 + np.exp(-logits.astype(np.float64))))


def _checked(segment: NDArray[np.float32]) -> NDArray[np.float32]:
    seconds = segment.size / RATE_HZ
    if segment.ndim != 1 or not SHORTEST_S <= seconds <= LONGEST_S:
        raise ValueError(f"a segment is one channel of {SHORTEST_S} to {LONGEST_S} s, not {seconds:.2f} s")
    return segment


def _groups(mels: Sequence[NDArray[np.float32]], size: int) -> Iterator[list[int]]:
    """Indices of items of like length together, so that little is padded."""
    order = sorted(range(len(mels)), key=lambda row: mels[row].shape[1])
    for start in range(0, len(order), size):
        yield order[start : start + size]
