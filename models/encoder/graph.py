"""The emotion network as an ONNX graph, built node by node from a state dict; torch is not needed.

A graph is a few kilobytes: the weights lie beside it in one file that the graphs of every precision share. A large
matrix is kept there as integers of seven bits with one scale per output channel, and each precision makes of them what
it computes with: float32 and float16 multiply them out (once, when a session folds its constants), int8 multiplies with
them as they are. Seven bits, because on processors without VNNI products of eight bits overflow sixteen.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

import numpy as np
import onnx
from numpy.typing import NDArray
from onnx import TensorProto, helper, numpy_helper

OPSET = 20
IR_VERSION = 9
MASKED = -1e4
EPSILON = 1e-5
HEAD_WIDTH = 64
HALF_FROM = 1024  # weights of this size on are stored as float16
STEPS_FROM = 200_000  # and of this size on, as steps and a scale per output
MOST_STEPS = 63.0  # seven bits with a sign

EMBEDDING = "relative.embed.weight"
"""The projection [embedding, statistics] of `relative.RelativeNetwork`, which a state holds beside the network."""

STATISTICS = "statistics"
"""Output of a graph: mean and deviation over time of every layer, as the gate takes them."""

Attribute = int | float | list[int]
State = Mapping[str, NDArray[np.float32]]
Precision = Literal["fp32", "fp16", "int8"]
_FLOAT = {"fp32": TensorProto.FLOAT, "fp16": TensorProto.FLOAT16, "int8": TensorProto.FLOAT}


@dataclass
class Blob:
    """The file that holds the weights of several graphs; equal arrays are stored once, by their bytes."""

    name: str
    data: bytearray = field(default_factory=bytearray)
    offsets: dict[bytes, int] = field(default_factory=dict)

    def keep(self, name: str, value: NDArray[np.generic]) -> onnx.TensorProto:
        """An initialiser that points into this file."""
        raw = np.ascontiguousarray(value).tobytes()
        if raw not in self.offsets:
            self.data.extend(b"\0" * (-len(self.data) % 64))  # an offset that any type is aligned at
            self.offsets[raw] = len(self.data)
            self.data.extend(raw)
        tensor = TensorProto(name=name, data_type=helper.np_dtype_to_tensor_dtype(value.dtype), dims=value.shape)
        tensor.data_location = TensorProto.EXTERNAL
        where = {"location": self.name, "offset": str(self.offsets[raw]), "length": str(len(raw))}
        for key, text in where.items():
            tensor.external_data.add(key=key, value=text)
        return tensor


@dataclass(frozen=True)
class Store:
    """The files of the weights: Whisper's frozen layers in one that other networks share, the rest in `own`."""

    own: Blob
    whisper: Blob
    frozen: int

    def of(self, name: str) -> Blob:
        frozen = [f"encoder.layers.{layer}." for layer in range(self.frozen)]
        shared = name.startswith(("encoder.conv", "encoder.positions", *frozen))
        return self.whisper if shared and self.frozen else self.own

    def keep(self, name: str, value: NDArray[np.generic]) -> onnx.TensorProto:
        return self.of(name).keep(name, value)


def stepped(value: NDArray[np.float32]) -> tuple[NDArray[np.int8], NDArray[np.float32]]:
    """Steps of seven bits, and the size of a step for each output channel.

    A matrix stands [inputs, outputs], a convolution [outputs, inputs, width].
    """
    inputs = (0,) if value.ndim == 2 else (1, 2)
    scale = np.abs(value).max(axis=inputs, keepdims=True).astype(np.float32) / np.float32(MOST_STEPS)
    # A channel of zeros has no step size; any will do.
    scale = np.where(scale > 0.0, scale, np.float32(1.0))
    return np.round(value / scale).astype(np.int8), scale


