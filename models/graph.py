"""The emotion network as an ONNX graph, built from its state dict: no tracing, so nothing here needs torch.

Weights may be stored compactly and brought back to float32 by the graph itself: large matrices as eight bits and a
scale per output, the rest as float16. onnxruntime folds that when it loads the file; the arithmetic stays float32.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import onnx
from numpy.typing import NDArray
from onnx import TensorProto, helper, numpy_helper

OPSET = 20
IR_VERSION = 9
MASKED = -1e4
EPSILON = 1e-5
WIDTH = 384
HEADS = 6
HALF_FROM = 1024  # weights of this size on are stored as float16
EIGHT_BIT_FROM = 200_000  # and of this size on, as eight bits and a scale per output

Attribute = int | float | list[int]
State = Mapping[str, NDArray[np.float32]]


def _node(op: str, inputs: Sequence[str], output: str, attributes: Mapping[str, Attribute]) -> onnx.NodeProto:
    node = helper.make_node(op, list(inputs), [output], name=f"{op}:{output}")
    node.attribute.extend(helper.make_attribute(key, value) for key, value in sorted(attributes.items()))
    return node


def packed(name: str, value: NDArray[np.generic]) -> tuple[list[onnx.TensorProto], list[onnx.NodeProto]]:
    """Initialisers that hold a weight compactly, and the nodes that bring it back under its name."""
    if value.dtype != np.float32 or value.size < HALF_FROM:
        return [numpy_helper.from_array(value, name)], []
    if value.size < EIGHT_BIT_FROM:
        half = numpy_helper.from_array(value.astype(np.float16), f"{name}.half")
        return [half], [_node("Cast", [half.name], name, {"to": TensorProto.FLOAT})]
    # A matrix stands [inputs, outputs], a convolution [outputs, inputs, width].
    inputs = (0,) if value.ndim == 2 else (1, 2)
    scale = np.abs(value).max(axis=inputs, keepdims=True).astype(np.float32) / np.float32(127.0)
    scale = np.where(scale > 0.0, scale, np.float32(1.0))
    steps = numpy_helper.from_array(np.round(value / scale).astype(np.int8), f"{name}.steps")
    sizes = numpy_helper.from_array(scale, f"{name}.scale")
    cast = _node("Cast", [steps.name], f"{name}.whole", {"to": TensorProto.FLOAT})
    return [steps, sizes], [cast, _node("Mul", [f"{name}.whole", sizes.name], name, {})]


class GraphBuilder:
    """Adds nodes one after the other; every method returns the name of the tensor it made."""

    def __init__(self, state: State, compact: bool) -> None:
        self.state = state
        self.compact = compact
        self.restoring: list[onnx.NodeProto] = []
        self.nodes: list[onnx.NodeProto] = []
        self.tensors: dict[str, onnx.TensorProto] = {}
        self._made = 0

    def add(self, op: str, *inputs: str, name: str | None = None, **attributes: Attribute) -> str:
        self._made += 1
        output = name or f"{op.lower()}_{self._made}"
        self.nodes.append(_node(op, inputs, output, attributes))
        return output

    def split(self, x: str, parts: int) -> list[str]:
        self._made += 1
        outputs = [f"split_{self._made}_{part}" for part in range(parts)]
        self.nodes.append(helper.make_node("Split", [x], outputs, axis=-1, num_outputs=parts))
        return outputs

    def constant(self, name: str, value: NDArray[np.generic]) -> str:
        stored, restoring = packed(name, value) if self.compact else ([numpy_helper.from_array(value, name)], [])
        if not all(tensor.name in self.tensors for tensor in stored):
            self.tensors |= {tensor.name: tensor for tensor in stored}
            self.restoring += restoring
        return name

    def integers(self, *values: int) -> str:
        return self.constant("i" + "_".join(map(str, values)), np.array(values, dtype=np.int64))

    def number(self, value: float) -> str:
        return self.constant(f"f{value!r}", np.array(value, dtype=np.float32))

    def weight(self, name: str) -> str:
        return self.constant(name, np.ascontiguousarray(self.state[name]))

    def linear(self, x: str, module: str) -> str:
        transposed = np.ascontiguousarray(self.state[f"{module}.weight"].T)
        product = self.add("MatMul", x, self.constant(f"{module}.weight", transposed))
        return self.add("Add", product, self.weight(f"{module}.bias"))

    def norm(self, x: str, module: str | None) -> str:
        """Layer normalisation over the last axis, by a module's gain and bias or by none."""
        if module is None:
            ones = self.constant("ones", np.ones(WIDTH, dtype=np.float32))
            return self.add("LayerNormalization", x, ones, epsilon=EPSILON, axis=-1)
        gain, bias = self.weight(f"{module}.weight"), self.weight(f"{module}.bias")
        return self.add("LayerNormalization", x, gain, bias, epsilon=EPSILON, axis=-1)


def emotion_graph(state: State, metadata: Mapping[str, str], *, compact: bool = True) -> onnx.ModelProto:
    """State dict of `network.EmotionNetwork` -> model with inputs mel, frames and output logits."""
    build = GraphBuilder(state, compact)
    x, mask = _embed(build)
    padding = build.add("Mul", build.add("Sub", build.number(1.0), mask), build.number(MASKED))
    bias = build.add("Unsqueeze", padding, build.integers(1, 2))
    outputs = []
    for layer in range(count_layers(state)):
        x = _block(build, x, bias, f"encoder.layers.{layer}")
        outputs.append(x)
    _head(build, outputs, mask, padding)
    return _model(build, metadata)


