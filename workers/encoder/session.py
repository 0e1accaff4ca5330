"""One onnxruntime session for every provider: bound inputs and outputs, so that a GPU copies each way once."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from tonewatch.stream.errors import DependencyError, ModelError
from tonewatch.stream.service.provider import machine_has_gpu, provider_name
from tonewatch.stream.weights import checked_bytes
from tonewatch.workers.encoder.gate import gate_path
from tonewatch.workers.onnx_runtime import on_gpu, onnx_runtime, open_session

INPUTS = ("mel", "frames")
OUTPUTS = ("emotion", "distance", "embedding")
"""What every encoder answers; a graph may have further heads."""


class Session:
    """Not for use from several threads at once.

    Raises DependencyError when onnxruntime or a file is missing, ModelError when the file is not an encoder.
    """

    def __init__(self, path: Path, *, threads: int, providers: Sequence[str]) -> None:
        self.digest = encoder_digest(path)
        self._session = open_session(path, threads=threads, providers=providers)
        self._check(path)
        self.on_gpu = on_gpu(self._session)
        self.provider = provider_name(on_gpu=self.on_gpu, has_gpu=machine_has_gpu())
        self._device = "cuda" if self.on_gpu else "cpu"
        self.bands = next(int(value.shape[1]) for value in self._session.get_inputs() if value.name == "mel")
        self.outputs: tuple[str, ...] = tuple(value.name for value in self._session.get_outputs())

    @property
    def properties(self) -> dict[str, str]:
        return dict(self._session.get_modelmeta().custom_metadata_map)

    def run(self, mel: NDArray[np.float32], frames: NDArray[np.int64]) -> dict[str, NDArray[np.float32]]:
        """Log-mel [batch, bands, time] and the true frames of each [batch] -> every output by its name."""
        runtime = onnx_runtime()
        binding = self._session.io_binding()
        for name, value in zip(INPUTS, (mel, frames), strict=True):
            binding.bind_ortvalue_input(name, runtime.OrtValue.ortvalue_from_numpy(value, self._device, 0))
        for name in self.outputs:
            binding.bind_output(name, self._device)
        self._session.run_with_iobinding(binding)
        return dict(zip(self.outputs, binding.copy_outputs_to_cpu(), strict=True))

    def _check(self, path: Path) -> None:
        inputs = {value.name for value in self._session.get_inputs()}
        missing = set(OUTPUTS) - {value.name for value in self._session.get_outputs()}
        if inputs != set(INPUTS) or missing:
            raise ModelError(
                f"{path} is an ONNX model but not a speech emotion encoder of this version: its inputs are "
                f"{sorted(inputs)}, and it lacks the outputs {sorted(missing)}"
            )


def encoder_files(path: Path) -> list[Path]:
    """The graph, the files of weights beside it that it names, and the gate of its set where there is one.

    Raises:
        DependencyError: the graph cannot be read.
    """
    try:
        graph = path.read_bytes()
    except OSError as error:
        raise DependencyError(f"cannot read the encoder {path}: {error.strerror}") from error
    blobs = [blob for blob in sorted(path.parent.glob("*.bin")) if blob.name.encode() in graph]
    return [path, *blobs, *(gate for gate in [gate_path(path)] if gate.is_file())]


def encoder_digest(path: Path) -> str:
    """SHA-256 over the graph and its weights.

    Raises:
        DependencyError: one of them cannot be read.
        ModelError: one of them has other bytes than its folder says.
    """
    digest = hashlib.sha256()
    for file in encoder_files(path):
        try:
            digest.update(checked_bytes(file))
        except OSError as error:
            raise DependencyError(f"cannot read the weights {file}: {error.strerror}") from error
    return digest.hexdigest()
