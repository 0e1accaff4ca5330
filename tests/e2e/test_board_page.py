"""The board in a real Chromium, fed through a real Redis and the real command."""

from __future__ import annotations

import asyncio
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
import pytest
import redis
from aiokafka import AIOKafkaConsumer
from playwright.sync_api import Browser, ConsoleMessage, Locator, Page, expect
from typer.testing import CliRunner

from tonewatch.dashboard import audit
from tonewatch.dashboard.assets import HOW_TO_BUILD, is_built
from tonewatch.dashboard.dashboard_command import listen
from tonewatch.dashboard.dashboard_command import server as server_of
from tonewatch.dashboard.signin.setup import make_sign_in
from tonewatch.dashboard.signin.sign_in import DEMO_NAME
from tonewatch.dashboard.signin.users_command import users as users_command
from tonewatch.dashboard.store import ENDED_SHOWN
from tonewatch.stream import topics
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
from tonewatch.stream.local.servers import in_own_loop
from tonewatch.stream.messages import AlertAction, ModelRef
from tonewatch.stream.settings import DashboardSettings, load

pytestmark = [
    pytest.mark.e2e,
    pytest.mark.skipif(not is_built(), reason=HOW_TO_BUILD),
]

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


@pytest.fixture
def empty_board(own_redis_url: str) -> str:
    """URL of a Redis that holds no call."""
    with redis.Redis.from_url(own_redis_url, protocol=2) as client:
        client.flushall()
    return own_redis_url


@pytest.fixture(autouse=True)
def no_wait_for_the_audit(monkeypatch: pytest.MonkeyPatch) -> None:
    """Most of these boards have no Kafka: at its end each would wait for one, to tell it who had looked."""
    monkeypatch.setattr(audit, "CLOSE_S", 0.0)


@pytest.fixture
def server(empty_board: str, free_port: int, timeout_factor: float) -> Iterator[Server]:
    yield from running(Server(free_port, empty_board, timeout_factor))


@pytest.fixture
def server_with_kafka(empty_board: str, free_port: int, timeout_factor: float, broker: str) -> Iterator[Server]:
    """Takes what people do with alerts."""
    in_own_loop(lambda: bool(asyncio.run(topics.apply(broker, partitions=1, replication=1))))
    yield from running(Server(free_port, empty_board, timeout_factor), kafka=broker, kafka_idempotent=False)


@pytest.fixture
def process(empty_board: str, free_port: int, timeout_factor: float) -> Iterator[Process]:
    yield from running(Process(free_port, empty_board, timeout_factor))


S = TypeVar("S", bound=Server)


def running(server: S, **more: object) -> Iterator[S]:
    try:
        server.start(**more)
        yield server
    finally:
        server.stop()


@pytest.fixture
def page(browser: Browser, server: Server, timeout_factor: float) -> Iterator[Page]:
    with open_board(browser, server, timeout_factor) as opened:
        yield opened


@pytest.fixture
def page_with_kafka(browser: Browser, server_with_kafka: Server, timeout_factor: float) -> Iterator[Page]:
    with open_board(browser, server_with_kafka, timeout_factor) as opened:
        yield opened


@pytest.fixture
def page_of_process(browser: Browser, process: Process, timeout_factor: float) -> Iterator[Page]:
    with open_board(browser, process, timeout_factor) as opened:
        yield opened


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


def test_an_empty_board_says_what_to_do(page: Page) -> None:
    expect(page.get_by_test_id("empty")).to_contain_text("tonewatch replay")
    expect(page.get_by_test_id("connection")).to_have_attribute("data-state", "live")


def test_an_alert_raises_itself_with_its_reason(page: Page, own_redis_url: str) -> None:
    write(own_redis_url, "the monitor abstains for a while")
    expect(row(page, "noisy")).to_be_visible()
    write(own_redis_url, "an alert fires and is confirmed")
    billing = row(page, "billing")
    expect(billing.get_by_test_id("alert-chip")).to_have_attribute("data-state", "confirmed")
    expect(billing.get_by_test_id("reason")).to_contain_text("6.2 dB louder and 3.2 semitones higher")
    expect(billing.get_by_test_id("reason")).to_have_attribute("data-source", "model")
    expect(billing.locator(".curve")).to_have_count(1)
    expect(page.get_by_test_id("call-row").first).to_have_attribute("data-title", "Billing dispute")
    expect(page.get_by_test_id("firing-count")).to_have_text("1")


