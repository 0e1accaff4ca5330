"""At DEBUG every role's own part is run with marked words, names and numbers; none of them is in what was logged."""

from __future__ import annotations

import asyncio
import json
import logging
from collections.abc import Iterator
from io import StringIO
from typing import TYPE_CHECKING, Any

import msgspec
import numpy as np
import pytest
from aiokafka import TopicPartition
from websockets.client import ClientProtocol
from websockets.uri import parse_uri

from tonewatch.stream.board.view import CallView, apply
from tonewatch.stream.codec import encode_call
from tonewatch.stream.kafka.dead_letters import DeadLetters
from tonewatch.stream.messages import (
    AlertAction,
    AudioSpan,
    CallAttributes,
    CallEnded,
    CallOpened,
    CallStarted,
    CallState,
    ModelRef,
    Segment,
    Words,
)
from tonewatch.stream.monitor.callers import Callers
from tonewatch.stream.monitor.judge import Judge
from tonewatch.stream.service import logs
from tonewatch.stream.service.metrics import Metrics
from tonewatch.stream.tone.config import ToneConfig
from tonewatch.stream.topics import ALERT_ACTIONS, ALERTS, CALLERS, CALLS, MOMENTS, SEGMENTS, TONE
from tonewatch.workers.audio.segmenter import SegmenterSettings
from tonewatch.workers.listen.analysis import FAILED, Analysis
from tonewatch.workers.listen.call import ClosedSegment
from tonewatch.workers.listen.listener import Listener
from tonewatch.workers.listen.speech_to_text import Transcriber, Transcript
from tonewatch.workers.listen.transcripts import Transcripts

if TYPE_CHECKING:
    from tests.conftest import Clock, FakeKafka

SECRETS = ("zebra-transcript", "zebra-comment", "zebra-name", "+49 30 5550199", "4111 1111 1111 1111")
SPOKEN = f"{SECRETS[0]} and my card is {SECRETS[4]}"
MODEL = ModelRef(name="scripted", version="0")


@pytest.fixture
def logged() -> Iterator[StringIO]:
    """All that a role would write at DEBUG."""
    root, ours, written = logging.getLogger(), logging.getLogger(logs.OURS), StringIO()
    before, levels = root.handlers, (root.level, ours.level)
    logs.configure("listen", "DEBUG")
    handler: Any = root.handlers[0]
    handler.setStream(written)
    yield written
    root.handlers = before
    root.setLevel(levels[0])
    ours.setLevel(levels[1])


def check(logged: StringIO, *, says: str) -> None:
    """It was written at all, and holds none of the marked words, plain or escaped."""
    text = logged.getvalue()
    assert says in text
    assert [secret for secret in SECRETS if secret in text or json.dumps(secret)[1:-1] in text] == []


async def test_the_listener_logs_nothing_of_what_it_refuses(
    fake_kafka: FakeKafka, clock: Clock, logged: StringIO
) -> None:
    kafka: Any = fake_kafka
    nothing: Any = None
    metrics, stop, one = Metrics(), asyncio.Event(), TopicPartition(CALLS.name, 0)
    settings = SegmenterSettings()
    letters = DeadLetters(kafka, metrics)
    listener = Listener(
        kafka, kafka, letters, nothing, None, metrics, segmenter=settings, call_idle_s=60.0, clock=clock
    )
    running = asyncio.create_task(listener.run(stop))
    began = CallStarted(
        call_id="c", roles=("customer",), notice_given=True, started_at_ms=0, caller_id=SECRETS[3], title=SECRETS[2]
    )
    wrong_codec = msgspec.msgpack.encode({"type": "audio_chunk", "call_id": "c", "codec": SPOKEN, "notice_given": True})
    ended = encode_call(CallEnded(call_id="c", ended_at_ms=1, duration_ms=1))
    values = (encode_call(began), wrong_codec, SPOKEN.encode(), ended, ended)
    fake_kafka.put(one, *enumerate(values))
    await fake_kafka.until(lambda: sum(topic == CALLS.dlq for topic, _ in fake_kafka.sent) == 3)
    stop.set()
    await running
    check(logged, says="A record went to its dead-letter topic")


class Heard(Transcriber):
    def __init__(self) -> None:
        self.ref = MODEL

    def understand(self, samples: np.ndarray[Any, Any]) -> Transcript:
        return Transcript(SPOKEN, 0.9)


