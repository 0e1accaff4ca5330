"""Encoders out of folders in the layouts of a hub: tiny.en's own weights rewritten, random ones of Qwen's."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pytest

if TYPE_CHECKING:
    from torch import Tensor

torch = pytest.importorskip("torch", reason="needs torch: make test EXTRAS=train")
safetensors_torch = pytest.importorskip("safetensors.torch", reason="needs safetensors: make test EXTRAS=train")

from tonewatch.models.encoder.hub import find_model, read_encoder, sinusoids  # noqa: E402
from tonewatch.models.encoder.network import Body, SpeechEncoder  # noqa: E402
from tonewatch.models.encoder.whisper_weights import (  # noqa: E402
    WhisperWeightsError,
    find_model_bin,
    whisper_encoder_state,
)
from tonewatch.models.shipped import voice_like  # noqa: E402
from tonewatch.stream.errors import DependencyError  # noqa: E402
from tonewatch.workers.audio.mel import speech_mel  # noqa: E402

pytestmark = pytest.mark.train

State = dict[str, "Tensor"]

THEIRS = {
    "attention_norm": "self_attn_layer_norm",
    "attention_out": "self_attn.out_proj",
    "feed_norm": "final_layer_norm",
    "feed_in": "fc1",
    "feed_out": "fc2",
}


def as_published(state: State, prefix: str, *, indices: bool = True) -> State:
    """Our names and the fused matrix as a hub's files have them."""
    out = {f"{prefix}{name}": value for name, value in state.items() if name.startswith("conv")}
    if indices:
        out[f"{prefix}embed_positions.weight"] = state["positions"]
    for name, value in state.items():
        if not name.startswith("layers."):
            continue
        _, layer, module, part = name.split(".")
        at = f"{prefix}layers.{layer}."
        if module in THEIRS:
            out[f"{at}{THEIRS[module]}.{part}"] = value
            continue
        for letter, piece in zip("qkv", value.chunk(3), strict=True):
            if (letter, part) != ("k", "bias"):
                out[f"{at}self_attn.{letter}_proj.{part}"] = piece
    return {name: value.contiguous() for name, value in out.items()}


def write(folder: Path, config: dict[str, object], *files: State) -> Path:
    (folder / "config.json").write_text(json.dumps(config))
    for number, tensors in enumerate(files):
        safetensors_torch.save_file(tensors, folder / f"model-{number}.safetensors")
    return folder


@pytest.fixture(scope="module")
def tiny() -> State:
    return whisper_encoder_state(find_model_bin(), 2, 1500)


def test_a_whisper_of_a_hub_is_the_whisper_of_the_package(tiny: State, tmp_path: Path) -> None:
    write(tmp_path, {"encoder_attention_heads": 6}, as_published(tiny, "model.encoder."))
    found = read_encoder(find_model(str(tmp_path)), 2, 500)
    assert found.body == Body()
    wanted = tiny | {"positions": tiny["positions"][:500]}
    assert found.state.keys() == wanted.keys()
    for name, value in wanted.items():
        torch.testing.assert_close(found.state[name], value, msg=name)


def test_whispers_positions_are_computed_where_a_file_has_none(tiny: State) -> None:
    np.testing.assert_allclose(sinusoids(1500, 384), tiny["positions"].numpy(), atol=1e-3)


@pytest.mark.parametrize(
    ("path", "prefix"),
    [(("audio_config",), "audio_tower."), (("thinker_config", "audio_config"), "thinker.audio_tower.")],
)
def test_the_encoder_of_an_audio_model_runs_in_our_network(tmp_path: Path, path: tuple[str, ...], prefix: str) -> None:
    torch.manual_seed(0)
    body = Body(width=128, bands=128)
    state = dict(SpeechEncoder(3, 300, body).state_dict())
    tensors = as_published(state, prefix, indices=False)
    config: dict[str, object] = {"encoder_attention_heads": 2}
    for name in reversed(path):
        config = {name: config}
    half = len(tensors) // 2
    shards = dict(list(tensors.items())[:half]), dict(list(tensors.items())[half:])
    write(tmp_path, config, *shards, {"lm_head.weight": torch.zeros(2)})
    found = read_encoder(tmp_path, 2, 300)
    assert found.body == body
    encoder = SpeechEncoder(2, 300, body)
    encoder.load_state_dict(found.state)
    mel = torch.from_numpy(speech_mel(voice_like(1.0, 150.0), body.bands))[None]
    outputs, mask = encoder.eval()(mel, torch.tensor([mel.shape[2]]))
    assert [tuple(one.shape) for one in outputs] == [(1, 50, 128)] * 2
    assert mask.sum() == 50


def test_a_folder_without_an_encoder_and_one_with_too_few_layers_are_refused(tiny: State, tmp_path: Path) -> None:
    with pytest.raises(WhisperWeightsError, match=r"config\.json"):
        read_encoder(tmp_path, 2, 500)
    write(tmp_path, {"encoder_attention_heads": 6}, {"lm_head.weight": torch.zeros(2)})
    with pytest.raises(WhisperWeightsError, match="no encoder of Whisper's build"):
        read_encoder(tmp_path, 2, 500)
    write(tmp_path, {"encoder_attention_heads": 6}, as_published(tiny, "model.encoder."))
    with pytest.raises(WhisperWeightsError, match="3 layers"):
        read_encoder(tmp_path, 3, 500)


def test_heads_of_another_width_are_refused(tiny: State, tmp_path: Path) -> None:
    write(tmp_path, {"encoder_attention_heads": 12}, as_published(tiny, "model.encoder."))
    with pytest.raises(WhisperWeightsError, match="12 heads"):
        read_encoder(tmp_path, 2, 500)


def test_a_damaged_file_is_named(tmp_path: Path) -> None:
    (tmp_path / "config.json").write_text("{}")
    (tmp_path / "model.safetensors").write_bytes(b"nothing of the kind")
    with pytest.raises(WhisperWeightsError, match=r"model\.safetensors"):
        read_encoder(tmp_path, 2, 500)


def test_a_name_that_no_hub_knows_says_what_to_give(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_OFFLINE", True)
    with pytest.raises(DependencyError, match="or give a folder"):
        find_model("nobody/no-such-model")