def test_the_evidence_opens_and_closes_from_the_keyboard(page: Page, own_redis_url: str) -> None:
    write(own_redis_url, "an alert fires and is confirmed")
    expect(row(page, "billing")).to_be_visible()
    page.keyboard.press("j")
    page.keyboard.press("Enter")
    detail = page.get_by_test_id("detail")
    for text in ("+6.20", "3f9a1c20b7de", "220 to 233", "2 claims checked", "forty euros"):
        expect(detail).to_contain_text(text)
    page.keyboard.press("Escape")
    expect(detail).to_have_count(0)


def test_an_alert_that_the_answer_changed_says_what_it_was_raised_as(page: Page, own_redis_url: str) -> None:
    write(own_redis_url, "an alert on anger becomes one on distress")
    chip = row(page, "tears").get_by_test_id("alert-chip")
    expect(chip).to_have_count(1)
    expect(chip).to_have_attribute("title", "Distress")
    expect(chip).to_have_attribute("data-severity", "watch")
    page.keyboard.press("j")
    page.keyboard.press("Enter")
    detail = page.get_by_test_id("detail")
    for text in ("Distress, watch; raised as anger", "change, 82 % sure", "tears/anger/44000"):
        expect(detail).to_contain_text(text)


def test_an_alert_that_comes_meanwhile_does_not_take_the_place_of_the_one_that_is_acted_on(
    page: Page, own_redis_url: str
) -> None:
    name = "an alert fires and is confirmed"
    write(own_redis_url, name)
    first = [event for event in SEQUENCES[name] if event["type"] == "alert"][-1]
    row(page, "billing").get_by_role("button").click()
    detail = page.get_by_test_id("detail")
    expect(detail.locator(".provenance")).to_contain_text(first["alert_id"])
    second = {**first, "alert_id": "billing/interruptions/60000", "rule": "interruptions", "cause": "interruptions"}
    second |= {"seq": 0, "state": "firing", "fired_ms": first["fired_ms"] + 9_000, "sentence": "4 interruptions."}
    write(own_redis_url, name, slice(len(SEQUENCES[name]), None), more=(second,))
    expect(detail.get_by_test_id("others")).to_contain_text("4 interruptions.")
    expect(detail.locator(".provenance")).to_contain_text(first["alert_id"])
    detail.get_by_test_id("others").get_by_role("button").click()
    expect(detail.locator(".provenance")).to_contain_text("billing/interruptions/60000")


def test_calls_without_notice_are_counted_and_listed_below(page: Page, own_redis_url: str) -> None:
    write(own_redis_url, "a call without notice to the caller")
    expect(page.get_by_test_id("not-analysed-count")).to_have_text("1")
    expect(page.get_by_test_id("not-analysed-call")).to_have_attribute("data-title", "Caller without notice")
    expect(page.get_by_test_id("call-row")).to_have_count(0)


def test_a_server_that_restarts_is_found_again_with_nothing_missed(
    page_of_process: Page, process: Process, own_redis_url: str
) -> None:
    page, name = page_of_process, "an alert resolves by recovery"
    write(own_redis_url, name, slice(0, 12))
    expect(row(page, "delivery").get_by_test_id("alert-chip")).to_have_attribute("data-state", "firing")
    process.stop()
    expect(page.get_by_test_id("connection")).to_have_attribute("data-state", "reconnecting")
    write(own_redis_url, name, slice(12, None))
    process.start()
    expect(page.get_by_test_id("connection")).to_have_attribute("data-state", "live")
    expect(row(page, "delivery").get_by_test_id("alert-chip")).to_have_attribute("data-state", "resolved")
    expect(row(page, "delivery").locator(".recovery")).to_have_count(1)


def test_every_live_call_and_every_open_alert_is_there_after_a_reload(page: Page, own_redis_url: str) -> None:
    write_many(own_redis_url, "an alert fires and is confirmed", [f"alert-{n}" for n in range(84)])
    write_many(own_redis_url, "the monitor abstains for a while", [f"calm-{n}" for n in range(416)])
    write_many(own_redis_url, "a call ends", [f"over-{n}" for n in range(ENDED_SHOWN + 20)])
    page.reload()
    expect(page.get_by_test_id("live-count")).to_have_text("500")
    expect(page.get_by_test_id("firing-count")).to_have_text("84")
    expect(page.get_by_test_id("left-out")).to_contain_text("20 older ended calls")
    with redis.Redis.from_url(own_redis_url, protocol=2) as client:
        assert client.zcard(OPEN_KEY) == 500


