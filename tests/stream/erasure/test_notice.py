"""What runs hears of an erasure by a withdrawal of the notice; here against a Kafka that answers as it is told."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from typing import Any

import pytest
from aiokafka import TopicPartition

from tonewatch.stream.codec import decode_call, encode
from tonewatch.stream.erasure import notice
from tonewatch.stream.messages import CallClock, NoticeWithdrawn
from tonewatch.stream.settings import KafkaSettings, load
from tonewatch.stream.topics import CALLS, CLOCKS

from ...conftest import FakeRecord

CLOCK, CHANGELOG = TopicPartition(CLOCKS.name, 0), TopicPartition("tonewatch-monitor-calls-changelog", 0)
LIVE = b'{"state": {"announced": "live", "withdrawn": false}}'
WITHDRAWN = b'{"state": {"announced": "not_analysed", "withdrawn": true}}'
OVER = encode(CallClock(call_id="c", withdrawn=True))
SEALED = b"\xc1TW\x01\x00" + bytes(60)
MESSAGE = NoticeWithdrawn(call_id="c", withdrawn_at_ms=5)

Written = tuple[TopicPartition, bytes, bytes]


@dataclass
class Kafka:
    """Holds `kept`, and `answers` from the withdrawal on."""

    kept: list[Written]
    answers: list[Written] = field(default_factory=list)
    sent: list[tuple[str, bytes | None, bytes]] = field(default_factory=list)
    assigned: list[TopicPartition] = field(default_factory=list)
    positions: dict[TopicPartition, int] = field(default_factory=dict)

    def _of(self, partition: TopicPartition) -> list[FakeRecord]:
        written = [*self.kept, *(self.answers if self.sent else [])]
        own = [one for one in written if one[0] == partition]
        return [FakeRecord(partition.topic, 0, at, value, key=key) for at, (_, key, value) in enumerate(own)]

    def assign(self, partitions: list[TopicPartition]) -> None:
        self.assigned = partitions

    def seek(self, partition: TopicPartition, offset: int) -> None:
        self.positions[partition] = offset

    async def seek_to_beginning(self, partition: TopicPartition) -> None:
        self.positions[partition] = 0

    async def end_offsets(self, partitions: list[TopicPartition]) -> dict[TopicPartition, int]:
        return {one: len(self._of(one)) for one in partitions}

    async def position(self, partition: TopicPartition) -> int:
        return self.positions[partition]

    async def getmany(self, *partitions: TopicPartition, timeout_ms: int) -> dict[TopicPartition, list[FakeRecord]]:
        assert timeout_ms > 0
        await asyncio.sleep(0)
        found = {one: self._of(one)[self.positions[one] :] for one in partitions or self.assigned}
        for one, records in found.items():
            self.positions[one] += len(records)
        return found

    async def start(self) -> None: ...

    async def stop(self) -> None: ...

    async def send(self, topic: str, value: bytes | None, *, key: bytes, **_more: object) -> asyncio.Future[None]:
        self.sent.append((topic, value, key))
        done: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        done.set_result(None)
        return done


async def withdraw(kafka: Kafka, monkeypatch: pytest.MonkeyPatch, patience_s: float = 5.0) -> bool:
    monkeypatch.setattr(notice, "make_producer", lambda _settings: kafka)
    consumer: Any = kafka
    settings = load(KafkaSettings, kafka="127.0.0.1:1")
    return await notice.withdraw(settings, consumer, [CLOCK, CHANGELOG], MESSAGE, patience_s)


@pytest.mark.parametrize(
    ("kept", "answer"),
    [
        ([(CHANGELOG, b'"c"', LIVE)], WITHDRAWN),
        ([(CLOCK, b"c", encode(CallClock(call_id="c")))], WITHDRAWN),
        ([(CHANGELOG, b'"c"', SEALED)], SEALED),
    ],
)
async def test_the_withdrawal_is_written_and_the_monitor_s_answer_waited_for(
    kept: list[Written], answer: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    kafka = Kafka(kept, [(CLOCK, b"c", OVER), (CHANGELOG, b'"d"', WITHDRAWN), (CHANGELOG, b'"c"', answer)])
    assert await withdraw(kafka, monkeypatch)
    ((topic, value, key),) = kafka.sent
    assert (topic, key, decode_call(value)) == (CALLS.name, b"c", MESSAGE)


@pytest.mark.parametrize("answers", [[], [(CLOCK, b"c", OVER)], [(CHANGELOG, b'"c"', LIVE)]])
async def test_no_answer_is_waited_for_so_long_and_told(
    answers: list[Written], monkeypatch: pytest.MonkeyPatch
) -> None:
    assert not await withdraw(Kafka([(CHANGELOG, b'"c"', LIVE)], answers), monkeypatch, patience_s=0.01)
    assert "0.01 s" in notice.unanswered(0.01).why


@pytest.mark.parametrize(
    "kept",
    [[], [(CHANGELOG, b'"other"', LIVE)], [(CHANGELOG, b'"c"', WITHDRAWN), (CLOCK, b"c", OVER)]],
)
async def test_a_call_of_which_nobody_knows_any_more_is_withdrawn_by_nobody(
    kept: list[Written], monkeypatch: pytest.MonkeyPatch
) -> None:
    kafka = Kafka(kept)
    assert await withdraw(kafka, monkeypatch)
    assert kafka.sent == []
