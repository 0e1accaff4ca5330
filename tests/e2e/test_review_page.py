"""The review desk in a real Chromium: filter, open, hear, judge by keyboard, and see the precision change."""

from __future__ import annotations

import re
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
import pytest
import soundfile
import uvicorn
from playwright.sync_api import Page, expect, sync_playwright
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route

from tonewatch.dashboard.assets import HOW_TO_BUILD, Headers, is_built, page_routes
from tonewatch.dashboard.dashboard_command import listen
from tonewatch.dashboard.review.desk import Desk
from tonewatch.dashboard.review.routes import desk_routes
from tonewatch.dashboard.review.sounds import Sounds
from tonewatch.dashboard.signin.person import Person
from tonewatch.stream.archive import schema
from tonewatch.stream.archive.clips import AudioRow
from tonewatch.stream.archive.folder import Folder
from tonewatch.stream.archive.measured import ToneRow
from tonewatch.stream.archive.review.reader import ReviewReader
from tonewatch.stream.archive.store import Archive, Kept, connect
from tonewatch.stream.codec import decode_alert, decode_rationale
from tonewatch.stream.messages import (
    Alert,
    AudioSpan,
    CallAttributes,
    CallClosed,
    CallOpened,
    Evidence,
    ModelRef,
    Verdict,
    Words,
)

from ..browser import FLAGS
from ..dashboard.vouching import Told, Vouched, audit_to

pytestmark = [
    pytest.mark.e2e,
    pytest.mark.skipif(not is_built(), reason=HOW_TO_BUILD),
]

GOLDEN = Path(__file__).parents[1] / "stream" / "golden"
PATTERN = decode_alert((GOLDEN / "alert.json").read_bytes())
AUDIBLE = ["--autoplay-policy=no-user-gesture-required", "--mute-audio"]
RATE_HZ = 8000
BEGAN_AT_MS = 1_790_560_000_000
CALLS = {
    "bill": ("A bill for the third time", "billing", "this is the third time I am calling about my bill"),
    "router": ("No internet", "support", "it has been down since Monday"),
    "refund": ("A refund", "billing", "I want my money back now"),
}


def a_call(archive: Archive, folder: Path, name: str, number: int) -> str:
    """With an alert on twelve seconds of audio, of which one segment was not kept; the alert's id."""
    title, queue, text = CALLS[name]
    about = CallAttributes(started_at_ms=BEGAN_AT_MS + number * 3_600_000, title=title, queue=queue)
    put(archive, CallOpened(call_id=name, notice_given=True, call=about))
    starts = [24_000, 27_000, 30_000, 33_000]
    evidence = tuple(
        Evidence(
            segment_id=f"{name}/0/{start}",
            start_ms=start,
            end_ms=start + 3000,
            audio=AudioSpan(topic="tonewatch.calls.v1", partition=0, first_offset=1, last_offset=2),
            tone=-0.2 * (place + 1),
        )
        for place, start in enumerate(starts)
    )
    facts = msgspec.structs.replace(PATTERN.facts, quotes=())
    alert: Alert = msgspec.structs.replace(
        PATTERN, call_id=name, alert_id=f"{name}/tone_falls/24000", queue=queue, evidence=evidence, facts=facts
    )
    rows = [
        AudioRow(item.segment_id, name, item.start_ms, item.end_ms, "kept", path=speak(folder, item))
        for item in evidence
    ]
    gone = rows[2]
    rows[2] = AudioRow(gone.segment_id, name, gone.start_ms, gone.end_ms, "missing", "expired")
    archive.write(alert, msgspec.json.encode(alert).decode(), 1, rows)
    reason = decode_rationale((GOLDEN / "rationale.json").read_bytes())
    moment = f"{alert.alert_id}/onset/31000"
    put(archive, msgspec.structs.replace(reason, call_id=name, alert_id=alert.alert_id, moment_id=moment))
    for item, words in zip(evidence, [text, "and nobody helps me", "hello?", "this cannot go on"], strict=True):
        model = ModelRef(name="whisper", version="0")
        said = Words(
            call_id=name,
            segment_id=item.segment_id,
            channel=0,
            start_ms=item.start_ms,
            end_ms=item.end_ms,
            text=words,
            confidence=0.9,
            model=model,
        )
        put(archive, said)
    return alert.alert_id


