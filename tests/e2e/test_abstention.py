"""Why a call is not judged, from the listener's segments over the monitor to the page that a supervisor reads."""

from __future__ import annotations

import asyncio
import contextlib
import os
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import NamedTuple

import pytest
from aiokafka import AIOKafkaProducer
from playwright.sync_api import Browser, Locator, Page, expect

from tonewatch.dashboard.assets import HOW_TO_BUILD, is_built
from tonewatch.stream.codec import encode
from tonewatch.stream.local.servers import EmbeddedBroker
from tonewatch.stream.local.servers import free_port as any_free_port
from tonewatch.stream.messages import (
    AudioSpan,
    CallAttributes,
    CallOpened,
    ModelRef,
    Posterior,
    Prosody,
    Quality,
    Segment,
    SegmentMessage,
)
from tonewatch.stream.topics import SEGMENTS

pytestmark = [pytest.mark.e2e, pytest.mark.skipif(not is_built(), reason=HOW_TO_BUILD)]

CALM = Posterior(angry=0.08, happy=0.12, neutral=0.7, sad=0.1)
ANGRY = Posterior(angry=0.85, happy=0.08, neutral=0.05, sad=0.02)
BASELINE = Prosody(f0_median_st=12.0, f0_range_st=6.0, level_db=-26.0, tilt_db=-14.0, rate_syl_per_s=4.2)
RAISED = Prosody(f0_median_st=17.0, f0_range_st=9.0, level_db=-18.0, tilt_db=-6.0, rate_syl_per_s=5.4)
TEXTS = {
    "noisy": "Too noisy to judge",
    "talk_over": "Two people at once, not judged",
    "too_short": "Too little speech to judge",
    "unsure": "Too strange to the encoder, not judged",
    "missing_audio": "Audio is missing, not judged",
    "clipped": "The audio is clipped, not judged",
}


class Services(NamedTuple):
    """Addresses of what runs for these tests."""

    kafka: str
    page: str


def segment(call_id: str, index: int, *, abstained: str | None = None, angry: bool = False) -> Segment:
    judged = abstained is None
    return Segment(
        call_id=call_id,
        segment_id=f"{call_id}/0/{4_000 * index}",
        channel=0,
        role="customer",
        start_ms=4_000 * index,
        end_ms=4_000 * index + 3_000,
        closed_by="pause",
        audio=AudioSpan(topic="tonewatch.calls.v1", partition=0, first_offset=index, last_offset=index),
        prosody=(RAISED if angry else BASELINE) if judged else None,
        posterior=(ANGRY if angry else CALM) if judged else None,
        quality=Quality(speech_ms=2_800),
        abstained=abstained,
        model=ModelRef(name="m", version="1"),
    )


def call(call_id: str, *reasons: str | None) -> list[SegmentMessage]:
    """Segments that abstain for these reasons; null is a calm one, `angry` is not."""
    opened = CallOpened(
        call_id=call_id, call=CallAttributes(roles=("customer", "agent"), title=call_id), notice_given=True
    )
    kinds = [(None, True) if reason == "angry" else (reason, False) for reason in reasons]
    return [opened, *(segment(call_id, i, abstained=r, angry=a) for i, (r, a) in enumerate(kinds))]


def write(kafka: str, messages: Sequence[SegmentMessage]) -> None:
    async def send() -> None:
        async with AIOKafkaProducer(bootstrap_servers=kafka) as producer:
            for message in messages:
                await producer.send_and_wait(SEGMENTS.name, encode(message), key=message.call_id.encode())

    # The browser has a loop of its own in this thread.
    with ThreadPoolExecutor(1) as pool:
        pool.submit(lambda: asyncio.run(send())).result()


@contextlib.contextmanager
def role(environment: dict[str, str], *words: str) -> Iterator[None]:
    process = subprocess.Popen([sys.executable, "-P", "-m", "tonewatch.stream.cli", *words], env=environment)
    try:
        yield
    finally:
        process.terminate()
        process.wait(30)


def ready(address: str, seconds: float) -> None:
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        with contextlib.suppress(urllib.error.URLError), urllib.request.urlopen(address, timeout=5):
            return
        time.sleep(0.1)
    raise TimeoutError(f"{address} did not become ready")


