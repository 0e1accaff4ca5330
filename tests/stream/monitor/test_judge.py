"""One message through the judge: the table, the outputs, the locks and the sweep around the judging core."""

from __future__ import annotations

import asyncio
from pathlib import Path
from sys import getsizeof
from typing import Any

import msgspec
import pytest

from tonewatch.stream.codec import decode_alert, decode_segment, decode_tone
from tonewatch.stream.errors import Unprocessable
from tonewatch.stream.messages import (
    AlertAction,
    AlertState,
    CallAttributes,
    CallClosed,
    CallOpened,
    CallState,
    Segment,
    Silence,
    Tone,
    Words,
)
from tonewatch.stream.monitor.call_table import UNKNOWN
from tonewatch.stream.monitor.callers import Callers
from tonewatch.stream.monitor.judge import FORGET_AFTER_S, Judge
from tonewatch.stream.notify.withdrawal import is_withdrawal
from tonewatch.stream.service.metrics import Metrics
from tonewatch.stream.tone.alerts.slot import AlertSlot
from tonewatch.stream.tone.config import ToneConfig
from tonewatch.stream.tone.state import CallMemory
from tonewatch.stream.topics import ALERTS, CALLERS, MOMENTS, SEGMENTS, TONE
from tonewatch.stream.withdrawn import Withdrawn

GOLDEN_FOLDER = Path(__file__).parents[1] / "golden"
GOLDEN = decode_segment((GOLDEN_FOLDER / "segment.json").read_bytes())
assert isinstance(GOLDEN, Segment)
SEGMENT: Segment = GOLDEN
ALERT = decode_alert((Path(__file__).parents[1] / "golden" / "alert.json").read_bytes())


class Clock:
    """Seconds, moved by hand."""

    def __init__(self, now_s: float = 1_790_000_000.0) -> None:
        self.now_s = now_s

    def __call__(self) -> float:
        return self.now_s


class Table:
    """What the judge needs of a faust table; `log` is shared with the outputs, so that their order can be read."""

    def __init__(self, log: list[str]) -> None:
        self.data: dict[str, Any] = {}
        self.withdrawn = Withdrawn()
        self.changelog: list[tuple[str, dict[str, Any]]] = []
        self.log = log

    def __getitem__(self, key: str) -> dict[str, Any]:
        return dict(self.data.get(key, {}))

    async def keep(self, key: str, entry: dict[str, Any]) -> None:
        self.log.append("entry")
        self.changelog.append((key, entry))
        self.data[key] = entry

    async def keep_withdrawn(self, key: str, entry: dict[str, Any]) -> None:
        self.withdrawn.add(key)
        await self.keep(key, {**entry, UNKNOWN: True})
        del self.data[key]


class Outputs:
    """A topic that acknowledges when it is let to."""

    def __init__(self, name: str, log: list[str]) -> None:
        self.name = name
        self.log = log
        self.values: list[bytes] = []
        self.open = asyncio.Event()
        self.open.set()

    async def send(self, *, key: str, value: bytes, headers: list[tuple[str, bytes]]) -> asyncio.Task[None]:
        assert dict(headers)["ce_partitionkey"] == key.encode()
        return asyncio.ensure_future(self._acknowledge(value))

    async def _acknowledge(self, value: bytes) -> None:
        await self.open.wait()
        self.log.append(self.name)
        self.values.append(value)


class Judged:
    def __init__(self, config: ToneConfig | None = None) -> None:
        self.log: list[str] = []
        self.table = Table(self.log)
        self.topics = {topic.name: Outputs(topic.name, self.log) for topic in (TONE, ALERTS, MOMENTS, CALLERS)}
        self.metrics = Metrics()
        self.clock = Clock()
        found = config or ToneConfig()
        self.judge = Judge(self.table, self.topics, lambda: found, self.metrics, Callers(), clock=self.clock)

    async def take(self, *messages: Any, offset: int = 0) -> None:
        for index, message in enumerate(messages):
            await self.judge.take(message, SEGMENTS.name, offset + index)

    def written(self) -> list[Tone | CallState]:
        return [decode_tone(value) for value in self.topics[TONE.name].values]


def opened(call_id: str = SEGMENT.call_id) -> CallOpened:
    return CallOpened(call_id=call_id, call=CallAttributes(roles=("customer", "agent")), notice_given=True)


async def test_outputs_are_in_kafka_before_the_entry_that_says_they_were_written() -> None:
    judged = Judged()
    await judged.take(opened())
    assert judged.log == [TONE.name, "entry"]


async def test_an_entry_is_not_written_while_an_output_is_not_acknowledged() -> None:
    judged = Judged()
    judged.topics[TONE.name].open.clear()
    taking = asyncio.ensure_future(judged.take(opened()))
    for _ in range(10):
        await asyncio.sleep(0)
    assert judged.log == []
    judged.topics[TONE.name].open.set()
    await taking
    assert judged.log == [TONE.name, "entry"]


