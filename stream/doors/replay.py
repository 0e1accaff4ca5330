"""Recorded calls as if they were live: files in, `tonewatch.calls.v1` out."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path
from typing import get_args

import msgspec
import numpy as np
from numpy.typing import NDArray

from tonewatch.stream.doors.audio_file import CHUNK_MS, AudioFile, FileRoles, chunks, inspect, roles_for
from tonewatch.stream.errors import SettingsError
from tonewatch.stream.messages import AudioChunk, CallEnded, CallMessage, CallStarted, Role

RATE_HZ = 8000
"""Telephone rate; a file of a higher rate is brought down to it, as the line would."""

Send = Callable[[CallMessage], Awaitable[None]]


class About(msgspec.Struct, frozen=True, kw_only=True):
    """What is known of a call besides its audio; one entry of a `--about` file."""

    file: str
    title: str = ""
    queue: str = ""
    language: str = ""
    notice_given: bool | None = None
    synthetic: bool = False
    caller_id: str = ""
    agent_id: str = ""


@dataclass(frozen=True)
class Plan:
    """One call to replay. `roles`: who is on each channel of the file; the channels left out are not sent."""

    file: AudioFile
    roles: FileRoles
    call_id: str
    about: About
    notice_given: bool

    @property
    def sent(self) -> list[tuple[int, Role]]:
        """The channels of the file that are sent, with their roles; their places are the channels of the call."""
        return [(index, role) for index, role in enumerate(self.roles) if role is not None]


def read_about(path: Path) -> dict[str, About]:
    """A JSON list of `About`, by file name.

    Raises:
        SettingsError: the file is not such a list.
    """
    try:
        entries = msgspec.json.decode(path.read_bytes(), type=list[About])
    except (OSError, msgspec.DecodeError) as error:
        raise SettingsError(f"--about {path}: not a JSON list of calls ({error}).") from error
    return {entry.file: entry for entry in entries}


def parse_roles(text: str | None) -> FileRoles | None:
    """`customer,agent,-` as roles; `-` leaves a channel out.

    Raises:
        SettingsError: a word is no role, or all channels are left out.
    """
    if not text:
        return None
    roles: list[Role | None] = []
    for word in text.split(","):
        match word.strip():
            case "customer" | "agent" | "mixed" as role:
                roles.append(role)
            case "-":
                roles.append(None)
            case other:
                choice = ", ".join((*get_args(Role), "-"))
                raise SettingsError(f"--channels: '{other}' is no role; choose from {choice} (- leaves one out).")
    if not any(roles):
        raise SettingsError("--channels: every channel is left out; name at least one role, e.g. customer,-.")
    return tuple(roles)


def plan(path: Path, *, roles: FileRoles | None, about: About | None, notice_given: bool, suffix: str) -> Plan:
    """Look at one file and decide how it is replayed; the `--about` entry's notice wins over the option.

    Raises:
        AudioFileError: the file cannot be replayed.
    """
    file = inspect(path)
    about = about or About(file=path.name, title=path.stem)
    notice = notice_given if about.notice_given is None else about.notice_given
    return Plan(file, roles_for(file, roles), f"{path.stem}-{suffix}", about, notice)


def to_pcm(samples: NDArray[np.float32]) -> bytes:
    """float32 in [-1, 1] as int16 little endian; beyond the range it clips, as a line card would."""
    return (np.clip(samples, -1.0, 1.0) * 32767.0).round().astype("<i2").tobytes()


async def replay(
    call: Plan,
    send: Send,
    *,
    speed: float = 1.0,
    now_ms: Callable[[], int] = lambda: time.time_ns() // 1_000_000,
    sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    progress: Callable[[int], None] = lambda _ms: None,
) -> int:
    """Send one call; returns its length in ms. `speed` 1 is real time, 0 as fast as Kafka takes it.

    Raises:
        AudioFileError: the file breaks off inside; the call is ended before, so that no listener waits for it.
    """
    started = now_ms()
    await send(
        CallStarted(
            call_id=call.call_id,
            roles=tuple(role for _, role in call.sent),
            notice_given=call.notice_given,
            started_at_ms=started,
            queue=call.about.queue,
            title=call.about.title,
            language=call.about.language,
            synthetic=call.about.synthetic,
            caller_id=call.about.caller_id,
            agent_id=call.about.agent_id,
        )
    )
    sent_ms = 0
    try:
        for seq, block in enumerate(chunks(call.file, RATE_HZ)):
            end_ms = seq * CHUNK_MS + round(1000 * len(block) / RATE_HZ)
            if speed > 0 and (wait_s := (started + end_ms / speed - now_ms()) / 1000) > 0:
                await sleep(wait_s)
            for message in _chunk_messages(call, seq, block, now_ms()):
                await send(message)
            sent_ms = end_ms
            progress(sent_ms)
    finally:
        await send(CallEnded(call_id=call.call_id, duration_ms=sent_ms, ended_at_ms=now_ms()))
    return sent_ms


def _chunk_messages(call: Plan, seq: int, block: NDArray[np.float32], at_ms: int) -> list[AudioChunk]:
    return [
        AudioChunk(
            call_id=call.call_id,
            channel=channel,
            role=role,
            seq=seq,
            start_ms=seq * CHUNK_MS,
            codec="pcm16",
            rate_hz=RATE_HZ,
            notice_given=call.notice_given,
            payload=to_pcm(block[:, column]),
            captured_at_ms=at_ms,
        )
        for channel, (column, role) in enumerate(call.sent)
    ]
