"""A board's server for one test, and the board that is open on it: fed through a real Redis, as the sink does."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, TypeVar

import msgspec
import redis
from playwright.sync_api import Browser, ConsoleMessage, Locator, Page, expect

from tonewatch.dashboard.dashboard_command import listen
from tonewatch.dashboard.dashboard_command import server as server_of
from tonewatch.dashboard.signin.setup import make_sign_in
from tonewatch.dashboard.signin.sign_in import DEMO_NAME
from tonewatch.stream.board.view import (
    CALLS_KEY,
    COUNTERS_KEY,
    EVENTS_KEY,
    OPEN_KEY,
    BoardEvent,
    CallView,
    apply,
    call_key,
    is_open,
)
from tonewatch.stream.settings import DashboardSettings, load

GOLDEN = Path(__file__).parents[1] / "dashboard" / "golden_board.json"
SEQUENCES: dict[str, list[dict[str, Any]]] = {case["name"]: case["events"] for case in json.loads(GOLDEN.read_text())}
COMMAND = "from tonewatch.dashboard.dashboard_command import dashboard; import typer; typer.run(dashboard)"


class Server:
    """The board's server in a thread: it is up at once. It is told by settings what a process is told by variables."""

    def __init__(self, port: int, redis_url: str, timeout_factor: float) -> None:
        self.address = f"http://127.0.0.1:{port}"
        self._settings = {
            "dashboard_port": port,
            "redis": redis_url,
            "dashboard_demo": True,
            "dashboard_session_secret": "of-a-board-that-is-started-again-in-a-test",
        }
        self._timeout_factor = timeout_factor
        self._stop: Callable[[], None] | None = None

    def start(self, **more: object) -> None:
        settings = load(DashboardSettings, **{**self._settings, **more})
        serving, listening = server_of(settings, make_sign_in(settings)), listen("127.0.0.1", settings.dashboard_port)
        thread = threading.Thread(target=serving.run, kwargs={"sockets": [listening]})
        thread.start()

        def stop() -> None:
            serving.should_exit = True
            thread.join(20 * self._timeout_factor)
            listening.close()

        self._stop = stop

    def stop(self) -> None:
        if self._stop is not None:
            self._stop()
            self._stop = None


class Process(Server):
    """`tonewatch dashboard` as a process of its own: one can kill it and freeze it."""

    def start(self, **more: object) -> None:
        told = {f"TONEWATCH_{name.upper()}": str(value) for name, value in {**self._settings, **more}.items()}
        self._process = subprocess.Popen([sys.executable, "-c", COMMAND], env={**os.environ, **told})
        deadline = time.monotonic() + 30 * self._timeout_factor
        while time.monotonic() < deadline:
            with suppress(urllib.error.URLError), urllib.request.urlopen(f"{self.address}/readyz", timeout=5):
                return
            time.sleep(0.05)
        raise TimeoutError("the board's server did not become ready")

    def pause(self) -> None:
        """Neither answers nor closes: what a page sees of a network that is gone."""
        self._process.send_signal(signal.SIGSTOP)

    def resume(self) -> None:
        self._process.send_signal(signal.SIGCONT)

    def stop(self) -> None:
        self._process.terminate()
        self.resume()
        self._process.wait(20)


def write(
    url: str, name: str, part: slice = slice(None), *, more: tuple[dict[str, Any], ...] = (), call_id: str = ""
) -> None:
    """Write a golden sequence, and more events after it, as the monitor's sink does; as of `call_id`."""
    events = msgspec.convert([*SEQUENCES[name], *more], list[BoardEvent])
    if call_id:
        events = [msgspec.structs.replace(event, call_id=call_id) for event in events]
    with redis.Redis.from_url(url, protocol=2) as client:
        view = CallView(call_id=events[0].call_id)
        for index, event in enumerate(events):
            apply(view, event)
            if index not in range(*part.indices(len(events))):
                continue
            fields: dict[Any, Any] = {"kind": "", "json": msgspec.json.encode(event)}
            with client.pipeline(transaction=True) as pipe:
                pipe.set(call_key(event.call_id), msgspec.json.encode(view))
                pipe.zadd(CALLS_KEY, {event.call_id: time.time() * 1000})
                if is_open(view):
                    pipe.zadd(OPEN_KEY, {event.call_id: time.time() * 1000})
                else:
                    pipe.zrem(OPEN_KEY, event.call_id)
                pipe.xadd(EVENTS_KEY, fields)
                pipe.execute()


def write_many(url: str, name: str, call_ids: list[str]) -> None:
    """Calls that are all where a golden sequence ends, without the events of their way there."""
    events = msgspec.convert(SEQUENCES[name], list[BoardEvent])
    view = CallView(call_id=events[0].call_id)
    for event in events:
        apply(view, event)
    with redis.Redis.from_url(url, protocol=2) as client, client.pipeline(transaction=False) as pipe:
        for index, call_id in enumerate(call_ids):
            alerts = {
                key: msgspec.structs.replace(alert, call_id=call_id, alert_id=f"{call_id}/{key}")
                for key, alert in view.alerts.items()
            }
            one = msgspec.structs.replace(view, call_id=call_id, alerts={a.alert_id: a for a in alerts.values()})
            pipe.set(call_key(call_id), msgspec.json.encode(one))
            pipe.zadd(CALLS_KEY, {call_id: index})
            if is_open(one):
                pipe.zadd(OPEN_KEY, {call_id: index})
        pipe.execute()


def count(url: str, **counters: int) -> None:
    fields: dict[Any, Any] = {**counters}
    with redis.Redis.from_url(url, protocol=2) as client:
        client.hset(COUNTERS_KEY, mapping=fields)


S = TypeVar("S", bound=Server)


def running(server: S, **more: object) -> Iterator[S]:
    try:
        server.start(**more)
        yield server
    finally:
        server.stop()


@contextmanager
def open_board(browser: Browser, server: Server, timeout_factor: float) -> Iterator[Page]:
    """The open board; fails when the page wrote an error that is not about a lost connection or session."""
    opened: Page = browser.new_page(viewport={"width": 1440, "height": 900}, color_scheme="light")
    opened.set_default_timeout(15_000 * timeout_factor)
    expect.set_options(timeout=15_000 * timeout_factor)
    errors: list[str] = []

    def on_console(message: ConsoleMessage) -> None:
        # However the browser words that a socket, or a server that starts again, is not there.
        is_lost = "ERR_CONNECTION_REFUSED" in message.text or "WebSocket connection to" in message.text
        is_signed_out = "401 (Unauthorized)" in message.text
        if message.type == "error" and not is_lost and not is_signed_out:
            errors.append(message.text)

    opened.on("console", on_console)
    opened.on("pageerror", lambda error: errors.append(str(error)))
    opened.goto(server.address)
    opened.get_by_role("button", name=f"Go on as {DEMO_NAME}").click()
    # Signing in leads to the board: a reload on the way there is one of no page.
    expect(opened.get_by_test_id("live-count")).to_be_visible()
    yield opened
    opened.close()
    assert errors == []


def row(page: Page, call_id: str) -> Locator:
    return page.locator(f'[data-testid="call-row"][data-call-id="{call_id}"]')
