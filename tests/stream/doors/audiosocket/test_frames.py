from __future__ import annotations

import random
from itertools import pairwise
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tonewatch.stream.doors.audiosocket.frames import (
    RATES_HZ,
    Audio,
    Digit,
    Failure,
    Frame,
    FrameReader,
    Hangup,
    Identity,
    Quiet,
    encode,
)
from tonewatch.stream.errors import Unprocessable

LEG = Identity(UUID("40325ec2-5efd-4bd3-805f-53576e581d13"))

# As Asterisk writes them: app_audiosocket's UUID, 20 ms of slin, DTMF 5, slin16, error, hang-up.
PUBLISHED = bytes.fromhex(
    "010010 40325ec25efd4bd3805f53576e581d13 100004 0100ffff 030001 35 120002 ff7f ff0001 04 000000".replace(" ", "")
)
FRAMES: list[Frame] = [
    LEG,
    Audio(8_000, b"\x01\x00\xff\xff"),
    Digit("5"),
    Audio(16_000, b"\xff\x7f"),
    Failure(4),
    Hangup(),
]


def frames_of(data: bytes) -> list[Frame]:
    return FrameReader().feed(data)


def refusal(data: bytes) -> str:
    reader = FrameReader()
    with pytest.raises(Unprocessable) as caught:
        reader.feed(data)
        reader.feed(b"")
    return caught.value.reason


def test_what_is_sound_before_nonsense_is_read() -> None:
    assert frames_of(encode(LEG) + encode(Digit("5")) + b"\x20\x00\x00") == [LEG, Digit("5")]


def test_the_bytes_of_asterisk_are_its_frames() -> None:
    assert frames_of(PUBLISHED) == FRAMES


def test_frames_are_written_as_asterisk_writes_them() -> None:
    assert b"".join(encode(frame) for frame in FRAMES) == PUBLISHED


audio = st.builds(
    lambda rate_hz, pcm: Audio(rate_hz, pcm + pcm), st.sampled_from(sorted(RATES_HZ.values())), st.binary(max_size=900)
)
later = st.one_of(
    audio,
    st.builds(Digit, st.sampled_from("0123456789*#ABCD")),
    st.just(Quiet()),
    st.builds(Failure, st.sampled_from([0, 2, 0x1FF])),
)


@given(st.lists(later, max_size=12), st.lists(st.integers(0, 12_000), max_size=8))
def test_bytes_in_any_pieces_give_the_same_frames(frames: list[Frame], cuts: list[int]) -> None:
    sent: list[Frame] = [LEG, *frames, Hangup()]
    data = b"".join(encode(frame) for frame in sent)
    edges = [0, *sorted(min(cut, len(data)) for cut in cuts), len(data)]
    reader = FrameReader()
    got = [f for start, end in pairwise(edges) for f in reader.feed(data[start:end])]
    assert got == sent and reader.held == b""


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"GET / HTTP/1.1\r\n", "not_audiosocket"),
        (b"\x16\x03\x01\x02\x00", "not_audiosocket"),
        (b"\x10\x00\x02ab", "not_audiosocket"),
        (b"\x01\x00\x11", "not_audiosocket"),
        (encode(LEG) + encode(LEG), "uuid_twice"),
        (encode(LEG) + b"\x01\x00\x04", "bad_uuid"),
        (encode(LEG) + b"\x10\x00\x03", "odd_length"),
        (encode(LEG) + b"\x20\x00\x00", "unknown_kind"),
        (encode(LEG) + b"\x03\xff\xff", "bad_length"),
    ],
)
def test_nonsense_is_refused_by_its_header(data: bytes, reason: str) -> None:
    assert refusal(data) == reason


def test_a_tls_handshake_is_told_from_other_nonsense() -> None:
    with pytest.raises(Unprocessable, match="TLS"):
        frames_of(b"\x16\x03\x01")


def test_random_bytes_are_frames_or_a_refusal_and_are_never_hoarded() -> None:
    rng = random.Random(2026)
    for _ in range(2_000):
        reader = FrameReader()
        reader.feed(encode(LEG))
        try:
            for _ in range(4):
                reader.feed(rng.randbytes(rng.choice([1, 3, 50, 4_000])))
                assert len(reader.held) <= 65_538
        except Unprocessable as refused:
            assert refused.reason in {"unknown_kind", "odd_length", "bad_uuid", "uuid_twice", "bad_length"}
