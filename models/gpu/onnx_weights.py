"""The weights in one of the shipped ONNX graphs, read without onnx: protobuf's wire format, as far as that takes.

Of a model only its graph (field 7), of that only its initialisers (field 5) are read: name, shape, type, and the
bytes, or the file beside the graph in which they lie. What the graph makes of them when it is loaded (halves, and steps
of seven bits, back to float32: `models/encoder/graph.py`) is done here too.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

Arrays = dict[str, NDArray[np.generic]]

_TYPES = {1: "<f4", 3: "i1", 6: "<i4", 7: "<i8", 10: "<f2"}
"""TensorProto.DataType, as far as the graphs use it."""

# Numbers of the fields that are read, in onnx.proto3.
_GRAPH, _INITIALISER = 7, 5
_DIMS, _TYPE, _NAME, _RAW, _EXTERNAL = 1, 2, 8, 9, 13


def read_state(path: Path) -> dict[str, NDArray[np.float32]]:
    """Names of the network's parameters -> float32, matrices as torch keeps them ([outputs, inputs]).

    Raises:
        ValueError: it is no graph of ours.
    """
    found = initialisers(path)
    state = {name: value.astype(np.float32) for name, value in found.items() if value.dtype.kind == "f"}
    for name, value in found.items():
        if name.endswith(".steps"):
            scale = found[f"{name.removesuffix('.steps')}.scale"]
            state[name.removesuffix(".steps")] = value.astype(np.float32) * scale.astype(np.float32)
        elif name.endswith(".half"):
            state[name.removesuffix(".half")] = value.astype(np.float32)
    if not any(name.startswith("encoder.conv1") for name in state):
        raise ValueError(f"{path} is no graph of an emotion encoder: it has no weights of that name")
    # A linear layer's matrix stands [inputs, outputs] in a graph; the embedding of positions stands as it is.
    return {name: _as_torch_keeps(name, value) for name, value in state.items()}


def _as_torch_keeps(name: str, value: NDArray[np.float32]) -> NDArray[np.float32]:
    turned = name.endswith(".weight") and value.ndim == 2
    return np.ascontiguousarray(value.T if turned else value)


def initialisers(path: Path) -> Arrays:
    """Name -> array, as they are stored."""
    found: Arrays = {}
    for number, graph in _fields(path.read_bytes()):
        if number != _GRAPH or not isinstance(graph, bytes):
            continue
        for inner, tensor in _fields(graph):
            if inner == _INITIALISER and isinstance(tensor, bytes):
                name, value = _tensor(tensor, path.parent)
                found[name] = value
    return found


def _tensor(data: bytes, folder: Path) -> tuple[str, NDArray[np.generic]]:
    dims: list[int] = []
    kind, name, raw = 1, "", b""
    where: dict[str, str] = {}
    for number, value in _fields(data):
        if number == _DIMS:
            dims += [value] if isinstance(value, int) else _packed(value)
        elif number == _TYPE and isinstance(value, int):
            kind = value
        elif isinstance(value, bytes):
            if number == _NAME:
                name = value.decode()
            elif number == _RAW:
                raw = value
            elif number == _EXTERNAL:
                where |= _entry(value)
    if where:
        raw = _outside(folder, where)
    return name, np.frombuffer(raw, dtype=_TYPES[kind]).reshape(dims)


def _outside(folder: Path, where: Mapping[str, str]) -> bytes:
    with (folder / where["location"]).open("rb") as file:
        file.seek(int(where["offset"]))
        return file.read(int(where["length"]))


def _entry(data: bytes) -> dict[str, str]:
    key, value = (text.decode() for _, text in _fields(data) if isinstance(text, bytes))
    return {key: value}


def _packed(data: bytes) -> list[int]:
    found, at = [], 0
    while at < len(data):
        value, at = _varint(data, at)
        found.append(value)
    return found


def _fields(data: bytes) -> Iterator[tuple[int, int | bytes]]:
    """Number and value of each field, in order."""
    at = 0
    while at < len(data):
        key, at = _varint(data, at)
        kind = key & 7
        if kind == 0:
            value, at = _varint(data, at)
            yield key >> 3, value
            continue
        if kind == 2:
            length, at = _varint(data, at)
        elif kind in (1, 5):
            length = 8 if kind == 1 else 4
        else:
            raise ValueError(f"no protobuf: wire type {kind}")
        yield key >> 3, data[at : at + length]
        at += length


def _varint(data: bytes, at: int) -> tuple[int, int]:
    value = shift = 0
    while True:
        byte = data[at]
        value |= (byte & 0x7F) << shift
        shift, at = shift + 7, at + 1
        if byte < 0x80:
            return value, at
