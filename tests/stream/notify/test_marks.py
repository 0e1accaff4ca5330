"""Calls that were erased, or their notice withdrawn, longer ago than deliveries lie: the notifier keeps to marks."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

from tonewatch.stream.call_hash import erased_id, hash_of
from tonewatch.stream.codec import encode
from tonewatch.stream.erased_calls import ErasedCalls
from tonewatch.stream.kafka.withdrawals import mark_of, withdrawn_call
from tonewatch.stream.messages import Alert
from tonewatch.stream.tone.step import bare

from .conftest import House

ROUTES = """
version: 1
targets:
  hook: {kind: webhook, url: "https://a.example/", secrets: [{env: A}]}
routes:
  all: {to: [hook]}
"""
Make = Callable[..., Alert]


def test_a_mark_is_a_hash_alone_whatever_it_is_made_of() -> None:
    assert mark_of("c-1") == mark_of(erased_id("c-1"))
    assert b"c-1" not in encode(mark_of("c-1"))
    assert withdrawn_call(encode(mark_of("c-1"))) == erased_id("c-1")


async def test_a_notifier_that_begins_anew_tells_nothing_of_a_marked_call(house: Any, alert: Make) -> None:
    told: House = house(ROUTES)
    told.desk.mark([erased_id("c-1")])
    await told.take(alert(), alert(1, "resolved"), bare(alert(2, "resolved")))
    await told.after(600)
    assert told.receivers["hook"].said == []


async def test_that_it_is_over_is_told_to_whoever_was_told_of_a_marked_call(house: Any, alert: Make) -> None:
    told: House = house(ROUTES)
    await told.take(alert())
    await told.after(600)
    told.desk.mark([erased_id("c-1")])
    await told.take(alert(1, "acknowledged"), bare(alert(2, "resolved")))
    await told.after(600)
    assert told.receivers["hook"].said == [("raised c-1",), ("resolved c-1",)]


async def test_what_is_sent_back_of_a_marked_call_is_told_to_nobody(house: Any, alert: Make) -> None:
    before: House = house(ROUTES)
    await before.take(alert())
    (waiting,) = before.kept.newest()
    told: House = house(ROUTES)
    told.desk.mark(["c-1"])
    await told.desk.take_back(waiting, again=True)
    await told.after(600)
    assert told.receivers["hook"].said == [] and told.kept.erased == [waiting.delivery_id]


async def test_an_alert_that_waits_for_an_erasure_finds_it(house: Any, alert: Make) -> None:
    told: House = house(ROUTES)
    async with told.desk._lock:
        taking = asyncio.create_task(told.desk.take(alert()))
        await asyncio.sleep(0)
        told.desk._erased.add(hash_of("c-1"), told.now_ms)
    await taking
    assert told.kept.records == []


async def test_a_notifier_that_runs_for_long_lets_go_what_is_old(house: Any, alert: Make) -> None:
    told: House = house(ROUTES)
    await told.take(alert())
    await told.after(600)
    await told.desk.erase("x", hash_of("other"))
    told.now_ms += 8 * 24 * 3_600_000
    await told.desk.forget_old()
    assert len(told.desk.book) == 0 and "other" in told.desk._erased, "alerts lie for longer than deliveries"
    told.now_ms += 26 * 24 * 3_600_000
    await told.desk.forget_old()
    assert "other" not in told.desk._erased


def test_erasures_that_are_remembered_are_bounded() -> None:
    known = ErasedCalls(most=100)
    for number in range(1_000):
        known.add(hash_of(str(number)), number)
    assert len(known) <= 100 and "999" in known


async def test_what_waits_of_a_call_is_told_to_nobody_once_it_is_marked_over_a_restart_too(
    house: Any, alert: Make
) -> None:
    told: House = house(ROUTES)
    await told.desk.take(alert())
    kept = told.kept.newest()
    told.desk.mark([erased_id("c-1")])
    await told.after(600)
    assert told.receivers["hook"].said == []
    (ended,) = told.kept.newest()
    assert (ended.state, ended.reason) == ("cancelled", "notice_withdrawn")
    again: House = house(ROUTES)
    again.desk.mark([erased_id("c-1")])
    again.desk.restore(kept)
    await again.after(600)
    assert again.receivers["hook"].said == []
