"""The board in a real Chromium for `tonewatch bench board --browser`: frames a second, and how soon a call opens."""

from __future__ import annotations

import asyncio
import shutil
from contextlib import AbstractAsyncContextManager
from typing import Any

import msgspec

from tonewatch.stream.errors import DependencyError, TonewatchError

PROGRAMS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")

OPENINGS = 10
"""Calls that are opened one after the other, while updates come."""

LOADED_S = 60.0

COUNT_FRAMES = """(seconds) => new Promise((done) => {
    const began = performance.now();
    let frames = 0, before = began, longest = 0;
    const frame = (now) => {
        frames += 1;
        longest = Math.max(longest, now - before);
        before = now;
        if (now - began < seconds * 1000) requestAnimationFrame(frame);
        else done({frames_per_s: frames / ((now - began) / 1000), longest_frame_ms: longest});
    };
    requestAnimationFrame(frame);
})"""
"""Frames that the browser draws while the page works; what takes longer than a frame makes them fewer."""

OPEN_CALL = """(place) => new Promise((done) => {
    const title = document.querySelectorAll('[data-testid="call-row"] .title')[place];
    const call = title.closest('.row').dataset.callId;
    const began = performance.now();
    const end = () => done(performance.now() - began);
    const look = () => {
        const shown = document.querySelector('[data-testid="detail"] .id')?.textContent ?? '';
        // Drawn is what stands in the document, once the frame after the next one begins.
        if (shown.includes(call)) requestAnimationFrame(() => requestAnimationFrame(end));
        else requestAnimationFrame(look);
    };
    title.click();
    look();
})"""


class BrowserReport(msgspec.Struct, kw_only=True):
    """Of one page while updates come. `nodes`: elements of the document with `rows_drawn` of all rows in it."""

    browser: str
    calls_shown: int
    rows_drawn: int
    nodes: int
    frames_per_s: float
    longest_frame_ms: float
    open_call_ms_p50: float
    open_call_ms_max: float


async def look(address: str, calls: int, seconds: float) -> BrowserReport:
    """Open the board at `address` as the demo's supervisor, and measure it for `seconds`.

    Raises:
        DependencyError: there is no Chromium, or Playwright is not installed.
        TonewatchError: the page does not show all calls within LOADED_S.
    """
    program = next((path for path in map(shutil.which, PROGRAMS) if path), None)
    if program is None:
        raise DependencyError("--browser needs Chromium (Debian: apt-get install chromium).")
    async with _playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=program, args=["--no-sandbox", "--disable-gpu"])
        try:
            page = await browser.new_page(viewport={"width": 1440, "height": 900})
            await page.goto(address)
            await page.locator("form button").first.click()
            await _until_loaded(page, calls)
            frames = await page.evaluate(COUNT_FRAMES, seconds)
            opened_ms = sorted([await page.evaluate(OPEN_CALL, place) for place in range(OPENINGS)])
            return BrowserReport(
                browser=f"Chromium {browser.version}",
                calls_shown=calls,
                rows_drawn=await page.locator('[data-testid="call-row"]').count(),
                nodes=await page.evaluate("document.querySelectorAll('*').length"),
                frames_per_s=round(frames["frames_per_s"], 1),
                longest_frame_ms=round(frames["longest_frame_ms"], 1),
                open_call_ms_p50=round(opened_ms[len(opened_ms) // 2], 1),
                open_call_ms_max=round(opened_ms[-1], 1),
            )
        finally:
            await browser.close()


def _playwright() -> AbstractAsyncContextManager[Any]:
    try:
        from playwright.async_api import async_playwright
    except ModuleNotFoundError as error:
        raise DependencyError("--browser needs Playwright: pip install playwright.") from error
    found: AbstractAsyncContextManager[Any] = async_playwright()
    return found


async def _until_loaded(page: Any, calls: int) -> None:  # noqa: ANN401
    count = page.get_by_test_id("live-count")
    try:
        async with asyncio.timeout(LOADED_S):
            await count.wait_for()
            while (await count.text_content()) != str(calls):
                await asyncio.sleep(0.1)
    except TimeoutError:
        raise TonewatchError(f"The page does not show {calls} calls within {LOADED_S:g} s.") from None
