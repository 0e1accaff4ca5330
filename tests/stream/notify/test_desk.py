"""Told once through outages of the receiver and of the sender; one dead receiver holds up no other."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

import msgspec
import pytest

from tonewatch.stream.messages import Alert
from tonewatch.stream.notify.http import Http
from tonewatch.stream.notify.outcome import Delivered, Outcome, Refused, Sending, TryAgain
from tonewatch.stream.notify.planner import MOST_WAITING

from .conftest import FakeReceiver, House

Make = Callable[..., Alert]

TWO = """
version: 1
targets:
  hook: {kind: webhook, url: "https://a.example/", secrets: [{env: A}], give_up_after_s: 7200}
  desk: {kind: slack, webhook: {env: B}}
routes:
  all: {to: [hook, desk]}
"""
AWAY = TryAgain("http_503")


def ids(receiver: FakeReceiver) -> list[str]:
    return [sending.delivery.delivery_id for sending in receiver.told]


async def test_a_receiver_that_was_away_is_told_once_it_is_back_under_the_same_id(alert: Make) -> None:
    house = House(TWO)
    house.receivers["hook"].answers = [AWAY, AWAY, AWAY]
    await house.take(alert())
    for seconds in (0, 5, 15, 45, 3600):
        await house.after(seconds)
    assert len(house.receivers["hook"].told) == 4 and len(set(ids(house.receivers["hook"]))) == 1
    assert len(house.receivers["desk"].told) == 1
    assert house.states() == [("desk", "delivered"), ("hook", "delivered")]


async def test_waits_grow_and_are_never_shorter_than_what_the_receiver_asked_for(alert: Make) -> None:
    house = House(TWO)
    house.receivers["hook"].answers = [AWAY, TryAgain("http_429", after_ms=600_000), AWAY]
    await house.take(alert())
    await house.after(0)
    waits = []
    for _ in range(3):
        waiting = house.desk.book.waiting("hook")[0]
        waits.append(waiting.due_at_ms - house.now_ms)
        house.now_ms = waiting.due_at_ms
        await house.desk.work_off()
    assert waits == [5_000, 600_000, 45_000]


async def test_after_the_last_try_a_message_is_among_the_dead_letters_with_its_reason(alert: Make) -> None:
    house = House(TWO)
    house.receivers["hook"].answers = [AWAY] * 50
    await house.take(alert())
    for _ in range(200):
        await house.after(60)
    (letter,) = house.kept.letters
    assert (letter.target, letter.reason, letter.state) == ("hook", "http_503", "dead")
    assert 5 < letter.attempts < 12
    assert ("desk", "delivered") in house.states()


async def test_what_a_receiver_refuses_is_not_tried_again(alert: Make) -> None:
    house = House(TWO)
    house.receivers["hook"].answers = [Refused("http_400")]
    await house.take(alert())
    await house.after(3600)
    assert [letter.reason for letter in house.kept.letters] == ["http_400"]
    assert len(house.receivers["hook"].told) == 1


async def test_a_receiver_that_is_gone_is_told_nothing_more_until_its_address_changes(alert: Make) -> None:
    house = House(TWO)
    house.receivers["hook"].answers = [Refused("http_410", is_gone=True)]
    await house.take(alert())
    await house.after(0)
    house.restart()
    await house.take(alert(call_id="c-2", alert_id="c-2/x/0"))
    await house.after(0)
    assert len(house.receivers["hook"].told) == 1
    assert [letter.reason for letter in house.kept.letters] == ["http_410", "disabled"]
    house.receivers["hook"].address = "elsewhere"
    await house.take(alert(call_id="c-3", alert_id="c-3/x/0"))
    await house.after(0)
    assert len(house.receivers["hook"].told) == 2


async def test_that_a_receiver_is_disabled_is_said_at_start_and_until_its_address_changes(
    alert: Make, caplog: pytest.LogCaptureFixture
) -> None:
    house = House(TWO)
    house.receivers["hook"].answers = [Refused("http_410", is_gone=True)]
    await house.take(alert())
    await house.after(0)
    house.restart()
    house.desk.start()
    (warning,) = house.metrics.health.remarks()["warnings"].items()
    assert warning == (
        "target hook is gone",
        "disabled by its answer (http_410) until its address or `revision` changes",
    )
    await house.desk.stop()
    caplog.clear()
    await house.take(alert(call_id="c-2", alert_id="c-2/x/0"))
    await house.after(0)
    assert [record.message for record in caplog.records] == ["Not sent: its receiver is disabled"]
    house.receivers["hook"].address = "elsewhere"
    house.desk.start()
    assert house.metrics.health.remarks() == {}
    await house.desk.stop()


async def test_a_dead_letter_that_is_sent_back_is_tried_anew(alert: Make) -> None:
    house = House(TWO)
    house.receivers["hook"].answers = [Refused("http_400")]
    await house.take(alert())
    await house.after(0)
    dead = house.kept.letters[0]
    await house.desk.take_back(msgspec.structs.replace(dead, state="waiting", attempts=0, tried_at_ms=0))
    await house.after(0)
    assert ids(house.receivers["hook"]) == [dead.delivery_id] * 2
    assert ("hook", "delivered") in house.states()


async def test_a_dead_letter_that_was_delivered_since_is_sent_again_only_when_that_is_asked_for(alert: Make) -> None:
    house = House(TWO)
    house.receivers["hook"].answers = [Refused("http_400")]
    await house.take(alert())
    await house.after(0)
    letter = msgspec.structs.replace(house.kept.letters[0], state="waiting", attempts=0, tried_at_ms=0)
    for _ in range(3):
        await house.desk.take_back(letter)
        await house.after(0)
    assert len(house.receivers["hook"].told) == 2
    newest = next(one for one in house.kept.newest() if one.target == "hook")
    assert newest.state == "delivered", "it stands behind the replay, which compaction would keep"
    await house.desk.take_back(letter, again=True)
    await house.after(0)
    assert ids(house.receivers["hook"]) == [letter.delivery_id] * 3


async def test_the_end_of_an_alert_is_not_told_before_its_beginning(alert: Make) -> None:
    house = House(TWO)
    house.receivers["hook"].answers = [AWAY]
    await house.take(alert(), alert(1, "resolved"))
    house.now_ms += 1
    await house.take(alert(call_id="c-2", alert_id="c-2/x/0"))
    await house.after(0)
    assert sorted(house.receivers["hook"].said) == [("raised c-1",), ("raised c-2",)]
    await house.after(5)
    assert house.receivers["hook"].said[2:] == [("raised c-1",), ("resolved c-1",)]


async def test_what_follows_knows_the_receipt_of_the_first_message_after_a_restart_too(alert: Make) -> None:
    house = House(TWO)
    await house.take(alert())
    await house.after(0)
    house.restart()
    await house.take(alert(1, "resolved"))
    await house.after(0)
    opened = house.receivers["desk"].told[1].opened
    assert opened is not None and opened.receipt == "receipt 1"


class Dies(FakeReceiver):
    """The process dies while it waits for the answer: the receiver has the message, the sender does not know it."""

    async def tell(self, sending: Sending) -> Outcome:
        self.told.append(sending)
        if len(self.told) == 1:
            raise asyncio.CancelledError
        return Delivered()


async def test_a_crash_between_the_sending_and_its_record_sends_again_under_the_same_id(alert: Make) -> None:
    house = House(TWO)
    house.receivers["hook"] = Dies()
    await house.take(alert())
    with pytest.raises(asyncio.CancelledError):
        await house.after(0)
    house.restart()
    await house.after(0)
    assert len(house.receivers["hook"].told) == 2 and len(set(ids(house.receivers["hook"]))) == 1
    assert len(house.receivers["desk"].told) == 1


async def test_a_crash_after_the_record_of_the_sending_sends_nothing_again(alert: Make) -> None:
    house = House(TWO)
    await house.take(alert())
    await house.after(0)
    house.restart()
    await house.take(alert())
    await house.after(3600)
    assert [len(one.told) for one in house.receivers.values()] == [1, 1]


class Hangs(FakeReceiver):
    """Never answers."""

    async def tell(self, sending: Sending) -> Outcome:
        self.told.append(sending)
        await asyncio.Event().wait()
        raise AssertionError


async def test_a_receiver_that_hangs_holds_up_no_other(alert: Make) -> None:
    house = House(TWO)
    house.receivers["hook"] = Hangs()
    house.desk.start()
    try:
        for index in range(20):
            await house.take(alert(call_id=f"c-{index}", alert_id=f"c-{index}/x/0"))
        async with asyncio.timeout(30):
            while len(house.receivers["desk"].told) < 20:
                await asyncio.sleep(0)
        assert len(house.receivers["hook"].told) == 1
        count = house.metrics.registry.get_sample_value
        assert count("tonewatch_notifications_waiting_count", {"target": "hook"}) == 20
    finally:
        for task in house.desk._couriers.values():
            task.cancel()


async def test_what_waits_for_a_receiver_is_bounded_and_the_rest_are_dead_letters(alert: Make) -> None:
    house = House(TWO)
    house.receivers["hook"].answers = [AWAY] * 10_000
    for index in range(MOST_WAITING + 3):
        await house.take(alert(call_id=f"c-{index}", alert_id=f"c-{index}/x/0"))
    letters = [letter for letter in house.kept.letters if letter.target == "hook"]
    assert [letter.reason for letter in letters] == ["queue_full"] * 3
    assert house.desk.book.count_waiting("hook") == MOST_WAITING


async def test_a_secret_that_is_missing_is_told_at_ready_and_waited_for(
    alert: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    http = Http()
    house = House(TWO, http=http)
    monkeypatch.delenv("A", raising=False)
    monkeypatch.delenv("B", raising=False)
    await house.take(alert())
    await house.after(0)
    assert "variable A" in house.metrics.health.remarks()["warnings"]["target hook"]
    assert ("hook", "waiting") in house.states()
    await http.aclose()


async def test_a_receiver_that_the_routes_no_longer_name_is_told_nothing(alert: Make) -> None:
    house = House(TWO)
    await house.take(alert())
    house.routes = House(TWO.replace("  hook:", "  other:").replace("[hook,", "[other,")).routes
    house.receivers["other"] = FakeReceiver()
    await house.after(0)
    assert [letter.reason for letter in house.kept.letters] == ["no_such_target"]
    assert house.receivers["hook"].told == []
