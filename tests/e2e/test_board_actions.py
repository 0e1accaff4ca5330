"""What people do with alerts on the board, in a real Chromium."""

from __future__ import annotations

import asyncio

import msgspec
import pytest
from aiokafka import AIOKafkaConsumer
from playwright.sync_api import Page, expect

from tonewatch.dashboard.assets import HOW_TO_BUILD, is_built
from tonewatch.dashboard.signin.sign_in import DEMO_NAME
from tonewatch.stream import topics
from tonewatch.stream.local.servers import in_own_loop
from tonewatch.stream.messages import AlertAction

from .served_board import SEQUENCES, row, write

pytestmark = [
    pytest.mark.e2e,
    pytest.mark.skipif(not is_built(), reason=HOW_TO_BUILD),
]


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


def test_keys_act_on_the_alert_of_the_open_call_and_a_sheet_names_them(page: Page, own_redis_url: str) -> None:
    write(own_redis_url, "an alert fires and is confirmed")
    expect(row(page, "billing")).to_be_visible()
    page.keyboard.press("?")
    expect(page.get_by_test_id("sheet")).to_contain_text("take it")
    page.keyboard.press("Escape")
    page.keyboard.press("j")
    page.keyboard.press("t")
    expect(page.get_by_test_id("asks-elsewhere")).to_contain_text("Take it")


def test_a_group_that_cannot_be_acted_on_says_why(page: Page, own_redis_url: str) -> None:
    for number in range(3):
        write(own_redis_url, "an alert fires and is confirmed", call_id=f"burst-{number}")
    page.get_by_test_id("group-snooze").click()
    expect(page.get_by_test_id("group-failure")).to_contain_text("TONEWATCH_KAFKA")
