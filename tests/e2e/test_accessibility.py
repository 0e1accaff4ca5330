"""Every page by axe-core's rules of WCAG 2.2 AA, in both themes; and a whole shift by keyboard alone."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import msgspec
import pytest
from playwright.sync_api import Browser, Page, expect, sync_playwright

from tonewatch.dashboard.assets import HOW_TO_BUILD, is_built
from tonewatch.stream.board.view import BoardEvent

from .whole_board import WholeBoard, open_page, start_browser, whole_board

AXE = Path(__file__).parents[2] / "dashboard" / "web" / "node_modules" / "axe-core" / "axe.min.js"

pytestmark = [
    pytest.mark.e2e,
    pytest.mark.skipif(not is_built(), reason=HOW_TO_BUILD),
    pytest.mark.skipif(not AXE.is_file(), reason="axe-core is not there: run `npm ci` in dashboard/web."),
]

RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
GOLDEN = Path(__file__).parents[1] / "dashboard" / "golden_board.json"
SEQUENCES: dict[str, list[dict[str, Any]]] = {case["name"]: case["events"] for case in json.loads(GOLDEN.read_text())}


def events(name: str, call_id: str = "") -> list[BoardEvent]:
    """Of a golden sequence, as of `call_id`."""
    found = msgspec.convert(SEQUENCES[name], list[BoardEvent])
    return [msgspec.structs.replace(event, call_id=call_id) for event in found] if call_id else found


@pytest.fixture(scope="module")
def board(own_redis_url: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[WholeBoard]:
    with whole_board(own_redis_url, tmp_path_factory.mktemp("board")) as served:
        yield served


@pytest.fixture(scope="module")
def browser(chromium: str) -> Iterator[Browser]:
    with sync_playwright() as playwright:
        started = start_browser(playwright, chromium)
        yield started
        started.close()


def violations(page: Page) -> list[str]:
    """What axe finds, a line for each place: rule, element, and what to do."""
    page.evaluate(AXE.read_text())  # through the debugger: no content security policy is in its way
    found = page.evaluate(
        "rules => axe.run(document, {runOnly: rules, resultTypes: ['violations']}).then((found) => found.violations)",
        RULES,
    )
    return [
        f"{one['id']}: {' '.join(node['target'])}: {node['failureSummary']}" for one in found for node in one["nodes"]
    ]


def sign_in(page: Page, board: WholeBoard) -> None:
    page.goto(board.address)
    page.get_by_role("button", name="Demo").click()
    expect(page.get_by_test_id("connection")).to_have_attribute("data-state", "live")


def open_call(page: Page) -> None:
    page.locator('[data-call-id="billing"] .title').click()
    expect(page.get_by_test_id("detail")).to_contain_text("forty euros")


def open_sheet(page: Page) -> None:
    page.keyboard.press("?")
    expect(page.get_by_test_id("sheet")).to_be_visible()


def open_menu(page: Page) -> None:
    page.get_by_test_id("user-name").click()
    expect(page.get_by_test_id("sign-out")).to_be_visible()


def open_views(page: Page) -> None:
    page.get_by_test_id("views-menu").click()
    page.get_by_test_id("view-name").fill("Mine")
    page.get_by_test_id("view-save").click()
    expect(page.get_by_test_id("view")).to_have_text("Mine")


def open_trends(page: Page) -> None:
    page.get_by_test_id("trends-link").click()
    expect(page.get_by_test_id("chart-load").locator("canvas")).to_be_visible()
    page.get_by_test_id("by-hour").locator("summary").click()


def open_confirmation(page: Page) -> None:
    open_call(page)
    page.get_by_test_id("act-resolve").click()
    expect(page.get_by_test_id("sure")).to_be_visible()


def open_desk(page: Page) -> None:
    page.get_by_test_id("review").click()
    expect(page.get_by_test_id("moment").first).to_be_visible()


def open_moment(page: Page) -> None:
    open_desk(page)
    page.get_by_test_id("moment").first.click()
    expect(page.get_by_test_id("waveform")).to_be_visible()


def open_call_at_the_desk(page: Page) -> None:
    open_moment(page)
    page.get_by_test_id("to-call").click()
    expect(page.get_by_test_id("call-right")).to_be_visible()
    expect(page.get_by_test_id("waveform")).to_be_visible()


def open_strip(page: Page) -> None:
    page.get_by_test_id("strip").locator("summary").click()
    expect(page.get_by_test_id("load")).to_be_visible()


def open_wall(page: Page) -> None:
    page.keyboard.press("w")
    expect(page.get_by_test_id("wall-row").first).to_be_visible()


PAGES: dict[str, Callable[[Page], None]] = {
    "board": lambda page: None,
    "call": open_call,
    "closing an alert": open_confirmation,
    "keys": open_sheet,
    "who is signed in": open_menu,
    "saved views": open_views,
    "trends": open_trends,
    "review desk": open_desk,
    "moment": open_moment,
    "call at the desk": open_call_at_the_desk,
    "how the board does": open_strip,
    "wall": open_wall,
}


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_no_page_violates_a_rule_of_wcag(
    browser: Browser, board: WholeBoard, timeout_factor: float, theme: Any
) -> None:
    board.forget_calls()
    for name in ("an alert fires and is confirmed", "the monitor abstains for a while", "a call ends"):
        board.live.write(*events(name))
    for number in range(3):
        board.live.write(*events("an alert on anger becomes one on distress", f"tears-{number}"))
    board.live.write(*events("a call without notice to the caller"))
    page = open_page(browser, timeout_factor, color_scheme=theme, reduced_motion="reduce")
    page.goto(board.address)
    expect(page.get_by_role("button", name="Demo")).to_be_visible()
    found = {"sign-in": violations(page)}
    sign_in(page, board)
    for name, lead in PAGES.items():
        page.goto(board.address)
        expect(page.get_by_test_id("call-row").first).to_be_visible()
        lead(page)
        found[name] = violations(page)
    page.context.close()
    assert {name: lines for name, lines in found.items() if lines} == {}


def tab_to(page: Page, testid: str, most: int = 30) -> None:
    """Press Tab until that element has the focus: no further away than `most` stops."""
    for _ in range(most):
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement?.dataset?.testid ?? ''") == testid:
            return
    raise AssertionError(f"{testid} is not within {most} stops of the Tab key")


def test_a_whole_shift_goes_by_keyboard_alone(browser: Browser, board: WholeBoard, timeout_factor: float) -> None:
    board.forget_calls()
    board.live.write(*events("an alert fires and is confirmed"))
    page = open_page(browser, timeout_factor)
    page.goto(board.address)
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")  # the demo's button
    handled = page.get_by_test_id("handled").first
    expect(page.get_by_test_id("firing-count")).to_have_text("1")

    page.keyboard.press("j")  # see
    page.keyboard.press("Enter")
    expect(page.get_by_test_id("detail")).to_be_focused()
    page.keyboard.press("t")  # take
    expect(handled).to_contain_text("with Demo supervisor")
    page.keyboard.press("s")  # snooze
    expect(handled).to_contain_text("snoozed")
    tab_to(page, "note")  # write
    page.keyboard.type("call back at six")
    page.keyboard.press("Enter")
    expect(page.get_by_test_id("history")).to_contain_text("call back at six")
    page.keyboard.press("Escape")  # leave the field, then close the call: the focus is on its row again
    page.keyboard.press("Escape")
    expect(page.locator('[data-call-id="billing"] .title')).to_be_focused()
    page.keyboard.press("Enter")
    tab_to(page, "act-resolve")  # resolve
    page.keyboard.press("Enter")
    tab_to(page, "act-resolve-sure", 2)
    page.keyboard.press("Enter")
    expect(page.get_by_test_id("firing-count")).to_have_text("0")
    assert [action.action for action in board.asked] == ["assign", "snooze", "comment", "resolve"]

    page.goto(board.address)
    expect(page.get_by_test_id("review")).to_be_visible()
    tab_to(page, "review", 3)  # hear
    page.keyboard.press("Enter")
    expect(page.get_by_test_id("moment").first).to_be_visible()
    page.keyboard.press("j")
    expect(page.get_by_test_id("waveform")).to_be_visible()
    page.keyboard.press(" ")
    expect(page.get_by_test_id("play")).to_have_attribute("aria-pressed", "true")

    page.goto(board.address)
    expect(page.get_by_test_id("connection")).to_have_attribute("data-state", "live")
    tab_to(page, "user-name")  # sign out
    page.keyboard.press("Enter")
    tab_to(page, "sign-out", 3)
    page.keyboard.press("Enter")
    expect(page.get_by_text("You are signed out.")).to_be_visible()
    page.context.close()


def test_german_is_chosen_in_the_menu_and_stays(browser: Browser, board: WholeBoard, timeout_factor: float) -> None:
    board.forget_calls()
    board.live.write(*events("an alert fires and is confirmed"))
    page = open_page(browser, timeout_factor, locale="en-GB")
    sign_in(page, board)
    open_call(page)
    page.get_by_test_id("note").fill("um sechs")
    page.get_by_test_id("user-name").click()
    page.get_by_test_id("language").select_option("de")
    expect(page.locator("html")).to_have_attribute("lang", "de")
    expect(page.get_by_test_id("act-acknowledge")).to_have_text("Quittieren")
    expect(page.get_by_test_id("note")).to_have_value("um sechs")
    expect(page.get_by_test_id("detail")).to_contain_text("+6,20")
    expect(page.get_by_test_id("alert-chip").first).to_contain_text("Bestätigt")
    # Longer words make a header of two lines, and the call begins below it all the same.
    header = page.locator("header.top").bounding_box()
    assert header is not None
    assert page.get_by_test_id("detail").evaluate("it => getComputedStyle(it).top") == f"{round(header['height'])}px"
    open_moment(page)
    expect(page).to_have_title("Prüfplatz · Tonewatch")
    expect(page.get_by_test_id("judge-right")).to_contain_text("Richtig")
    expect(page.get_by_test_id("to-call")).to_have_text("Das ganze Gespräch")
    page.get_by_test_id("user-name").click()
    page.get_by_test_id("sign-out").click()
    expect(page.get_by_text("Sie sind abgemeldet.")).to_be_visible()
    page.context.close()


def test_a_browser_that_wants_german_gets_it(browser: Browser, board: WholeBoard, timeout_factor: float) -> None:
    page = open_page(browser, timeout_factor, locale="de-AT")
    page.goto(board.address)
    expect(page.get_by_role("heading", name="Anmelden")).to_be_visible()
    page.get_by_role("button", name="Demo").click()
    expect(page.get_by_test_id("connection")).to_have_attribute("data-state", "live")
    expect(page.get_by_test_id("user-name")).to_have_attribute("aria-label", "Angemeldet als Demo supervisor")
    page.context.close()
