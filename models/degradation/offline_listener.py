"""The listener without Kafka: a call's audio in, the messages that `listen` would write out, faster than real time.

The same code as live (replay, intake, segmenter, analysis); only the clock differs. It is the call's own: a message's
`emitted_at_ms` is the media time of the end of the audio that closed its segment.
"""

from __future__ import annotations

import asyncio
import hashlib
import importlib.util
import io
from pathlib import Path
from zipfile import BadZipFile

import msgspec
import numpy as np
from aiokafka import TopicPartition

from tonewatch.models.degradation.folder import CallFile
from tonewatch.models.degradation.heard_again import Statistics, layers_key
from tonewatch.stream.codec import decode_segment, encode
from tonewatch.stream.doors.replay import RATE_HZ, About, Plan, replay
from tonewatch.stream.errors import DependencyError, StoreError, Undecodable, UnknownVersion
from tonewatch.stream.messages import AudioChunk, CallEnded, CallMessage, CallStarted, SegmentMessage
from tonewatch.stream.topics import CALLS
from tonewatch.workers.audio.codecs import bytes_per_sample
from tonewatch.workers.audio.segmenter import SegmenterSettings
from tonewatch.workers.encoder import encoder_digest
from tonewatch.workers.listen.analysis import Analysis
from tonewatch.workers.listen.call import Call, ClosedSegment

_PARTITION = TopicPartition(CALLS.name, 0)

_SOURCES = (
    "tonewatch.models.degradation.heard_again",
    "tonewatch.models.degradation.offline_listener",
    "tonewatch.stream.doors.audio_file",
    "tonewatch.stream.doors.measured_file",
    "tonewatch.stream.doors.replay",
    "tonewatch.workers.audio",
    "tonewatch.workers.encoder",
    "tonewatch.workers.listen.analysis",
    "tonewatch.workers.listen.call",
    "tonewatch.workers.pitch",
    "tonewatch.workers.prosody",
)
"""The modules that determine the messages of a call; a change in one of them makes cached messages stale."""


def listen_offline(call: CallFile, analysis: Analysis) -> list[SegmentMessage]:
    """Every message of one call, in the listener's order, without the cache.

    Raises:
        AudioFileError: the file breaks off.
    """
    name = Path(call.name).with_suffix("").as_posix().replace("/", "-")
    about = About(file=call.name, title=call.audio.path.stem)
    listener = _OfflineListener(Call(name, SegmenterSettings(), 0.0), analysis)
    plan = Plan(call.audio, call.roles, name, about, notice_given=True)
    asyncio.run(replay(plan, listener.take, speed=0, now_ms=lambda: 0))
    return listener.messages


class _OfflineListener:
    """Feeds one call's audio to the same `Call` and `Analysis` as the live listener."""

    def __init__(self, call: Call, analysis: Analysis) -> None:
        self._call = call
        self._analysis = analysis
        self._offset = 0
        self.messages: list[SegmentMessage] = []

    async def take(self, message: CallMessage) -> None:
        match message:
            case CallStarted():
                self.messages.append(self._call.started(message))
            case AudioChunk():
                # The replay runs ahead of the clock: the end of the chunk stands in for its arrival.
                now_ms = message.start_ms + _length_ms(message)
                chunk = msgspec.structs.replace(message, captured_at_ms=now_ms)
                self._write(self._call.add_chunk(chunk, self._offset), now_ms)
            case CallEnded():
                self._write(self._call.finish(), message.duration_ms)
                self.messages.append(self._call.closed("ended", message.duration_ms))
        self._offset += 1

    def _write(self, closed: list[ClosedSegment], now_ms: int) -> None:
        for spoken in closed:
            segment, _ = self._analysis.segment(spoken, _PARTITION)
            self.messages.append(msgspec.structs.replace(segment, emitted_at_ms=now_ms))


def _length_ms(chunk: AudioChunk) -> int:
    return round(1000 * len(chunk.payload) / bytes_per_sample(chunk.codec) / RATE_HZ)


