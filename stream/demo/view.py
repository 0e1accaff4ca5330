"""How the demo speaks to its terminal: a live picture, or plain lines."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path
from typing import Protocol

from rich.console import Console
from rich.live import Live
from rich.text import Text

from tonewatch.stream.demo.screen import line, render, tenths
from tonewatch.stream.demo.state import Status

LINE_EVERY_S = 5.0


class View(Protocol):
    """What a run of the demo needs of its terminal."""

    def show(self, status: Status) -> None: ...

    def tell(self, text: str) -> None: ...

    def follow_logs(self, folder: Path) -> None: ...


class LogReader:
    """New lines of every log in a folder, with the process that wrote them."""

    def __init__(self) -> None:
        self._positions: dict[Path, int] = {}

    def new_lines(self, folder: Path) -> list[str]:
        """Whole lines since the last call."""
        lines: list[str] = []
        for log in sorted(folder.glob("*.log")):
            start = self._positions.get(log, 0)
            with log.open("rb") as file:
                file.seek(start)
                data = file.read()
            # A process may be in the middle of a line: its beginning is left for the next look.
            whole = data[: data.rfind(b"\n") + 1]
            self._positions[log] = start + len(whole)
            lines += [f"{log.stem}: {text}" for text in whole.decode(errors="replace").splitlines()]
        return lines


class _Terminal:
    def __init__(self, console: Console, *, verbose: bool) -> None:
        self._console = console
        self._logs = LogReader() if verbose else None

    def tell(self, text: str) -> None:
        """Something that must not scroll away unseen."""
        self._console.print(Text(text), soft_wrap=True)

    def follow_logs(self, folder: Path) -> None:
        """With --verbose: what the processes wrote since the last time."""
        if self._logs is not None:
            for text in self._logs.new_lines(folder):
                self.tell(text)


class LiveView(_Terminal):
    """A picture that is drawn again in place; use as a context manager."""

    def __init__(self, console: Console, *, verbose: bool = False) -> None:
        super().__init__(console, verbose=verbose)
        self._live = Live(console=console, auto_refresh=False, transient=True)

    def __enter__(self) -> LiveView:
        self._live.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._live.stop()

    def show(self, status: Status) -> None:
        self._live.update(render(status), refresh=True)


class PlainView(_Terminal):
    """One line when the phase changes, when an alert changes, and every few seconds."""

    def __init__(self, console: Console, *, verbose: bool = False, clock: Callable[[], float] = time.monotonic) -> None:
        super().__init__(console, verbose=verbose)
        self._clock = clock
        self._said_at = float("-inf")
        self._phase = ""
        self._alerts: dict[str, str] = {}

    def __enter__(self) -> PlainView:
        return self

    def __exit__(self, *_: object) -> None:
        pass

    def show(self, status: Status) -> None:
        for alert in status.alerts:
            if self._alerts.get(alert.alert_id) != alert.state:
                self._alerts[alert.alert_id] = alert.state
                self.tell(f"alert {alert.state}: {alert.title}, onset {tenths(alert.onset_s):.1f} s. {alert.text}")
        now = self._clock()
        if status.phase != self._phase or now - self._said_at >= LINE_EVERY_S:
            self._phase, self._said_at = status.phase, now
            self.tell(line(status))
