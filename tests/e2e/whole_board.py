"""The whole board in this process: live calls, the review desk over an archive, and people who act on alerts.

What is asked of an alert is applied as the monitor applies it, by its own core, and written as its sink writes it.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import uvicorn
from playwright.sync_api import Browser, Page, Playwright, expect

from tonewatch.dashboard.app import create_app
from tonewatch.dashboard.dashboard_command import listen
from tonewatch.dashboard.review.desk import Desk
from tonewatch.dashboard.review.sounds import Sounds
from tonewatch.dashboard.signin.person import Person
from tonewatch.dashboard.signin.sign_in import DEMO_NAME
from tonewatch.stream.archive.folder import Folder
from tonewatch.stream.archive.review.reader import ReviewReader
from tonewatch.stream.archive.store import Archive, connect
from tonewatch.stream.board.view import CALLS_KEY, COUNTERS_KEY, EVENTS_KEY, MARKS_KEY, OPEN_KEY
from tonewatch.stream.messages import Alert, AlertAction, Verdict
from tonewatch.stream.tone.alerts.lifecycle import act

from ..dashboard.conftest import Writer, demo_gate
from .test_review_page import CALLS, a_call, put

FLAGS = ["--no-sandbox", "--disable-gpu", "--autoplay-policy=no-user-gesture-required", "--mute-audio"]


@dataclass
class WholeBoard:
    """A board at `address`; `asked` is what people asked of alerts, in order."""

    address: str
    live: Writer
    archive: Archive
    asked: list[AlertAction] = field(default_factory=list)

    async def write(self, message: AlertAction | Verdict) -> None:
        """Where the board's server writes actions and verdicts."""
        if isinstance(message, Verdict):
            put(self.archive, message)
            return
        self.asked.append(message)
        before = self.live.views[message.call_id].alerts[message.alert_id]
        if (after := act(before, message, before.fired_ms)) is not None:
            assert isinstance(after, Alert)
            self.live.write(after)

    async def aclose(self) -> None:
        return

    def forget_calls(self) -> None:
        self.asked.clear()
        self.live.views.clear()
        self.live.redis.delete(EVENTS_KEY, CALLS_KEY, OPEN_KEY, COUNTERS_KEY, MARKS_KEY)


@contextmanager
def whole_board(url: str, folder: Path, **options: Any) -> Iterator[WholeBoard]:
    """Over the Redis at `url`, with an archive of three judged calls in `folder`; `options` of create_app."""
    audio = folder / "audio"
    audio.mkdir()
    database = f"sqlite:///{folder / 'archive.db'}"
    with listen("127.0.0.1", 0) as listening:
        board = WholeBoard(f"http://127.0.0.1:{listening.getsockname()[1]}", Writer(url), Archive(connect(database)))
        for number, name in enumerate(CALLS):
            a_call(board.archive, audio, name, number)
        desk = Desk(ReviewReader(connect(database)), Sounds(Folder(audio)), board, lambda: time.time_ns() // 1_000_000)
        app = create_app(url, actions=board, desk=desk, sign_in=demo_gate(demo=Person(DEMO_NAME, "admin")), **options)
        server = uvicorn.Server(
            uvicorn.Config(app, ws="websockets-sansio", log_config=None, timeout_graceful_shutdown=1)
        )
        running = threading.Thread(target=server.run, kwargs={"sockets": [listening]})
        running.start()
        try:
            yield board
        finally:
            server.should_exit = True
            running.join(30)
            board.live.redis.close()
            board.archive.close()


def start_browser(playwright: Playwright, program: str) -> Browser:
    return playwright.chromium.launch(executable_path=program, args=FLAGS)


def open_page(browser: Browser, timeout_factor: float, **options: Any) -> Page:
    """A page in a context of its own, so that nobody is signed in and nothing is chosen."""
    page = browser.new_context(**{"viewport": {"width": 1440, "height": 900}, **options}).new_page()
    page.set_default_timeout(15_000 * timeout_factor)
    expect.set_options(timeout=15_000 * timeout_factor)
    return page
