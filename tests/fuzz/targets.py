"""What is fuzzed: each parser of bytes or text that come from outside, with the errors that it may raise."""

from __future__ import annotations

import contextlib
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from tonewatch.stream import codec
from tonewatch.stream.doors.audio_file import chunks, inspect
from tonewatch.stream.doors.audiohook import messages
from tonewatch.stream.doors.audiosocket.frames import FrameReader
from tonewatch.stream.doors.audiosocket.frames import encode as audiosocket_frame
from tonewatch.stream.doors.rtp import packet
from tonewatch.stream.errors import TonewatchError
from tonewatch.stream.notify import routes_file
from tonewatch.stream.rules import file as rules_file
from tonewatch.workers.redaction.redactor import find

TESTS: Final = Path(__file__).parents[1]
GOLDEN: Final = TESTS / "stream" / "golden"

LONGEST: Final = 4096
"""Bytes of an input; a longer one finds no other way through a parser of frames."""


@dataclass(frozen=True)
class Target:
    """`parse` takes any bytes, and may raise nothing; `seeds` are what it is meant to take."""

    parse: Callable[[bytes], object]
    seeds: Callable[[], Iterator[bytes]]


def _quiet(parse: Callable[[bytes], object]) -> Callable[[bytes], object]:
    """Errors of our own tree say what is wrong with an input: that is what they are for."""

    def parsed(data: bytes) -> None:
        with contextlib.suppress(TonewatchError):
            parse(data)

    return parsed


def _json_messages(data: bytes) -> None:
    for decode in _JSON:
        with contextlib.suppress(TonewatchError):
            decode(data)


_JSON: Final = (
    codec.decode_clock,
    codec.decode_segment,
    codec.decode_tone,
    codec.decode_alert,
    codec.decode_moment,
    codec.decode_rationale,
    codec.decode_control,
    codec.decode_caller,
    codec.decode_delivery,
    codec.decode_access,
    codec.decode_verdict,
)


def _golden(ending: str) -> Iterator[bytes]:
    for path in sorted(GOLDEN.glob(f"*.{ending}")):
        yield bytes.fromhex(path.read_text()) if ending == "hex" else path.read_bytes().strip()


def _audiosocket(data: bytes) -> None:
    """The first byte says in which pieces the rest comes; frames that were read are written as they came."""
    reader, step = FrameReader(), 1 + data[0] if data else 1
    frames = [frame for at in range(1, len(data), step) for frame in reader.feed(data[at : at + step])]
    for frame in frames:
        assert FrameReader().feed(audiosocket_frame(frame)) == [frame]


def _rtp(data: bytes) -> None:
    parsed = packet.parse(data)
    assert packet.parse(packet.build(parsed)) == parsed


def _audiohook(data: bytes) -> None:
    message = messages.decode(data.decode("utf-8", "replace"))
    for kind in (messages.Open, messages.Close, messages.Discarded):
        with contextlib.suppress(TonewatchError):
            found = messages.parameters(message, kind)
            if isinstance(found, messages.Discarded):
                assert found.end_ms >= 0


def _audio_file(data: bytes) -> None:
    with tempfile.NamedTemporaryFile(suffix=".wav") as file:
        file.write(data)
        file.flush()
        found = inspect(Path(file.name))
        for at, _chunk in enumerate(chunks(found, 16_000)):
            assert at < 10_000


def _redaction(data: bytes) -> None:
    text = data.decode("utf-8", "replace")
    cut = len(text) // 3
    for found in (find(text), find(text[cut:], before=text[:cut])):
        assert all(one.start < one.end for one in found)


def _wav() -> Iterator[bytes]:
    head = bytes.fromhex("52494646 34000000 57415645 666d7420 10000000 0100 0100 401f0000 803e0000 0200 1000 64617461")
    yield head + (16).to_bytes(4, "little") + bytes(16)
    yield head + b"\xff\xff\xff\xff" + bytes(16)


def _frames() -> Iterator[bytes]:
    yield b"\x20" + b"\x01\x00\x10" + bytes(range(16)) + b"\x10\x00\x04abcd" + b"\x03\x00\x015" + b"\x00\x00\x00"


def _datagrams() -> Iterator[bytes]:
    yield packet.build(packet.Packet(0, 1, 160, 7, bytes(160), marker=True))
    yield bytes.fromhex("b0000001000000a000000007bede0001100200ff") + bytes(20) + b"\x04"


def _sent() -> Iterator[bytes]:
    text = (TESTS / "stream" / "doors" / "transcripts" / "audiohook.txt").read_text(encoding="utf-8")
    yield from (line[line.index("{") :].encode() for line in text.splitlines() if "{" in line)


def _yaml(text: str) -> Callable[[], Iterator[bytes]]:
    return lambda: iter([text.encode()])


RULES: Final = """version: 1
rules:
  tone_falls:
    enabled: true
    watch_at: -0.2
queues:
  billing:
    tone_falls: {act_at: -0.5}
"""
ROUTES: Final = """version: 1
targets:
  hook: {kind: webhook, url: "https://example.com/hook", secret: {env: HOOK}}
routes:
  - {to: [hook], severity: act}
"""

TARGETS: Final[dict[str, Target]] = {
    "calls": Target(_quiet(codec.decode_call), lambda: _golden("hex")),
    "messages": Target(_json_messages, lambda: _golden("json")),
    "audiosocket": Target(_quiet(_audiosocket), _frames),
    "rtp": Target(_quiet(_rtp), _datagrams),
    "audiohook": Target(_quiet(_audiohook), _sent),
    "audio_file": Target(_quiet(_audio_file), _wav),
    "rules": Target(_quiet(lambda data: rules_file.parse(data.decode("utf-8", "replace"))), _yaml(RULES)),
    "routes": Target(_quiet(lambda data: routes_file.parse(data.decode("utf-8", "replace"))), _yaml(ROUTES)),
    "redaction": Target(
        _redaction, _yaml("my card is 4111 1111 uh double one eleven, j dot b at gmail dot com, born 3.5.84")
    ),
}
