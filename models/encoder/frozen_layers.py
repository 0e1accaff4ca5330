"""Statistics of the frozen layers as the shipped int8 graph computes them: a third of torch's time on a CPU.

What is trained on them has seen what the listener will hand it, rounding and all.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import onnx
from numpy.typing import NDArray

from tonewatch.models.encoder.graph import Blob, State, Store, count_layers, statistics_graph
from tonewatch.workers.audio.mel import speech_mel
from tonewatch.workers.onnx_runtime import open_session

CPU = "CPUExecutionProvider"


def write_frozen(state: State, folder: Path) -> Path:
    """The graph and its weights; `state` names an encoder's tensors without a prefix, as `SpeechEncoder` does."""
    folder.mkdir(parents=True, exist_ok=True)
    named = {f"encoder.{name}": value for name, value in state.items()}
    store = Store(Blob("frozen-own.bin"), Blob("frozen.bin"), count_layers(named))
    path = folder / "frozen-int8.onnx"
    onnx.save(statistics_graph(named, "int8", store), path)
    for blob in (store.own, store.whisper):
        if blob.data:
            (folder / blob.name).write_bytes(blob.data)
    return path


class FrozenLayers:
    """One session of one thread over a file of `write_frozen`."""

    def __init__(self, path: Path) -> None:
        self._session = open_session(path, threads=1, providers=[CPU])
        self._bands = next(int(value.shape[1]) for value in self._session.get_inputs() if value.name == "mel")

    def describe(self, samples: NDArray[np.float32]) -> tuple[NDArray[np.float32], int]:
        """Statistics [2 * width * layers] of one sound at 16 kHz, and its length in frames of 20 ms."""
        mel = speech_mel(samples, self._bands)
        frames = np.array([mel.shape[1]], dtype=np.int64)
        (statistics,) = self._session.run(None, {"mel": mel[None], "frames": frames})
        return np.asarray(statistics[0], dtype=np.float32), -(-mel.shape[1] // 2)