def _embed(build: GraphBuilder) -> tuple[str, str]:
    length = build.add("Squeeze", build.add("Shape", "mel", start=2, end=3))
    zero, one = build.constant("zero", np.array(0)), build.constant("one", np.array(1))
    places = build.add("Unsqueeze", build.add("Range", zero, length, one), build.integers(0))
    inside = build.add("Less", places, build.add("Unsqueeze", "frames", build.integers(1)))
    inside = build.add("Cast", inside, to=TensorProto.FLOAT)
    wide = build.add("Unsqueeze", inside, build.integers(1))
    x = build.add("Mul", "mel", wide)
    x = build.add("Mul", build.add("Gelu", _convolve(build, x, "encoder.conv1", 1)), wide)
    x = build.add("Gelu", _convolve(build, x, "encoder.conv2", 2))
    x = build.add("Transpose", x, perm=[0, 2, 1])
    time = build.add("Shape", x, start=1, end=2)
    places = build.add("Slice", build.weight("encoder.positions"), build.integers(0), time, build.integers(0))
    end = build.constant("end", np.array([np.iinfo(np.int64).max]))
    mask = build.add("Slice", inside, build.integers(0), end, build.integers(1), build.integers(2))
    return build.add("Add", x, places), mask


def _convolve(build: GraphBuilder, x: str, module: str, stride: int) -> str:
    weight, bias = build.weight(f"{module}.weight"), build.weight(f"{module}.bias")
    return build.add("Conv", x, weight, bias, kernel_shape=[3], pads=[1, 1], strides=[stride])


def _block(build: GraphBuilder, x: str, bias: str, module: str) -> str:
    fused = build.linear(build.norm(x, f"{module}.attention_norm"), f"{module}.queries_keys_values")
    shape = build.integers(0, 0, HEADS, -1)
    q, k, v = (build.add("Reshape", part, shape) for part in build.split(fused, 3))
    q = build.add("Mul", build.add("Transpose", q, perm=[0, 2, 1, 3]), build.number((WIDTH // HEADS) ** -0.5))
    scores = build.add("MatMul", q, build.add("Transpose", k, perm=[0, 2, 3, 1]))
    share = build.add("Softmax", build.add("Add", scores, bias), axis=-1)
    mixed = build.add("MatMul", share, build.add("Transpose", v, perm=[0, 2, 1, 3]))
    mixed = build.add("Reshape", build.add("Transpose", mixed, perm=[0, 2, 1, 3]), build.integers(0, 0, -1))
    x = build.add("Add", x, build.linear(mixed, f"{module}.attention_out"))
    fed = build.linear(build.norm(x, f"{module}.feed_norm"), f"{module}.feed_in")
    return build.add("Add", x, build.linear(build.add("Gelu", fed), f"{module}.feed_out"))


def count_layers(state: State) -> int:
    return sum(name.endswith(".attention_norm.weight") for name in state)


def _head(build: GraphBuilder, outputs: Sequence[str], mask: str, padding: str) -> None:
    normal = [build.norm(x, None) for x in outputs]
    share = _attention(build, normal, padding) if "head.layer_weights" in build.state else _evenly(build, mask)
    statistics = [one for x in normal for one in _mean_and_deviation(build, x, share)]
    pooled = build.add("Concat", *statistics, axis=-1)
    spread = np.sqrt(build.state["head.standardise.running_var"] + EPSILON)
    centred = build.add("Sub", pooled, build.weight("head.standardise.running_mean"))
    standard = build.add("Mul", centred, build.constant("head.standardise.scale", 1.0 / spread))
    hidden = build.add("Gelu", build.linear(standard, "head.hidden"))
    build.add("Identity", build.linear(hidden, "head.classify"), name="logits")


def _evenly(build: GraphBuilder, mask: str) -> str:
    time = build.add("ReduceSum", mask, build.integers(1), keepdims=1)
    return build.add("Unsqueeze", build.add("Div", mask, time), build.integers(2))


def _attention(build: GraphBuilder, normal: Sequence[str], padding: str) -> str:
    scores = build.state["head.layer_weights"].astype(np.float64)
    weights = np.exp(scores - scores.max())
    weights /= weights.sum()
    weighted = [build.add("Mul", x, build.number(float(one))) for x, one in zip(normal, weights, strict=True)]
    hidden = build.add("Tanh", build.linear(build.add("Sum", *weighted), "head.attention.0"))
    heard = build.add("Squeeze", build.linear(hidden, "head.attention.2"), build.integers(2))
    share = build.add("Softmax", build.add("Add", heard, padding), axis=-1)
    return build.add("Unsqueeze", share, build.integers(2))


def _mean_and_deviation(build: GraphBuilder, x: str, share: str) -> tuple[str, str]:
    mean = build.add("ReduceSum", build.add("Mul", share, x), build.integers(1), keepdims=1)
    centred = build.add("Sub", x, mean)
    squares = build.add("Mul", share, build.add("Mul", centred, centred))
    variance = build.add("ReduceSum", squares, build.integers(1), keepdims=0)
    deviation = build.add("Sqrt", build.add("Add", variance, build.number(1e-5)))
    return build.add("Squeeze", mean, build.integers(1)), deviation


def _model(build: GraphBuilder, metadata: Mapping[str, str]) -> onnx.ModelProto:
    mel = helper.make_tensor_value_info("mel", TensorProto.FLOAT, ["batch", 80, "time"])
    frames = helper.make_tensor_value_info("frames", TensorProto.INT64, ["batch"])
    logits = helper.make_tensor_value_info("logits", TensorProto.FLOAT, ["batch", 4])
    graph = helper.make_graph(
        build.restoring + build.nodes, "speech_emotion", [mel, frames], [logits], list(build.tensors.values())
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", OPSET)], ir_version=IR_VERSION)
    helper.set_model_props(model, dict(metadata))
    onnx.checker.check_model(model, full_check=True)
    return model
