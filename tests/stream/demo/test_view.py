from __future__ import annotations

import dataclasses
import io
from pathlib import Path
from typing import TYPE_CHECKING

from rich.console import Console

from tonewatch.stream.demo.state import Status
from tonewatch.stream.demo.view import LINE_EVERY_S, LiveView, LogReader, PlainView

if TYPE_CHECKING:
    from tests.conftest import Clock


def console() -> tuple[Console, io.StringIO]:
    out = io.StringIO()
    return Console(file=out, width=200, no_color=True), out


def test_plain_lines_come_on_a_change_and_every_few_seconds(status: Status, clock: Clock) -> None:
    terminal, out = console()
    view = PlainView(terminal, clock=clock)
    for clock.now_s in (0.0, 1.0, 2.0):
        view.show(status)
    clock.advance(LINE_EVERY_S)
    view.show(status)
    view.show(dataclasses.replace(status, phase="stopping"))
    lines = [text for text in out.getvalue().splitlines() if " | " in text]
    assert [text.split(" | ")[0].strip() for text in lines] == ["52 s calls under way"] * 2 + ["52 s stopping"]


def test_each_state_of_an_alert_is_told_once(status: Status, clock: Clock) -> None:
    terminal, out = console()
    view = PlainView(terminal, clock=clock)
    firing = dataclasses.replace(status.alerts[0], states=("firing",))
    view.show(dataclasses.replace(status, alerts=(firing,)))
    view.show(status)
    view.show(status)
    told = [text for text in out.getvalue().splitlines() if text.startswith("alert ")]
    assert [text.split(":")[0] for text in told] == ["alert firing", "alert confirmed"]


def test_logs_are_read_in_whole_lines_and_once(tmp_path: Path) -> None:
    reader = LogReader()
    log = tmp_path / "listen.log"
    log.write_text("one\ntw")
    assert reader.new_lines(tmp_path) == ["listen: one"]
    with log.open("a") as file:
        file.write("o\n")
    assert reader.new_lines(tmp_path) == ["listen: two"]
    assert reader.new_lines(tmp_path) == []


def test_logs_are_shown_only_when_asked_for(tmp_path: Path) -> None:
    (tmp_path / "listen.log").write_text("one\n")
    for verbose in (False, True):
        terminal, out = console()
        PlainView(terminal, verbose=verbose).follow_logs(tmp_path)
        assert ("listen: one" in out.getvalue()) is verbose


def test_the_live_view_draws_what_it_is_shown(status: Status) -> None:
    out = io.StringIO()
    with LiveView(Console(file=out, width=140, force_terminal=True, no_color=True)) as view:
        view.show(status)
    assert "Tonewatch demo" in out.getvalue() and "tonewatch-listen" in out.getvalue()
