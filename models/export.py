"""From a trained state to the two files in `weights/`: float32 arithmetic for a GPU, int8 for a CPU."""

from __future__ import annotations

import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
import onnx
from onnx import helper, numpy_helper
from onnxruntime.quantization import QuantType, quantize_dynamic

from tonewatch.models.graph import State, emotion_graph, packed

FP32_FILE = "encoder-fp32.onnx"
INT8_FILE = "encoder-int8.onnx"


def export_pair(state: State, metadata: Mapping[str, str], folder: Path) -> tuple[Path, Path]:
    """Write both files; returns (float32, int8)."""
    folder.mkdir(parents=True, exist_ok=True)
    fp32, int8 = folder / FP32_FILE, folder / INT8_FILE
    onnx.save(emotion_graph(state, metadata), fp32)
    onnx.save(quantised(emotion_graph(state, metadata, compact=False)), int8)
    return fp32, int8


def quantised(model: onnx.ModelProto) -> onnx.ModelProto:
    """Dynamic int8, per output channel, of the transformer's matrices; convolutions and head stay float32.

    Seven bits a weight: on processors without VNNI, eight-bit products of pairs overflow sixteen bits.
    """
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
    return small


def compacted(model: onnx.ModelProto) -> onnx.ModelProto:
    """Store the float32 weights that are left as `graph.packed` does."""
    tensors: list[onnx.TensorProto] = []
    nodes: list[onnx.NodeProto] = []
    for tensor in model.graph.initializer:
        stored, restoring = packed(tensor.name, numpy_helper.to_array(tensor))
        tensors += stored
        nodes += restoring
    return _with(model, tensors, [*nodes, *model.graph.node])


def folded(model: onnx.ModelProto) -> onnx.ModelProto:
    """The reverse: work out every Cast and Mul of initialisers, and keep the result as an initialiser."""
    values = {tensor.name: numpy_helper.to_array(tensor) for tensor in model.graph.initializer}
    nodes = []
    for node in model.graph.node:
        known = all(name in values for name in node.input)
        if known and node.op_type == "Cast":
            values[node.output[0]] = values.pop(node.input[0]).astype(np.float32)
        elif known and node.op_type == "Mul":
            values[node.output[0]] = values.pop(node.input[0]) * values.pop(node.input[1])
        else:
            nodes.append(node)
    return _with(model, [numpy_helper.from_array(value, name) for name, value in values.items()], nodes)


def _with(
    model: onnx.ModelProto, tensors: Sequence[onnx.TensorProto], nodes: Sequence[onnx.NodeProto]
) -> onnx.ModelProto:
    changed = onnx.ModelProto()
    changed.CopyFrom(model)
    del changed.graph.node[:], changed.graph.initializer[:]
    changed.graph.node.extend(nodes)
    changed.graph.initializer.extend(tensors)
    return changed


def unpack(source: Path, target: Path) -> None:
    """Plain float32 initialisers, for tools that want nothing else in a graph (TensorRT, quantisers)."""
    onnx.save(folded(onnx.load(source)), target)
