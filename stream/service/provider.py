"""What a model runs on, said where somebody looks: in the log, as a metric, at `/ready`.

A runtime that cannot use a GPU takes the CPU without a word: a library of CUDA is missing, or the CPU build of
onnxruntime was installed over the other. So what is told is what the loaded model uses, beside what the machine has.
"""

from __future__ import annotations

import logging
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterable
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:  # Who only names a provider need not load what serves metrics.
    from tonewatch.stream.service.metrics import Metrics

CPU = "cpu"
CUDA = "cuda"
CPU_BESIDE_GPU = "cpu-beside-gpu"
"""The machine has a GPU, and the model runs on the CPU."""

Probe = Callable[[], bool]

log = logging.getLogger(__name__)


def provider_name(*, on_gpu: bool, has_gpu: bool) -> str:
    """`ModelRef.provider` of a local model."""
    if on_gpu:
        return CUDA
    return CPU_BESIDE_GPU if has_gpu else CPU


def any_gpu(probes: Iterable[Probe]) -> bool:
    """Does one of them find a GPU? They are asked in order, until one does."""
    return any(probe() for probe in probes)


@cache
def machine_has_gpu() -> bool:
    """Is there an NVIDIA GPU that this process could use? Asked once, at the first model."""
    return any_gpu((device_node, driver_lists_one, torch_counts_one))


def device_node(folder: Path = Path("/dev")) -> bool:
    """The driver's node of a GPU: /dev/nvidia0, or another number where a container was given another one."""
    return any(path.name.removeprefix("nvidia").isdigit() for path in folder.glob("nvidia[0-9]*"))


def driver_lists_one(program: str = "nvidia-smi", timeout_s: float = 10.0) -> bool:
    """For machines without the node (WSL). The program may be there without a GPU, so its answer counts."""
    path = shutil.which(program)
    if path is None:
        return False
    try:
        listed = subprocess.run([path, "--list-gpus"], capture_output=True, timeout=timeout_s, check=False)
    except (OSError, subprocess.TimeoutExpired):
        return False
    return listed.returncode == 0 and listed.stdout.startswith(b"GPU ")


def torch_counts_one() -> bool:
    """Only where torch is loaded already: importing it takes seconds."""
    torch = sys.modules.get("torch")
    return torch is not None and bool(torch.cuda.is_available())


def tell(
    metrics: Metrics,
    of: str,
    provider: str,
    remedy: str,
    *,
    name: str = "",
    version: str = "",
    require_gpu: bool = False,
) -> None:
    """Say what the model `of` is and runs on; a GPU left idle is a warning with `remedy`, and the role stays ready.

    With `require_gpu` it is not ready on anything else: where one was promised, a slow worker looks like a well one. It
    goes on working meanwhile, for calls that nobody hears are worse than calls that are heard late.
    """
    if name:
        metrics.model.labels(of=of, name=name, version=version).set(1)
    if not provider:
        return  # A remote model: nobody here knows.
    metrics.execution_provider.labels(of=of, provider=provider).set(1)
    metrics.health.runs_on(of, provider)
    log.info("What a model runs on", extra={"of": of, "provider": provider})
    if require_gpu:
        why = "" if provider == CUDA else f"TONEWATCH_REQUIRE_GPU is set and the {of} runs on {provider}: {remedy}"
        metrics.health.needs(f"gpu for {of}", lambda: why)
    if provider == CPU_BESIDE_GPU:
        metrics.health.warn(of, f"this machine has a GPU and the {of} runs on the CPU: {remedy}")