class GraphBuilder:
    """Adds nodes one after the other; every method returns the name of the tensor it made."""

    def __init__(self, state: State, precision: Precision, store: Store | None) -> None:
        """Without a `store` the weights stand in the graph as plain float32, and nothing is lost of them."""
        self.state = state
        self.precision = precision
        self.store = store
        self.float_type = _FLOAT[precision]
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

    def plain(self, name: str, value: NDArray[np.generic]) -> str:
        """A small constant inside the graph, in its own type."""
        self.tensors.setdefault(name, numpy_helper.from_array(value, name))
        return name

    def integers(self, *values: int) -> str:
        return self.plain("i" + "_".join(map(str, values)), np.array(values, dtype=np.int64))

    def number(self, value: float) -> str:
        half = self.precision == "fp16"
        return self.plain(f"f{value!r}", np.array(value, dtype=np.float16 if half else np.float32))

    def constant(self, name: str, value: NDArray[np.float32]) -> str:
        """A weight under its name, in the type that the graph computes with."""
        if name in self.tensors or any(node.output[0] == name for node in self.restoring):
            return name
        if self.store is None or value.size < HALF_FROM:
            return self.plain(name, value.astype(np.float16) if self.precision == "fp16" else value)
        if value.size < STEPS_FROM:
            return self._restore(self._stored(f"{name}.half", value.astype(np.float16)), name)
        steps, scale = stepped(value)
        whole = self._restore(self._stored(f"{name}.steps", steps), f"{name}.whole")
        sizes = self._restore(self._stored(f"{name}.scale", scale), f"{name}.sizes")
        self.restoring.append(_node("Mul", [whole, sizes], name, {}))
        return name

    def _stored(self, name: str, value: NDArray[np.generic]) -> str:
        assert self.store is not None
        small = value.size < HALF_FROM
        self.tensors[name] = numpy_helper.from_array(value, name) if small else self.store.keep(name, value)
        return name

    def _restore(self, stored: str, name: str) -> str:
        self.restoring.append(_node("Cast", [stored], name, {"to": self.float_type}))
        return name

    def weight(self, name: str) -> str:
        return self.constant(name, np.ascontiguousarray(self.state[name]))

    def linear(self, x: str, module: str, *, integer: bool = False) -> str:
        """x @ weight + bias; with integers where the graph is of int8 and `integer` says that it pays."""
        matrix = np.ascontiguousarray(self.state[f"{module}.weight"].T)
        if integer and self.precision == "int8" and self.store is not None and matrix.size >= STEPS_FROM:
            product = self._integer_product(x, f"{module}.weight", matrix)
        else:
            product = self.add("MatMul", x, self.constant(f"{module}.weight", matrix))
        return self.add("Add", product, self.weight(f"{module}.bias"))

    def _integer_product(self, x: str, name: str, matrix: NDArray[np.float32]) -> str:
        """Dynamic quantisation: the activations' scale is that of the whole tensor at run time."""
        steps, scale = stepped(matrix)
        stored = self._stored(f"{name}.steps", steps)
        sizes = self.plain(f"{name}.sizes", scale[0])
        self._made += 1
        quantised = [f"quantised_{self._made}_{part}" for part in ("values", "scale", "zero")]
        self.nodes.append(helper.make_node("DynamicQuantizeLinear", [x], quantised))
        zero = self.plain("zero_step", np.array(0, dtype=np.int8))
        product = self.add("MatMulInteger", quantised[0], stored, quantised[2], zero)
        # int32 back to float: times the activations' scale times the weights' scale per output.
        product = self.add("Cast", product, to=TensorProto.FLOAT)
        return self.add("Mul", product, self.add("Mul", quantised[1], sizes))

    def norm(self, x: str, module: str | None) -> str:
        """Layer normalisation over the last axis, by a module's gain and bias or by none."""
        if module is None:
            width, _bands = body_of(self.state)
            ones = self.constant("ones", np.ones(width, dtype=np.float32))
            return self.add("LayerNormalization", x, ones, epsilon=EPSILON, axis=-1)
        gain, bias = self.weight(f"{module}.weight"), self.weight(f"{module}.bias")
        return self.add("LayerNormalization", x, gain, bias, epsilon=EPSILON, axis=-1)


def _node(op: str, inputs: Sequence[str], output: str, attributes: Mapping[str, Attribute]) -> onnx.NodeProto:
    node = helper.make_node(op, list(inputs), [output], name=f"{op}:{output}")
    node.attribute.extend(helper.make_attribute(key, value) for key, value in sorted(attributes.items()))
    return node