def test_of_a_thousand_calls_only_those_in_sight_are_drawn_and_every_one_is_reached(
    page: Page, own_redis_url: str
) -> None:
    write_many(own_redis_url, "the monitor abstains for a while", [f"calm-{n}" for n in range(1000)])
    page.reload()
    expect(page.get_by_test_id("live-count")).to_have_text("1000")
    rows = page.get_by_test_id("call-row")
    expect(rows.first).to_have_attribute("aria-posinset", "1")
    assert rows.count() < 40
    page.keyboard.press("j")
    chosen = page.evaluate("document.activeElement.closest('.row').dataset.callId")
    page.evaluate("scrollTo(0, document.documentElement.scrollHeight)")
    expect(page.locator('[aria-posinset="1000"]')).to_be_visible()
    expect(page.locator('[aria-posinset="500"]')).to_have_count(0)
    assert rows.count() < 45
    # The focus keeps its row, out of sight, and leads on to the next one.
    assert page.evaluate("document.activeElement.closest('.row').dataset.callId") == chosen
    page.keyboard.press("j")
    expect(page.locator('[aria-posinset="2"] .title')).to_be_focused()
    expect(page.locator('[aria-posinset="2"]')).to_be_in_viewport()


def test_a_line_over_which_nothing_comes_says_so_and_an_action_on_it_is_offered_again(
    page_of_process: Page, process: Process, own_redis_url: str
) -> None:
    page = page_of_process
    write(own_redis_url, "an alert fires and is confirmed")
    page.clock.install()
    page.reload()
    row(page, "billing").get_by_role("button").click()
    connection, duration = page.get_by_test_id("connection"), page.get_by_test_id("detail").locator(".duration")
    expect(connection).to_have_text("Live")
    process.pause()
    page.clock.fast_forward(7_500)
    expect(connection).to_contain_text("No news for")
    stands = duration.text_content()
    page.get_by_test_id("act-acknowledge").click()
    expect(page.get_by_test_id("act-failure")).to_contain_text("may not have been done")
    page.clock.fast_forward(3_000)
    assert duration.text_content() == stands
    process.resume()
    page.clock.fast_forward(15_000)
    expect(connection).to_have_text("Live")
    page.get_by_test_id("ask-again").click()
    expect(page.get_by_test_id("act-failure")).to_contain_text("TONEWATCH_KAFKA")


def test_what_was_typed_outlives_what_fails_the_panel_and_a_reload(page: Page, own_redis_url: str) -> None:
    write(own_redis_url, "an alert fires and is confirmed")
    row(page, "billing").get_by_role("button").click()
    page.get_by_test_id("assignee").fill("Grace")
    page.get_by_test_id("note").fill("call back at six")
    page.get_by_test_id("act-submit").click()
    expect(page.get_by_test_id("act-failure").get_by_role("listitem")).to_have_count(2)
    page.keyboard.press("Escape")
    page.reload()
    row(page, "billing").get_by_role("button").click()
    expect(page.get_by_test_id("assignee")).to_have_value("Grace")
    expect(page.get_by_test_id("note")).to_have_value("call back at six")


def test_the_slower_of_two_that_take_an_alert_is_told_who_has_it(page_with_kafka: Page, own_redis_url: str) -> None:
    page = page_with_kafka
    name = "an alert fires and is confirmed"
    write(own_redis_url, name)
    row(page, "billing").get_by_role("button").click()
    page.get_by_test_id("act-assign").click()
    expect(page.get_by_test_id("actions")).to_have_attribute("aria-busy", "true")
    last = [event for event in SEQUENCES[name] if event["type"] == "alert"][-1]
    taken = {**last, "seq": last["seq"] + 1, "event": "assigned", "assigned_to": "Grace"}
    write(own_redis_url, name, slice(len(SEQUENCES[name]), None), more=(taken,))
    expect(page.get_by_test_id("act-failure")).to_contain_text("Grace has it")
    expect(page.get_by_test_id("handled").first).to_contain_text("with Grace")


