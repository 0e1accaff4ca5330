from __future__ import annotations

import struct
from pathlib import Path

import numpy as np
import pytest

from tonewatch.models.encoder import whisper_weights
from tonewatch.stream.errors import ModelError


def named(text: str) -> bytes:
    return struct.pack("<H", len(text) + 1) + text.encode() + b"\0"


def model_bin(specification: str = "WhisperSpec") -> bytes:
    values = np.arange(6, dtype=np.float16).reshape(2, 3)
    head = struct.pack("<I", 6) + named(specification) + struct.pack("<II", 3, 1)
    return head + named("encoder/w") + struct.pack("<BIIBI", 2, 2, 3, 4, values.nbytes) + values.tobytes()


def test_variables_are_read_by_name_shape_and_type(tmp_path: Path) -> None:
    (tmp_path / "model.bin").write_bytes(model_bin())
    variables = whisper_weights.read_variables(tmp_path / "model.bin")
    assert variables["encoder/w"].tolist() == [[0, 1, 2], [3, 4, 5]]
    assert variables["encoder/w"].dtype == np.float16


@pytest.mark.parametrize("kept", [2, 20, 30, -1])
def test_a_truncated_file_is_a_model_error(tmp_path: Path, kept: int) -> None:
    (tmp_path / "model.bin").write_bytes(model_bin()[:kept])
    with pytest.raises(ModelError, match=r"model\.bin"):
        whisper_weights.read_variables(tmp_path / "model.bin")


def test_another_kind_of_model_is_refused(tmp_path: Path) -> None:
    (tmp_path / "model.bin").write_bytes(model_bin("TransformerSpec"))
    with pytest.raises(ModelError, match="TransformerSpec"):
        whisper_weights.read_variables(tmp_path / "model.bin")


@pytest.mark.train
def test_the_encoder_in_torch_equals_ctranslate2() -> None:
    torch = pytest.importorskip("torch", reason="needs torch: make test EXTRAS=train")
    ctranslate2 = pytest.importorskip("ctranslate2")
    from tonewatch.models.encoder.network import Body, SpeechEncoder
    from tonewatch.models.shipped import voice_like
    from tonewatch.workers.audio.mel import log_mel

    path = whisper_weights.find_model_bin()
    mel = log_mel(voice_like(30.0, 150.0))[None]
    whisper = ctranslate2.models.Whisper(str(path.parent), compute_type="float32", intra_threads=1)
    wanted = np.array(whisper.encode(ctranslate2.StorageView.from_array(mel)))
    encoder = SpeechEncoder(4, 1500, Body())
    encoder.load_state_dict(whisper_weights.whisper_encoder_state(path, 4, 1500))
    with torch.no_grad():
        outputs, _ = encoder.eval()(torch.from_numpy(mel), torch.tensor([3000]))
        gain, bias = (torch.from_numpy(array) for array in whisper_weights.whisper_final_norm(path))
        ours = torch.nn.functional.layer_norm(outputs[-1], (384,), gain, bias).numpy()
    np.testing.assert_allclose(ours, wanted, atol=2e-3 * float(np.abs(wanted).max()))
    assert np.corrcoef(ours.ravel(), wanted.ravel())[0, 1] > 0.99999


@pytest.mark.train
def test_a_model_of_fewer_layers_is_refused(tmp_path: Path) -> None:
    pytest.importorskip("torch", reason="needs torch: make test EXTRAS=train")
    (tmp_path / "model.bin").write_bytes(model_bin())
    with pytest.raises(ModelError, match="has no encoder/conv1/weight"):
        whisper_weights.whisper_encoder_state(tmp_path / "model.bin", 3, 500)
