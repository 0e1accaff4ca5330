"""After a call's notice was withdrawn nothing that was said in it leaves the house any more."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

import msgspec

from tonewatch.stream.call_hash import erased_id, hash_of
from tonewatch.stream.codec import encode
from tonewatch.stream.erased_calls import mark
from tonewatch.stream.messages import Alert
from tonewatch.stream.notify.outcome import Refused, TryAgain
from tonewatch.stream.notify.withdrawal import NOTICE_WITHDRAWN, is_withdrawal
from tonewatch.stream.tone.step import bare

from .conftest import House

Make = Callable[..., Alert]

ROUTES = """
version: 1
targets:
  hook: {kind: webhook, url: "https://a.example/", secrets: [{env: A}], give_up_after_s: 7200}
  desk: {kind: slack, webhook: {env: B}}
routes:
"""
ALL = ROUTES + "  all: {to: [hook], escalate: [{after_s: 60, to: [desk]}]}\n"


def withdrawal(alert: Alert) -> Alert:
    """What the monitor writes of an alert when its call's notice is withdrawn."""
    over = msgspec.structs.replace(alert, seq=alert.seq + 1, event="resolved", state="resolved", resolved_ms=99_000)
    return bare(over)


def sentences(house: House) -> list[str]:
    """All that stands in the newest records of deliveries."""
    return [notice.sentence for one in house.kept.newest() for notice in one.notices]


async def test_what_waits_for_a_receiver_that_is_away_is_never_sent(alert: Make) -> None:
    house = House(ALL)
    house.receivers["hook"].answers = [TryAgain("http_503")]
    await house.take(alert())
    await house.after(0)
    await house.take(withdrawal(alert()))
    await house.after(3600)
    assert [len(one.told) for one in house.receivers.values()] == [1, 0]
    assert house.states() == [("desk", "cancelled"), ("hook", "cancelled")]
    assert sentences(house) == ["", ""]
    house.restart()
    await house.take(alert(), withdrawal(alert()))
    await house.after(3600)
    assert [len(one.told) for one in house.receivers.values()] == [1, 0]


async def test_what_waits_of_an_alert_that_was_over_before_ends_too_and_that_it_is_over_is_told_bare(
    alert: Make,
) -> None:
    house = House(ALL)
    await house.take(alert())
    await house.after(0)
    house.receivers["hook"].answers = [TryAgain("http_503")]
    await house.take(alert(1, "resolved"))
    await house.after(0)
    await house.take(withdrawal(alert(1, "resolved")))
    await house.after(3600)
    notices = [one.delivery.notices[0] for one in house.receivers["hook"].told]
    assert [(one.kind, bool(one.sentence)) for one in notices] == [
        ("raised", True),
        ("resolved", True),
        ("resolved", False),
    ]


async def test_a_message_about_other_calls_too_loses_what_it_tells_of_this_one(alert: Make) -> None:
    house = House(ROUTES + "  all: {to: [hook], group: {by: queue, within_s: 60}}\n")
    other = alert(call_id="c-2", alert_id="c-2/tone_falls/1")
    await house.take(alert(), other, withdrawal(alert()))
    await house.after(60)
    assert house.receivers["hook"].said == [("raised c-2",)]
    assert [one.call_id for one in house.kept.newest()] == ["c-2"]


async def test_a_dead_letter_of_the_call_is_not_sent_again(alert: Make) -> None:
    house = House(ROUTES + "  all: {to: [hook]}\n")
    house.receivers["hook"].answers = [Refused("http_400")]
    await house.take(alert())
    await house.after(0)
    (letter,) = house.kept.letters
    await house.take(withdrawal(alert()))
    waiting = msgspec.structs.replace(letter, state="waiting", attempts=0, ended_at_ms=0, reason="")
    await house.desk.take_back(waiting, again=True)
    await house.after(0)
    assert len(house.receivers["hook"].told) == 1
    assert [(one.state, one.reason) for one in house.kept.newest()] == [("cancelled", NOTICE_WITHDRAWN)]