async def test_an_entry_tells_how_far_each_topic_was_read() -> None:
    judged = Judged()
    await judged.take(opened(), offset=7)
    await judged.judge.take(Silence(call_id=SEGMENT.call_id, now_ms=5), "elsewhere", 3)
    assert judged.table.data[SEGMENT.call_id]["seen"] == {SEGMENTS.name: 7, "elsewhere": 3}


async def test_two_messages_of_one_call_are_taken_one_after_the_other() -> None:
    judged = Judged()
    judged.topics[TONE.name].open.clear()
    first = asyncio.ensure_future(judged.take(opened(), SEGMENT))
    second = asyncio.ensure_future(judged.judge.take(Silence(call_id=SEGMENT.call_id, now_ms=90_000), "x", 0))
    await asyncio.sleep(0)
    judged.topics[TONE.name].open.set()
    await asyncio.gather(first, second)
    state = judged.table.data[SEGMENT.call_id]["state"]
    assert (state["announced"], state["counted"]) == ("live", {str(SEGMENT.channel): SEGMENT.end_ms})
    assert state["now_ms"] == 90_000


async def test_calls_that_share_a_lock_keep_memories_of_their_own() -> None:
    judged = Judged()
    await asyncio.gather(*(judged.take(opened(f"call-{number}")) for number in range(200)))
    assert len(judged.table.data) == 200
    assert len(judged.written()) == 200


async def test_what_is_kept_of_a_call_that_ended_is_little() -> None:
    judged = Judged()
    closed = CallClosed(call_id=SEGMENT.call_id, reason="ended", duration_ms=60_000)
    await judged.take(opened(), SEGMENT, closed)
    state = judged.table.data[SEGMENT.call_id]["state"]
    assert state["announced"] == "ended"
    assert state.keys() & {"baseline", "turns"} == set()
    assert state["counted"] == {str(SEGMENT.channel): SEGMENT.end_ms}


async def test_calls_that_nothing_was_heard_of_are_dropped_and_others_are_not() -> None:
    judged = Judged()
    await judged.take(opened("silent"))
    judged.clock.now_s += FORGET_AFTER_S - 60
    await judged.take(opened("spoken"))
    assert judged.table.data.keys() == {"silent", "spoken"}
    judged.clock.now_s += 120
    await judged.take(Silence(call_id="spoken", now_ms=1_000))
    assert judged.table.data.keys() == {"spoken"}


async def test_an_entry_of_another_release_that_does_not_fit_is_begun_anew() -> None:
    judged = Judged()
    judged.table.data[SEGMENT.call_id] = {"state": {"turns": "many"}}
    await judged.take(opened())
    assert [state.state for state in judged.written() if isinstance(state, CallState)] == ["live"]


async def test_an_entry_of_the_release_before_is_gone_on_from() -> None:
    judged = Judged()
    judged.table.data[SEGMENT.call_id] = {"memory": {"announced": "live", "marks": {"0": 10**9}}}
    await judged.take(SEGMENT)
    assert judged.written() == []


async def test_tones_carry_the_time_at_which_they_were_written_and_the_delay_is_measured() -> None:
    judged = Judged()
    spoken_at_ms = round(judged.clock.now_s * 1000) - 250
    await judged.take(opened(), msgspec.structs.replace(SEGMENT, spoken_at_ms=spoken_at_ms))
    (tone,) = [output for output in judged.written() if isinstance(output, Tone)]
    assert tone.emitted_at_ms == spoken_at_ms + 250
    assert judged.metrics.registry.get_sample_value("tonewatch_delay_seconds_sum", {"at": "tone"}) == 0.25


async def test_words_alone_write_nothing() -> None:
    judged = Judged()
    model = SEGMENT.model
    assert model is not None
    words = Words(
        call_id=SEGMENT.call_id, segment_id="s", channel=0, start_ms=0, end_ms=1, text="yes", confidence=1, model=model
    )
    await judged.take(opened(), words)
    assert judged.log == [TONE.name, "entry", "entry"]


async def test_a_listener_with_other_weights_is_told_of_once_and_counted(head: Any) -> None:
    judged = Judged(ToneConfig(relative=head))
    other = msgspec.structs.replace(SEGMENT, space="another", embedding=b"1234")
    later = msgspec.structs.replace(other, start_ms=other.end_ms, end_ms=other.end_ms + 3_000, segment_id="later")
    await judged.take(opened(), other, later)
    assert judged.metrics.registry.get_sample_value("tonewatch_foreign_embeddings_total") == 2
    assert "TONEWATCH_WEIGHTS" in judged.metrics.health.remarks()["warnings"]["weights"]


