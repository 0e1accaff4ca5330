"""Emotion against the caller's own baseline: from embeddings to a posterior that knows whose voice it is.

A voice's baseline is the mean of its earlier segments: of their embeddings, and of what the encoder said of each alone.
The embedding less that mean says how the voice has changed; the mean posterior says what the baseline was made of, calm
speech or a bit of everything. Where most of what was heard sounded angry, happy or sad, there is no baseline to speak
of (a caller may be angry from the first word), and the posterior of the segment alone stands instead.
"""

from __future__ import annotations

import hashlib
import io
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from zipfile import BadZipFile

import numpy as np
from numpy.typing import NDArray

from tonewatch.stream.errors import ModelError
from tonewatch.stream.tone.model.forest import Forest, read_forest
from tonewatch.stream.weights import checked_bytes

Floats = NDArray[np.float32]

LEAST_BASELINE_SEGMENTS = 3
"""Segments that a baseline needs."""

ONE_SIDED = 0.55
"""Mean share of one emotion other than neutral, from which on a caller's past is no baseline; it fades within 0.1."""

LEAST_SHARE = 1e-4
"""A share that is given as less counts as this much, before its logarithm is taken."""

_FADE = 0.05
_LAYERS = ("hidden", "emotion", "degraded")


@dataclass(frozen=True)
class VoiceBaseline:
    """What was heard of one voice: means over `segments` segments of embedding [32] and posterior alone [4]."""

    embedding: Floats
    posterior: Floats
    segments: int


@dataclass(frozen=True)
class Judged:
    """Shares of angry, happy, neutral, sad; the probability of a degraded tone; trust in the baseline, 0..1."""

    posterior: NDArray[np.float64]
    degraded: float
    trust: float


@dataclass(frozen=True)
class RelativeHead:
    """`weights` by layer: a matrix [outputs, inputs] and a bias [outputs]. `space` names the encoder it goes with.

    `temperature` of its logits; `alone`: how far the segment's own posterior counts beside them. `forest`: how much
    its answers say of a call's tone, fitted after it. `version`: the first twelve hex digits of its file's SHA-256.
    """

    space: str
    weights: dict[str, tuple[Floats, Floats]]
    temperature: float
    alone: float = 0.0
    forest: Forest | None = None
    version: str = ""

    def judge(self, embedding: Floats, alone: Sequence[float], baseline: VoiceBaseline) -> Judged:
        """One segment; `alone` is its posterior as the encoder gave it."""
        own = np.asarray(alone, dtype=np.float64)
        trust = trust_in(baseline)
        if trust == 0.0:
            return Judged(own, float(own[0] + own[3]), 0.0)
        # x = [e - mean * n/(n+1), 3 (mean posterior - 1/4), log(1+n)/3];  h = gelu(W1 x + b1)
        hidden = gelu(self._apply("hidden", inputs(embedding, baseline)))
        # p(emotion) ~ exp((W2 h + b2) / temperature + alone * log p_alone): a product of two experts.
        beside = self.alone * np.log(np.maximum(own, LEAST_SHARE))
        relative = softmax(self._apply("emotion", hidden) / self.temperature + beside)
        # p(degraded) = sigmoid(w3 h + b3), a head of its own on the same hidden layer.
        degraded = 1.0 / (1.0 + float(np.exp(-self._apply("degraded", hidden)[0])))
        # Without a trustworthy baseline the answer fades into the one of the segment alone.
        return Judged(
            trust * relative + (1.0 - trust) * own,
            trust * degraded + (1.0 - trust) * float(own[0] + own[3]),
            trust,
        )

    def _apply(self, layer: str, x: NDArray[np.float64]) -> NDArray[np.float64]:
        matrix, bias = self.weights[layer]
        return np.asarray(matrix @ x + bias, dtype=np.float64)


def voice_baseline_of(embeddings: Sequence[Floats], posteriors: Sequence[Sequence[float]]) -> VoiceBaseline:
    """Plain means; both sequences may be empty."""
    if not embeddings:
        return VoiceBaseline(np.zeros(0, dtype=np.float32), np.full(4, 0.25, dtype=np.float32), 0)
    mean = np.mean(np.asarray(embeddings, dtype=np.float32), axis=0)
    return VoiceBaseline(mean, np.mean(np.asarray(posteriors, dtype=np.float32), axis=0), len(embeddings))


def trust_in(baseline: VoiceBaseline) -> float:
    """0 where there is no baseline yet or it is one-sided, 1 where it is an ordinary one."""
    if baseline.segments < LEAST_BASELINE_SEGMENTS:
        return 0.0
    angry, happy, _neutral, sad = baseline.posterior.tolist()
    # 1 / (1 + exp((share - ONE_SIDED) / _FADE)): a half where the largest share is ONE_SIDED.
    return 1.0 / (1.0 + float(np.exp((max(angry, happy, sad) - ONE_SIDED) / _FADE)))


def inputs(embedding: Floats, baseline: VoiceBaseline) -> NDArray[np.float64]:
    """[embedding + 4 + 1]: the difference (from a mean that counts n / (n + 1)), what the baseline was made of, and how
    much of it there was."""
    count = baseline.segments
    # The mean of few segments is pulled toward the origin, as a prior of weight one would.
    difference = embedding - baseline.embedding * (count / (count + 1.0))
    made_of = 3.0 * (baseline.posterior - 0.25)
    return np.concatenate([difference, made_of, [np.log1p(count) / 3.0]]).astype(np.float64)


def gelu(x: NDArray[np.float64]) -> NDArray[np.float64]:
    """In the approximation by a hyperbolic tangent (Hendrycks and Gimpel 2016, arXiv 1606.08415)."""
    return np.asarray(0.5 * x * (1.0 + np.tanh(np.sqrt(2.0 / np.pi) * (x + 0.044715 * x**3))))


def softmax(logits: NDArray[np.float64]) -> NDArray[np.float64]:
    shifted = np.exp(logits - logits.max())
    return np.asarray(shifted / shifted.sum())


def packed(embedding: NDArray[np.floating]) -> bytes:
    """As a segment carries it: float16, little endian."""
    return embedding.astype("<f2").tobytes()


def unpacked(data: bytes) -> Floats:
    return np.frombuffer(data, dtype="<f2").astype(np.float32)


def save_head(head: RelativeHead, path: Path) -> None:
    arrays = {
        f"{layer}.{part}": value for layer in _LAYERS for part, value in zip("wb", head.weights[layer], strict=True)
    }
    with path.open("wb") as file:
        forest = head.forest.arrays() if head.forest is not None else {}
        np.savez(file, space=head.space, temperature=head.temperature, alone=head.alone, **arrays, **forest)  # type: ignore[arg-type]


def load_head(path: Path) -> RelativeHead:
    """ModelError when the file is missing or is something else."""
    try:
        data = checked_bytes(path)
        with np.load(io.BytesIO(data), allow_pickle=False) as file:
            weights = {layer: (file[f"{layer}.w"], file[f"{layer}.b"]) for layer in _LAYERS}
            return RelativeHead(
                str(file["space"]),
                weights,
                float(file["temperature"]),
                float(file["alone"]),
                read_forest(file),
                hashlib.sha256(data).hexdigest()[:12],
            )
    except (OSError, EOFError, KeyError, ValueError, BadZipFile) as error:
        raise ModelError(f"{path} is not a head that judges against a caller's baseline: {error}") from error