def test_only_an_alert_that_says_nothing_tells_of_a_withdrawal(alert: Make) -> None:
    assert is_withdrawal(withdrawal(alert()))
    assert not any(is_withdrawal(alert(1, event)) for event in ("resolved", "withdrawn", "pending", "fired"))
    assert not is_withdrawal(alert(1, "resolved", sentence="", evidence=()))


async def test_what_was_erased_is_dropped_while_it_waits_and_while_it_is_on_its_way(alert: Make) -> None:
    house = House(ALL)
    house.receivers["hook"].answers = [TryAgain("http_503")] * 2
    await house.take(alert())
    await house.after(0)
    written = len(house.kept.records)
    first, later = (one.delivery_id for one in house.desk.book.of_call("c-1"))
    sending = asyncio.create_task(house.after(3600))
    while len(house.receivers["hook"].told) < 2:
        await asyncio.sleep(0)
    for delivery_id in (first, later, first, "nobody's"):
        await house.desk.erase(delivery_id, None)
    await sending
    await house.after(3600)
    assert [len(one.told) for one in house.receivers.values()] == [2, 0]
    # A tombstone of its own lies over what may be behind the other one, and it is answered once.
    assert (house.kept.erased, len(house.kept.records)) == ([first, later], written)
    assert len(house.desk.book) == 0


async def test_of_a_message_about_several_calls_what_was_erased_is_dropped_and_the_rest_is_told(alert: Make) -> None:
    house = House(ROUTES + "  all: {to: [hook], group: {by: queue, within_s: 60}}\n")
    await house.take(alert(), alert(call_id="c-2", alert_id="c-2/tone_falls/1"))
    (one,) = house.desk.book.of_call("c-1")
    await house.desk.erase(one.delivery_id, hash_of("c-1"))
    await house.after(60)
    assert house.receivers["hook"].said == [("raised c-2",)]
    assert not house.desk.book.of_call("c-1") and not house.kept.erased


async def test_a_dead_letter_of_an_erased_call_is_not_sent_again_nor_what_is_read_of_it_late(alert: Make) -> None:
    house = House(ROUTES + "  all: {to: [hook]}\n")
    house.receivers["hook"].answers = [Refused("http_400")]
    await house.take(alert())
    await house.after(0)
    (letter,) = house.kept.letters
    await house.desk.erase(letter.delivery_id, None)
    await house.desk.erase(erased_id("c-1"), hash_of("c-1"))
    waiting = msgspec.structs.replace(letter, state="waiting", attempts=0, ended_at_ms=0, reason="")
    await house.desk.take_back(waiting, again=True)
    await house.take(alert(1, "deepened"))
    await house.after(3600)
    assert len(house.receivers["hook"].told) == 1 and len(house.desk.book) == 0
    assert house.kept.erased == [letter.delivery_id] * 2


async def test_what_was_sent_back_of_an_erased_call_while_no_notifier_ran_is_erased_at_the_start(alert: Make) -> None:
    house = House(ROUTES + "  all: {to: [hook], group: {by: queue, within_s: 60}}\n")
    await house.take(alert(), alert(call_id="c-2", alert_id="c-2/tone_falls/1"))
    house.kept.records.append(encode(mark("c-1", house.now_ms)))
    house.restart()
    await house.desk.erase_again()
    await house.after(60)
    assert house.receivers["hook"].said == [("raised c-2",)]
    assert b'"c-1"' not in house.kept.records[-1]


async def test_the_mark_of_an_erasure_reaches_what_the_erasure_did_not_see(alert: Make) -> None:
    house = House(ROUTES + "  all: {to: [hook], group: {by: queue, within_s: 60}}\n")
    await house.take(alert(), alert(call_id="c-2", alert_id="c-2/tone_falls/1"))
    await house.desk.erase(erased_id("c-1"), hash_of("c-1"))
    await house.after(60)
    assert house.receivers["hook"].said == [("raised c-2",)]
    await house.desk.erase(erased_id("c-2"), hash_of("c-2"))
    assert len(house.desk.book) == 0 and len(house.kept.erased) == 1
