from __future__ import annotations

import itertools
import random
from collections.abc import Iterable, Sequence
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tonewatch.stream.doors.rtp.formats import FORMATS
from tonewatch.stream.doors.rtp.jitter import JitterBuffer, Sound
from tonewatch.stream.doors.rtp.packet import Packet
from tonewatch.stream.errors import Unprocessable

ULAW, SLIN16 = FORMATS["ulaw"], FORMATS["slin16"]
Arrival = tuple[float, Packet]


def packets(count: int, *, sequence: int = 0, timestamp: int = 0, ssrc: int = 7) -> list[Packet]:
    """20 ms of mu-law each; the payload tells the number."""
    return [
        Packet(0, (sequence + n) % 2**16, (timestamp + 160 * n) % 2**32, ssrc, n.to_bytes(2) * 80) for n in range(count)
    ]


def on_time(sent: Sequence[Packet], first_at_ms: float = 20.0) -> list[Arrival]:
    return [(first_at_ms + 20 * n, packet) for n, packet in enumerate(sent)]


def heard(arrivals: Iterable[Arrival], buffer: JitterBuffer | None = None) -> list[Sound]:
    buffer = buffer or JitterBuffer(0.0, ULAW)
    return [one for at_ms, packet in arrivals for one in buffer.push(packet, at_ms)] + buffer.flush()


def audio(sounds: list[Sound]) -> list[tuple[int, bytes]]:
    """Times relative to the first."""
    return [(round(one.start_ms - sounds[0].start_ms), one.payload) for one in sounds]


def test_packets_in_order_are_20_ms_apart_from_when_the_first_was_spoken() -> None:
    sounds = heard(on_time(packets(50), 500))
    assert [one.start_ms for one in sounds] == [480 + 20 * n for n in range(50)]


begins = st.tuples(st.integers(0, 2**16 - 1), st.integers(0, 2**32 - 1))


@given(begins, st.lists(st.tuples(st.floats(0, 390), st.integers(1, 3)), min_size=1, max_size=80))
def test_any_order_duplication_and_wrap_give_the_same_audio(
    begin: tuple[int, int], fates: list[tuple[float, int]]
) -> None:
    """Each packet is delayed by up to 390 ms and arrives up to three times."""
    sequence, timestamp = begin
    sent = packets(len(fates), sequence=sequence, timestamp=timestamp)
    arrivals = [
        (20.0 * n + delay, packet)
        for n, (packet, (delay, copies)) in enumerate(zip(sent, fates, strict=True))
        for _ in range(copies)
    ]
    sounds = heard(sorted(arrivals, key=lambda one: one[0]))
    assert audio(sounds) == [(20 * n, packet.payload) for n, packet in enumerate(sent)]


@given(begins, st.sets(st.integers(1, 58), max_size=20))
def test_a_lost_packet_is_a_hole_of_its_length(begin: tuple[int, int], lost: set[int]) -> None:
    sent = packets(60, sequence=begin[0], timestamp=begin[1])
    buffer = JitterBuffer(0.0, ULAW)
    sounds = heard((one for n, one in enumerate(on_time(sent)) if n not in lost), buffer)
    assert audio(sounds) == [(20 * n, packet.payload) for n, packet in enumerate(sent) if n not in lost]
    assert buffer.counts["lost"] == len(lost)


def test_a_wrap_in_the_middle_of_a_call_is_no_break() -> None:
    sent = packets(200, sequence=2**16 - 100, timestamp=2**32 - 160 * 90)
    assert audio(heard(on_time(sent))) == [(20 * n, packet.payload) for n, packet in enumerate(sent)]


def test_a_packet_later_than_the_wait_is_left_out_and_counted() -> None:
    sent = packets(60)
    arrivals = [*on_time(sent)[:10], *on_time(sent)[11:], (1_300.0, sent[10])]
    buffer = JitterBuffer(0.0, ULAW)
    assert len(heard(arrivals, buffer)) == 59 and buffer.counts["late"] == 1


def test_silence_that_was_not_sent_is_filled_and_nothing_is_missing() -> None:
    """The sequence goes on, the timestamp leaps by 700 ms: voice activity detection of the sender."""
    before, after = packets(30), [replace(one, timestamp=one.timestamp + 5_600) for one in packets(60)[30:]]
    buffer = JitterBuffer(0.0, ULAW)
    sounds = heard([*on_time(before), *on_time(after, 620 + 700)], buffer)
    (silence,) = [one for one in sounds if one.is_silence]
    assert (silence.start_ms, silence.end_ms) == (600, 1_300) and set(silence.payload) == {0xFF}
    assert buffer.counts["lost"] == 0 and sounds[-1].end_ms == 1_900


def test_a_hold_is_left_open() -> None:
    before, after = packets(30), [replace(one, timestamp=one.timestamp + 80_000) for one in packets(60)[30:]]
    sounds = heard([*on_time(before), *on_time(after, 620 + 10_000)])
    assert not any(one.is_silence for one in sounds) and sounds[30].start_ms - sounds[29].end_ms == 10_000