def a_quiet_call(archive: Archive, folder: Path) -> None:
    """Of the random sample: a minute of both parties, a tone line, and no alert."""
    sampling = Archive(archive._engine, sample=1.0)
    about = CallAttributes(started_at_ms=BEGAN_AT_MS, title="A change of address", queue="support")
    put(sampling, CallOpened(call_id="quiet", notice_given=True, call=about))
    put(sampling, CallClosed(call_id="quiet", reason="ended", duration_ms=60_000))
    tone = [ToneRow(f"quiet/0/{at}", "quiet", at, at + 3000, 0.2, 0.1, "") for at in range(0, 60_000, 6_000)]
    archive.write_measured(tone, 1)
    span = AudioSpan(topic="tonewatch.calls.v1", partition=0, first_offset=1, last_offset=2)
    with archive.transaction() as db:
        for channel, role in enumerate(("", "agent")):
            whole = Evidence(segment_id=f"quiet/whole/{channel}/0", start_ms=0, end_ms=60_000, audio=span, tone=0.0)
            row = AudioRow(whole.segment_id, "quiet", 0, 60_000, "kept", path=speak(folder, whole), role=role)
            archive._add_all(db, schema.audio, [row.values()])


def put(archive: Archive, message: Kept) -> None:
    archive.write(message, msgspec.json.encode(message).decode(), 1)