class Cache:
    """The messages of calls, stored under the digest of everything they depend on: audio, encoder, roles, code."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._code = code_digest()
        self._encoders: dict[Path, bytes] = {}

    def path(self, call: CallFile, encoder: Path, *, analyse_mixed: bool = False) -> Path:
        """The file of this call's messages, whether it exists or not."""
        known = hashlib.sha256(self._code.encode())
        if encoder not in self._encoders:
            self._encoders[encoder] = encoder_digest(encoder).encode()
        known.update(_digest(call.audio.path) + self._encoders[encoder])
        known.update(repr((call.name, call.roles, analyse_mixed)).encode())
        return self._folder / f"{known.hexdigest()[:32]}.jsonl"

    def statistics_path(self, call: CallFile, encoder: Path, *, analyse_mixed: bool = False) -> Path | None:
        """The file of a call's statistics by all encoders of the same layers (`heard_again.py`); None without such."""
        if (layers := layers_key(encoder)) is None:
            return None
        known = hashlib.sha256(self._code.encode() + layers.encode() + _digest(call.audio.path))
        known.update(repr((call.name, call.roles, analyse_mixed)).encode())
        return self._folder / f"{known.hexdigest()[:32]}.npz"

    def read_statistics(self, path: Path) -> tuple[list[SegmentMessage], Statistics] | None:
        """The messages of the encoder that listened, and the statistics; None as for `read`."""
        if not path.is_file():
            return None
        try:
            with np.load(path, allow_pickle=False) as file:
                lines, statistics = bytes(file["messages"]), Statistics(file["rows"], file["seconds"])
            return [decode_segment(line) for line in lines.splitlines()], statistics
        except (OSError, KeyError, ValueError, BadZipFile, Undecodable, UnknownVersion):
            return None

    def write_statistics(self, path: Path, messages: list[SegmentMessage], statistics: Statistics) -> None:
        """As `write`."""
        lines = np.frombuffer(b"".join(encode(message) + b"\n" for message in messages), dtype=np.uint8)
        made = io.BytesIO()
        np.savez(made, messages=lines, rows=statistics.rows, seconds=statistics.seconds)
        self._put(path, made.getvalue())

    def read(self, path: Path) -> list[SegmentMessage] | None:
        """None when there is no such file, or one that another release wrote."""
        if not path.is_file():
            return None
        try:
            return [decode_segment(line) for line in path.read_bytes().splitlines()]
        except (Undecodable, UnknownVersion):
            return None

    def write(self, path: Path, messages: list[SegmentMessage]) -> None:
        """Atomically, by a rename: a run that is stopped leaves no partial file.

        Raises:
            StoreError: the folder cannot be written.
        """
        self._put(path, b"".join(encode(message) + b"\n" for message in messages))

    def _put(self, path: Path, content: bytes) -> None:
        try:
            self._folder.mkdir(parents=True, exist_ok=True)
            fresh = path.with_suffix(".part")
            fresh.write_bytes(content)
            fresh.replace(path)
        except OSError as error:
            raise StoreError(f"cannot write the cache {self._folder}: {error.strerror}; choose --cache") from error


def _digest(file: Path) -> bytes:
    return hashlib.sha256(file.read_bytes()).digest()


def code_digest() -> str:
    """Digest of the source files of _SOURCES."""
    known = hashlib.sha256()
    for file in source_files():
        known.update(file.read_bytes())
    return known.hexdigest()


def source_files() -> list[Path]:
    """The files of _SOURCES; of a package every module in it."""
    files: list[Path] = []
    for name in _SOURCES:
        spec = importlib.util.find_spec(name)
        if spec is None or spec.origin is None:
            raise DependencyError(f"{name} is not installed: the digest of the code needs it")
        origin = Path(spec.origin)
        files += sorted(origin.parent.glob("*.py")) if spec.submodule_search_locations else [origin]
    return files
