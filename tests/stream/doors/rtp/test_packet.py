from __future__ import annotations

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tonewatch.stream.doors.rtp.packet import Packet, build, parse
from tonewatch.stream.errors import Unprocessable

packets = st.builds(
    Packet,
    payload_type=st.integers(0, 127),
    sequence=st.integers(0, 0xFFFF),
    timestamp=st.integers(0, 2**32 - 1),
    ssrc=st.integers(0, 2**32 - 1),
    payload=st.binary(max_size=400),
    marker=st.booleans(),
).filter(lambda packet: not (packet.marker and 72 <= packet.payload_type <= 76))


def refusal(datagram: bytes) -> str:
    with pytest.raises(Unprocessable) as caught:
        parse(datagram)
    return caught.value.reason


@given(packets)
def test_a_packet_is_read_as_it_was_written(packet: Packet) -> None:
    assert parse(build(packet)) == packet


@given(packets, st.integers(0, 15), st.binary(max_size=40), st.integers(0, 255))
def test_sources_extension_and_padding_are_no_audio(packet: Packet, csrcs: int, extra: bytes, padding: int) -> None:
    extra = extra[: len(extra) // 4 * 4]
    head, flags = build(packet)[:12], 0x80 | 0x10 | csrcs | (0x20 if padding else 0)
    tail = bytes(padding - 1) + bytes([padding]) if padding else b""
    extension = b"\xbe\xde" + (len(extra) // 4).to_bytes(2) + extra
    datagram = bytes([flags]) + head[1:] + bytes(4 * csrcs) + extension + packet.payload + tail
    assert parse(datagram) == packet


@pytest.mark.parametrize(
    ("datagram", "reason"),
    [
        (b"", "not_rtp"),
        (b"\x80" + bytes(10), "not_rtp"),
        (b"\x40" + bytes(11), "not_rtp"),
        (b"SIP/2.0 200 OK", "not_rtp"),
        (b"\x80\xc8" + bytes(26), "rtcp"),
        (b"\x8f" + bytes(11), "bad_header"),
        (b"\x90" + bytes(11), "bad_header"),
        (b"\x90" + bytes(11) + b"\x00\x00\x00\x09", "bad_header"),
        (b"\xa0" + bytes(11), "bad_padding"),
        (b"\xa0" + bytes(12), "bad_padding"),
        (b"\xa0" + bytes(11) + b"\x09", "bad_padding"),
        (b"\x80" + bytes(5_000), "too_large"),
    ],
)
def test_nonsense_is_refused_with_a_reason(datagram: bytes, reason: str) -> None:
    assert refusal(datagram) == reason


def test_random_datagrams_are_packets_or_a_refusal() -> None:
    rng = random.Random(2026)
    for _ in range(5_000):
        datagram = bytes([rng.choice([0x80, 0x90, 0xA0, 0xBF, rng.randrange(256)])]) + rng.randbytes(rng.randrange(60))
        try:
            assert len(parse(datagram).payload) <= len(datagram) - 12
        except Unprocessable as refused:
            assert refused.reason in {"not_rtp", "rtcp", "bad_header", "bad_padding"}
