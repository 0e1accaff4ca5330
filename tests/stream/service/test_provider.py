from __future__ import annotations

import json
import logging
from collections.abc import Callable
from pathlib import Path

import pytest

from tonewatch.stream.service.metrics import Metrics
from tonewatch.stream.service.provider import (
    CPU,
    CPU_BESIDE_GPU,
    CUDA,
    any_gpu,
    device_node,
    driver_lists_one,
    provider_name,
    tell,
)

Asked = Callable[[int, str], tuple[int, str]]
REMEDY = "install tonewatch[gpu]"


@pytest.mark.parametrize(
    ("on_gpu", "has_gpu", "name"),
    [(True, True, CUDA), (False, True, CPU_BESIDE_GPU), (False, False, CPU), (True, False, CUDA)],
)
def test_a_cpu_beside_a_gpu_has_a_name_of_its_own(on_gpu: bool, has_gpu: bool, name: str) -> None:
    assert provider_name(on_gpu=on_gpu, has_gpu=has_gpu) == name


def test_the_first_probe_that_finds_a_gpu_is_the_last_that_is_asked() -> None:
    asked: list[str] = []

    def probe(name: str, found: bool) -> Callable[[], bool]:
        def answer() -> bool:
            asked.append(name)
            return found

        return answer

    assert any_gpu([probe("node", False), probe("driver", True), probe("torch", True)])
    assert asked == ["node", "driver"]
    assert not any_gpu([])


@pytest.mark.parametrize(("nodes", "found"), [(["nvidia3"], True), (["nvidiactl", "nvidia-uvm"], False), ([], False)])
def test_only_a_numbered_node_of_the_driver_is_a_gpu(tmp_path: Path, nodes: list[str], found: bool) -> None:
    for name in nodes:
        (tmp_path / name).touch()
    assert device_node(tmp_path) == found


@pytest.mark.parametrize(
    ("script", "found"),
    [("echo 'GPU 0: NVIDIA H200'", True), ("echo 'No devices were found'", False), ("exit 9", False)],
)
def test_the_driver_s_program_counts_only_with_its_answer(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, script: str, found: bool
) -> None:
    program = tmp_path / "nvidia-smi"
    program.write_text(f"#!/bin/sh\n{script}\n")
    program.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path))
    assert driver_lists_one() == found
    assert not driver_lists_one("no-such-program")


def test_what_a_model_runs_on_is_a_metric_and_stands_in_the_readiness_answer(free_port: int, asked: Asked) -> None:
    metrics = Metrics()
    metrics.health.beat()
    metrics.serve(free_port)
    tell(metrics, "encoder", CUDA, REMEDY)
    assert 'tonewatch_execution_provider_info{of="encoder",provider="cuda"} 1.0' in asked(free_port, "/metrics")[1]
    status, told = asked(free_port, "/ready")
    assert (status, json.loads(told)) == (200, {"providers": {"encoder": "cuda"}})
    assert asked(free_port, "/live") == (200, "{}")


def test_a_gpu_that_is_left_idle_is_a_warning_and_the_role_is_ready_all_the_same(
    free_port: int, asked: Asked, caplog: pytest.LogCaptureFixture
) -> None:
    metrics = Metrics()
    metrics.health.beat()
    metrics.serve(free_port)
    tell(metrics, "encoder", CPU_BESIDE_GPU, REMEDY)
    status, told = asked(free_port, "/ready")
    assert status == 200
    assert REMEDY in json.loads(told)["warnings"]["encoder"]
    assert 'provider="cpu-beside-gpu"} 1.0' in asked(free_port, "/metrics")[1]
    assert [record.levelno for record in caplog.records if record.levelno >= logging.WARNING] == [logging.WARNING]


def test_of_a_model_elsewhere_nothing_is_told() -> None:
    metrics = Metrics()
    tell(metrics, "llm", "", REMEDY)
    assert metrics.health.remarks() == {}


@pytest.mark.parametrize("provider", [CPU, CPU_BESIDE_GPU])
def test_a_role_that_was_promised_a_gpu_is_not_ready_on_anything_else(
    free_port: int, asked: Asked, provider: str
) -> None:
    metrics = Metrics()
    metrics.health.beat()
    metrics.serve(free_port)
    tell(metrics, "encoder", provider, REMEDY, require_gpu=True)
    status, told = asked(free_port, "/ready")
    assert status == 503
    assert json.loads(told)["gpu for encoder"].startswith(
        f"TONEWATCH_REQUIRE_GPU is set and the encoder runs on {provider}"
    )
    assert asked(free_port, "/live")[0] == 200


def test_a_role_that_was_promised_a_gpu_is_ready_on_it() -> None:
    metrics = Metrics()
    metrics.health.beat()
    tell(metrics, "encoder", CUDA, REMEDY, require_gpu=True)
    assert metrics.health.not_ready() == {}
