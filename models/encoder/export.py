"""A trained state as the files in `weights/`: three graphs and the weights that they share."""

from __future__ import annotations

from pathlib import Path

import onnx

from tonewatch.models.encoder.graph import Blob, Precision, State, Store, emotion_graph
from tonewatch.workers.encoder import Card

PRECISIONS: tuple[Precision, ...] = ("fp32", "fp16", "int8")


def export_set(
    state: State, card: Card, folder: Path, name: str, frozen: int, base: str = "whisper"
) -> dict[Precision, Path]:
    """Write `name`-fp32.onnx, -fp16.onnx (for a GPU) and -int8.onnx (for a CPU), and the files of their weights.

    The lowest `frozen` layers must be Whisper's own: they go into `base`-`frozen`.bin, the same for every set.
    """
    folder.mkdir(parents=True, exist_ok=True)
    store = Store(Blob(f"{name}.bin"), Blob(f"{base}-{frozen}.bin"), frozen)
    written = {precision: folder / f"{name}-{precision}.onnx" for precision in PRECISIONS}
    for precision, path in written.items():
        onnx.save(emotion_graph(state, card.properties(), precision, store), path)
    for blob in (store.own, store.whisper):
        if blob.data:
            (folder / blob.name).write_bytes(blob.data)
    return written


def export_whole(source: Path, target: Path) -> None:
    """One file with everything in it, for tools that do not follow weights into another file."""
    model = onnx.load(source)  # reads the weights beside it
    for tensor in model.graph.initializer:
        tensor.data_location = onnx.TensorProto.DEFAULT
        del tensor.external_data[:]
    onnx.save(model, target)
