"""The ONNX graphs against the torch network they are built for (needs torch and onnx)."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

torch = pytest.importorskip("torch", reason="needs torch: make test EXTRAS=train")
onnx = pytest.importorskip("onnx", reason="needs onnx: make test EXTRAS=train")
onnxruntime = pytest.importorskip("onnxruntime")

from tonewatch.models.encoder.features import describe  # noqa: E402
from tonewatch.models.encoder.graph import (  # noqa: E402
    EMBEDDING,
    IR_VERSION,
    OPSET,
    Blob,
    GraphBuilder,
    Store,
    emotion_graph,
)
from tonewatch.models.encoder.network import EmotionNetwork  # noqa: E402
from tonewatch.models.shipped import voice_like  # noqa: E402
from tonewatch.stream.errors import ModelError  # noqa: E402
from tonewatch.workers.encoder import (  # noqa: E402
    CPU,
    Encoder,
    softmax,
)

from .conftest import CARD, State  # noqa: E402

pytestmark = pytest.mark.train

SECONDS = (0.3, 1.11, 4.0)
CPU_ONLY = [CPU]


def by_torch(network: EmotionNetwork) -> dict[str, np.ndarray]:
    with torch.no_grad():
        pooled = torch.stack([describe(network.encoder, voice_like(seconds, 130.0))[1] for seconds in SECONDS])
        answers = network.answers(pooled)
        standard = network.head.standardise(pooled).numpy()
    emotion = softmax(answers.logits["emotion"] / 2.0)
    lone = {name: 1.0 / (1.0 + np.exp(-answers.logits[name])) for name in ("degraded", "affect")}
    uncertainty = CARD.uncertainty.score(emotion.max(1), np.array(SECONDS), answers.distance)
    return {
        **lone,
        "emotion": emotion,
        "eight": softmax(answers.logits["eight"]),
        "uncertainty": uncertainty,
        "standard": standard,
    }


def by_file(path: Path, batch: int) -> dict[str, np.ndarray]:
    encoder = Encoder(path, providers=[CPU])
    outputs = encoder.hear([voice_like(seconds, 130.0) for seconds in SECONDS], batch_size=batch)
    return {
        "emotion": np.array([one.posterior for one in outputs]),
        "eight": np.array([one.eight for one in outputs]),
        "degraded": np.array([[one.degraded] for one in outputs]),
        "affect": np.array([one.affect for one in outputs]),
        "uncertainty": np.array([one.uncertainty for one in outputs]),
        "embedding": np.array([one.embedding for one in outputs]),
    }


@pytest.mark.parametrize("batch", [1, 3])
def test_the_plain_graph_answers_every_question_like_torch(
    network: EmotionNetwork, state: State, tmp_path: Path, batch: int
) -> None:
    onnx.save(emotion_graph(state, CARD.properties()), tmp_path / "plain.onnx")
    wanted, found = by_torch(network), by_file(tmp_path / "plain.onnx", batch)
    for name in ("emotion", "eight", "degraded", "affect", "uncertainty"):
        np.testing.assert_allclose(found[name], wanted[name], atol=1e-4, err_msg=name)
    np.testing.assert_allclose(found["embedding"], wanted["standard"] @ state[EMBEDDING].T, atol=1e-3)


@pytest.mark.parametrize(("precision", "tolerance"), [("fp32", 0.02), ("fp16", 0.02), ("int8", 0.06)])
def test_every_precision_answers_like_torch(
    network: EmotionNetwork, files: dict[str, Path], precision: str, tolerance: float
) -> None:
    found = by_file(files[precision], 1)
    np.testing.assert_allclose(found["emotion"], by_torch(network)["emotion"], atol=tolerance)


@pytest.mark.parametrize(
    ("shape", "error"), [((64, 8), 0.0), ((64, 32), 1e-3), ((512, 500), 9e-3), ((256, 300, 3), 9e-3)]
)
def test_a_stored_weight_is_close_to_the_original(tmp_path: Path, shape: tuple[int, ...], error: float) -> None:
    weight = np.random.default_rng(0).uniform(-1.0, 1.0, shape).astype(np.float32)
    store = Store(Blob("made.bin"), Blob("whisper.bin"), 0)
    build = GraphBuilder({}, "fp32", store)
    build.add("Identity", build.constant("weight", weight), name="restored")
    out = onnx.helper.make_tensor_value_info("restored", onnx.TensorProto.FLOAT, list(shape))
    graph = onnx.helper.make_graph(build.restoring + build.nodes, "one", [], [out], list(build.tensors.values()))
    opset = [onnx.helper.make_opsetid("", OPSET)]
    onnx.save(onnx.helper.make_model(graph, opset_imports=opset, ir_version=IR_VERSION), tmp_path / "one.onnx")
    (tmp_path / "made.bin").write_bytes(store.own.data)
    (restored,) = onnxruntime.InferenceSession(tmp_path / "one.onnx", providers=CPU_ONLY).run(None, {})
    assert np.abs(restored - weight).max() <= error


def test_weights_that_are_not_beside_the_graph_are_asked_for(files: dict[str, Path], tmp_path: Path) -> None:
    (tmp_path / "alone.onnx").write_bytes(files["int8"].read_bytes())
    with pytest.raises(ModelError, match="the weights beside it"):
        Encoder(tmp_path / "alone.onnx", providers=[CPU])


def test_a_file_of_another_kind_is_refused(tmp_path: Path) -> None:
    info = onnx.helper.make_tensor_value_info("x", onnx.TensorProto.FLOAT, [1])
    out = onnx.helper.make_tensor_value_info("y", onnx.TensorProto.FLOAT, [1])
    graph = onnx.helper.make_graph([onnx.helper.make_node("Neg", ["x"], ["y"])], "negation", [info], [out])
    onnx.save(onnx.helper.make_model(graph, ir_version=9), tmp_path / "negation.onnx")
    with pytest.raises(ModelError, match="not a speech emotion encoder"):
        Encoder(tmp_path / "negation.onnx", providers=[CPU])


@pytest.mark.parametrize(
    "change",
    [
        {"labels": '["sad", "happy"]'},
        {"calibration": '["hot"]'},
        {"uncertainty": "[1, 2]"},
        {"commit": None},
        {"space": None},
    ],
)
def test_a_card_that_does_not_fit_is_refused(state: State, tmp_path: Path, change: dict[str, str | None]) -> None:
    card = {key: value for key, value in (CARD.properties() | change).items() if value is not None}
    onnx.save(emotion_graph(state, card), tmp_path / "odd.onnx")
    with pytest.raises(ModelError, match=r"odd\.onnx"):
        Encoder(tmp_path / "odd.onnx", providers=[CPU])


def test_temperature_by_length_softens_short_segments_more() -> None:
    calibration = replace(CARD.calibration, per_log_s=-0.3)
    short, long, longer = calibration.temperature(np.array([0.5, 4.0, 9.0]))
    assert short > long == longer
