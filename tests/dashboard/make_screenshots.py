"""Takes pictures of every page, in both themes, of a demo that is run for it: `make screenshots`. Look at each.

They are WebP in `dashboard/screenshots`, by page and theme, and `dashboard/board.png` for the README. It takes three
minutes; while the machine has much else to do, the board says that it is late.
"""

from __future__ import annotations

import base64
import os
import shutil
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, Literal

import psutil
from playwright.sync_api import Browser, Page, ViewportSize, expect, sync_playwright

ROOT = Path(__file__).parents[2]
FOLDER = ROOT / "dashboard" / "screenshots"
PORT = 8399
ADDRESS = f"http://127.0.0.1:{PORT}"
DEMO_S = 200
MOST_BYTES = 120_000
FLAGS = ["--no-sandbox", "--disable-gpu", "--mute-audio", "--force-color-profile=srgb"]
SIZE = ViewportSize(width=1440, height=900)

Theme = Literal["light", "dark"]
THEMES: tuple[Theme, ...] = ("light", "dark")


@contextmanager
def demo() -> Iterator[psutil.Process]:
    """It has begun when its board answers, and ends with the context."""
    words = [sys.executable, "-P", "-m", "tonewatch.stream.cli", "demo", "--headless", "--port", str(PORT)]
    process = subprocess.Popen([*words, "--seconds", str(DEMO_S)], stdout=subprocess.DEVNULL)
    try:
        deadline = time.monotonic() + 180
        while time.monotonic() < deadline and process.poll() is None:
            with suppress(urllib.error.URLError), urllib.request.urlopen(f"{ADDRESS}/readyz", timeout=5):
                break
            time.sleep(0.2)
        if process.poll() is not None:
            sys.exit("The demo ended before its board answered: run it again when the machine has less to do.")
        yield psutil.Process(process.pid)
    finally:
        process.terminate()
        process.wait(60)


@contextmanager
def standing(demo: psutil.Process) -> Iterator[None]:
    """Nothing more is judged: the calls stay as they are, however long the pictures take."""
    monitors = [one for one in demo.children(recursive=True) if "monitor" in one.cmdline()]
    for one in monitors:
        one.suspend()
    try:
        yield
    finally:
        for one in monitors:
            one.resume()


def shoot(page: Page, name: str, theme: Theme) -> None:
    """As small as it must be to be looked at on a page of the documentation."""
    devtools = page.context.new_cdp_session(page)
    for quality in (88, 80, 70, 60):
        shot = devtools.send("Page.captureScreenshot", {"format": "webp", "quality": quality})
        picture = base64.b64decode(shot["data"])
        if len(picture) < MOST_BYTES:
            break
    (FOLDER / f"{name}-{theme}.webp").write_bytes(picture)


def opened(browser: Browser, theme: Theme, **options: Any) -> Page:
    page = browser.new_context(
        viewport=SIZE,
        color_scheme=theme,
        reduced_motion="reduce",
        locale="en-GB",
        timezone_id="Europe/Berlin",
        **options,
    ).new_page()
    page.set_default_timeout(120_000)
    expect.set_options(timeout=120_000)
    page.goto(ADDRESS)
    return page


def of_call(page: Page, title: str) -> None:
    page.locator(f'[data-testid="call-row"][data-title="{title}"] .title').click()
    expect(page.get_by_test_id("detail")).to_contain_text(title)


def board(page: Page) -> None:
    page.evaluate("scrollTo(0, 0); document.activeElement.blur()")
    page.mouse.move(0, 0)  # out of the list, whose order is held while somebody points at it


def alert(page: Page) -> None:
    of_call(page, HEARD)


def call(page: Page) -> None:
    of_call(page, "Good news about a lost ring")


def wall(page: Page) -> None:
    page.keyboard.press("Escape")
    page.keyboard.press("w")
    page.set_viewport_size(ViewportSize(width=1920, height=1080))
    expect(page.get_by_test_id("wall-row").first).to_be_visible()


def trends(page: Page) -> None:
    page.set_viewport_size(SIZE)
    page.goto(f"{ADDRESS}/trends/")
    expect(page.get_by_test_id("chart-load").locator("canvas")).to_be_visible()


def desk(page: Page) -> None:
    page.goto(f"{ADDRESS}/review/")
    expect(page.get_by_test_id("moment").first).to_be_visible()


def moment(page: Page) -> None:
    desk(page)
    page.get_by_test_id("moment").filter(has_text=HEARD).first.click()
    expect(page.get_by_test_id("waveform")).not_to_have_attribute("data-columns", "0")


def desk_call(page: Page) -> None:
    moment(page)
    page.get_by_test_id("to-call").click()
    expect(page.get_by_test_id("call-right")).to_be_visible()
    expect(page.get_by_test_id("waveform")).not_to_have_attribute("data-columns", "0")


Lead = Callable[[Page], None]

HEARD = "An insurance claim, refused once too often"
TAKEN = "An outage, and a caller who cuts in"

LIVE: dict[str, Lead] = {"board": board, "alert": alert, "wall": wall, "call": call}
"""While the calls go on."""

LATER: dict[str, Lead] = {"trends": trends, "desk": desk, "desk-moment": moment, "desk-call": desk_call}


def until_alert(page: Page, title: str) -> None:
    expect(page.locator(f'[data-title="{title}"] [data-testid="alert-chip"]')).to_be_visible()


def act(page: Page) -> None:
    """What a shift leaves: an alert that somebody saw and took."""
    of_call(page, TAKEN)
    page.keyboard.press("a")
    expect(page.get_by_test_id("detail").get_by_test_id("handled")).to_be_visible()
    page.keyboard.press("t")
    expect(page.get_by_test_id("detail").get_by_test_id("handled")).to_be_visible()
    page.keyboard.press("Escape")


def judge(page: Page) -> None:
    """Some verdicts, so that the desk has figures to show."""
    desk(page)
    for key in ("1", "1", "2"):
        page.keyboard.press("j")
        expect(page.get_by_test_id("judge-right")).to_be_visible()
        page.keyboard.press(key)
        expect(page.get_by_test_id("judge-status")).to_have_text("Saved.")


def take(pages: dict[Theme, Page], wanted: dict[str, Lead]) -> None:
    for name, lead in wanted.items():
        for page in pages.values():
            lead(page)
        next(iter(pages.values())).wait_for_timeout(400)  # charts are drawn
        for theme, page in pages.items():
            shoot(page, name, theme)
            if name == "board" and theme == "light":
                page.screenshot(path=ROOT / "dashboard" / "board.png")
            if name == "wall":
                page.keyboard.press("w")
                page.set_viewport_size(SIZE)


def main() -> None:
    FOLDER.mkdir(exist_ok=True)
    with demo() as running, sync_playwright() as playwright:
        program = os.environ.get("TONEWATCH_CHROMIUM") or shutil.which("chromium") or shutil.which("google-chrome")
        browser = playwright.chromium.launch(executable_path=program, args=FLAGS)
        pages = {theme: opened(browser, theme) for theme in THEMES}
        for theme, page in pages.items():
            shoot(page, "sign-in", theme)
            page.get_by_role("button", name="Go on as").click()
            expect(page.get_by_test_id("connection")).to_have_attribute("data-state", "live")
        first = pages["light"]
        until_alert(first, TAKEN)
        act(first)
        until_alert(first, HEARD)
        with standing(running):
            take(pages, LIVE)
        judge(first)
        take(pages, LATER)
        browser.close()


if __name__ == "__main__":
    main()