async def test_a_record_far_ahead_is_refused_and_those_after_it_are_counted() -> None:
    judged = Judged()
    await judged.take(opened(), SEGMENT)
    far = {"start_ms": 8 * 86_400_000 - 3_000, "end_ms": 8 * 86_400_000}
    with pytest.raises(Unprocessable):
        await judged.take(msgspec.structs.replace(SEGMENT, **far))
    later = {"start_ms": SEGMENT.end_ms + 500, "end_ms": SEGMENT.end_ms + 3_500}
    await judged.take(msgspec.structs.replace(SEGMENT, **later))
    state = judged.table.data[SEGMENT.call_id]["state"]
    assert (state["counted"][str(SEGMENT.channel)], state["repeated"]) == (SEGMENT.end_ms + 3_500, 0)


async def test_a_live_call_of_a_release_that_did_not_keep_whether_its_caller_was_told_goes_on() -> None:
    judged = Judged()
    await judged.take(opened())
    before = judged.table.data[SEGMENT.call_id]
    del before["state"]["told"], before["state"]["joins"]
    await judged.take(SEGMENT)
    assert judged.table.data[SEGMENT.call_id]["state"]["told"] is True


def with_alerts(*states: AlertState) -> CallMemory:
    """A call that is over, with an alert of each state; open ones are a cause's."""
    memory = CallMemory(announced="ended", told=True)
    for number, state in enumerate(states):
        name = ALERT.alert_id if not number else f"{ALERT.alert_id}-{number}"
        alert = msgspec.structs.replace(ALERT, state=state, alert_id=name)
        if state == "resolved":
            memory.alerts.closed[name] = msgspec.structs.replace(alert, event="resolved", resolved_ms=50_000)
        else:
            memory.alerts.slots["tone"] = AlertSlot(alert=alert)
    return memory


async def forgotten_call(memory: CallMemory, days: float = 0.3) -> Judged:
    """One that nothing was heard of for so long, after a sweep."""
    judged = Judged()
    touched_s = int(judged.clock.now_s)
    judged.table.data["c-1"] = {"state": msgspec.to_builtins(memory), "touched_s": touched_s, "seen": {"x": 1}}
    judged.clock.now_s += days * 86_400
    await judged.take(opened("another"))
    return judged


async def test_a_withdrawal_ends_what_is_told_of_a_call_that_the_monitor_forgot_hours_before() -> None:
    judged = await forgotten_call(with_alerts("resolved"))
    withdrawn = CallOpened(call_id="c-1", call=CallAttributes(), notice_given=False, withdrawn_at_ms=1)
    await judged.take(withdrawn)
    (told,) = [decode_alert(value) for value in judged.topics[ALERTS.name].values]
    assert is_withdrawal(told)
    assert (told.call_id, told.alert_id, told.seq, told.state) == ("c-1", ALERT.alert_id, ALERT.seq + 1, "resolved")


async def test_what_was_told_of_a_forgotten_call_is_kept_as_long_as_a_delivery_and_no_longer() -> None:
    judged = await forgotten_call(with_alerts("resolved"), days=6.9)
    assert "c-1" in judged.table.data
    judged.clock.now_s += 86_400
    await judged.take(opened("another"))
    assert "c-1" not in judged.table.data


async def test_of_a_forgotten_call_nothing_but_what_was_told_is_kept_and_little_of_that() -> None:
    quiet = await forgotten_call(CallMemory(announced="ended", told=True, now_ms=900_000))
    assert "c-1" not in quiet.table.data
    judged = await forgotten_call(with_alerts("resolved", "firing"))
    entry = judged.table.data["c-1"]
    assert b"this is the third time" not in entry["swept"]
    assert sum(map(getsizeof, (entry, *entry.values()))) < 1_500


async def test_a_forgotten_call_that_comes_back_is_learned_anew_and_its_alerts_are_nobodys_to_change() -> None:
    judged = await forgotten_call(with_alerts("resolved"))
    action = AlertAction(
        call_id="c-1", action_id="a", alert_id=ALERT.alert_id, action="acknowledge", by="Ada", acted_at_ms=1
    )
    await judged.take(opened("c-1"), action)
    assert judged.topics[ALERTS.name].values == []
    state = judged.table.data["c-1"]["state"]
    assert (state["announced"], len(state["alerts"]["past"])) == ("live", 1)


async def test_a_withdrawal_outlives_the_memory_of_its_call() -> None:
    judged = await forgotten_call(CallMemory(told=False, withdrawn=True, announced="not_analysed"))
    await judged.take(opened("c-1"))
    assert judged.table.data["c-1"]["state"]["withdrawn"] is True
    assert [one.call_id for one in judged.written()] == ["another"]
