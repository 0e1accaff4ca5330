"""What a line does, told once for each change, in media time."""

from __future__ import annotations

from tonewatch.stream.messages import AudioChunk, LineState
from tonewatch.workers.listen.lines import LINES_MOST, UNKNOWN_LENGTH_MS, CallLines, envelope, length_ms


def heard(lines: CallLines, *, caller_ms: int = 0, agent_ms: int = 0) -> None:
    lines.received(0, "customer", caller_ms)
    lines.received(1, "agent", agent_ms)
    lines.changes()


def told(lines: CallLines) -> list[tuple[int, str, int, str]]:
    return [(one.channel, one.state, one.since_ms, one.reason) for one in lines.changes()]


def test_the_first_audio_of_a_channel_is_told_and_what_follows_is_not() -> None:
    lines = CallLines()
    lines.received(0, "customer", 400)
    assert told(lines) == [(0, "live", 0, "")]
    lines.received(0, "customer", 600)
    assert told(lines) == []


def test_a_channel_of_which_nothing_comes_while_another_goes_on_has_no_audio_until_it_comes() -> None:
    lines = CallLines()
    heard(lines)
    lines.went_on(45_000, {0: ("customer", 41_000), 1: ("agent", 45_000)})
    assert told(lines) == []
    lines.went_on(46_200, {0: ("customer", 41_000), 1: ("agent", 46_200)})
    assert told(lines) == [(0, "no_audio", 41_000, "")]
    lines.received(0, "customer", 60_000)
    assert told(lines) == [(0, "live", 60_000, "")]


def test_refused_audio_is_told_after_two_seconds_of_it_and_a_stray_chunk_is_not() -> None:
    lines = CallLines()
    heard(lines)
    for _ in range(9):
        lines.refused(1, "agent", "role_changed", 200, 41_000)
    assert told(lines) == []
    lines.refused(1, "agent", "role_changed", 200, 41_000)
    assert told(lines) == [(1, "refused", 41_000, "role_changed")]
    lines.refused(1, "agent", "role_changed", 200, 41_000)
    assert told(lines) == []


def test_copies_are_no_fault_of_a_line() -> None:
    lines = CallLines()
    heard(lines)
    for _ in range(50):
        lines.refused(0, "customer", "duplicate", 200, 5_000)
    assert told(lines) == []


def test_a_hold_is_of_every_channel_and_no_state_begins_before_the_one_that_it_follows() -> None:
    lines = CallLines()
    heard(lines)
    lines.hold(70_000, {0: "customer", 1: "agent"})
    assert told(lines) == [(0, "on_hold", 70_000, ""), (1, "on_hold", 70_000, "")]
    lines.received(0, "customer", 70_000)
    lines.went_on(76_000, {0: ("customer", 76_000), 1: ("agent", 69_800)})
    assert told(lines) == [(0, "live", 70_000, ""), (1, "no_audio", 70_000, "")]


def test_channels_beyond_the_most_are_told_of_up_to_a_bound() -> None:
    lines = CallLines()
    for channel in range(100):
        lines.refused(channel, "customer", "too_many_channels", 5_000, 0)
    assert len(lines.changes()) == LINES_MOST


def test_a_record_that_is_no_message_still_tells_whose_line_it_is() -> None:
    assert envelope(b"\xc1") is None
    assert envelope(None) is None
    found = envelope(b"\x83\xa7call_id\xa1c\xa7channel\x01\xa4role\xa5agent")
    assert (found and found.call_id, found and found.channel, found and found.role) == ("c", 1, "agent")


def test_a_chunk_without_a_length_counts_as_a_usual_one() -> None:
    fields = {"call_id": "c", "channel": 0, "role": "customer", "seq": 0, "start_ms": 0, "notice_given": True}
    empty = AudioChunk(**fields, codec="mulaw", rate_hz=8_000, payload=b"")  # type: ignore[arg-type]
    short = AudioChunk(**fields, codec="mulaw", rate_hz=8_000, payload=b"x" * 160)  # type: ignore[arg-type]
    assert (length_ms(empty), length_ms(short)) == (UNKNOWN_LENGTH_MS, 20)


def test_a_state_names_the_party_of_its_channel() -> None:
    lines = CallLines()
    lines.received(1, "agent", 0)
    assert list(lines.states()) == [LineState(channel=1, role="agent", state="live", since_ms=0)]
