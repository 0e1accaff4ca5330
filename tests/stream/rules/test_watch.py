"""A file of rules that changes while the monitor runs."""

from __future__ import annotations

import logging
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tonewatch.stream.errors import SettingsError
from tonewatch.stream.rules.model import AngerRule
from tonewatch.stream.rules.watch import LOOK_EVERY_S, RulesWatch

if TYPE_CHECKING:
    from tests.conftest import Clock


def fire_of(watch: RulesWatch) -> float:
    anger = watch.current().for_queue("")[0]
    assert isinstance(anger, AngerRule)
    return anger.fire


def write(file: Path, fire: str) -> None:
    file.write_text(f"version: 1\nrules:\n  anger: {{fire: {fire}}}\n")


@pytest.fixture
def file(tmp_path: Path) -> Path:
    found = tmp_path / "rules.yaml"
    write(found, "0.8")
    return found


def test_a_changed_file_holds_from_the_next_look_on(file: Path, clock: Clock) -> None:
    watch = RulesWatch(file, clock)
    write(file, "0.955")
    assert fire_of(watch) == 0.8
    clock.now_s = LOOK_EVERY_S
    assert fire_of(watch) == 0.955


def test_a_change_that_does_not_fit_leaves_the_rules_as_they_were(
    file: Path, clock: Clock, caplog: pytest.LogCaptureFixture
) -> None:
    watch = RulesWatch(file, clock)
    write(file, "much")
    clock.now_s = LOOK_EVERY_S
    with caplog.at_level(logging.ERROR):
        assert fire_of(watch) == 0.8
    assert "line 3" in caplog.records[0].__dict__["error"]
    file.unlink()
    clock.now_s = 2 * LOOK_EVERY_S
    assert fire_of(watch) == 0.8
    write(file, "0.9")
    clock.now_s = 3 * LOOK_EVERY_S
    assert fire_of(watch) == 0.9


def test_a_file_that_does_not_fit_at_the_start_stops_the_start(file: Path, clock: Clock) -> None:
    file.write_text("version: 1\nrules: 3\n")
    with pytest.raises(SettingsError, match="line 2"):
        RulesWatch(file, clock)
