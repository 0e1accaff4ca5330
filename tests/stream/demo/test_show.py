from __future__ import annotations

import asyncio
from collections.abc import Iterator
from pathlib import Path

import pytest

from tonewatch.stream.demo import show as show_module
from tonewatch.stream.demo.show import Options, Show
from tonewatch.stream.demo.state import Status
from tonewatch.stream.demo.truth import DemoCalls, Truth
from tonewatch.stream.errors import TonewatchError
from tonewatch.stream.local.supervisor import Supervisor


class View:
    """Keeps what it is shown and told."""

    def __init__(self) -> None:
        self.shown: list[Status] = []
        self.told: list[str] = []

    def show(self, status: Status) -> None:
        self.shown.append(status)

    def tell(self, text: str) -> None:
        self.told.append(text)

    def follow_logs(self, folder: Path) -> None:
        return


@pytest.fixture
def view() -> View:
    return View()


@pytest.fixture
def show(view: View) -> Iterator[Show]:
    """A demo of one call that has not begun."""
    calls = DemoCalls((Path("bill.flac"),), (Truth(file="bill.flac", expected_alert=True, onset_s=20.0),), None)
    made = Show(Options(calls, 8321, 1.0, "none", False, 30.0), {}, view)
    yield made
    made._processes.close_servers()


def failed(name: str, folder: Path, words: str) -> Supervisor:
    supervisor = Supervisor(name, ["/bin/false"], env={}, logs=folder)
    supervisor.log.write_text(words)
    return supervisor


async def test_a_death_is_told_with_its_last_words_and_only_that_of_the_replay_is_a_failure(
    show: Show, view: View, tmp_path: Path
) -> None:
    show._failed(failed("listen", tmp_path, "no weights"), "started again in 0.5 s")
    show._failed(failed("replay", tmp_path, ""), "given up")
    assert show.status().notes == tuple(view.told)
    assert "no weights" in view.told[0] and "no output" in view.told[1]
    assert show.failures == ["The replay failed: no output"]


async def test_the_second_interrupt_kills(show: Show, monkeypatch: pytest.MonkeyPatch) -> None:
    killed: list[bool] = []
    monkeypatch.setattr(show._processes, "kill", lambda: killed.append(True))
    show._interrupt()
    assert show._over() and not killed
    show._interrupt()
    assert killed == [True]


async def test_a_demo_that_cannot_go_on_ends_with_the_reason(show: Show, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(show._processes, "lost", lambda: "The embedded broker died.")
    with pytest.raises(TonewatchError, match="broker died"):
        await show._tick(0.0)
    show._interrupt()
    await show._tick(0.0)


async def test_a_group_that_never_gets_its_partitions_is_named_after_the_time_is_over(
    show: Show, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(show_module, "READY_S", 0.0)
    monkeypatch.setattr(show, "_tick", _no_wait)
    with pytest.raises(TonewatchError, match="Not ready after 0 s: the board"):
        await show._until_ready()


async def _no_wait(_seconds: float = 0.0) -> None:
    await asyncio.sleep(0)


async def test_an_interrupted_demo_of_a_given_length_is_not_as_expected(show: Show) -> None:
    show._interrupt()
    assert any("Interrupted" in problem for problem in show._summary().problems)
