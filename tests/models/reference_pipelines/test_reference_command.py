"""Other pipelines beside ours: what is run is measured, what is missing says so."""

from __future__ import annotations

import asyncio
import importlib.util
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec
import pytest

from tonewatch.models.reference_pipelines import pipelines, reference_command
from tonewatch.models.reference_pipelines.pipelines import OURS, Spoken
from tonewatch.models.reference_pipelines.reference_command import ReferenceReport, reference, report
from tonewatch.stream.bench.load import Recording, record
from tonewatch.stream.bench.stages import Material, StageCost
from tonewatch.stream.demo.truth import default_folder, find_calls
from tonewatch.stream.messages import AudioChunk


@pytest.fixture(scope="module")
def recordings() -> list[Recording]:
    """The first 15 s of one call."""
    demo = find_calls(default_folder())
    (whole,) = asyncio.run(record(msgspec.structs.replace(demo, files=demo.files[:1])))
    short = [one for one in whole.messages if not isinstance(one, AudioChunk) or one.start_ms < 15_000]
    return [Recording(whole.stem, tuple(short))]


def test_the_callers_segments_alone_are_heard(recordings: list[Recording]) -> None:
    spoken = Spoken.of(recordings)
    assert 1 <= len(spoken.clips) == len(spoken.segments)
    assert 0 < spoken.speech_s < 15


def test_a_pipeline_whose_package_is_missing_says_how_to_get_it(
    recordings: list[Recording], monkeypatch: pytest.MonkeyPatch
) -> None:
    there = importlib.util.find_spec
    hidden: Callable[[str], Any] = lambda name: None if name in ("torch", "librosa") else there(name)  # noqa: E731
    monkeypatch.setattr(importlib.util, "find_spec", hidden)
    ours, *others = pipelines.pipelines(Spoken.of(recordings))
    assert ours.run is not None
    assert all(one.run is None and "tonewatch[reference]" in one.note for one in others)


def test_costs_are_told_by_what_ours_costs() -> None:
    costs = [
        StageCost(name=OURS, ms_per_call_second=10.0),
        StageCost(name="slow", ms_per_call_second=125.0),
        StageCost(name="missing", note="not run"),
    ]
    found = report(Material([]), costs, 1)
    assert found.over_ours == {OURS: 1.0, "slow": 12.5, "missing": None}
    assert "12.5" in reference_command.lines(found)[2]


def test_a_report_is_written_and_printed(
    tmp_path: Path, recordings: list[Recording], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    async def short(_calls: object) -> list[Recording]:
        return recordings

    monkeypatch.setattr(reference_command, "record", short)
    monkeypatch.setitem(os.environ, "OMP_NUM_THREADS", "1")
    monkeypatch.setattr(importlib.util, "find_spec", lambda _name: None)
    reference(calls=1, rounds=1, json=tmp_path / "reference.json")
    found = msgspec.json.decode((tmp_path / "reference.json").read_bytes(), type=ReferenceReport)
    assert found.over_ours[OURS] == 1.0
    assert OURS in capsys.readouterr().out
