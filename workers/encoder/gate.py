"""Is this a voice that says something? A small linear head on the encoder's own layers tells music, noise and laughter.

It takes the statistics that every encoder computes anyway (mean and deviation over time of each layer), so it costs
nothing. Crying and screaming are voices: they are judged. Whisper's frozen layers are the same in every set of weights;
the gate has a file of its own a set, because the recordings it was fitted on have licences of their own.
"""

from __future__ import annotations

import io
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Literal, get_args
from zipfile import BadZipFile

import numpy as np
from numpy.typing import NDArray

from tonewatch.stream.errors import ModelError
from tonewatch.stream.weights import checked_bytes

Sound = Literal["music", "not_speech", "laughter"]
"""What is not judged: words of the contract (`stream/messages/abstention.py`)."""

VOICES: Final = ("speech", "crying")
"""Classes that are judged. A caller in tears is no reason to look away."""


@dataclass(frozen=True)
class Gate:
    """Logits = weights (statistics - mean) / spread + bias; a softmax over `labels`.

    labels   VOICES and kinds of Sound, as many as it was fitted on
    least    share of all VOICES together under which a segment is not judged
    """

    labels: tuple[str, ...]
    mean: NDArray[np.float32]
    spread: NDArray[np.float32]
    weights: NDArray[np.float32]
    bias: NDArray[np.float32]
    least: float
    licence: str = ""

    def shares(self, statistics: NDArray[np.float32]) -> dict[str, float]:
        """By label; they sum to one. `statistics` [all] of one segment."""
        logits = self.weights @ ((statistics - self.mean) / self.spread) + self.bias
        shifted = np.exp(logits.astype(np.float64) - logits.max())
        return dict(zip(self.labels, (shifted / shifted.sum()).tolist(), strict=True))

    def sound(self, statistics: NDArray[np.float32]) -> Sound | None:
        """What it is instead of a voice; None where it is one, or may well be."""
        shares = self.shares(statistics)
        if sum(shares.get(label, 0.0) for label in VOICES) >= self.least:
            return None
        kinds: tuple[Sound, ...] = get_args(Sound)
        return max(kinds, key=lambda kind: shares.get(kind, 0.0))


def gate_path(encoder: Path) -> Path:
    """The gate that goes with an encoder file: it lies beside it under the name of the set."""
    return encoder.with_name(f"{encoder.stem.rpartition('-')[0]}-gate.npz")


def save_gate(gate: Gate, path: Path) -> None:
    """Weights as float16."""
    with path.open("wb") as file:
        np.savez(
            file,
            labels=np.array(gate.labels),
            mean=gate.mean,
            spread=gate.spread,
            weights=gate.weights.astype(np.float16),
            bias=gate.bias,
            least=gate.least,
            licence=gate.licence,
        )


def load_gate(path: Path) -> Gate | None:
    """None where there is no such file: an encoder without a gate judges whatever it is given.

    Raises:
        ModelError: the file is something else.
    """
    if not path.is_file():
        return None
    try:
        with np.load(io.BytesIO(checked_bytes(path)), allow_pickle=False) as file:
            arrays = {name: file[name].astype(np.float32) for name in ("mean", "spread", "weights", "bias")}
            labels = tuple(str(label) for label in file["labels"])
            gate = Gate(labels, **arrays, least=float(file["least"]), licence=str(file["licence"]))
    except (OSError, EOFError, KeyError, ValueError, BadZipFile) as error:
        raise ModelError(f"{path} is not a gate of sounds: {error}") from error
    if gate.weights.shape != (len(labels), gate.mean.size) or not {*VOICES, *get_args(Sound)} >= set(labels):
        raise ModelError(f"{path} is not a gate of sounds: {len(labels)} labels and weights {gate.weights.shape}")
    return gate
