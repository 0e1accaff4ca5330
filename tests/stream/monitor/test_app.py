"""The faust app as it is put together; that it runs is a matter of the integration tests."""

from __future__ import annotations

import asyncio
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from aiokafka.errors import KafkaConnectionError, MessageSizeTooLargeError
from faust.exceptions import ProducerSendError

from tonewatch.stream.codec import decode_segment
from tonewatch.stream.errors import TooLarge
from tonewatch.stream.monitor.app import TABLE, TopicReader, make_app
from tonewatch.stream.monitor.callers import Callers
from tonewatch.stream.service.metrics import Metrics
from tonewatch.stream.settings import MonitorSettings
from tonewatch.stream.tone.config import ToneConfig
from tonewatch.stream.topics import ALERT_ACTIONS, RATIONALES, SEGMENTS, changelog_topics


def test_topics_agents_and_table_bear_the_names_of_the_contract(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    settings = MonitorSettings()
    app = make_app(settings, ToneConfig, Metrics(), Callers())
    assert set(app.agents) == {f"monitor.{topic.name}" for topic in (SEGMENTS, RATIONALES, ALERT_ACTIONS)}
    changelog = app.tables[TABLE].changelog_topic.get_topic_name()
    assert changelog in {topic.name for topic in changelog_topics(settings.app_id, (TABLE,))}
    assert list(tmp_path.iterdir()) == []


def test_nothing_is_acknowledged_by_less_than_all_replicas() -> None:
    app = make_app(MonitorSettings(), ToneConfig, Metrics(), Callers())
    assert app.conf.producer_acks == -1
    assert app.conf.stream_wait_empty is False


class Judging:
    """A judge whose outputs, or whose state, Kafka refuses."""

    def __init__(self, refusal: Exception) -> None:
        self.refusal = refusal

    async def take(self, *_message: object) -> None:
        raise self.refusal


class Letters:
    """A dead-letter topic of faust that has room for `room` bytes."""

    def __init__(self, room: int = 1_000) -> None:
        self.room = room
        self.written: list[tuple[bytes, dict[str, bytes]]] = []

    async def send(self, *, key: bytes | None, value: bytes, headers: dict[str, bytes]) -> asyncio.Future[None]:
        answer: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        if len(value) > self.room:
            around = ProducerSendError("refused")
            around.__cause__ = MessageSizeTooLargeError()
            raise around
        self.written.append((value, headers))
        answer.set_result(None)
        return answer


SILENCE = b'{"type":"silence","call_id":"c","now_ms":1}'
DEEP = SILENCE[:-1] + b',"added_later":' + b"[" * 50_000 + b"]" * 50_000 + b"}"


def event(value: bytes) -> Any:
    message = SimpleNamespace(partition=1, offset=5, key=b"c", headers=[("trace", b"7")])
    return SimpleNamespace(value=value, message=message)


async def letter(judge: Any, letters: Any, value: bytes = SILENCE) -> tuple[bytes, dict[str, bytes]]:
    await TopicReader(SEGMENTS, decode_segment, judge, letters, Metrics()).take(event(value))
    ((written, headers),) = letters.written
    return written, headers


@pytest.mark.parametrize("refusal", [MessageSizeTooLargeError(), TooLarge("a state of 2 MB")])
async def test_an_output_that_is_refused_by_its_size_is_a_dead_letter(refusal: Exception) -> None:
    value, headers = await letter(Judging(refusal), Letters())
    size = str(len(SILENCE)).encode()
    assert (value, headers["reason"], headers["offset"]) == (b"", b"output_too_large", b"5")
    assert headers["left_out_bytes"] == size


@pytest.mark.parametrize("fault", [RecursionError(), ValueError(), KeyError("x")])
async def test_a_record_that_makes_our_own_code_fail_is_a_dead_letter(fault: Exception) -> None:
    assert (await letter(Judging(fault), Letters()))[1]["reason"] == b"failed"


async def test_a_record_under_another_call_s_key_is_a_dead_letter_and_not_judged() -> None:
    value, headers = await letter(Judging(AssertionError()), Letters(), SILENCE.replace(b'"c"', b'"d"'))
    assert (value, headers["reason"]) == (b"", b"wrong_key")


async def test_a_dead_letter_that_has_no_room_leaves_its_bytes_out() -> None:
    value, headers = await letter(Judging(ValueError()), Letters(room=10), DEEP)
    assert (value, headers["reason"], headers["left_out_bytes"]) == (b"", b"too_deep", str(len(DEEP)).encode())


async def test_kafka_that_is_away_is_no_fault_of_the_record() -> None:
    letters = Letters()
    with pytest.raises(KafkaConnectionError):
        await letter(Judging(KafkaConnectionError()), letters)
    assert not letters.written
