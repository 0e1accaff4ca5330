from __future__ import annotations

from collections.abc import Callable

import pytest

pytest.importorskip("torch")

from tonewatch.models.gpu import bench as module
from tonewatch.models.gpu.bench import Device, Row, bench


@pytest.fixture(autouse=True)
def runs_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """What is measured runs, once, and takes a second."""

    def seconds_of(run: Callable[[], object], *_bounds: object) -> float:
        run()
        return 1.0

    monkeypatch.setattr(module, "seconds_of", seconds_of)


def test_every_part_runs_on_a_cpu_and_what_is_not_here_is_a_row_that_says_so() -> None:
    found = bench(small=True)
    rows = {row["name"]: row for row in found["rows"]}
    assert rows["encoder, torch against ONNX"]["value"] < 1e-4
    assert rows["encoder"]["value"] == 16.0 and rows["encoder"]["of_arithmetic"] > 0
    assert rows["reasons, the shipped explainer"]["value"] == 4.0
    assert not [row for row in rows.values() if "failed" in row["note"]]
    assert rows["clips, vLLM"]["value"] is None and "not run" in rows["clips, vLLM"]["note"]
    assert found["device"]["kind"] in ("cpu", "cuda")


def test_a_part_that_fails_is_a_row_and_the_others_go_on(monkeypatch: pytest.MonkeyPatch) -> None:
    def breaks(_device: Device) -> list[Row]:
        raise RuntimeError("out of memory")

    def works(_device: Device) -> list[Row]:
        return [Row("after", "s", 1.0)]

    monkeypatch.setattr(module, "PARTS", (breaks, works))
    broken, after = bench(small=True)["rows"]
    assert "out of memory" in broken["note"] and after["value"] == 1.0


def test_no_part_begins_when_the_time_is_over(monkeypatch: pytest.MonkeyPatch) -> None:
    times = iter([0.0, *([module.WHOLE_S + 1] * 20)])
    found = bench(small=True, clock=lambda: next(times))
    assert {row["note"] for row in found["rows"]} == {"not run: the time is over"}