def emotion_graph(
    state: State, metadata: Mapping[str, str], precision: Precision = "fp32", store: Store | None = None
) -> onnx.ModelProto:
    """State dict of `network.EmotionNetwork`, with EMBEDDING -> model: mel and frames in, an output for each head."""
    build = GraphBuilder(state, precision, store)
    outputs, mask = _layers(build)
    return _model(build, _head(build, outputs, mask), metadata)


def statistics_graph(state: State, precision: Precision, store: Store | None) -> onnx.ModelProto:
    """The encoder alone (names of `emotion_graph`), without a head: its one output is STATISTICS."""
    build = GraphBuilder(state, precision, store)
    outputs, mask = _layers(build)
    _statistics(build, outputs, mask)
    width, _bands = body_of(state)
    return _model(build, {STATISTICS: 2 * width * len(outputs)}, {})


def _layers(build: GraphBuilder) -> tuple[list[str], str]:
    """Adds the encoder; returns the output of each layer, and the mask of time."""
    x, mask = _embed(build)
    # (1 - mask) * MASKED is added to the attention scores: padded frames get no share of the softmax.
    padding = build.add("Mul", build.add("Sub", build.number(1.0), mask), build.number(MASKED))
    bias = build.add("Unsqueeze", padding, build.integers(1, 2))
    outputs = []
    for layer in range(count_layers(build.state)):
        x = _block(build, x, bias, f"encoder.layers.{layer}")
        outputs.append(x)
    return outputs, mask


def _embed(build: GraphBuilder) -> tuple[str, str]:
    length = build.add("Squeeze", build.add("Shape", "mel", start=2, end=3))
    zero, one = build.plain("zero", np.array(0)), build.plain("one", np.array(1))
    positions = build.add("Unsqueeze", build.add("Range", zero, length, one), build.integers(0))
    inside = build.add("Less", positions, build.add("Unsqueeze", "frames", build.integers(1)))
    inside = build.add("Cast", inside, to=build.float_type)
    wide = build.add("Unsqueeze", inside, build.integers(1))
    x = build.add("Mul", build.add("Cast", "mel", to=build.float_type), wide)
    x = build.add("Mul", build.add("Gelu", _convolve(build, x, "encoder.conv1", 1)), wide)
    x = build.add("Gelu", _convolve(build, x, "encoder.conv2", 2))
    x = build.add("Transpose", x, perm=[0, 2, 1])
    time = build.add("Shape", x, start=1, end=2)
    positions = build.add("Slice", build.weight("encoder.positions"), build.integers(0), time, build.integers(0))
    # The second convolution has stride 2, so every second frame of the mask remains.
    end = build.plain("end", np.array([np.iinfo(np.int64).max]))
    mask = build.add("Slice", inside, build.integers(0), end, build.integers(1), build.integers(2))
    return build.add("Add", x, positions), mask


def _convolve(build: GraphBuilder, x: str, module: str, stride: int) -> str:
    weight, bias = build.weight(f"{module}.weight"), build.weight(f"{module}.bias")
    return build.add("Conv", x, weight, bias, kernel_shape=[3], pads=[1, 1], strides=[stride])


def _block(build: GraphBuilder, x: str, bias: str, module: str) -> str:
    normal = build.norm(x, f"{module}.attention_norm")
    fused = build.linear(normal, f"{module}.queries_keys_values", integer=True)
    # [batch, time, width] -> [batch, time, heads, width per head]; 0 keeps a dimension, -1 is inferred.
    shape = build.integers(0, 0, -1, HEAD_WIDTH)
    q, k, v = (build.add("Reshape", part, shape) for part in build.split(fused, 3))
    q = build.add("Mul", build.add("Transpose", q, perm=[0, 2, 1, 3]), build.number(HEAD_WIDTH**-0.5))
    scores = build.add("MatMul", q, build.add("Transpose", k, perm=[0, 2, 3, 1]))
    share = build.add("Softmax", build.add("Add", scores, bias), axis=-1)
    mixed = build.add("MatMul", share, build.add("Transpose", v, perm=[0, 2, 1, 3]))
    mixed = build.add("Reshape", build.add("Transpose", mixed, perm=[0, 2, 1, 3]), build.integers(0, 0, -1))
    x = build.add("Add", x, build.linear(mixed, f"{module}.attention_out", integer=True))
    fed = build.linear(build.norm(x, f"{module}.feed_norm"), f"{module}.feed_in", integer=True)
    return build.add("Add", x, build.linear(build.add("Gelu", fed), f"{module}.feed_out", integer=True))


