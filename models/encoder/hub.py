"""Larger encoders of Whisper's build out of a hub or a folder: any Whisper, or the encoder of Qwen's audio models.

A source is a folder with `config.json` and safetensors files, or a hub's model id (`openai/whisper-large-v3`), which
`huggingface_hub` fetches and caches. Qwen2.5-Omni's encoder has the size of large-v3's and attention windows of two
seconds; here attention spans the whole segment, which is seldom longer.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from tonewatch.models.encoder.network import HEAD_WIDTH, Body
from tonewatch.models.encoder.whisper_weights import WhisperWeightsError
from tonewatch.stream.errors import DependencyError

if TYPE_CHECKING:
    import torch

FILES = ("config.json", "*.safetensors", "*.safetensors.index.json")

_ENCODERS = (
    ((), "model.encoder."),
    (("audio_config",), "audio_tower."),
    (("audio_config",), "thinker.audio_tower."),
    (("thinker_config", "audio_config"), "thinker.audio_tower."),
)
"""Path to the encoder's part of a model's configuration, and the prefix of its weights' names."""

_MODULES = {
    "self_attn_layer_norm": "attention_norm",
    "self_attn.out_proj": "attention_out",
    "final_layer_norm": "feed_norm",
    "fc1": "feed_in",
    "fc2": "feed_out",
}


@dataclass(frozen=True)
class HubEncoder:
    """`state` is of `network.SpeechEncoder`, float32; `layers` as many as were asked for."""

    body: Body
    state: dict[str, torch.Tensor]


def find_model(source: str) -> Path:
    """The folder itself, or where the hub's files lie once they are fetched.

    Raises:
        DependencyError: it is no folder, and the hub has no such model or cannot be reached.
    """
    if Path(source).is_dir():
        return Path(source)
    try:
        from huggingface_hub import snapshot_download
        from huggingface_hub.errors import HfHubHTTPError, HFValidationError, LocalEntryNotFoundError
    except ImportError as error:
        raise DependencyError("huggingface_hub is missing; run: pip install tonewatch[train]") from error
    try:
        return Path(snapshot_download(source, allow_patterns=list(FILES)))
    except (HfHubHTTPError, HFValidationError, LocalEntryNotFoundError, OSError) as error:
        reason = str(error).partition("\n")[0]
        raise DependencyError(
            f"{source!r} is no folder, and no hub gave a model of that name ({reason}); check the name and the "
            "network, or give a folder with config.json and safetensors files"
        ) from error


def read_encoder(folder: Path, layers: int, positions: int) -> HubEncoder:
    """The lowest `layers` of the encoder in a folder, its positions cut to what `positions` frames of 20 ms need.

    Raises:
        WhisperWeightsError: there is no encoder of Whisper's architecture, or it has fewer layers.
    """
    config = _config(folder)
    tensors = _tensors(folder, _prefixes())
    for path, prefix in _ENCODERS:
        encoder = _inside(config, path)
        if encoder is not None and f"{prefix}conv1.weight" in tensors:
            return _encoder(folder, encoder, {n.removeprefix(prefix): t for n, t in tensors.items()}, layers, positions)
    raise WhisperWeightsError(f"{folder} holds no encoder of Whisper's build: no conv1 under {', '.join(_prefixes())}")


def sinusoids(positions: int, width: int) -> np.ndarray[tuple[int, ...], np.dtype[np.float32]]:
    """Whisper's positions [positions, width]: sines, then cosines, of periods from 2 pi to 20000 pi."""
    # Inverse periods in a geometric progression, as in Vaswani et al. 2017.
    scale = np.exp(-np.log(10_000.0) / (width // 2 - 1) * np.arange(width // 2))
    angles = np.arange(positions)[:, None] * scale[None]
    return np.concatenate([np.sin(angles), np.cos(angles)], axis=1).astype(np.float32)


def _prefixes() -> tuple[str, ...]:
    return tuple(dict.fromkeys(prefix for _, prefix in _ENCODERS))


def _config(folder: Path) -> Mapping[str, object]:
    try:
        found: Mapping[str, object] = json.loads((folder / "config.json").read_text())
    except (OSError, json.JSONDecodeError) as error:
        raise WhisperWeightsError(f"{folder / 'config.json'} cannot be read: {error}") from error
    return found


def _inside(config: Mapping[str, object], path: tuple[str, ...]) -> Mapping[str, object] | None:
    for name in path:
        inner = config.get(name)
        if not isinstance(inner, Mapping):
            return None
        config = inner
    return config


def _tensors(folder: Path, prefixes: tuple[str, ...]) -> dict[str, torch.Tensor]:
    """Of the encoder only: the rest of a model of seven billion parameters is never read."""
    from safetensors import SafetensorError, safe_open

    found: dict[str, torch.Tensor] = {}
    for file in sorted(folder.glob("*.safetensors")):
        try:
            with safe_open(file, framework="pt") as opened:
                for name in opened.keys():  # noqa: SIM118  (it is no mapping)
                    if name.startswith(prefixes):
                        found[name] = opened.get_tensor(name).float()
        except (SafetensorError, OSError) as error:
            raise WhisperWeightsError(f"{file} is not a whole safetensors file: {error}") from error
    return found


def _encoder(
    folder: Path, encoder: Mapping[str, object], tensors: Mapping[str, torch.Tensor], layers: int, positions: int
) -> HubEncoder:
    import torch

    width, bands, _ = tensors["conv1.weight"].shape
    heads = encoder.get("encoder_attention_heads")
    # Our network derives the number of heads from the width.
    if heads != width // HEAD_WIDTH:
        raise WhisperWeightsError(f"{folder}: {heads} heads over a width of {width}; Whisper's are {HEAD_WIDTH} wide")
    state = {f"{conv}.{part}": tensors[f"{conv}.{part}"] for conv in ("conv1", "conv2") for part in ("weight", "bias")}
    stored = tensors.get("embed_positions.weight")
    # Whisper stores its sinusoids, Qwen computes them.
    state["positions"] = torch.from_numpy(sinusoids(positions, width)) if stored is None else stored[:positions]
    for layer in range(layers):
        try:
            state |= _layer(tensors, layer)
        except KeyError as error:
            raise WhisperWeightsError(f"{folder} has no {error}; an encoder of {layers} layers is needed") from error
    return HubEncoder(Body(width, bands), state)


def _layer(tensors: Mapping[str, torch.Tensor], layer: int) -> dict[str, torch.Tensor]:
    """One layer under our names; queries, keys and values become one matrix, keys with a bias of zeros."""
    import torch

    theirs, ours = f"layers.{layer}.", f"layers.{layer}."
    state = {
        f"{ours}{new}.{part}": tensors[f"{theirs}{old}.{part}"]
        for old, new in _MODULES.items()
        for part in ("weight", "bias")
    }
    names = [f"{theirs}self_attn.{part}_proj" for part in "qkv"]
    state[f"{ours}queries_keys_values.weight"] = torch.cat([tensors[f"{name}.weight"] for name in names])
    # Whisper's keys have no bias: a fused bias of zeros for them is the same network.
    none = torch.zeros_like(tensors[f"{names[0]}.bias"])
    state[f"{ours}queries_keys_values.bias"] = torch.cat([tensors.get(f"{name}.bias", none) for name in names])
    return state
