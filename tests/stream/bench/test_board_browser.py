"""What the bench measures in the browser, on a page whose frames are known."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Page, sync_playwright

from tonewatch.stream.bench.board_browser import COUNT_FRAMES, OPEN_CALL

ROWS = '<ol><li class="row" data-call-id="c-7" data-testid="call-row"><button class="title">Seven</button></li></ol>'
OPENS = """document.querySelector('.title').onclick = () => setTimeout(() => {
    document.body.insertAdjacentHTML('beforeend', '<aside data-testid="detail"><p class="id">c-7</p></aside>');
}, 80)"""
WORKS = "setInterval(() => { const until = performance.now() + 90; while (performance.now() < until); }, 100)"


@pytest.fixture(scope="module")
def page(chromium: str) -> Iterator[Page]:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox", "--disable-gpu"])
        yield browser.new_page()
        browser.close()


@pytest.mark.e2e
def test_a_call_counts_as_open_once_it_is_drawn(page: Page) -> None:
    page.set_content(ROWS)
    page.evaluate(OPENS)
    assert page.evaluate(OPEN_CALL, 0) >= 80


@pytest.mark.e2e
def test_a_page_that_works_for_longer_than_a_frame_draws_fewer(page: Page) -> None:
    page.set_content(ROWS)
    page.evaluate(WORKS)
    busy = page.evaluate(COUNT_FRAMES, 1)
    # 10 ms in 100 are left to draw in, however fast or slow the machine is.
    assert busy["frames_per_s"] <= 30
    assert busy["longest_frame_ms"] >= 80