def test_alerts_of_one_queue_at_once_are_acknowledged_together(
    page_with_kafka: Page, own_redis_url: str, broker: str
) -> None:
    page = page_with_kafka
    for number in range(3):
        write(own_redis_url, "an alert fires and is confirmed", call_id=f"burst-{number}")
    line = page.get_by_test_id("groups")
    expect(line).to_contain_text("3 callers whose tone fell")
    page.get_by_test_id("group-acknowledge").click()
    asked: list[AlertAction] = []
    assert in_own_loop(lambda: asyncio.run(_collect(broker, 3, asked)))
    assert {(one.call_id, one.action, one.by) for one in asked} == {
        (f"burst-{number}", "acknowledge", DEMO_NAME) for number in range(3)
    }


async def _collect(kafka: str, count: int, into: list[AlertAction]) -> bool:
    """The first actions on the burst that lie in Kafka; are they all there?"""
    consumer = AIOKafkaConsumer(topics.ALERT_ACTIONS.name, bootstrap_servers=kafka, auto_offset_reset="earliest")
    await consumer.start()
    try:
        async with asyncio.timeout(60):
            async for record in consumer:
                action = msgspec.json.decode(record.value, type=AlertAction)
                if not action.call_id.startswith("burst-"):
                    continue  # of another test: they share a broker
                into.append(action)
                if len(into) == count:
                    break
    finally:
        await consumer.stop()
    return len(into) == count


def test_an_alert_is_closed_only_after_a_second_word(page: Page, own_redis_url: str) -> None:
    write(own_redis_url, "an alert fires and is confirmed")
    row(page, "billing").get_by_role("button").click()
    page.get_by_test_id("act-resolve").click()
    expect(page.get_by_test_id("sure")).to_be_visible()
    expect(page.get_by_test_id("act-failure")).to_have_count(0)
    page.get_by_test_id("act-resolve-sure").click()
    expect(page.get_by_test_id("act-failure")).to_contain_text("TONEWATCH_KAFKA")


def ids(page: Page) -> list[str]:
    found: list[str] = page.get_by_test_id("call-row").evaluate_all("rows => rows.map((row) => row.dataset.callId)")
    return found


def heights(page: Page) -> set[float]:
    found: list[float] = page.get_by_test_id("call-row").evaluate_all("rows => rows.map((row) => row.offsetHeight)")
    return set(found)


def test_rows_stay_where_they_are_under_the_pointer_until_what_is_new_is_asked_for(
    page: Page, own_redis_url: str
) -> None:
    for call_id in ("calm-1", "calm-2"):
        write(own_redis_url, "the monitor abstains for a while", call_id=call_id)
    expect(page.get_by_test_id("call-row")).to_have_count(2)
    before = ids(page)
    page.get_by_test_id("call-row").first.hover()
    for call_id in ("loud-1", "loud-2"):
        write(own_redis_url, "an alert fires and is confirmed", call_id=call_id)
    expect(page.get_by_test_id("offer")).to_have_text("2 new, press n")
    assert ids(page)[:2] == before
    assert len(heights(page)) == 1
    page.keyboard.press("n")
    expect(page.get_by_test_id("offer")).to_have_count(0)
    assert set(ids(page)[:2]) == {"loud-1", "loud-2"}


def test_a_pending_alert_is_shown_only_where_it_is_asked_for_and_counts_as_none(page: Page, own_redis_url: str) -> None:
    name = "a pending alert comes to nothing"
    write(own_redis_url, name, slice(0, -1))
    expect(row(page, "pending")).to_be_visible()
    expect(row(page, "pending").get_by_test_id("alert-chip")).to_have_count(0)
    page.get_by_test_id("pending").check()
    expect(row(page, "pending").get_by_test_id("alert-chip")).to_have_attribute("data-state", "pending")
    expect(page.get_by_test_id("firing-count")).to_have_text("0")


def test_a_link_opens_the_call_the_alert_and_the_filters_again(page: Page, own_redis_url: str) -> None:
    write(own_redis_url, "an alert fires and is confirmed")
    page.get_by_role("button", name="Alerts", exact=True).click()
    row(page, "billing").get_by_role("button").click()
    detail = page.get_by_test_id("detail")
    expect(detail).to_be_focused()
    link = detail.get_by_test_id("link").get_attribute("href") or ""
    assert "alert=" in link
    page.reload()
    expect(detail).to_contain_text("forty euros")
    expect(page.get_by_role("button", name="Alerts", exact=True)).to_have_attribute("aria-pressed", "true")
    page.go_back()
    expect(detail).to_have_count(0)
    page.evaluate("link => history.replaceState(null, '', link)", link)
    page.reload()
    expect(detail).to_contain_text("forty euros")


