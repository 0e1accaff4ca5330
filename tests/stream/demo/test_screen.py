from __future__ import annotations

import dataclasses
import io

from rich.console import Console

from tonewatch.stream.demo.screen import delay_words, line, render
from tonewatch.stream.demo.state import Delays, Status


def drawn(status: Status) -> str:
    console = Console(file=io.StringIO(), width=140, no_color=True)
    with console.capture() as capture:
        console.print(render(status))
    return capture.get()


def test_the_live_view_shows_the_address_and_the_time(status: Status) -> None:
    text = drawn(status)
    assert "http://127.0.0.1:8321/" in text and "52 of 90 s" in text and "synthetic" in text


def test_the_live_view_shows_each_process_with_its_state(status: Status) -> None:
    rows = [row.split() for row in drawn(status).splitlines()]
    broker = next(row for row in rows if "broker" in row)
    explain = next(row for row in rows if "restarting" in row)
    assert broker[1:6] == ["broker", "running", "41", "60", "s"]
    assert explain[1:4] == ["explain", "restarting", "2"]


def test_the_live_view_shows_rates_lag_and_groups_that_are_not_there(status: Status) -> None:
    text = drawn(status)
    assert "80.0" in text and "4200" in text
    explain = next(row for row in text.splitlines() if "tonewatch-explain" in row)
    assert "?" in explain and "empty" in explain


def test_the_live_view_shows_alerts_with_reason_and_its_author(status: Status) -> None:
    text = drawn(status)
    assert "confirmed" in text and "48.0 s" in text and "Louder. [model]" in text


def test_the_live_view_shows_calls_delays_and_losses(status: Status) -> None:
    text = drawn(status)
    assert "7 live, 1 not analysed, 0 ended" in text
    assert "p50 0.61 s, p95 1.10 s (57)" in text and "Dead letters 1, shed 3" in text


def test_the_live_view_shows_why_a_process_died(status: Status) -> None:
    assert "explain died with status 1" in drawn(status)


def test_an_alert_s_text_is_not_read_as_markup(status: Status) -> None:
    alert = dataclasses.replace(status.alerts[0], text="[red]level[/nope]")
    assert "level" in drawn(dataclasses.replace(status, alerts=(alert,)))


def test_a_plain_line_holds_the_same_figures(status: Status) -> None:
    text = line(status)
    assert text.startswith("   52 s calls under way | calls 7 live, 1 not analysed, 0 ended | segments 57 | alerts 1")
    assert "lag listen=7 explain=?" in text and text.endswith("down: explain")


def test_a_delay_that_was_not_measured_is_not_given_as_zero() -> None:
    assert delay_words(Delays()) == "not measured"
