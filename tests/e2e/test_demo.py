"""The demo as a user meets it: one command, a browser, Ctrl-C."""

from __future__ import annotations

import signal
import socket
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from tonewatch.stream.demo.truth import Truth, default_folder, find_calls
from tonewatch.stream.local.servers import free_port, port_is_busy

from .conftest import Demo

pytestmark = pytest.mark.e2e

SECONDS = 85
"""Every call that must not alert is over by then, and every alert is long due."""

BILLING = "billing_dispute"
QUIET = ("delighted", "agent_shouts", "no_notice")
UNDER_WAY = "calls under way"


@pytest.fixture(scope="module")
def page(browser: Browser) -> Page:
    return browser.new_page(viewport={"width": 1280, "height": 900})


def truth_of(kind: str) -> Truth:
    return next(truth for truth in find_calls(default_folder()).truths if truth.stem == kind)


def row(page: Page, kind: str) -> Locator:
    return page.locator(f'[data-testid="call-row"][data-call-id^="{kind}-"]')


def raised(page: Page, kind: str) -> list[str]:
    """States of the alerts that the board shows on a call, without those that were withdrawn."""
    chips = row(page, kind).locator('[data-testid="alert-chip"]')
    states = [str(chip.get_attribute("data-state")) for chip in chips.all()]
    return [state for state in states if state != "withdrawn"]


def assert_nothing_is_left(demo: Demo) -> None:
    assert demo.processes() == []
    assert not port_is_busy(demo.port)
    assert list(demo.temp.iterdir()) == []


@dataclass(frozen=True)
class Played:
    """What the board showed of one whole demo. `unexpected`: states of alerts on calls that must have none."""

    demo: Demo
    title: str | None
    reason: str
    not_analysed: str
    unexpected: dict[str, list[str]] = field(default_factory=dict)


@pytest.fixture(scope="module")
def played(page: Page, tmp_path_factory: pytest.TempPathFactory, timeout_factor: float) -> Iterator[Played]:
    """Watched from its first call to its end, once for all that is to be seen in it."""
    demo = Demo(free_port(), tmp_path_factory.mktemp("demo"), timeout_factor)
    try:
        demo.start("--headless", "--seconds", str(SECONDS))
        demo.wait_for(UNDER_WAY, 120)
        page.goto(f"http://127.0.0.1:{demo.port}/")
        page.get_by_role("button", name="Go on as").click()
        yield watched(demo, page, timeout_factor)
    finally:
        demo.end()


def watched(demo: Demo, page: Page, timeout_factor: float) -> Played:
    wait_ms = 1000 * SECONDS * timeout_factor
    title = row(page, BILLING).get_attribute("data-title", timeout=wait_ms)
    count = page.locator('[data-testid="not-analysed-count"]')
    expect(count).to_contain_text("1", timeout=wait_ms)
    row(page, BILLING).locator('[data-testid="alert-chip"]').first.wait_for(timeout=wait_ms)
    reason = row(page, BILLING).locator('[data-testid="reason"]').first
    reason.wait_for(timeout=wait_ms)
    seen = Played(demo, title, reason.inner_text(), count.inner_text())

    deadline = time.monotonic() + (SECONDS + 60) * timeout_factor
    while demo.running():
        assert time.monotonic() < deadline
        for kind in QUIET:
            if states := raised(page, kind):
                seen.unexpected[kind] = states
        page.wait_for_timeout(250)
    return seen


@pytest.mark.alone
def test_the_board_shows_the_billing_dispute_s_alert_with_its_reason_and_no_false_one(played: Played) -> None:
    assert played.title == truth_of(BILLING).title
    assert played.reason.strip()
    assert played.unexpected == {}


@pytest.mark.alone
def test_the_demo_ends_by_itself_as_expected_and_leaves_nothing(played: Played) -> None:
    assert played.demo.exit_status(1) == 0, played.demo.output()
    assert "As expected." in played.demo.output()
    assert_nothing_is_left(played.demo)


@pytest.mark.alone
def test_the_board_counts_the_call_without_notice_and_does_not_analyse_it(played: Played) -> None:
    assert "1" in played.not_analysed
    assert "1 not analysed" in played.demo.output()
    assert "no_notice" not in played.unexpected


def test_one_interrupt_ends_all_of_it_and_leaves_nothing(demo: Demo) -> None:
    demo.start("--headless", "--llm", "none")
    demo.wait_for(UNDER_WAY, 120)
    assert len(demo.processes()) >= 7
    demo.signal(signal.SIGINT)
    assert demo.exit_status(30) == 0, demo.output()
    assert_nothing_is_left(demo)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_an_interrupt_while_it_starts_leaves_nothing_either(demo: Demo, number: signal.Signals) -> None:
    demo.start("--headless", "--llm", "none")
    demo.wait_for("starting", 60)
    demo.signal(number)
    assert demo.exit_status(30) == 0, demo.output()
    assert_nothing_is_left(demo)


def test_a_second_interrupt_does_not_wait_for_processes_that_do_not_listen(demo: Demo) -> None:
    demo.start("--headless", "--llm", "none")
    demo.wait_for(UNDER_WAY, 120)
    for process in demo.children():
        process.suspend()
    demo.signal(signal.SIGTERM)
    demo.wait_for("stopping", 30)
    demo.signal(signal.SIGINT)
    assert demo.exit_status(30) == 0, demo.output()
    assert_nothing_is_left(demo)


def test_when_the_demo_is_killed_its_processes_die_with_it(
    demo: Demo, until: Callable[[Callable[[], bool], float], None]
) -> None:
    demo.start("--headless", "--llm", "none")
    demo.wait_for(UNDER_WAY, 120)
    demo.signal(signal.SIGKILL)
    demo.exit_status(10)
    # A process that is about to end can no longer be asked for its environment, and still holds its port.
    until(lambda: demo.processes() == [] and not port_is_busy(demo.port), 20)


def test_a_busy_port_is_one_line_that_says_what_to_do(demo: Demo) -> None:
    with socket.create_server(("127.0.0.1", demo.port)):
        demo.start("--headless")
        assert demo.exit_status(60) == 1
    (line,) = demo.output().splitlines()
    assert f"Port {demo.port}" in line and "in use" in line and "--port" in line
    assert list(demo.temp.iterdir()) == []


def test_a_folder_without_calls_is_one_line_that_says_what_to_do(demo: Demo) -> None:
    (demo.folder / "none").mkdir()
    demo.start("--headless", "--calls", str(demo.folder / "none"))
    assert demo.exit_status(60) == 1
    (line,) = demo.output().splitlines()
    assert "No demo calls" in line and "tonewatch synthesise" in line