def body_of(state: State) -> tuple[int, int]:
    """Width and mel bands of a network."""
    width, bands, _ = state["encoder.conv1.weight"].shape
    return width, bands


def count_layers(state: State) -> int:
    return sum(name.endswith(".attention_norm.weight") for name in state)


def head_names(state: State) -> list[str]:
    """The heads of a network, in the order of the graph's outputs."""
    found = [name.split(".")[2] for name in state if name.startswith("head.heads.") and name.endswith(".weight")]
    return sorted(found, key=("emotion", "eight", "degraded", "affect").index)


def _head(build: GraphBuilder, outputs: Sequence[str], mask: str) -> dict[str, int]:
    """Adds the outputs; returns the width of each (0: none)."""
    pooled = _statistics(build, outputs, mask)
    build = _in_float32(build)
    # Batch normalisation at inference is (x - mean) / sqrt(var + eps): folded into two constants.
    spread = np.sqrt(build.state["head.standardise.running_var"] + EPSILON)
    mean = build.constant("head.standardise.mean", build.state["head.standardise.running_mean"])
    standard = build.add("Mul", build.add("Sub", pooled, mean), build.constant("head.standardise.scale", 1.0 / spread))
    squares = build.add("Mul", standard, standard)
    build.add("ReduceMean", squares, build.integers(1), name="distance", keepdims=0)
    projection = build.constant("relative.embed", np.ascontiguousarray(build.state[EMBEDDING].T))
    build.add("MatMul", standard, projection, name="embedding")
    hidden = build.add("Gelu", build.linear(standard, "head.hidden"))
    widths = {"distance": 0, "embedding": len(build.state[EMBEDDING]), STATISTICS: spread.size}
    for name in head_names(build.state):
        build.add("Identity", build.linear(hidden, f"head.heads.{name}"), name=name)
        widths[name] = build.state[f"head.heads.{name}.bias"].size
    return widths


def _statistics(build: GraphBuilder, outputs: Sequence[str], mask: str) -> str:
    """Mean and deviation over time of every layer, one after the other."""
    normal = [build.norm(x, None) for x in outputs]
    time = build.add("ReduceSum", mask, build.integers(1), keepdims=1)
    share = build.add("Unsqueeze", build.add("Div", mask, time), build.integers(2))
    statistics = [one for x in normal for one in _mean_and_deviation(build, x, share)]
    return build.add("Cast", build.add("Concat", *statistics, axis=-1), name=STATISTICS, to=TensorProto.FLOAT)


def _in_float32(build: GraphBuilder) -> GraphBuilder:
    """The head is small and its statistics are far apart in size: it computes in float32 in every graph."""
    build.float_type = TensorProto.FLOAT
    build.precision = "fp32"
    return build


def _mean_and_deviation(build: GraphBuilder, x: str, share: str) -> tuple[str, str]:
    mean = build.add("ReduceSum", build.add("Mul", share, x), build.integers(1), keepdims=1)
    centred = build.add("Sub", x, mean)
    squares = build.add("Mul", share, build.add("Mul", centred, centred))
    variance = build.add("ReduceSum", squares, build.integers(1), keepdims=0)
    deviation = build.add("Sqrt", build.add("Add", variance, build.number(1e-5)))
    return build.add("Squeeze", mean, build.integers(1)), deviation


def _model(build: GraphBuilder, widths: Mapping[str, int], metadata: Mapping[str, str]) -> onnx.ModelProto:
    mel = helper.make_tensor_value_info("mel", TensorProto.FLOAT, ["batch", body_of(build.state)[1], "time"])
    frames = helper.make_tensor_value_info("frames", TensorProto.INT64, ["batch"])
    outputs = [
        helper.make_tensor_value_info(name, TensorProto.FLOAT, ["batch", width] if width else ["batch"])
        for name, width in widths.items()
    ]
    graph = helper.make_graph(
        build.restoring + build.nodes, "speech_emotion", [mel, frames], outputs, list(build.tensors.values())
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", OPSET)], ir_version=IR_VERSION)
    helper.set_model_props(model, dict(metadata))
    return model