def test_comfort_noise_is_silence_that_goes_on_as_time_passes() -> None:
    buffer = JitterBuffer(0.0, ULAW)
    sounds = [one for at_ms, packet in on_time(packets(30)) for one in buffer.push(packet, at_ms)]
    sounds += buffer.push(Packet(13, 30, 4_800, 7, b"\x40"), 620)
    for at_ms in range(700, 5_100, 100):
        sounds += buffer.poll(at_ms)
    assert sum(one.end_ms - one.start_ms for one in sounds if one.is_silence) == pytest.approx(5_000 - 600 - 400, 0.1)
    talk = [replace(one, sequence=one.sequence + 1, timestamp=one.timestamp + 40_000) for one in packets(60)[30:]]
    sounds += [one for at_ms, packet in on_time(talk, 5_620) for one in buffer.push(packet, at_ms)] + buffer.flush()
    assert all(two.start_ms == pytest.approx(one.end_ms) for one, two in itertools.pairwise(sounds))
    assert sounds[-1].end_ms == pytest.approx(6_200) and buffer.counts["lost"] == 0


def test_a_new_source_goes_on_in_media_time() -> None:
    """A transfer: another SSRC, 3 s later by the clock of arrival, its numbers anywhere."""
    other = packets(50, sequence=60_000, timestamp=2**32 - 800, ssrc=9)
    buffer = JitterBuffer(0.0, ULAW)
    sounds = heard([*on_time(packets(50)), *on_time(other, 4_020)], buffer)
    assert len(sounds) == 100 and buffer.counts["streams"] == 1
    assert [round(one.start_ms) for one in sounds[49:52]] == [980, 4_000, 4_020]


def test_a_single_packet_of_another_source_changes_nothing() -> None:
    arrivals = on_time(packets(100))
    arrivals.insert(50, (1_010.0, Packet(0, 5, 99, 1234, b"\x00" * 160)))
    buffer = JitterBuffer(0.0, ULAW)
    assert len(heard(arrivals, buffer)) == 100 and buffer.counts["stray"] == 1


@pytest.mark.parametrize("timestamp", [160 * 50 + 4_000_000, 2**32 - 5_000_000])
def test_a_timestamp_that_leaps_is_not_believed(timestamp: int) -> None:
    after = packets(50, sequence=50, timestamp=timestamp)
    sounds = heard([*on_time(packets(50)), *on_time(after, 1_020)])
    assert audio(sounds)[-1][0] == 99 * 20


def test_a_sequence_that_begins_anew_costs_no_audio() -> None:
    after = packets(50, sequence=9, timestamp=160 * 50)
    assert len(heard([*on_time(packets(50, sequence=30_000)), *on_time(after, 1_020)])) == 100


def test_a_stall_of_our_own_is_no_hole() -> None:
    """Nothing is read for 5 s, then all of it at once."""
    arrivals = [(max(at_ms, 6_000.0) if at_ms > 1_000 else at_ms, one) for at_ms, one in on_time(packets(400))]
    sounds = heard(arrivals)
    assert audio(sounds) == [(20 * n, packet.payload) for n, packet in enumerate(packets(400))]


@pytest.mark.parametrize("pace", [0.99955, 1.00045])
def test_a_clock_that_drifts_by_more_than_two_seconds_is_no_new_stream(pace: float) -> None:
    buffer = JitterBuffer(0.0, ULAW)
    sent = [Packet(0, n, 3_200 * n % 2**32, 7, bytes(3_200)) for n in range(14_000)]
    count = sum(len(buffer.push(one, 400 + 400 * n * pace)) for n, one in enumerate(sent)) + len(buffer.flush())
    assert count == len(sent) and buffer.counts["streams"] == 0


def test_another_codec_goes_on_where_the_one_before_it_ended() -> None:
    wide = [Packet(118, 50 + n, 16_000 + 320 * n, 7, bytes(640)) for n in range(50)]
    sounds = heard([*on_time(packets(50)), *on_time(wide, 1_020)])
    assert [one.format.name for one in sounds[49:51]] == ["ulaw", "slin16"] and audio(sounds)[-1][0] == 99 * 20


def test_keys_that_are_pressed_are_no_audio() -> None:
    arrivals = on_time(packets(20))
    arrivals[10] = (220.0, Packet(101, 10, 1_600, 7, b"\x05\x0a\x00\xa0"))
    sounds = heard(arrivals)
    assert [one.is_silence for one in sounds].count(True) == 1 and len(sounds) == 20


def test_a_format_that_was_not_announced_is_refused() -> None:
    with pytest.raises(Unprocessable, match="announced as ulaw") as caught:
        JitterBuffer(0.0, ULAW).push(Packet(96, 0, 0, 7, b""), 0)
    assert caught.value.reason == "payload_type"


def test_random_packets_never_hoard_and_never_go_back() -> None:
    rng = random.Random(2026)
    for _ in range(60):
        buffer, at_ms, end_ms = JitterBuffer(0.0, SLIN16), 0.0, 0.0
        for _ in range(400):
            at_ms += rng.choice([0, 1, 20, 20, 500])
            one = Packet(
                rng.choice([0, 0, 8, 13, 101, 118]),
                rng.choice([rng.randrange(2**16), rng.randrange(30)]),
                rng.choice([rng.randrange(2**32), 160 * rng.randrange(30)]),
                rng.choice([1, 1, 2]),
                bytes(rng.choice([0, 160, 320])),
                rng.random() < 0.1,
            )
            for sound in buffer.push(one, at_ms):
                assert sound.start_ms >= end_ms - 0.001
                end_ms = sound.end_ms