@pytest.fixture(scope="module")
def services(own_redis_url: str, timeout_factor: float) -> Iterator[Services]:
    """A broker, a monitor with its sink, and the board's server."""
    with EmbeddedBroker(start_s=30 * timeout_factor) as broker:
        port, metrics = any_free_port(), any_free_port()
        environment = {
            **os.environ,
            **broker.environment(),
            "TONEWATCH_KAFKA": broker.bootstrap,
            "TONEWATCH_REDIS": own_redis_url,
            "TONEWATCH_KAFKA_PARTITIONS": "2",
            "TONEWATCH_DASHBOARD_PORT": str(port),
            "TONEWATCH_DASHBOARD_DEMO": "true",
        }
        watched = {**environment, "TONEWATCH_METRICS_PORT": str(metrics)}
        with role(watched, "monitor"), role(environment, "dashboard"):
            ready(f"http://127.0.0.1:{metrics}/ready", 90 * timeout_factor)
            ready(f"http://127.0.0.1:{port}/readyz", 60 * timeout_factor)
            yield Services(kafka=broker.bootstrap, page=f"http://127.0.0.1:{port}")


@pytest.fixture
def page(browser: Browser, services: Services, timeout_factor: float) -> Iterator[Page]:
    opened = browser.new_page(viewport={"width": 1440, "height": 900}, color_scheme="light")
    expect.set_options(timeout=60_000 * timeout_factor)
    opened.goto(services.page)
    opened.get_by_role("button", name="Go on as").click()
    yield opened
    opened.close()


def row(page: Page, call_id: str) -> Locator:
    return page.locator(f'[data-testid="call-row"][data-call-id="{call_id}"]')


def test_each_reason_reaches_the_board_in_plain_words(page: Page, services: Services) -> None:
    for reason in TEXTS:
        write(services.kafka, call(f"only-{reason}", reason, reason))
    write(services.kafka, call("new", None, None))
    for reason, text in TEXTS.items():
        reason_shown = row(page, f"only-{reason}").get_by_test_id("reason")
        expect(reason_shown).to_have_text(text)
        expect(reason_shown).to_be_visible()
        expect(row(page, f"only-{reason}").get_by_test_id("not-judged-now")).to_have_attribute("title", text)
    expect(row(page, "new").get_by_test_id("reason")).to_have_text("Learning this caller's usual tone")


def test_a_call_that_is_judged_again_says_so_and_its_detail_tells_what_was_not(page: Page, services: Services) -> None:
    calm = [None] * 6
    write(services.kafka, call("mixed", *calm, "noisy", "talk_over", "noisy"))
    expect(row(page, "mixed").get_by_test_id("reason")).to_have_text("Too noisy to judge")
    write(services.kafka, call("mixed", *calm, "noisy", "talk_over", "noisy", None))
    expect(row(page, "mixed").get_by_test_id("reason")).to_have_text("Near this caller's usual tone")
    row(page, "mixed").get_by_role("button").click()
    expect(row(page, "only-noisy").get_by_test_id("reason")).to_be_visible()
    not_judged = page.get_by_test_id("not-judged")
    expect(not_judged).to_contain_text("3 of 10 segments")
    expect(not_judged).to_contain_text("Too noisy to judge: 2 times, last at 0:32")
    expect(not_judged).to_contain_text("Two people at once, not judged: once, last at 0:28")
    # The fourth is at the beginning, where the caller's baseline was being learned.
    expect(page.locator('[data-call-id="mixed"] .gap')).to_have_count(4)


def test_an_open_alert_keeps_its_reason_and_the_number_says_why_it_is_gone(page: Page, services: Services) -> None:
    write(services.kafka, call("angry", *[None] * 6, *["angry"] * 4, "talk_over"))
    expect(row(page, "angry").get_by_test_id("not-judged-now")).to_have_attribute("title", TEXTS["talk_over"])
    expect(row(page, "angry").get_by_test_id("alert-chip")).to_have_attribute("data-state", "firing")
    expect(row(page, "angry").get_by_test_id("reason")).to_contain_text("than usual")
    row(page, "angry").get_by_role("button").click()
    expect(page.get_by_test_id("detail")).to_contain_text("Two people at once, not judged.")