def speak(folder: Path, item: Evidence) -> str:
    """Something that rises and falls as syllables do, for a segment's clip."""
    times = np.arange((item.end_ms - item.start_ms) * RATE_HZ // 1000) / RATE_HZ
    sound = 0.3 * np.sin(2 * np.pi * 220 * times) * (0.15 + np.abs(np.sin(2 * np.pi * 2 * times)))
    name = f"{item.segment_id.replace('/', '-')}.wav"
    soundfile.write(folder / name, sound, RATE_HZ, subtype="PCM_16")
    return name


@dataclass
class Shop:
    """The desk on a port of its own; a verdict reaches the archive as soon as `archive_is_up`."""

    address: str
    archive: Archive
    written: list[Verdict] = field(default_factory=list)
    waiting: list[Verdict] = field(default_factory=list)
    archive_is_up: bool = True

    async def write(self, verdict: Verdict) -> None:
        self.written.append(verdict)
        self.waiting.append(verdict)
        if self.archive_is_up:
            self.catch_up()

    def catch_up(self) -> None:
        while self.waiting:
            put(self.archive, self.waiting.pop(0))

    def judged_by(self, person: str, name: str, verdict: Any) -> None:
        alert_id = f"{name}/tone_falls/24000"
        put(
            self.archive,
            Verdict(verdict_id=f"{person}-{name}", call_id=name, alert_id=alert_id, verdict=verdict, by=person),
        )


ADA = Person("Ada", "qa")


async def session(_request: Request) -> JSONResponse:
    """As the board's own route tells it."""
    told = {"name": ADA.name, "role": ADA.role, "queues": [], "teams": [], "may": ["look", "review"]}
    return JSONResponse({**told, "csrf": "token", "ends_at_ms": 0, "signs_out": True})


@pytest.fixture
def shop(tmp_path: Path, free_port: int, timeout_factor: float) -> Iterator[Shop]:
    folder = tmp_path / "audio"
    folder.mkdir()
    url = f"sqlite:///{tmp_path / 'archive.db'}"
    found = Shop(f"http://127.0.0.1:{free_port}", Archive(connect(url)))
    for number, name in enumerate(CALLS):
        a_call(found.archive, folder, name, number)
    a_quiet_call(found.archive, folder)
    desk = Desk(ReviewReader(connect(url)), Sounds(Folder(folder)), found, lambda: time.time_ns() // 1_000_000)
    app = Starlette(
        routes=[Route("/api/session", session), *desk_routes(desk), *page_routes()],
        middleware=[Middleware(Headers), Middleware(Vouched, person=ADA)],
    )
    app.state.audit = audit_to(Told())
    server = uvicorn.Server(uvicorn.Config(app, log_config=None, lifespan="off"))
    with listen("127.0.0.1", free_port) as listening:
        running = threading.Thread(target=server.run, kwargs={"sockets": [listening]})
        running.start()
        try:
            yield found
        finally:
            server.should_exit = True
            running.join(20 * timeout_factor)
    desk.aclose()
    found.archive.close()


@pytest.fixture(scope="module")
def browser(chromium: str) -> Iterator[Any]:
    with sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=chromium, args=[*FLAGS, *AUDIBLE])
        yield started
        started.close()


@pytest.fixture
def page(browser: Any, shop: Shop, timeout_factor: float) -> Iterator[Page]:
    """The open desk; fails when the page wrote an error."""
    opened: Page = browser.new_page(viewport={"width": 1440, "height": 900}, color_scheme="light")
    opened.set_default_timeout(15_000 * timeout_factor)
    expect.set_options(timeout=15_000 * timeout_factor)
    errors: list[str] = []
    opened.on("console", lambda message: errors.append(message.text) if message.type == "error" else None)
    opened.on("pageerror", lambda error: errors.append(str(error)))
    opened.goto(f"{shop.address}/review/")
    expect(opened.get_by_test_id("moment").first).to_be_visible()
    yield opened
    opened.close()
    assert errors == []


def titles(page: Page) -> list[str]:
    return page.locator(".moments .what").all_inner_texts()


def open_first(page: Page) -> None:
    """The newest moment, by keyboard, once there is a list."""
    expect(page.get_by_test_id("moment").first).to_be_visible()
    page.keyboard.press("j")
    expect(page.get_by_test_id("open-moment")).to_have_attribute("data-alert-id", "refund/tone_falls/24000")


def test_a_moment_is_found_by_its_words_heard_and_judged_without_a_mouse(page: Page, shop: Shop) -> None:
    expect(page.get_by_test_id("precision")).to_have_text("Nothing was judged yet.")
    page.keyboard.press("/")
    page.keyboard.type("third ti")
    expect(page.get_by_test_id("moment")).to_have_count(1)
    page.keyboard.press("Escape")
    page.keyboard.press("j")
    expect(page.get_by_test_id("open-moment")).to_have_attribute("data-alert-id", "bill/tone_falls/24000")
    expect(page.get_by_test_id("waveform")).not_to_have_attribute("data-columns", "0")
    page.keyboard.press("ArrowRight")
    expect(page.get_by_test_id("at")).to_have_text("0:29")
    expect(page.locator("[data-testid=spoken][aria-current=true]")).to_contain_text("and nobody helps me")
    page.keyboard.press("]")
    expect(page.get_by_test_id("speed")).to_have_text("1.25 ×")
    page.keyboard.press("Space")
    expect(page.get_by_test_id("at")).not_to_have_text("0:29")
    page.keyboard.press("1")
    expect(page.get_by_test_id("judge-status")).to_have_text("Saved.")
    expect(page.get_by_test_id("precision")).to_contain_text("1 of 1 right, 100 %")
    assert [(verdict.by, verdict.verdict) for verdict in shop.written] == [("Ada", "right")]


def test_a_filter_stands_in_the_address_and_a_link_shows_the_same(page: Page, shop: Shop) -> None:
    assert titles(page) == ["A refund", "No internet", "A bill for the third time"]
    page.get_by_test_id("filter-queue").select_option("billing")
    expect(page.get_by_test_id("moment")).to_have_count(2)
    page.get_by_test_id("moment").last.click()
    expect(page.get_by_test_id("open-moment")).to_have_attribute("data-alert-id", "bill/tone_falls/24000")
    address = page.url
    page.goto("about:blank")
    page.goto(address)
    expect(page.get_by_test_id("open-moment")).to_have_attribute("data-alert-id", "bill/tone_falls/24000")
    expect(page.get_by_test_id("moment")).to_have_count(2)
    page.go_back()


def test_a_second_person_is_shown_the_first_one_s_verdict_after_their_own(page: Page, shop: Shop) -> None:
    shop.judged_by("Grace", "refund", "wrong")
    open_first(page)
    expect(page.get_by_test_id("blind")).to_have_text("One other verdict, shown after yours.")
    assert "Grace" not in page.get_by_test_id("open-moment").inner_text()
    page.keyboard.press("1")
    expect(page.get_by_test_id("others")).to_contain_text("Grace: Wrong")
    expect(page.get_by_test_id("others")).to_contain_text("You disagree")


def test_the_next_moment_is_the_next_one_that_was_not_judged(page: Page, shop: Shop) -> None:
    shop.judged_by("Ada", "router", "right")
    page.reload()
    expect(page.locator("[data-alert-id^=router] .judged")).to_have_attribute("data-verdict", "right")
    open_first(page)
    page.keyboard.press("2")
    expect(page.get_by_test_id("judge-status")).to_have_text("Saved.")
    page.keyboard.press("n")
    expect(page.get_by_test_id("open-moment")).to_have_attribute("data-alert-id", "bill/tone_falls/24000")


def test_a_note_and_ratings_go_with_a_verdict(page: Page, shop: Shop) -> None:
    expect(page.get_by_test_id("user-name")).to_have_text("Ada")
    open_first(page)
    page.get_by_test_id("judge-note").fill("A joke among friends")
    page.keyboard.press("Escape")
    page.get_by_text("Rate the text").click()
    page.locator("input[name=factual]").nth(3).check()
    page.keyboard.press("2")
    expect(page.get_by_test_id("judge-status")).to_have_text("Saved.")
    (verdict,) = shop.written
    assert (verdict.note, verdict.ratings and verdict.ratings.factual) == ("A joke among friends", 4)


def test_an_archive_that_lags_is_told_and_the_verdict_is_not_lost(page: Page, shop: Shop) -> None:
    shop.archive_is_up = False
    open_first(page)
    page.keyboard.press("3")
    expect(page.get_by_test_id("judge-status")).to_have_text("Written. The archive has not taken it yet.")
    shop.catch_up()
    page.reload()
    expect(page.get_by_test_id("judge-not_actionable")).to_have_attribute("aria-pressed", "true")


def test_a_missed_second_is_marked_where_the_sound_stands(page: Page, shop: Shop) -> None:
    open_first(page)
    expect(page.get_by_test_id("waveform")).not_to_have_attribute("data-columns", "0")
    page.keyboard.press("ArrowRight")
    expect(page.get_by_test_id("at")).to_have_text("0:29")
    page.keyboard.press("m")
    expect(page.get_by_test_id("judge-status")).to_have_text("Marked as missed at 0:29.")
    (verdict,) = shop.written
    assert (verdict.verdict, verdict.alert_id, verdict.call_id, verdict.at_ms) == ("missed", "", "refund", 29_000)


def test_a_quiet_call_is_heard_on_two_channels_seen_as_a_spectrogram_and_judged_by_keys(page: Page, shop: Shop) -> None:
    page.keyboard.press("q")
    expect(page.get_by_test_id("quiet-call")).to_have_count(1)
    page.keyboard.press("j")
    expect(page.get_by_test_id("open-moment")).to_have_attribute("data-call-id", "quiet")
    expect(page.get_by_test_id("waveform")).to_have_attribute("data-lanes", "2")
    page.keyboard.press("g")
    expect(page.get_by_test_id("spectrogram")).not_to_have_attribute("data-columns", "0")
    page.keyboard.press("ArrowRight")
    expect(page.get_by_test_id("at")).to_have_text("0:05")
    page.keyboard.press("m")
    expect(page.get_by_test_id("judge-status")).to_have_text("Marked as missed at 0:05.")
    expect(page.get_by_test_id("call-missed")).to_have_attribute("aria-pressed", "true")
    expect(page.get_by_test_id("call-verdict")).to_contain_text("0:05")
    page.get_by_test_id("precision").click()
    expect(page.get_by_test_id("recall")).to_contain_text("something was missed in 1")
    assert [(verdict.verdict, verdict.call_id, verdict.at_ms) for verdict in shop.written] == [
        ("missed", "quiet", 5000)
    ]


def test_figures_leave_out_what_one_may_still_judge_and_say_so(page: Page, shop: Shop) -> None:
    shop.judged_by("Grace", "refund", "wrong")
    page.reload()
    expect(page.get_by_test_id("precision-total")).to_have_text("Nothing was judged yet.")
    expect(page.get_by_test_id("hidden")).to_contain_text("1 judged moment is left out")


def test_the_trend_line_has_a_point_a_week_and_goes_with_the_filter(
    page: Page, shop: Shop, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(CALLS, "later", ("A week later", "billing", "it is still wrong"))
    a_call(shop.archive, tmp_path / "audio", "later", 24 * 7)
    for name, verdict in (("bill", "wrong"), ("refund", "right"), ("router", "right"), ("later", "right")):
        shop.judged_by("Ada", name, verdict)
    page.reload()
    trend = page.get_by_test_id("trend")
    expect(trend.locator("circle")).to_have_count(2)
    expect(trend.get_by_role("img")).to_have_attribute("aria-label", re.compile(r": \d{4}-W\d\d: 67 %, .*: 100 %$"))
    first, last = trend.locator("circle").evaluate_all("dots => dots.map((dot) => Number(dot.getAttribute('cy')))")
    assert last < first  # more is right in the second week: its point stands higher
    page.get_by_test_id("filter-queue").select_option("billing")
    expect(trend.get_by_role("img")).to_have_attribute("aria-label", re.compile(r": 50 %, "))
    page.get_by_test_id("filter-queue").select_option("support")
    expect(trend).to_have_count(0)


def test_a_call_with_an_alert_is_opened_whole_from_its_moment(page: Page) -> None:
    open_first(page)
    page.get_by_test_id("to-call").click()
    expect(page.get_by_test_id("open-moment")).to_have_attribute("data-call-id", "refund")
    page.get_by_test_id("call-right").click()
    expect(page.get_by_test_id("judge-status")).to_have_text("Saved.")
    page.go_back()
    expect(page.get_by_test_id("open-moment")).to_have_attribute("data-alert-id", "refund/tone_falls/24000")
