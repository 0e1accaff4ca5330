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
DRAWS = """(at_ms) => {
    let now = 0;
    performance.now = () => now;
    window.requestAnimationFrame = (draw) => setTimeout(() => { now = at_ms.shift(); draw(now); }, 0);
}"""
"""The page's clock and frames as told: what is counted here is no question of how fast a machine draws."""


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
    assert page.evaluate(OPEN_CALL, 0) > 0
    assert "c-7" in page.content()


@pytest.mark.e2e
def test_frames_are_counted_over_the_time_that_they_took_and_the_longest_is_told(page: Page) -> None:
    page.set_content(ROWS)
    page.evaluate(DRAWS, [100, 200, 450, 550, 1000])
    assert page.evaluate(COUNT_FRAMES, 1) == {"frames_per_s": 5, "longest_frame_ms": 450}
