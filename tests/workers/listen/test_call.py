"""One call in one listener: notice, turns of the other channel, limits, channels that go silent."""

from __future__ import annotations

from typing import Any

import msgspec
import numpy as np
import pytest

from tonewatch.stream.codec import encode as encode_message
from tonewatch.stream.errors import Unprocessable
from tonewatch.stream.messages import AudioChunk, CallAttributes, CallStarted, NoticeWithdrawn, Role
from tonewatch.workers.audio.codecs import encode
from tonewatch.workers.audio.segmenter import SegmenterSettings
from tonewatch.workers.listen.call import CHANNELS_MOST, Call, ClosedSegment
from tonewatch.workers.listen.notice import NoticePolicy

RATE_HZ = 8000


def buzz(seconds: float) -> np.ndarray:
    """Something that a voice activity detector takes for a voice: a pulse train, shaped and swelling."""
    t = np.arange(int(seconds * RATE_HZ)) / RATE_HZ
    voice = sum(np.sin(2 * np.pi * 140 * k * t) / k for k in range(3, 20))
    return (0.15 * voice * (0.6 + 0.4 * np.sin(2 * np.pi * 4 * t))).astype(np.float32)


def chunk(channel: int, seq: int, *, role: Role = "customer", loud: bool, notice: bool = True) -> AudioChunk:
    rng = np.random.default_rng(seq)
    samples = buzz(0.2) if loud else (1e-4 * rng.standard_normal(1600)).astype(np.float32)
    return AudioChunk(
        call_id="c",
        channel=channel,
        role=role,
        seq=seq,
        start_ms=200 * seq,
        codec="pcm16",
        rate_hz=RATE_HZ,
        notice_given=notice,
        payload=encode(samples, "pcm16"),
    )


def begun(*, notice: bool = True) -> Call:
    call = Call("c", SegmenterSettings(), 0.0)
    call.started(CallStarted(call_id="c", roles=("customer", "agent"), notice_given=notice, started_at_ms=0))
    return call


def feed(call: Call, seqs: range, *, loud: tuple[range, range], offset: int = 0) -> list[ClosedSegment]:
    """Both channels; `loud`: which seqs are speech on channel 0 and on channel 1."""
    found: list[ClosedSegment] = []
    for seq in seqs:
        found += call.add_chunk(chunk(0, seq, loud=seq in loud[0]), offset + 2 * seq)
        found += call.add_chunk(chunk(1, seq, role="agent", loud=seq in loud[1]), offset + 2 * seq + 1)
    return found


def test_speech_on_both_channels_is_told_apart_and_each_knows_the_others_turns() -> None:
    call = begun()
    found = feed(call, range(50), loud=(range(10, 20), range(16, 26))) + call.finish()
    assert [(s.role, s.channel) for s in found] == [("customer", 0), ("agent", 1)]
    caller, agent = found
    assert caller.other_turns
    assert agent.other_turns == ((caller.segment.start_ms, caller.segment.end_ms),)
    assert caller.segment_id == f"c/0/{caller.segment.start_ms}"


def test_a_call_without_notice_is_not_listened_to() -> None:
    call = begun(notice=False)
    assert feed(call, range(50), loud=(range(10, 20), range(0))) + call.finish() == []
    assert call.oldest_open_offset() is None


def test_the_counters_tell_what_was_heard() -> None:
    call = begun()
    feed(call, range(50), loud=(range(10, 20), range(0)))
    call.finish()
    closed = call.closed("ended", 10_000)
    assert (closed.segments, closed.chunks, closed.missing_ms, closed.duration_ms) == (1, 100, 0, 10_000)


def test_a_channel_that_stops_sending_is_closed_and_holds_no_commit_back() -> None:
    call = begun()
    feed(call, range(10), loud=(range(5, 10), range(0)))
    found: list[ClosedSegment] = []
    for seq in range(10, 200):
        found += call.add_chunk(chunk(1, seq, role="agent", loud=False), 100 + seq)
    assert [(s.channel, s.segment.closed_by) for s in found] == [(0, "gap")]
    oldest = call.oldest_open_offset()
    assert oldest is not None
    assert oldest > 100