async def test_speech_to_text_logs_no_word_of_it(fake_kafka: FakeKafka, logged: StringIO) -> None:
    kafka: Any = fake_kafka
    transcripts = Transcripts(kafka, Metrics(), queue_size=4, every=True)
    transcripts.offer(a_segment(), np.zeros(16_000, np.float32))
    running = asyncio.create_task(transcripts.run(Heard()))
    await fake_kafka.until(lambda: bool(fake_kafka.sent))
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)
    logging.getLogger("tonewatch.test").debug("done")
    check(logged, says="done")


def a_segment() -> Segment:
    span = AudioSpan(topic=CALLS.name, partition=0, first_offset=0, last_offset=1)
    return Segment(
        call_id="c",
        segment_id="c/0/0",
        channel=0,
        role="customer",
        start_ms=0,
        end_ms=1000,
        closed_by="pause",
        audio=span,
    )


def test_an_analysis_that_fails_tells_where_and_not_on_what(logged: StringIO) -> None:
    class Broken:
        name, version, provider = "b", "0", "cpu"

    encoder: Any = Broken()
    found: Any = ClosedSegment("c", 0, "customer", Unmeasurable())  # type: ignore[arg-type]
    event, _ = Analysis(encoder, Metrics()).segment(found, TopicPartition(CALLS.name, 0))
    assert event.abstained == FAILED
    check(logged, says="The analysis of a segment failed")


class Unmeasurable:
    """Audio on which every measurement fails with an error that quotes it."""

    start_ms, end_ms, closed_by, first_offset, last_offset, shift_ms = 0, 1000, "pause", 0, 1, 0
    spoken_at_ms, epoch, rate_hz, speech = 0, 0, 16_000, ()

    @property
    def samples(self) -> object:
        raise ValueError(SPOKEN)


async def test_the_monitor_logs_neither_words_nor_comments_nor_names(logged: StringIO) -> None:
    class Table(dict[str, Any]):
        async def keep(self, key: str, entry: dict[str, Any]) -> None:
            self[key] = entry

        def __missing__(self, key: str) -> dict[str, Any]:
            # A memory of another release, with a word where a number was.
            return {"state": {"repeated": SPOKEN}}

        @property
        def data(self) -> dict[str, Any]:
            return self

    class Sent:
        async def send(self, **_: object) -> asyncio.Future[None]:
            done: asyncio.Future[None] = asyncio.get_running_loop().create_future()
            done.set_result(None)
            return done

    outputs = {topic.name: Sent() for topic in (TONE, ALERTS, MOMENTS, CALLERS)}
    judge = Judge(Table(), outputs, ToneConfig, Metrics(), Callers())
    about = CallAttributes(roles=("customer",), title=SECRETS[2], caller_shown=SECRETS[3], agent_name=SECRETS[2])
    words = Words(
        call_id="c", segment_id="c/0/0", channel=0, start_ms=0, end_ms=1000, text=SPOKEN, confidence=0.9, model=MODEL
    )
    note = AlertAction(call_id="c", action_id="1", alert_id="c/a", action="acknowledge", by=SECRETS[2], note=SECRETS[1])
    for message in (CallOpened(call_id="c", call=about, notice_given=True), a_segment(), words):
        await judge.take(message, SEGMENTS.name, 0)
    await judge.take(note, ALERT_ACTIONS.name, 0)
    check(logged, says="A call's memory of another release does not fit")


def test_the_board_s_view_logs_nothing_of_a_call(logged: StringIO) -> None:
    about = CallAttributes(roles=("customer",), title=SECRETS[2], caller_shown=SECRETS[3])
    apply(CallView(call_id="c"), CallState(call_id="c", state="live", call=about))
    logging.getLogger("tonewatch.test").debug("done")
    check(logged, says="done")


def test_a_websocket_s_library_says_its_frames_at_debug_and_is_not_heard(logged: StringIO) -> None:
    library = logging.getLogger("websockets.client")
    library.setLevel(logging.DEBUG)
    try:
        protocol = ClientProtocol(parse_uri("ws://127.0.0.1/"), logger=library)
        protocol.state = protocol.state.__class__.OPEN
        protocol.send_text(SECRETS[1].encode())
    finally:
        library.setLevel(logging.NOTSET)
    logging.getLogger("tonewatch.test").debug("done")
    check(logged, says="done")
