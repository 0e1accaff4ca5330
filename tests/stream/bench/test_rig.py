from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tonewatch.stream.bench import rig as rig_module
from tonewatch.stream.bench.rig import Rig, scratch
from tonewatch.stream.local.consumer_lag import Flows, GroupLag


class Watcher:
    """Gives one look after another; the last one again and again."""

    def __init__(self, *looks: Flows) -> None:
        self.looks = list(looks)
        self.stopped = False

    async def start(self) -> None:
        return

    async def stop(self) -> None:
        self.stopped = True

    async def look(self) -> Flows:
        return self.looks.pop(0) if len(self.looks) > 1 else self.looks[0]


def flows(members: str, lag: int) -> Flows:
    return Flows(groups=(GroupLag("tonewatch-listen", members, lag),))


@pytest.fixture
def rig(monkeypatch: pytest.MonkeyPatch) -> Rig:
    """One whose broker is asked again without a pause."""
    monkeypatch.setattr(rig_module, "LOOK_EVERY_S", 0.0)
    kafka: Any = type("Broker", (), {"bootstrap": "none"})()
    nothing: Any = None
    return Rig(kafka, nothing, nothing, nothing)


async def test_a_rig_is_drained_when_every_group_has_members_and_has_read_all(
    rig: Rig, monkeypatch: pytest.MonkeyPatch
) -> None:
    watcher = Watcher(flows("Empty", 0), flows("Stable", 3), flows("Stable", 0))
    monkeypatch.setattr(rig_module, "FlowWatcher", lambda _bootstrap: watcher)
    assert await rig.drained("before the first call") == 0
    assert watcher.stopped and len(watcher.looks) == 1


@pytest.mark.parametrize(("members", "lag", "left"), [("Stable", 3, 3), ("Empty", 0, 1)])
async def test_a_rig_that_is_not_drained_in_time_says_how_many_records_are_left_and_never_none(
    rig: Rig, monkeypatch: pytest.MonkeyPatch, members: str, lag: int, left: int
) -> None:
    monkeypatch.setattr(rig_module, "FlowWatcher", lambda _bootstrap: Watcher(flows(members, lag)))
    assert await rig.drained("after the last call", bound_s=0.01) == left


def test_a_scratch_folder_goes_away_and_its_logs_stay_where_they_are_wanted(tmp_path: Path) -> None:
    kept = tmp_path / "kept"
    with pytest.raises(RuntimeError), scratch(kept) as folder:
        (folder / "listen.log").write_text("why it ended")
        raise RuntimeError
    assert not folder.exists() and (kept / "listen.log").read_text() == "why it ended"