def test_a_role_that_changes_and_one_channel_too_many_are_refused() -> None:
    call = begun()
    call.add_chunk(chunk(0, 0, loud=False), 0)
    with pytest.raises(Unprocessable, match="role changed") as changed:
        call.add_chunk(chunk(0, 1, role="agent", loud=False), 1)
    assert changed.value.reason == "role_changed"
    for channel in range(1, CHANNELS_MOST):
        call.add_chunk(chunk(channel, 0, role="agent" if channel == 1 else "customer", loud=False), 1 + channel)
    with pytest.raises(Unprocessable, match="one too many"):
        call.add_chunk(chunk(CHANNELS_MOST, 0, loud=False), 50)


def test_a_call_joined_in_its_middle_takes_the_notice_from_the_chunk() -> None:
    call = Call("c", SegmenterSettings(), 0.0)
    opened = call.joined(chunk(0, 7, loud=False, notice=False))
    assert (opened.notice_given, opened.call.roles) == (False, ())


def test_the_callers_key_goes_on_and_the_callers_id_does_not() -> None:
    started = CallStarted(
        call_id="c", roles=("customer", "agent"), notice_given=True, started_at_ms=0, caller_id="+48 123 456"
    )
    opened = Call("c", SegmenterSettings(), 0.0).started(started, "0f3a")
    assert opened.caller == "0f3a"
    assert b"123 456" not in encode_message(opened)
    untold = msgspec.structs.replace(started, notice_given=False)
    assert Call("c", SegmenterSettings(), 0.0).started(untold, "0f3a").caller == ""


def test_a_silence_of_both_is_told_in_media_time_and_the_same_after_a_restart() -> None:
    call, restarted, told, again = begun(), Call("c", SegmenterSettings(), 0.0), [], []
    restarted.joined(chunk(0, 60, loud=False))
    for seq in range(120):
        feed(call, range(seq, seq + 1), loud=(range(10, 20), range(14, 25)))
        told += [call.next_silence()]
        if seq >= 60:
            feed(restarted, range(seq, seq + 1), loud=(range(0), range(0)))
            again += [restarted.next_silence()]
    assert [silence.now_ms for silence in told if silence] == [15_000, 20_000]
    assert [silence.now_ms for silence in again if silence][-2:] == [15_000, 20_000]


def test_a_party_that_is_heard_no_further_holds_the_silence_back() -> None:
    call = begun()
    feed(call, range(10), loud=(range(0), range(0)))
    for seq in range(10, 50):
        call.add_chunk(chunk(1, seq, role="agent", loud=False), 100 + seq)
        assert call.next_silence() is None


def started(call: Call, at_ms: int, offset: int, roles: tuple[Role, ...] = ("customer", "agent")) -> None:
    call.started(CallStarted(call_id="c", roles=roles, notice_given=True, started_at_ms=at_ms), offset=offset)


def refusal(call: Call, bad: AudioChunk, offset: int) -> str:
    with pytest.raises(Unprocessable) as caught:
        call.add_chunk(bad, offset)
    return caught.value.reason


def test_only_a_new_call_started_gives_a_channel_another_role() -> None:
    call = begun()
    feed(call, range(10), loud=(range(0), range(0)))
    assert refusal(call, chunk(0, 10, role="agent", loud=False), 20) == "role_changed"
    started(call, 5, 21, ("agent", "agent"))
    call.add_chunk(chunk(0, 0, role="agent", loud=False), 22)


def test_a_channel_that_was_the_agent_s_is_never_heard_as_the_customer_s() -> None:
    call = begun()
    feed(call, range(10), loud=(range(0), range(0)))
    started(call, 5, 20, ("agent", "customer"))
    assert refusal(call, chunk(1, 0, loud=True), 21) == "role_changed"


def test_a_restarted_listener_knows_the_roles_that_call_started_bound() -> None:
    call = begun()
    clock = call.next_clock()
    again = Call("c", SegmenterSettings(), 0.0, clock)
    again.joined(chunk(1, 7, loud=False))
    assert refusal(again, chunk(1, 7, role="customer", loud=True), 50) == "role_changed"


