"""Transcripts around a change of tone: chosen, queued, shed and written."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import Any

import numpy as np
import pytest
from aiokafka import TopicPartition

from tonewatch.stream.call_hash import erased_id
from tonewatch.stream.codec import decode_segment
from tonewatch.stream.errors import ModelError
from tonewatch.stream.kafka.dead_letters import DeadLetters
from tonewatch.stream.messages import AudioSpan, CallClosed, ModelRef, Prosody, Segment, Words
from tonewatch.stream.service.metrics import Metrics
from tonewatch.workers.audio.codecs import Samples
from tonewatch.workers.audio.segmenter import SegmenterSettings
from tonewatch.workers.listen.call import Call
from tonewatch.workers.listen.listener import Listener
from tonewatch.workers.listen.speech_to_text import Transcriber, Transcript
from tonewatch.workers.listen.transcripts import Transcripts, words_of
from tonewatch.workers.listen.whisper import DecodedWord

from ...conftest import FakeKafka
from .listeners import make_listener

SAMPLES = np.zeros(16_000, np.float32)
MODEL = ModelRef(name="scripted", version="0")
CALM = Prosody(f0_median_st=15, level_db=-25, tilt_db=-12, rate_syl_per_s=4)
RAISED = Prosody(f0_median_st=20, level_db=-15, tilt_db=-6, rate_syl_per_s=5.5)


class Written:
    """A producer that keeps records, and tells when one came."""

    def __init__(self) -> None:
        self.words: list[Words] = []
        self.headers: Sequence[tuple[str, bytes]] = ()
        self.came = asyncio.Event()

    async def send(self, topic: str, value: bytes, *, key: bytes, headers: Sequence[tuple[str, bytes]] = ()) -> object:
        self.headers = headers
        message = decode_segment(value)
        assert isinstance(message, Words)
        self.words.append(message)
        self.came.set()
        return None


class Scripted(Transcriber):
    """Gives these answers in turn; an error is raised."""

    def __init__(self, *answers: str | Exception) -> None:
        self.ref = MODEL
        self.answers = list(answers)

    def understand(self, samples: Samples) -> Transcript:
        answer = self.answers.pop(0)
        if isinstance(answer, Exception):
            raise answer
        return Transcript(answer, 0.87654)


def segment(index: int, prosody: Prosody = CALM, call_id: str = "c", abstained: str | None = None) -> Segment:
    return Segment(
        call_id=call_id,
        segment_id=f"{call_id}/0/{index * 3000}",
        channel=0,
        role="customer",
        start_ms=index * 3000,
        end_ms=index * 3000 + 2000,
        closed_by="pause",
        audio=AudioSpan(topic="calls", partition=0, first_offset=0, last_offset=0),
        prosody=prosody,
        abstained=abstained,
    )


def offer(transcripts: Transcripts, calm: int = 6, call_id: str = "c") -> None:
    """Calm segments and a raised one: the last calm one and the raised one are chosen."""
    for index in range(calm):
        transcripts.offer(segment(index, call_id=call_id), SAMPLES)
    transcripts.offer(segment(calm, RAISED, call_id), SAMPLES)


@asynccontextmanager
async def running(transcripts: Transcripts, transcriber: Transcriber) -> AsyncIterator[None]:
    task = asyncio.create_task(transcripts.run(transcriber))
    yield
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)


async def test_the_segments_around_a_change_are_written_with_their_words(timeout_factor: float) -> None:
    written = Written()
    transcripts = Transcripts(written, Metrics(), queue_size=4)
    offer(transcripts)
    async with running(transcripts, Scripted("before", "I am fed up")), asyncio.timeout(10 * timeout_factor):
        while len(written.words) < 2:
            written.came.clear()
            await written.came.wait()
    assert [(one.start_ms, one.text) for one in written.words] == [(15_000, "before"), (18_000, "I am fed up")]
    assert written.words[0] == words_of(segment(5), Transcript("before", 0.87654), MODEL)
    assert dict(written.headers)["ce_type"] == b"tonewatch.words.v1"


async def test_a_segment_without_words_or_with_an_error_is_passed_over(
    timeout_factor: float, caplog: pytest.LogCaptureFixture
) -> None:
    written = Written()
    transcripts = Transcripts(written, Metrics(), queue_size=8)
    offer(transcripts)
    transcripts.offer(segment(7), SAMPLES)
    scripted = Scripted(ModelError("broken"), "", "at last")
    async with running(transcripts, scripted), asyncio.timeout(10 * timeout_factor):
        await written.came.wait()
    assert [one.text for one in written.words] == ["at last"]
    assert "broken" in caplog.text


async def test_what_finds_the_queue_full_is_left_out_and_counted_by_call() -> None:
    transcripts = Transcripts(Written(), Metrics(), queue_size=1)
    offer(transcripts)
    offer(transcripts, call_id="other")
    assert (transcripts.forget("c"), transcripts.forget("other")) == (1, 2)
    assert transcripts.forget("c") == 0


async def test_a_call_that_was_forgotten_is_learnt_anew() -> None:
    transcripts = Transcripts(Written(), Metrics(), queue_size=1)
    offer(transcripts)
    transcripts.forget("c")
    transcripts.offer(segment(8, RAISED), SAMPLES)
    assert transcripts.forget("c") == 0


def test_a_transcripts_confidence_is_rounded_and_its_times_are_those_of_the_segment() -> None:
    words = words_of(segment(2), Transcript("hello", 0.87654), MODEL)
    assert (words.confidence, words.start_ms, words.end_ms) == (0.877, 6000, 8000)
    assert words.segment_id == segment(2).segment_id


def test_each_word_carries_its_confidence_and_its_media_time_and_the_language_its_own() -> None:
    heard = Transcript(
        "I see.", 0.9, (DecodedWord("I", 0.1, 0.25, 0.97), DecodedWord("see.", 0.25, 0.7, 0.4)), "en", 0.8761
    )
    words = words_of(segment(2), heard, MODEL)
    assert [(w.text, w.start_ms, w.end_ms, w.confidence) for w in words.words] == [
        ("I", 6100, 6250, 0.97),
        ("see.", 6250, 6700, 0.4),
    ]
    assert (words.language, words.language_confidence) == ("en", 0.876)


async def test_a_steady_voice_is_heard_too_where_every_segment_is_asked_for(timeout_factor: float) -> None:
    written = Written()
    transcripts = Transcripts(written, Metrics(), queue_size=4, every=True)
    for index in range(3):
        transcripts.offer(segment(index), SAMPLES)
    async with running(transcripts, Scripted("first", "second", "third")), asyncio.timeout(10 * timeout_factor):
        while len(written.words) < 3:
            written.came.clear()
            await written.came.wait()
    assert [one.text for one in written.words] == ["first", "second", "third"]


async def test_what_is_chosen_goes_before_the_others_and_the_oldest_of_those_give_way(timeout_factor: float) -> None:
    written = Written()
    transcripts = Transcripts(written, Metrics(), queue_size=3, every=True)
    offer(transcripts)
    async with running(transcripts, Scripted(*"abcd")), asyncio.timeout(10 * timeout_factor):
        while len(written.words) < 4:
            written.came.clear()
            await written.came.wait()
    assert [one.start_ms for one in written.words] == [15_000, 18_000, 9_000, 12_000]


@pytest.mark.parametrize("abstained", ["music", "laughter", "not_speech", "mixed_channel", "echo"])
async def test_what_is_no_speech_of_the_callers_is_not_heard_for_words(abstained: str) -> None:
    transcripts = Transcripts(Written(), Metrics(), queue_size=1)
    for index in range(12):
        transcripts.offer(segment(index, RAISED if index > 5 else CALM, abstained=abstained), SAMPLES)
    assert transcripts.forget("c") == 0


async def test_no_word_of_a_call_is_written_once_its_notice_is_withdrawn(timeout_factor: float) -> None:
    written = Written()
    transcripts = Transcripts(written, Metrics(), queue_size=8, every=True)
    offer(transcripts)
    transcripts.withdraw("c")
    transcripts.offer(segment(8), SAMPLES)
    transcripts.offer(segment(1, call_id="other"), SAMPLES)
    async with running(transcripts, Scripted("of the other")), asyncio.timeout(10 * timeout_factor):
        await written.came.wait()
    assert [(one.call_id, one.text) for one in written.words] == [("other", "of the other")]


async def test_no_word_is_written_of_a_call_that_was_withdrawn_or_erased_elsewhere_after_its_end(
    timeout_factor: float,
) -> None:
    written, metrics, kafka = Written(), Metrics(), FakeKafka()
    transcripts = Transcripts(written, metrics, queue_size=8, every=True)
    nothing: Any = None
    listener = Listener(
        nothing,
        nothing,
        DeadLetters(kafka, metrics),
        nothing,
        transcripts,
        metrics,
        segmenter=SegmenterSettings(),
        call_idle_s=1.0,
    )
    for call_id in ("withdrawn", "erased"):
        transcripts.offer(segment(0, call_id=call_id), SAMPLES)
    listener._honour(["withdrawn", erased_id("erased")])
    transcripts.offer(segment(1, call_id="erased"), SAMPLES)
    transcripts.offer(segment(1, call_id="other"), SAMPLES)
    async with running(transcripts, Scripted("of the other")), asyncio.timeout(10 * timeout_factor):
        await written.came.wait()
    assert [(one.call_id, one.text) for one in written.words] == [("other", "of the other")]


async def test_what_is_written_is_redacted_and_a_number_goes_on_after_a_pause(timeout_factor: float) -> None:
    written = Written()
    transcripts = Transcripts(written, Metrics(), queue_size=8, every=True)
    for index in (0, 1):
        transcripts.offer(segment(index), SAMPLES)
    async with (
        running(transcripts, Scripted("my card is 4111 1111", "1111 1111 yes")),
        asyncio.timeout(10 * timeout_factor),
    ):
        while len(written.words) < 2:
            written.came.clear()
            await written.came.wait()
    assert [one.text for one in written.words] == ["my card is [number]", "[card] yes"]


PIECES = ("my pin is", "four", "two", "nine", "oh")


async def heard_late(transcripts: Transcripts, written: Written, count: int, *answers: str | Exception) -> list[str]:
    async with running(transcripts, Scripted(*answers)):
        while len(written.words) < count:
            written.came.clear()
            await written.came.wait()
    return [one.text for one in written.words]


@pytest.mark.parametrize(
    ("pieces", "left"),
    [
        (PIECES, ["my pin is", *["[number]"] * 4]),
        (("date of birth", "fifth of March", "eighty four"), ["date of birth", "[birth]", "[birth]"]),
        (("my mail is john dot smith", "at gmail dot com"), ["my mail is [email]", "[email]"]),
    ],
)
async def test_what_waits_at_a_calls_end_is_judged_with_what_was_said_before(
    timeout_factor: float, pieces: tuple[str, ...], left: list[str]
) -> None:
    written = Written()
    transcripts = Transcripts(written, Metrics(), queue_size=8, every=True)
    for index in range(len(pieces)):
        transcripts.offer(segment(index), SAMPLES)
    held = Held(*pieces)
    async with running(transcripts, held), asyncio.timeout(10 * timeout_factor):
        held.may_go_on.set()
        await written.came.wait()
        transcripts.forget("c")
        while len(written.words) < len(pieces) or not is_empty(transcripts):
            await asyncio.sleep(0.001)
    assert [one.text for one in written.words] == left


def is_empty(transcripts: Transcripts) -> bool:
    """Nothing of any call is left, but that segments may wait."""
    return not (transcripts._redactor.call_ids() or transcripts._over or transcripts._gates or transcripts._shed)


class Held(Scripted):
    """Is told when it may answer."""

    def __init__(self, *answers: str | Exception) -> None:
        super().__init__(*answers)
        self.begun, self.may_go_on = threading.Event(), threading.Event()

    def understand(self, samples: Samples) -> Transcript:
        self.begun.set()
        self.may_go_on.wait(10)
        return super().understand(samples)


async def test_a_call_that_ends_while_its_last_segment_is_heard_is_forgotten_behind_it(timeout_factor: float) -> None:
    written, held = Written(), Held("four two")
    transcripts = Transcripts(written, Metrics(), queue_size=8, every=True)
    transcripts._redactor(("c", 0), 0, 2000, "my pin is", ())
    transcripts.offer(segment(1), SAMPLES)
    async with running(transcripts, held), asyncio.timeout(10 * timeout_factor):
        await asyncio.to_thread(held.begun.wait)
        transcripts.forget("c")
        held.may_go_on.set()
        await written.came.wait()
        assert [one.text for one in written.words] == ["[number]"]
        while not is_empty(transcripts):
            await asyncio.sleep(0)


@pytest.mark.parametrize("answer", [ModelError("broken"), ""])
async def test_a_call_whose_last_segment_gives_no_words_is_forgotten_all_the_same(
    timeout_factor: float, answer: str | Exception
) -> None:
    transcripts = Transcripts(Written(), Metrics(), queue_size=8, every=True)
    transcripts._redactor(("c", 0), 0, 2000, "my pin is", ())
    transcripts.offer(segment(1), SAMPLES)
    transcripts.forget("c")
    assert not is_empty(transcripts)
    async with running(transcripts, Scripted(answer)), asyncio.timeout(10 * timeout_factor):
        while not is_empty(transcripts):
            await asyncio.sleep(0)


def test_a_call_whose_last_segments_give_way_to_others_is_forgotten() -> None:
    transcripts = Transcripts(Written(), Metrics(), queue_size=2, every=True)
    transcripts._redactor(("c", 0), 0, 2000, "my pin is", ())
    transcripts.offer(segment(1), SAMPLES)
    transcripts.forget("c")
    assert transcripts._redactor.call_ids() == {"c"}
    for index in range(2):
        transcripts.offer(segment(index, call_id="other"), SAMPLES)
    assert not transcripts._redactor.call_ids() and not transcripts._over


async def test_a_call_that_begins_again_is_judged_with_what_was_said_before(timeout_factor: float) -> None:
    written = Written()
    transcripts = Transcripts(written, Metrics(), queue_size=8, every=True)
    transcripts._redactor(("c", 0), 0, 2000, "my pin is", ())
    transcripts.offer(segment(1), SAMPLES)
    transcripts.forget("c")
    transcripts.offer(segment(2), SAMPLES)
    async with asyncio.timeout(10 * timeout_factor):
        assert await heard_late(transcripts, written, 2, "four", "two") == ["[number]", "[number]"]
    transcripts.forget("c")
    assert is_empty(transcripts)


async def test_a_withdrawal_forgets_at_once_what_was_said_even_while_it_is_heard(timeout_factor: float) -> None:
    written, held = Written(), Held("four two", "of the other")
    transcripts = Transcripts(written, Metrics(), queue_size=8, every=True)
    transcripts._redactor(("c", 0), 0, 2000, "my pin is", ())
    for index in (1, 2):
        transcripts.offer(segment(index), SAMPLES)
    transcripts.offer(segment(0, call_id="other"), SAMPLES)
    async with running(transcripts, held), asyncio.timeout(10 * timeout_factor):
        await asyncio.to_thread(held.begun.wait)
        transcripts.withdraw("c")
        assert transcripts._redactor.call_ids() == frozenset()
        held.may_go_on.set()
        await written.came.wait()
    assert [(one.call_id, one.text) for one in written.words] == [("other", "of the other")]
    assert transcripts._redactor.call_ids() == {"other"}


@pytest.mark.parametrize("as_erased", [False, True])
def test_what_was_said_in_a_call_that_was_withdrawn_elsewhere_is_forgotten_too(as_erased: bool) -> None:
    transcripts = Transcripts(Written(), Metrics(), queue_size=8, every=True)
    transcripts._redactor(("c", 0), 0, 2000, "my pin is", ())
    transcripts.offer(segment(1), SAMPLES)
    transcripts.forget("c")
    transcripts.withdrawn.add(erased_id("c") if as_erased else "c")
    transcripts.drop_withdrawn()
    assert is_empty(transcripts)


def test_calls_of_a_partition_that_went_away_are_forgotten() -> None:
    metrics = Metrics()
    transcripts = Transcripts(Written(), metrics, queue_size=8, every=True)
    listener = make_listener(FakeKafka(), metrics, call_idle_s=1.0)
    listener._transcripts = transcripts
    for number in (0, 1):
        state = listener._partitions.of(TopicPartition("calls", number))
        state.put_aside(f"aside{number}", CallClosed(call_id=f"aside{number}", reason="timeout", duration_ms=0))
        state.calls[f"open{number}"] = Call(f"open{number}", SegmenterSettings(), 0.0)
        for call_id in (f"aside{number}", f"open{number}"):
            transcripts._redactor((call_id, 0), 0, 2000, "my pin is", ())
    listener.forget({TopicPartition("calls", 0)})
    assert transcripts._redactor.call_ids() == {"aside1", "open1"}


async def test_what_comes_after_a_segment_that_failed_may_go_on_from_a_word_for_a_number(timeout_factor: float) -> None:
    written = Written()
    transcripts = Transcripts(written, Metrics(), queue_size=8, every=True)
    for index in range(4):
        transcripts.offer(segment(index), SAMPLES)
    async with asyncio.timeout(10 * timeout_factor):
        left = await heard_late(transcripts, written, 3, "hello", ModelError("broken"), "four", "two")
    assert left == ["hello", "[number]", "[number]"]


@pytest.mark.parametrize("every", [True, False])
async def test_and_what_comes_after_one_that_was_left_out_for_want_of_room(timeout_factor: float, every: bool) -> None:
    written = Written()
    transcripts = Transcripts(written, Metrics(), queue_size=1, every=every)
    transcripts._redactor(("c", 0), 0, 2000, "hello", ())
    count = 8 if not every else 3
    for index in range(count):
        transcripts.offer(segment(index, CALM if index < 6 else RAISED), SAMPLES)
    if not every:
        transcripts._urgent.popleft()
        transcripts._urgent.append((segment(8), SAMPLES))
    async with asyncio.timeout(10 * timeout_factor):
        assert await heard_late(transcripts, written, 1, "four") == ["[number]"]


@pytest.mark.parametrize(
    ("first", "then", "left"),
    [("my pin is", "four two", "[number]"), ("my date of birth is", "the fourth of July", "[birth]")],
)
async def test_what_is_heard_before_an_earlier_segment_may_go_on_from_it(
    timeout_factor: float, first: str, then: str, left: str
) -> None:
    written = Written()
    transcripts = Transcripts(written, Metrics(), queue_size=8, every=True)
    transcripts._redactor(("c", 0), 0, 2000, "hello", ())
    transcripts._spare.append((segment(1), SAMPLES))
    transcripts._urgent.append((segment(2), SAMPLES))
    async with asyncio.timeout(10 * timeout_factor):
        assert await heard_late(transcripts, written, 2, then, first) == [left, first]
    assert "born" not in "".join(one.text for one in transcripts._redactor._heard[("c", 0)])


@pytest.mark.parametrize("abstained", [None, "noisy"])
async def test_what_comes_after_a_segment_that_nobody_hears_may_go_on_from_it(
    timeout_factor: float, abstained: str | None
) -> None:
    written = Written()
    transcripts = Transcripts(written, Metrics(), queue_size=8, every=abstained is not None)
    transcripts._redactor(("c", 0), 0, 2000, "hello", ())
    transcripts.offer(segment(1, abstained=abstained), SAMPLES)
    transcripts._urgent.append((segment(2), SAMPLES))
    async with asyncio.timeout(10 * timeout_factor):
        assert await heard_late(transcripts, written, 1, "four two") == ["[number]"]
