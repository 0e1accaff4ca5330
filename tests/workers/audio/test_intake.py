import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tonewatch.stream.errors import Unprocessable
from tonewatch.stream.messages import AudioChunk
from tonewatch.workers.audio import codecs
from tonewatch.workers.audio.epoch import Placed
from tonewatch.workers.audio.intake import CONCEAL_MS, ChannelIntake, Piece, read


def chunk(
    seq: int, *, ms: int = 200, start_ms: int | None = None, codec: str = "mulaw", rate_hz: int = 8000
) -> AudioChunk:
    count = ms * rate_hz // 1000
    samples = np.full(count, (seq % 50 + 1) / 100, dtype=np.float32)
    return AudioChunk(
        call_id="c1",
        channel=0,
        role="customer",
        seq=seq,
        start_ms=seq * ms if start_ms is None else start_ms,
        codec=codec,  # type: ignore[arg-type]
        rate_hz=rate_hz,
        notice_given=True,
        payload=codecs.encode(samples, codec),
        captured_at_ms=1_000_000 + seq * ms + ms,
    )


def push(intake: ChannelIntake, sent: AudioChunk, offset: int) -> list[Piece]:
    """A chunk whose number and time are its epoch's."""
    return intake.push(Placed(read(sent, offset), sent.seq, sent.start_ms, begins=False))


def take(intake: ChannelIntake, seqs: list[int]) -> list[Piece]:
    return [piece for seq in seqs for piece in push(intake, chunk(seq), 100 + seq)]


def refusal(intake: ChannelIntake, bad: AudioChunk) -> str:
    with pytest.raises(Unprocessable) as caught:
        push(intake, bad, 999)
    return caught.value.reason


def test_chunks_in_order_come_out_at_once_with_their_offsets_and_times() -> None:
    pieces = take(ChannelIntake(), [0, 1, 2])
    assert [(p.start_ms, p.offset, p.captured_at_ms, p.begins) for p in pieces] == [
        (0, 100, 1_000_200, True),
        (200, 101, 1_000_400, False),
        (400, 102, 1_000_600, False),
    ]


@given(st.permutations([1, 2, 3, 4]))
def test_any_order_within_the_window_gives_the_same_pieces(order: list[int]) -> None:
    intake = ChannelIntake()
    pieces = take(intake, [0, *order])
    assert [p.offset for p in pieces] == [100, 101, 102, 103, 104]
    assert intake.missing_ms == 0


def test_a_chunk_twice_is_refused_and_the_channel_goes_on() -> None:
    intake = ChannelIntake()
    take(intake, [0, 1])
    assert refusal(intake, chunk(1)) == "duplicate"
    assert [p.start_ms for p in take(intake, [2])] == [400]


def test_a_chunk_held_back_is_refused_when_it_comes_again() -> None:
    intake = ChannelIntake()
    take(intake, [0, 3])
    assert refusal(intake, chunk(3)) == "duplicate"


def test_a_missing_chunk_is_waited_for_one_window_and_then_concealed() -> None:
    intake = ChannelIntake()
    assert len(take(intake, [0, 2, 3, 4, 5])) == 1
    pieces = take(intake, [6])
    assert (pieces[0].missing_ms, pieces[0].start_ms, pieces[0].offset) == (200, 200, 100)
    assert len(pieces[0].samples) == 1600
    assert not pieces[0].samples.any()
    assert [p.start_ms for p in pieces[1:]] == [400, 600, 800, 1000, 1200]
    assert intake.missing_ms == 200


def test_a_chunk_that_comes_after_it_was_declared_missing_is_late() -> None:
    intake = ChannelIntake()
    take(intake, [0, 2, 3, 4, 5, 6])
    assert refusal(intake, chunk(1)) == "late"


def test_a_long_gap_is_told_and_not_filled() -> None:
    intake = ChannelIntake()
    pieces = take(intake, [0, 10, 11, 12, 13, 14])
    gap = pieces[1]
    assert gap.missing_ms == 1800 > CONCEAL_MS
    assert len(gap.samples) == 0
    assert pieces[2].start_ms == 2000


def test_the_end_of_the_call_releases_what_is_held() -> None:
    intake = ChannelIntake()
    take(intake, [0, 2])
    assert [(p.start_ms, p.missing_ms) for p in intake.flush()] == [(200, 200), (400, 0)]
    assert intake.flush() == []


def test_a_listener_can_begin_in_the_middle_of_a_call() -> None:
    intake = ChannelIntake()
    assert take(intake, [8, 7, 9, 10]) == []
    pieces = take(intake, [11])
    assert [p.start_ms for p in pieces] == [1400, 1600, 1800, 2000, 2200]
    assert not pieces[0].begins


def test_in_the_middle_of_a_call_a_chunk_from_long_ago_is_not_taken_for_the_first() -> None:
    intake = ChannelIntake()
    assert take(intake, [20]) == []
    assert refusal(intake, chunk(3)) == "late"
    assert take(intake, [21, 22, 23, 24])[0].start_ms == 4000


def test_what_is_held_back_must_not_be_committed() -> None:
    intake = ChannelIntake()
    take(intake, [0])
    assert intake.oldest_held_offset() is None
    take(intake, [3, 2])
    assert intake.oldest_held_offset() == 102


def test_a_call_shorter_than_the_wait_in_the_middle_comes_out_at_its_end() -> None:
    intake = ChannelIntake()
    assert take(intake, [7]) == []
    assert [p.start_ms for p in intake.flush()] == [1400]


def test_silence_that_a_door_did_not_send_is_a_gap() -> None:
    intake = ChannelIntake()
    take(intake, [0])
    pieces = push(intake, chunk(1, start_ms=700), 101)
    assert [(p.start_ms, p.missing_ms) for p in pieces] == [(200, 500), (700, 0)]


def test_a_clock_that_jitters_a_little_is_no_gap() -> None:
    intake = ChannelIntake()
    take(intake, [0])
    assert [(p.start_ms, p.missing_ms) for p in push(intake, chunk(1, start_ms=215), 101)] == [(200, 0)]


@pytest.mark.parametrize(
    ("bad", "reason"),
    [
        (chunk(1, codec="pcm16"), "format_changed"),
        (chunk(1, rate_hz=16_000), "format_changed"),
        (chunk(1, ms=2100, start_ms=200), "too_long"),
        (chunk(1, ms=9000, start_ms=200), "too_long"),
        (chunk(1, ms=0, start_ms=200), "empty"),
        (chunk(1, start_ms=-200), "bad_time"),
    ],
)
def test_an_unusable_chunk_is_refused_with_its_reason_and_the_channel_goes_on(bad: AudioChunk, reason: str) -> None:
    intake = ChannelIntake()
    take(intake, [0])
    assert refusal(intake, bad) == reason
    assert [p.start_ms for p in take(intake, [1])] == [200]


@pytest.mark.parametrize("rate_hz", codecs.RATES_HZ)
def test_two_seconds_are_taken_at_every_rate(rate_hz: int) -> None:
    assert read(chunk(0, ms=2000, codec="pcm16", rate_hz=rate_hz), 100).duration_ms == 2000


def test_the_memory_of_an_endless_call_is_bounded() -> None:
    intake = ChannelIntake()
    take(intake, list(range(2000)))
    assert len(intake._seen) <= 512
    assert not intake._held
