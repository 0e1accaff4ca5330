"""The ONNX graph against the torch network it is built for (needs torch and onnx)."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

torch = pytest.importorskip("torch", reason="needs torch: make test EXTRAS=train")
onnx = pytest.importorskip("onnx", reason="needs onnx: make test EXTRAS=train")

from tonewatch.models.export import export_pair, unpack  # noqa: E402
from tonewatch.models.graph import emotion_graph, packed  # noqa: E402
from tonewatch.models.network import EmotionNetwork, Shape  # noqa: E402
from tonewatch.models.shipped import voice_like  # noqa: E402
from tonewatch.workers.encoder import CPU, Encoder, softmax  # noqa: E402
from tonewatch.workers.mel import speech_mel  # noqa: E402

pytestmark = pytest.mark.train

METADATA = {
    "name": "made-up",
    "labels": '["angry", "happy", "neutral", "sad"]',
    "temperature": "2.0",
    "commit": "0000000",
}


@pytest.fixture(scope="module", params=[0, 16], ids=["even", "attentive"])
def network(request: pytest.FixtureRequest) -> EmotionNetwork:
    torch.manual_seed(0)
    made = EmotionNetwork(Shape(layers=2, positions=250, hidden=32, attention=request.param)).eval()
    for parameter in made.head.parameters():
        torch.nn.init.normal_(parameter, std=0.1)
    made.head.standardise.running_mean += 0.3 * torch.randn(2 * 384 * 2)
    return made


@pytest.fixture(scope="module")
def state(network: EmotionNetwork) -> dict[str, np.ndarray]:
    return {name: value.detach().numpy() for name, value in network.state_dict().items()}


def torch_posteriors(network: EmotionNetwork, segments: list[np.ndarray]) -> list[np.ndarray]:
    with torch.no_grad():
        mels = [torch.from_numpy(speech_mel(segment))[None] for segment in segments]
        return [softmax(network(mel, torch.tensor([mel.shape[2]]))[0].double().numpy() / 2.0) for mel in mels]


def test_the_plain_graph_equals_torch_for_any_batch_and_time(
    network: EmotionNetwork, state: dict[str, np.ndarray], tmp_path: Path
) -> None:
    onnx.save(emotion_graph(state, METADATA, compact=False), tmp_path / "plain.onnx")
    segments = [voice_like(seconds, 130.0) for seconds in (0.3, 1.11, 4.0)]
    answers = Encoder(tmp_path / "plain.onnx", providers=[CPU]).posteriors(segments, batch_size=3)
    np.testing.assert_allclose(answers, torch_posteriors(network, segments), atol=1e-4)


def test_compact_files_answer_like_torch_and_carry_the_card(
    network: EmotionNetwork, state: dict[str, np.ndarray], tmp_path: Path
) -> None:
    segments = [voice_like(seconds, 180.0) for seconds in (0.8, 3.0)]
    wanted = torch_posteriors(network, segments)
    for path, tolerance in zip(export_pair(state, METADATA, tmp_path), (0.02, 0.06), strict=True):
        encoder = Encoder(path, providers=[CPU])
        assert (encoder.name, encoder.card.temperature) == ("made-up", 2.0)
        np.testing.assert_allclose(encoder.posteriors(segments), wanted, atol=tolerance)


def test_unpacking_changes_the_file_and_not_the_answers(state: dict[str, np.ndarray], tmp_path: Path) -> None:
    compact, _ = export_pair(state, METADATA, tmp_path)
    unpack(compact, tmp_path / "plain.onnx")
    assert (tmp_path / "plain.onnx").stat().st_size > 2.5 * compact.stat().st_size
    segment = voice_like(2.0, 150.0)
    answers = [Encoder(path, providers=[CPU]).posteriors([segment])[0] for path in (compact, tmp_path / "plain.onnx")]
    np.testing.assert_allclose(answers[0], answers[1], atol=1e-5)


@pytest.mark.parametrize(("shape", "error"), [((64, 32), 1e-3), ((512, 500), 5e-3), ((256, 300, 3), 5e-3)])
def test_a_packed_weight_is_close_to_what_it_was(shape: tuple[int, ...], error: float) -> None:
    weight = np.random.default_rng(0).uniform(-1.0, 1.0, shape).astype(np.float32)
    tensors, nodes = packed("weight", weight)
    arrays = [onnx.numpy_helper.to_array(tensor).astype(np.float32) for tensor in tensors]
    restored = arrays[0] if len(arrays) == 1 else arrays[0] * arrays[1]
    assert nodes[-1].output == ["weight"]
    assert np.abs(restored - weight).max() <= error


def test_a_file_of_another_kind_is_refused(tmp_path: Path) -> None:
    from tonewatch.stream.errors import ModelError

    info = onnx.helper.make_tensor_value_info("x", onnx.TensorProto.FLOAT, [1])
    out = onnx.helper.make_tensor_value_info("y", onnx.TensorProto.FLOAT, [1])
    graph = onnx.helper.make_graph([onnx.helper.make_node("Neg", ["x"], ["y"])], "negation", [info], [out])
    onnx.save(onnx.helper.make_model(graph, ir_version=9), tmp_path / "negation.onnx")
    with pytest.raises(ModelError, match="not a speech emotion encoder"):
        Encoder(tmp_path / "negation.onnx", providers=[CPU])


@pytest.mark.parametrize("change", [{"labels": '["sad", "happy"]'}, {"temperature": "hot"}, {"commit": None}])
def test_a_card_that_does_not_fit_is_refused(
    state: dict[str, np.ndarray], tmp_path: Path, change: dict[str, str | None]
) -> None:
    from tonewatch.stream.errors import ModelError

    card = {key: value for key, value in (METADATA | change).items() if value is not None}
    onnx.save(emotion_graph(state, card), tmp_path / "odd.onnx")
    with pytest.raises(ModelError, match=r"odd\.onnx"):
        Encoder(tmp_path / "odd.onnx", providers=[CPU])
