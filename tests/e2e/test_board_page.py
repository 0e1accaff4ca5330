"""What the board shows, in a real Chromium, fed through a real Redis and the real command."""

from __future__ import annotations

from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tonewatch.dashboard.assets import HOW_TO_BUILD, is_built

from .served_board import Server, row, write, write_many

pytestmark = [
    pytest.mark.e2e,
    pytest.mark.skipif(not is_built(), reason=HOW_TO_BUILD),
]


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


def test_calls_without_notice_are_counted_and_listed_below(page: Page, own_redis_url: str) -> None:
    write(own_redis_url, "a call without notice to the caller")
    expect(page.get_by_test_id("not-analysed-count")).to_have_text("1")
    expect(page.get_by_test_id("not-analysed-call")).to_have_attribute("data-title", "Caller without notice")
    expect(page.get_by_test_id("call-row")).to_have_count(0)


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


@pytest.mark.parametrize(("width", "height"), [(1920, 1080), (3840, 2160)])
def test_a_wall_shows_who_what_and_how_bad_without_scrolling_and_counts_what_has_no_room(
    page: Page, server: Server, own_redis_url: str, width: int, height: int
) -> None:
    write_many(own_redis_url, "an alert fires and is confirmed", [f"burst-{n}" for n in range(10)])
    write_many(own_redis_url, "the monitor abstains for a while", ["calm"])
    page.set_viewport_size({"width": width, "height": height})
    page.goto(f"{server.address}/?wall=1")
    rows = page.get_by_test_id("wall-row")
    expect(rows).to_have_count(8)
    expect(page.get_by_test_id("wall-firing")).to_have_text("10")
    expect(page.get_by_test_id("wall-more")).to_have_text("2 more alerts below · 1 more call")
    for text in ("Billing dispute", "Billing", "act"):
        expect(rows.last).to_contain_text(text)
    assert page.evaluate("document.documentElement.scrollHeight <= innerHeight")
    for part in ("h2", "h3", ".how strong"):
        share = rows.first.locator(part).evaluate(
            "it => parseFloat(getComputedStyle(it).fontSize) * (it.currentCSSZoom ?? 1) * 0.72 / innerHeight"
        )
        assert share > 0.0215, f"{part}: capitals of less than 14 mm on 55 inches are not read at three metres"
    page.keyboard.press("w")
    expect(page.get_by_test_id("call-row").first).to_be_visible()


def test_what_is_over_a_queue_s_budget_is_held_back_said_and_shown_when_it_is_asked_for(
    page: Page, server: Server, own_redis_url: str, tmp_path: Path
) -> None:
    budgets = tmp_path / "budgets.yaml"
    budgets.write_text("version: 1\nqueues: {Billing: {alerts_an_hour: 1}}\n")
    write_many(own_redis_url, "an alert on anger becomes one on distress", ["first", "second", "third"])  # to watch
    write_many(own_redis_url, "an alert fires and is confirmed", ["fourth"])  # to act on
    server.stop()
    server.start(dashboard_budgets=str(budgets))
    expect(page.get_by_test_id("held-back")).to_contain_text("2 alerts are held back: Billing has had its 1 an hour")
    expect(page.get_by_test_id("firing-count")).to_have_text("2")
    expect(row(page, "fourth").get_by_test_id("alert-chip")).to_have_attribute("data-severity", "act")
    expect(row(page, "third").get_by_test_id("alert-chip")).to_have_count(0)
    page.get_by_test_id("held-back-show").click()
    expect(page.get_by_test_id("firing-count")).to_have_text("4")
    row(page, "third").get_by_role("button").click()
    expect(page.get_by_test_id("held-mark")).to_be_visible()
