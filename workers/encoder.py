"""The speech emotion encoder: an ONNX graph, log-mel in, logits over four emotions out."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from importlib import resources
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from tonewatch.stream.errors import DependencyError, ModelError
from tonewatch.workers.mel import BANDS, RATE_HZ, speech_mel

if TYPE_CHECKING:
    import onnxruntime

EMOTIONS = ("angry", "happy", "neutral", "sad")
SHORTEST_S = 0.3
LONGEST_S = 10.0
CPU = "CPUExecutionProvider"
CUDA = "CUDAExecutionProvider"

Posterior = tuple[float, float, float, float]


@dataclass(frozen=True)
class Card:
    """What an encoder file says about itself in its ONNX `metadata_props`.

    `data` names the corpora that its training heard voices of; empty where the file does not say.
    """

    name: str
    labels: tuple[str, ...]
    temperature: float
    commit: str
    data: tuple[str, ...] = ()


def available_providers() -> list[str]:
    """CUDA when this machine has it, then CPU."""
    onnxruntime = _onnxruntime()
    return [provider for provider in (CUDA, CPU) if provider in onnxruntime.get_available_providers()]


def default_encoder_path(providers: Sequence[str] | None = None) -> Path:
    """The shipped weights: float32 where a CUDA provider is at hand, int8 for a CPU."""
    providers = available_providers() if providers is None else providers
    file = "encoder-fp32.onnx" if CUDA in providers else "encoder-int8.onnx"
    return Path(str(resources.files("tonewatch.models") / "weights" / file))


class Encoder:
    """One ONNX session. Not for use from several threads at once.

    Raises DependencyError when the file or onnxruntime is missing, ModelError when the file is not an encoder.
    """

    def __init__(self, path: Path, *, threads: int = 1, providers: Sequence[str] | None = None) -> None:
        chosen = available_providers() if providers is None else list(providers)
        data = _read(path)
        self._session = _open_session(path, data, threads, chosen)
        self._card = _read_card(path, self._session)
        self._digest = hashlib.sha256(data).hexdigest()
        # Batching pays on a GPU only; and int8 activations are scaled over a batch, so items would sway each other.
        self._batch_size = 32 if CUDA in self._session.get_providers() else 1

    @property
    def name(self) -> str:
        return self._card.name

    @property
    def version(self) -> str:
        """First twelve hex digits of the file's SHA-256, and the commit it was trained at."""
        return f"{self._digest[:12]}+{self._card.commit}"

    @property
    def card(self) -> Card:
        return self._card

    def posteriors(self, segments: Sequence[NDArray[np.float32]], *, batch_size: int | None = None) -> list[Posterior]:
        """Calibrated (angry, happy, neutral, sad) of each segment; float32 at 16 kHz, 0.3 to 10 s, any gain.

        `batch_size` overrides the provider's own choice. ValueError for a segment of another length.
        """
        mels = [speech_mel(_checked(segment)) for segment in segments]
        out: list[Posterior] = []
        for group in _groups(mels, batch_size or self._batch_size):
            out.extend(self._run(group))
        return out

    def warm_up(self) -> None:
        """Run once, so that the first caller does not wait for memory to be laid out."""
        self.posteriors([np.zeros(RATE_HZ, dtype=np.float32)])

    def _run(self, mels: Sequence[NDArray[np.float32]]) -> list[Posterior]:
        frames = np.array([mel.shape[1] for mel in mels], dtype=np.int64)
        batch = np.zeros((len(mels), BANDS, int(frames.max())), dtype=np.float32)
        for row, mel in zip(batch, mels, strict=True):
            row[:, : mel.shape[1]] = mel
        (logits,) = self._session.run(["logits"], {"mel": batch, "frames": frames})
        shares = softmax(np.asarray(logits) / self._card.temperature).tolist()
        return [(angry, happy, neutral, sad) for angry, happy, neutral, sad in shares]


def softmax(logits: NDArray[np.floating]) -> NDArray[np.float64]:
    """Over the last axis."""
    shifted = np.exp(logits.astype(np.float64) - logits.max(axis=-1, keepdims=True))
    result: NDArray[np.float64] = shifted / shifted.sum(axis=-1, keepdims=True)
    return result


def _checked(segment: NDArray[np.float32]) -> NDArray[np.float32]:
    seconds = segment.size / RATE_HZ
    if segment.ndim != 1 or not SHORTEST_S <= seconds <= LONGEST_S:
        raise ValueError(f"a segment is one channel of {SHORTEST_S} to {LONGEST_S} s, not {seconds:.2f} s")
    return segment


def _groups(mels: Sequence[NDArray[np.float32]], size: int) -> Iterator[Sequence[NDArray[np.float32]]]:
    for start in range(0, len(mels), size):
        yield mels[start : start + size]


def _onnxruntime() -> onnxruntime:
    try:
        import onnxruntime
    except ImportError as error:
        raise DependencyError("onnxruntime is missing; run: pip install tonewatch[cpu]") from error
    return onnxruntime


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise DependencyError(f"cannot read the encoder {path}: {error.strerror}") from error


def _open_session(path: Path, data: bytes, threads: int, providers: list[str]) -> onnxruntime.InferenceSession:
    onnxruntime = _onnxruntime()
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads
    options.inter_op_num_threads = 1
    options.log_severity_level = 3
    # An idle session must not spin on a core that other calls need.
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    state = onnxruntime.capi.onnxruntime_pybind11_state
    broken = (state.Fail, state.InvalidProtobuf, state.InvalidGraph, state.InvalidArgument, state.NotImplemented)
    try:
        session = onnxruntime.InferenceSession(data, options, providers=providers)
    except broken as error:
        raise ModelError(f"{path} is not a whole ONNX model ({len(data)} bytes): {error}") from error
    inputs = {value.name for value in session.get_inputs()}
    if inputs != {"mel", "frames"} or [value.name for value in session.get_outputs()] != ["logits"]:
        raise ModelError(f"{path} is an ONNX model but not a speech emotion encoder: its inputs are {inputs}")
    return session


def _read_card(path: Path, session: onnxruntime.InferenceSession) -> Card:
    properties = session.get_modelmeta().custom_metadata_map
    try:
        card = Card(
            name=properties["name"],
            labels=tuple(json.loads(properties["labels"])),
            temperature=float(properties["temperature"]),
            commit=properties["commit"],
            data=tuple(json.loads(properties.get("data", "[]"))),
        )
    except (KeyError, ValueError) as error:
        raise ModelError(f"{path} does not carry an encoder's metadata: {error!r}") from error
    if card.labels != EMOTIONS or not card.temperature > 0.0:
        raise ModelError(f"{path} has labels {card.labels} and temperature {card.temperature}; retrain or re-export")
    return card