def test_a_copy_of_call_started_begins_no_epoch_and_another_one_does() -> None:
    call = begun()
    feed(call, range(50), loud=(range(10, 20), range(0)))
    started(call, 0, 100)
    feed(call, range(51, 60), loud=(range(0), range(0)))
    assert call.next_clock() is not None
    started(call, 9, 130)
    found: list[ClosedSegment] = []
    for seq in range(40):
        found += call.add_chunk(chunk(0, seq, loud=5 < seq < 15), 131 + seq)
    (closed,) = found
    assert (closed.segment.epoch, closed.segment.start_ms > 12_000) == (1, True)


def test_a_call_id_that_comes_back_after_its_end_goes_on_in_media_time() -> None:
    first = begun()
    ids = {one.segment_id for one in [*feed(first, range(50), loud=(range(10, 20), range(0))), *first.finish()]}
    clock = first.park(101, ended=True)
    second = Call("c", SegmenterSettings(), 0.0, clock)
    started(second, 99, 101)
    again = [*feed(second, range(50), loud=(range(10, 20), range(0)), offset=102), *second.finish()]
    assert len(again) == len(ids) == 1
    assert {one.segment_id for one in again}.isdisjoint(ids)
    assert again[0].segment.start_ms > 10_000


def test_a_call_that_was_silent_for_very_long_goes_on_where_it_is_and_its_first_words_are_heard() -> None:
    def dated(seq: int, start_ms: int, *, loud: bool) -> AudioChunk:
        return msgspec.structs.replace(
            chunk(0, seq, loud=loud), start_ms=start_ms, captured_at_ms=1_000_000 + start_ms + 200
        )

    call = begun()
    for seq in range(50):
        call.add_chunk(dated(seq, 200 * seq, loud=False), seq)
    call.finish()
    again = Call("c", SegmenterSettings(), 0.0, call.park(50, ended=False))
    again.joined(chunk(0, 50, loud=False))
    found: list[ClosedSegment] = []
    for seq in range(50, 80):
        found += again.add_chunk(dated(seq, 100_000 + 200 * seq, loud=52 < seq < 62), seq)
    assert [(one.segment.start_ms // 1000, one.segment.epoch) for one in found] == [(110, 0)]


def test_audio_that_is_missing_is_no_silence() -> None:
    call = begun()
    told = []
    for seq in range(200):
        feed(call, range(seq, seq + 1), loud=(range(10, 20), range(10, 20))) if seq < 30 else call.add_chunk(
            chunk(1, seq, role="agent", loud=False), 100 + seq
        )
        told += [call.next_silence()]
    assert [one.now_ms for one in told if one] == [0] * len([one for one in told if one])
    assert max(one.since_ms for one in told if one) == 35_000


def test_a_notice_that_is_withdrawn_drops_what_is_open_and_holds_for_the_rest_of_the_call() -> None:
    call = begun()
    feed(call, range(12), loud=(range(5, 12), range(0)))
    opened = call.withdraw(NoticeWithdrawn(call_id="c", withdrawn_at_ms=7))
    assert (opened.notice_given, opened.withdrawn_at_ms) == (False, 7)
    again = call.started(
        CallStarted(call_id="c", roles=("customer", "agent"), notice_given=True, started_at_ms=9), "caller", 99
    )
    assert (again.notice_given, again.caller) == (False, "")
    assert feed(call, range(12, 60), loud=(range(20, 30), range(0)), offset=100) + call.finish() == []
    assert call.closed("ended", 12_000).chunks == 120


def test_a_restarted_listener_finds_that_a_notice_was_withdrawn() -> None:
    call = begun()
    call.withdraw(NoticeWithdrawn(call_id="c", withdrawn_at_ms=7))
    clock = call.next_clock()
    assert clock is not None
    assert clock.withdrawn
    restarted = Call("c", SegmenterSettings(), 0.0, clock)
    assert not restarted.joined(chunk(0, 3, loud=True)).notice_given
    assert feed(restarted, range(3, 40), loud=(range(10, 20), range(0))) + restarted.finish() == []


@pytest.mark.parametrize(
    ("team", "told", "analysed"), [("gold", True, True), ("", True, False), ("gold", False, False)]
)
def test_only_calls_of_the_teams_that_say_so_are_analysed_and_only_where_the_caller_was_told(
    team: str, told: bool, analysed: bool
) -> None:
    call = Call("c", SegmenterSettings(), 0.0, policy=NoticePolicy.of("gold, silver"))
    started = CallStarted(call_id="c", roles=("customer", "agent"), notice_given=told, started_at_ms=0, team=team)
    assert call.started(started).notice_given == analysed
    assert bool(feed(call, range(50), loud=(range(10, 20), range(0))) + call.finish()) == analysed


def test_a_later_call_started_that_says_yes_does_not_open_audio_that_says_no() -> None:
    call = Call("c", SegmenterSettings(), 0.0)
    untold = CallStarted(call_id="c", roles=("customer", "agent"), notice_given=False, started_at_ms=0)
    call.started(untold)
    call.started(msgspec.structs.replace(untold, notice_given=True, team="south"), offset=1)
    for seq in range(60):
        assert call.add_chunk(chunk(0, seq, loud=10 <= seq < 20, notice=False), 2 + seq) == []
    assert call.finish() == []
    # A transfer that tells the caller is one, and its audio says so.
    call.started(msgspec.structs.replace(untold, notice_given=True, started_at_ms=9), offset=99)
    assert feed(call, range(60), loud=(range(10, 20), range(0)), offset=100) + call.finish()


def test_under_a_policy_a_call_that_is_joined_is_analysed_only_where_it_was_before() -> None:
    policy = NoticePolicy.of("gold")
    assert not Call("c", SegmenterSettings(), 0.0, policy=policy).joined(chunk(0, 3, loud=True)).notice_given
    before = Call("c", SegmenterSettings(), 0.0, policy=policy)
    started = CallStarted(call_id="c", roles=("customer",), notice_given=True, started_at_ms=0, team="gold")
    before.started(started)
    clock = before.next_clock()
    assert Call("c", SegmenterSettings(), 0.0, clock, policy=policy).joined(chunk(0, 3, loud=True)).notice_given


ABOUT: dict[str, Any] = {
    "queue": "claims",
    "team": "north",
    "title": "Jane Sample",
    "language": "en-GB",
    "agent_id": "a-7",
    "agent_name": "Sam Agent",
    "caller_shown": "+48 *** 112",
    "listen_url": "https://pbx.example/7",
    "extra": {"crm": "4711"},
}


def test_of_a_call_without_notice_only_what_routing_needs_goes_on_and_the_rest_once_it_is_told() -> None:
    untold = CallStarted(call_id="c", roles=("customer", "agent"), notice_given=False, started_at_ms=9, **ABOUT)
    call = Call("c", SegmenterSettings(), 0.0)
    opened = call.started(untold)
    assert opened.call == CallAttributes(roles=untold.roles, started_at_ms=9, queue="claims", team="north")
    told = call.started(msgspec.structs.replace(untold, notice_given=True), offset=1)
    assert told.call == untold.attributes


def test_an_announcement_without_notice_in_mid_call_ends_the_listening_and_begins_no_other_call() -> None:
    call = begun()
    heard = feed(call, range(50), loud=(range(10, 20), range(0)))
    untold = CallStarted(call_id="c", roles=("customer", "agent"), notice_given=False, started_at_ms=0)
    opened = call.started(untold, offset=100)
    assert not opened.notice_given and len(heard) == 1
    assert feed(call, range(50, 100), loud=(range(60, 70), range(0)), offset=101) + call.finish() == []
    closed = call.closed("ended", 20_000)
    assert (closed.segments, closed.chunks) == (1, 200) and call.oldest_open_offset() is None


@pytest.mark.parametrize("why", ["withdrawn", "team"])
def test_nor_does_it_of_one_that_may_not_be_analysed_for_another_reason(why: str) -> None:
    policy = NoticePolicy(frozenset({"south"} if why == "team" else {"north"}))
    call = Call("c", SegmenterSettings(), 0.0, policy=policy)
    if why == "withdrawn":
        call.withdraw(NoticeWithdrawn(call_id="c", withdrawn_at_ms=1))
    opened = call.started(CallStarted(call_id="c", roles=("customer",), notice_given=True, started_at_ms=9, **ABOUT))
    assert opened.call == CallAttributes(roles=("customer",), started_at_ms=9, queue="claims", team="north")
