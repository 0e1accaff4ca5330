"""From a trained state to the two files in `weights/`: float32 arithmetic for a GPU, int8 for a CPU."""

from __future__ import annotations

import tempfile
from collections.abc import Mapping
from pathlib import Path

import numpy as np
import onnx
from numpy.typing import NDArray
from onnx import TensorProto, helper, numpy_helper
from onnxruntime.quantization import QuantType, quantize_dynamic

from tonewatch.models.graph import COMPACT_FROM, State, emotion_graph

FP32_FILE = "encoder-fp32.onnx"
INT8_FILE = "encoder-int8.onnx"


def export_pair(state: State, metadata: Mapping[str, str], folder: Path) -> tuple[Path, Path]:
    """Write both files; returns (float32, int8)."""
    folder.mkdir(parents=True, exist_ok=True)
    fp32, int8 = folder / FP32_FILE, folder / INT8_FILE
    onnx.save(emotion_graph(state, metadata), fp32)
    quantise(fp32, int8)
    return fp32, int8


def quantise(fp32: Path, int8: Path) -> None:
    """Dynamic int8, per output channel, of the transformer's matrices; convolutions and head stay float32.

    Seven bits a weight: on processors without VNNI, eight-bit products of pairs overflow sixteen bits.
    """
    model = folded(onnx.load(fp32))
    weights = {tensor.name for tensor in model.graph.initializer}
    chosen = [
        node.name
        for node in model.graph.node
        if node.op_type == "MatMul" and node.input[1] in weights and ".layers." in node.input[1]
    ]
    with tempfile.TemporaryDirectory() as scratch:
        plain, rough = Path(scratch) / "plain.onnx", Path(scratch) / "int8.onnx"
        onnx.save(model, plain)
        quantize_dynamic(
            plain,
            rough,
            op_types_to_quantize=["MatMul"],
            nodes_to_quantize=chosen,
            per_channel=True,
            reduce_range=True,
            weight_type=QuantType.QInt8,
        )
        small = compacted(onnx.load(rough))
    helper.set_model_props(small, {entry.key: entry.value for entry in model.metadata_props})
    onnx.save(small, int8)


def folded(model: onnx.ModelProto) -> onnx.ModelProto:
    """Replace every float16 initialiser behind a cast by a float32 one: what the quantiser can read."""
    halves = {tensor.name: tensor for tensor in model.graph.initializer}
    casts = [node for node in model.graph.node if node.op_type == "Cast" and node.input[0] in halves]
    for node in casts:
        half = halves[node.input[0]]
        value = numpy_helper.to_array(half).astype(np.float32)
        half.CopyFrom(numpy_helper.from_array(value, node.output[0]))
        model.graph.node.remove(node)
    return model


def compacted(model: onnx.ModelProto) -> onnx.ModelProto:
    """The reverse of `folded`, for the large float32 initialisers that are left."""
    casts = []
    for tensor in model.graph.initializer:
        value: NDArray[np.generic] = numpy_helper.to_array(tensor)
        if value.dtype == np.float32 and value.size >= COMPACT_FROM:
            name = tensor.name
            tensor.CopyFrom(numpy_helper.from_array(value.astype(np.float16), f"{name}.half"))
            casts.append(helper.make_node("Cast", [f"{name}.half"], [name], to=TensorProto.FLOAT))
    kept = list(model.graph.node)
    del model.graph.node[:]
    model.graph.node.extend([*casts, *kept])
    return model


def unpack(source: Path, target: Path) -> None:
    """Plain float32 initialisers, for tools that want no casts in the graph (TensorRT, quantisers)."""
    onnx.save(folded(onnx.load(source)), target)