def test_an_ended_call_that_is_not_listed_opens_by_its_link(page: Page, server: Server, own_redis_url: str) -> None:
    write_many(own_redis_url, "a call ends", ["first", *(f"over-{n}" for n in range(ENDED_SHOWN))])
    page.goto(f"{server.address}/?call=first")
    expect(page.get_by_test_id("detail").locator(".id")).to_contain_text("first")
    expect(row(page, "first")).to_have_count(0)


def test_keys_act_on_the_alert_of_the_open_call_and_a_sheet_names_them(page: Page, own_redis_url: str) -> None:
    write(own_redis_url, "an alert fires and is confirmed")
    expect(row(page, "billing")).to_be_visible()
    page.keyboard.press("?")
    expect(page.get_by_test_id("sheet")).to_contain_text("take it")
    page.keyboard.press("Escape")
    page.keyboard.press("j")
    page.keyboard.press("t")
    expect(page.get_by_test_id("asks-elsewhere")).to_contain_text("Take it")


def test_the_theme_is_changed_and_remembered(page: Page) -> None:
    ground = "getComputedStyle(document.documentElement).backgroundColor"
    light = page.evaluate(ground)
    page.get_by_test_id("theme").click()
    dark = page.evaluate(ground)
    page.reload()
    assert dark != light
    assert page.evaluate(ground) == dark


def test_filters_leave_what_was_asked_for(page: Page, own_redis_url: str) -> None:
    write(own_redis_url, "an alert fires and is confirmed")
    write(own_redis_url, "a call ends")
    rows = page.get_by_test_id("call-row")
    expect(rows).to_have_count(2)
    page.get_by_role("button", name="Ended").click()
    expect(rows).to_have_count(1)
    expect(rows).to_have_attribute("data-call-id", "ended")
    page.get_by_role("button", name="All", exact=True).click()
    page.keyboard.press("/")
    page.keyboard.type("dispute")
    expect(rows).to_have_attribute("data-call-id", "billing")


def test_what_was_shed_is_said(page: Page, own_redis_url: str) -> None:
    count(own_redis_url, shed_llm=3, shed_llm_at_ms=int(time.time() * 1000))
    expect(page.get_by_test_id("shed")).to_contain_text("3 model reasons")
    count(own_redis_url, shed_llm_at_ms=int(time.time() * 1000) - 600_000)
    expect(page.get_by_test_id("shed")).to_have_count(0)


def test_a_board_that_is_behind_says_how_old_it_is(page: Page, own_redis_url: str) -> None:
    write(own_redis_url, "an alert fires and is confirmed")
    count(own_redis_url, behind_ms=12_000, behind_at_ms=int(time.time() * 1000))
    expect(page.get_by_test_id("behind")).to_contain_text("was said 12 s ago")
    count(own_redis_url, behind_ms=700, behind_at_ms=int(time.time() * 1000))
    expect(page.get_by_test_id("behind")).to_have_count(0)


@pytest.mark.skipif("provider" not in ModelRef.__struct_fields__, reason="models do not name their provider yet")
def test_an_encoder_that_leaves_a_gpu_unused_is_said_in_the_header_and_the_detail(
    page: Page, own_redis_url: str
) -> None:
    name = "an alert fires and is confirmed"
    write(own_redis_url, name)
    expect(row(page, "billing").get_by_test_id("alert-chip")).to_have_attribute("data-state", "confirmed")
    expect(page.get_by_test_id("unused-gpu")).to_have_count(0)
    last = [event for event in SEQUENCES[name] if event["type"] == "alert"][-1]
    again = {**last, "seq": last["seq"] + 1, "model": {**last["model"], "provider": "cpu-beside-gpu"}}
    write(own_redis_url, name, slice(len(SEQUENCES[name]), None), more=(again,))
    expect(page.get_by_test_id("unused-gpu")).to_contain_text("The speech encoder runs on the CPU")
    row(page, "billing").get_by_role("button").click()
    expect(page.get_by_test_id("detail").locator(".provenance")).to_contain_text("3f9a1c20b7de, on the CPU")


