"""The small explainer as an ONNX graph, built node by node; one call reads a prompt or writes one symbol of each row.

Inputs: ids (rows, new, 1 + symbols before), places (rows, new): the positions, bias (rows, 1, new, old + new), past
(layers, 2, rows, heads, old, width / heads).
Outputs: logits (rows, new, symbols) and present, the past of the next call. Weights are stored in half precision and
computed with in single.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import onnx
from numpy.typing import NDArray
from onnx import TensorProto, helper, numpy_helper

from tonewatch.models.reasons.network import BEFORE, LONGEST, Explainer

OPSET = 20
Array = NDArray[np.float32]


class _Graph:
    """Collects nodes and constants; every method returns the name of the tensor that it made."""

    def __init__(self) -> None:
        self.nodes: list[onnx.NodeProto] = []
        self.tensors: list[onnx.TensorProto] = []

    def add(self, kind: str, *inputs: str, outputs: int = 1, **attributes: Any) -> list[str]:  # noqa: ANN401
        names = [f"{kind}_{len(self.nodes)}_{n}" for n in range(outputs)]
        self.nodes.append(helper.make_node(kind, list(inputs), names, **attributes))
        return names

    def one(self, kind: str, *inputs: str, **attributes: Any) -> str:  # noqa: ANN401
        return self.add(kind, *inputs, **attributes)[0]

    def weight(self, name: str, value: Array) -> str:
        """Stored as float16, cast when the session opens (onnxruntime folds the constant)."""
        self.tensors.append(numpy_helper.from_array(value.astype(np.float16), f"{name}.half"))
        return self.one("Cast", f"{name}.half", to=TensorProto.FLOAT)

    def integers(self, *values: int) -> str:
        name = f"integers_{len(self.tensors)}"
        self.tensors.append(numpy_helper.from_array(np.array(values, dtype=np.int64), name))
        return name

    def number(self, value: float) -> str:
        name = f"number_{len(self.tensors)}"
        self.tensors.append(numpy_helper.from_array(np.array(value, dtype=np.float32), name))
        return name


def export(net: Explainer, symbols: Sequence[str], writes: Sequence[str], about: Mapping[str, str], file: Path) -> None:
    """`about` becomes metadata beside the vocabulary: name, commit, licence, data."""
    model = graph(net)
    props = {"symbols": json.dumps(list(symbols)), "writes": json.dumps(list(writes)), **about}
    shape = net.shape
    props |= {"layers": str(shape.layers), "heads": str(shape.heads), "width": str(shape.width)}
    helper.set_model_props(model, props | {"longest": str(LONGEST)})
    onnx.checker.check_model(model)
    file.parent.mkdir(parents=True, exist_ok=True)
    onnx.save(model, file)


def graph(net: Explainer) -> onnx.ModelProto:
    shape, build = net.shape, _Graph()
    state = {name: np.asarray(value.detach().float(), dtype=np.float32) for name, value in net.state_dict().items()}
    embedding = build.weight("embedding", state["embedding.weight"])
    position = build.weight("position", state["position.weight"])
    x = build.one("Add", _symbol(build, embedding, 0), build.one("Gather", position, "places"))
    for back in range(BEFORE):
        table = build.weight(f"before.{back}", state[f"before.{back}.weight"])
        x = build.one("Add", x, _symbol(build, table, back + 1))
    present = []
    for number in range(shape.layers):
        x, held = _block(build, x, number, net, state)
        present.append(build.one("Unsqueeze", held, build.integers(0)))
    normal = _norm(build, x, "norm", state)
    # The output matrix is the embedding itself, as in the torch network.
    build.nodes.append(helper.make_node("MatMul", [normal, build.one("Transpose", embedding, perm=[1, 0])], ["logits"]))
    build.nodes.append(helper.make_node("Concat", present, ["present"], axis=0))
    depth = shape.width // shape.heads
    inputs = [
        helper.make_tensor_value_info("ids", TensorProto.INT64, ["rows", "new", BEFORE + 1]),
        helper.make_tensor_value_info("places", TensorProto.INT64, ["rows", "new"]),
        helper.make_tensor_value_info("bias", TensorProto.FLOAT, ["rows", 1, "new", "all"]),
        helper.make_tensor_value_info("past", TensorProto.FLOAT, [shape.layers, 2, "rows", shape.heads, "old", depth]),
    ]
    outputs = [
        helper.make_tensor_value_info("logits", TensorProto.FLOAT, ["rows", "new", shape.symbols]),
        helper.make_tensor_value_info(
            "present", TensorProto.FLOAT, [shape.layers, 2, "rows", shape.heads, "all", depth]
        ),
    ]
    made = helper.make_graph(build.nodes, "explainer", inputs, outputs, build.tensors)
    return helper.make_model(made, opset_imports=[helper.make_opsetid("", OPSET)], ir_version=9)


def _symbol(build: _Graph, table: str, back: int) -> str:
    ids = build.one("Squeeze", build.one("Gather", "ids", build.integers(back), axis=2), build.integers(2))
    return build.one("Gather", table, ids)


def _block(build: _Graph, x: str, number: int, net: Explainer, state: Mapping[str, Array]) -> tuple[str, str]:
    shape, module = net.shape, f"blocks.{number}"
    depth = shape.width // shape.heads
    fused = _linear(build, _norm(build, x, f"{module}.before", state), f"{module}.qkv", state)
    heads = build.integers(0, 0, shape.heads, depth)
    q, k, v = (
        build.one("Transpose", build.one("Reshape", part, heads), perm=[0, 2, 1, 3])
        for part in build.add("Split", fused, outputs=3, axis=-1, num_outputs=3)
    )
    fresh = build.one("Concat", *(build.one("Unsqueeze", part, build.integers(0)) for part in (k, v)), axis=0)
    old = build.one("Squeeze", build.one("Gather", "past", build.integers(number), axis=0), build.integers(0))
    # The key-value cache grows along its axis of symbols: [2, rows, heads, old + new, depth].
    held = build.one("Concat", old, fresh, axis=3)
    keys, values = (
        build.one("Squeeze", build.one("Gather", held, build.integers(which), axis=0), build.integers(0))
        for which in (0, 1)
    )
    scores = build.one("MatMul", q, build.one("Transpose", keys, perm=[0, 1, 3, 2]))
    scores = build.one("Add", build.one("Mul", scores, build.number(depth**-0.5)), "bias")
    mixed = build.one("MatMul", build.one("Softmax", scores, axis=-1), values)
    mixed = build.one("Reshape", build.one("Transpose", mixed, perm=[0, 2, 1, 3]), build.integers(0, 0, shape.width))
    x = build.one("Add", x, _linear(build, mixed, f"{module}.mix", state))
    wide = _linear(build, _norm(build, x, f"{module}.between", state), f"{module}.feed.0", state)
    narrow = _linear(build, build.one("Gelu", wide, approximate="tanh"), f"{module}.feed.2", state)
    return build.one("Add", x, narrow), held


def _norm(build: _Graph, x: str, module: str, state: Mapping[str, Array]) -> str:
    scale, bias = (build.weight(f"{module}.{part}", state[f"{module}.{part}"]) for part in ("weight", "bias"))
    return build.one("LayerNormalization", x, scale, bias, axis=-1, epsilon=1e-5)


def _linear(build: _Graph, x: str, module: str, state: Mapping[str, Array]) -> str:
    weight = build.weight(f"{module}.weight", np.ascontiguousarray(state[f"{module}.weight"].T))
    return build.one("Add", build.one("MatMul", x, weight), build.weight(f"{module}.bias", state[f"{module}.bias"]))
