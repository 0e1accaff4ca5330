from __future__ import annotations

import math
import shutil
from pathlib import Path

import pytest

from tonewatch.stream.service.disk import tell_disk
from tonewatch.stream.service.metrics import Metrics


def read(metrics: Metrics, name: str) -> float:
    return metrics.registry.get_sample_value(f"tonewatch_disk_{name}_bytes", {"of": "store"}) or 0.0


def test_the_disk_of_a_folder_that_is_not_made_yet_is_that_of_the_one_above(tmp_path: Path) -> None:
    metrics = Metrics()
    tell_disk(metrics, "store", tmp_path / "not" / "made")
    assert read(metrics, "size") == shutil.disk_usage(tmp_path).total > read(metrics, "free") > 0


def test_a_system_that_does_not_say_gives_no_number(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(_path: object) -> None:
        raise OSError

    metrics = Metrics()
    tell_disk(metrics, "store", tmp_path)
    monkeypatch.setattr(shutil, "disk_usage", refuse)
    assert math.isnan(read(metrics, "free"))