@pytest.mark.parametrize(("width", "least_px"), [(390, 12), (1440, 12), (3840, 22)])
def test_a_wall_screen_is_larger_and_a_telephone_shows_calls_under_its_groups(
    page: Page, own_redis_url: str, width: int, least_px: int
) -> None:
    for queue in range(3):
        write_many(own_redis_url, "an alert fires and is confirmed", [f"burst-{queue}-{n}" for n in range(4)])
    page.reload()
    page.set_viewport_size({"width": width, "height": 844 if width == 390 else 1000})
    expect(page.get_by_test_id("groups")).to_be_visible()
    expect(page.get_by_test_id("call-row").nth(2)).to_be_in_viewport()
    drawn = page.get_by_test_id("reason").first.evaluate(
        "it => parseFloat(getComputedStyle(it).fontSize) * (it.currentCSSZoom ?? 1)"
    )
    assert drawn >= least_px
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")


def test_a_group_that_cannot_be_acted_on_says_why(page: Page, own_redis_url: str) -> None:
    for number in range(3):
        write(own_redis_url, "an alert fires and is confirmed", call_id=f"burst-{number}")
    page.get_by_test_id("group-snooze").click()
    expect(page.get_by_test_id("group-failure")).to_contain_text("TONEWATCH_KAFKA")


def test_a_session_that_ends_says_so_and_loses_nothing_that_was_typed(
    page: Page, server: Server, own_redis_url: str, tmp_path: Path
) -> None:
    write(own_redis_url, "an alert fires and is confirmed")
    users = tmp_path / "users.json"
    password = "a long enough one"
    CliRunner().invoke(
        users_command, ["add", "ada", "--role", "supervisor", "--file", str(users)], input=f"{password}\n"
    )
    server.stop()
    server.start(dashboard_users=str(users))
    page.get_by_test_id("user-name").click()
    page.get_by_test_id("sign-out").click()
    page.goto(f"{server.address}/?call=billing")
    for typed in ("not this one here", password):
        page.get_by_label("Name").fill("ada")
        page.get_by_label("Password").fill(typed)
        page.keyboard.press("Enter")
    expect(page.get_by_test_id("user-name")).to_have_text("ada")
    page.get_by_test_id("note").fill("call back at six")
    CliRunner().invoke(users_command, ["password", "ada", "--file", str(users)], input="another long one\n")
    expect(page.get_by_test_id("signed-out")).to_contain_text("Sign in again")
    page.get_by_test_id("sign-in-again").click()
    page.get_by_label("Name").fill("ada")
    page.get_by_label("Password").fill("another long one")
    page.keyboard.press("Enter")
    expect(page.get_by_test_id("note")).to_have_value("call back at six")
    assert "call=billing" in page.url


def test_who_is_confined_to_a_queue_sees_its_calls_alone_and_signs_in_without_scripts(
    browser: Browser, page: Page, server: Server, own_redis_url: str, tmp_path: Path
) -> None:
    users = tmp_path / "users.json"
    add = ["add", "ada", "--role", "qa", "--queues", "Billing", "--file", str(users)]
    CliRunner().invoke(users_command, add, input="a long enough one\n")
    server.stop()
    server.start(dashboard_users=str(users))
    write(own_redis_url, "an alert fires and is confirmed")  # of Billing
    write(own_redis_url, "an alert resolves by recovery")  # of Orders
    plain = browser.new_context(java_script_enabled=False).new_page()
    plain.goto(server.address)
    plain.get_by_label("Name").fill("ada")
    plain.get_by_label("Password").fill("a long enough one")
    plain.get_by_role("button", name="Sign in").click()
    expect(plain.locator("noscript")).to_have_count(1)
    scripted = browser.new_context(storage_state=plain.context.storage_state()).new_page()
    scripted.goto(server.address)
    expect(row(scripted, "billing")).to_be_visible()
    expect(scripted.get_by_test_id("call-row")).to_have_count(1)
    row(scripted, "billing").get_by_role("button").click()
    expect(scripted.get_by_test_id("detail")).to_contain_text("forty euros")
    expect(scripted.get_by_test_id("act-acknowledge")).to_have_count(0)
