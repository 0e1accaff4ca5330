"""onnxruntime, as the encoder and the small explainer use it: which providers there are, and a session on them."""

from __future__ import annotations

import importlib.util
from collections.abc import Sequence
from functools import cache
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING

from tonewatch.stream.errors import DependencyError, ModelError

if TYPE_CHECKING:
    import onnxruntime

CPU = "CPUExecutionProvider"
CUDA = "CUDAExecutionProvider"


@cache
def onnx_runtime() -> ModuleType:
    """The module, with the CUDA libraries loaded that were installed as packages.

    Raises:
        DependencyError: neither build of it is installed.
    """
    try:
        import onnxruntime
    except ImportError as error:
        raise DependencyError(
            "onnxruntime is missing: pip install 'tonewatch[cpu]', or 'tonewatch[gpu]' for CUDA."
        ) from error
    module: ModuleType = onnxruntime
    # It searches the system's folders only; `onnxruntime-gpu[cuda,cudnn]` brings its libraries as packages.
    if CUDA in module.get_available_providers() and importlib.util.find_spec("nvidia") is not None:
        module.preload_dlls()
    return module


def available_providers() -> list[str]:
    """CUDA where the installed build has it, then CPU. Whether CUDA also works, only a session tells."""
    offered = onnx_runtime().get_available_providers()
    return [provider for provider in (CUDA, CPU) if provider in offered]


def open_session(
    path: Path, *, threads: int, providers: Sequence[str], data: bytes | None = None
) -> onnxruntime.InferenceSession:
    """A session on the first of `providers` that works; `data`: the graph's bytes, where they were read already.

    Raises:
        DependencyError: onnxruntime is missing.
        ModelError: the file, or one of weights beside it, is not whole.
    """
    runtime = onnx_runtime()
    options = runtime.SessionOptions()
    options.intra_op_num_threads = threads
    options.inter_op_num_threads = 1
    options.log_severity_level = 3
    # An idle session must not spin on a core that other calls need.
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    state = runtime.capi.onnxruntime_pybind11_state
    broken = (
        state.Fail,
        state.InvalidProtobuf,
        state.InvalidGraph,
        state.InvalidArgument,
        state.NotImplemented,
        state.NoSuchFile,
        state.RuntimeException,
    )
    try:
        return runtime.InferenceSession(str(path) if data is None else data, options, providers=list(providers))
    except broken as error:
        raise ModelError(f"{path}, or the weights beside it, is not a whole ONNX model: {error}") from error


def on_gpu(session: onnxruntime.InferenceSession) -> bool:
    """Does it use CUDA? A session that was asked to and could not load it runs on the CPU and raises nothing."""
    return CUDA in session.get_providers()
