"""`tonewatch simulate audiosocket` and `rtp`: files played as Asterisk plays calls that were announced."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import typer

from tonewatch.stream.doors.announcer import Announcer
from tonewatch.stream.doors.audiosocket.player import AudioSocketPlayer
from tonewatch.stream.doors.opening import address
from tonewatch.stream.doors.rtp.formats import FORMATS, Format
from tonewatch.stream.doors.rtp.player import RtpPlayer
from tonewatch.stream.doors.simulate.options import (
    Breaks,
    CaFile,
    Calls,
    Files,
    Line,
    Loss,
    Speed,
    line_trouble,
    tls_of,
    with_groups,
    words_of,
)
from tonewatch.stream.doors.simulate.played import play_all
from tonewatch.stream.errors import SettingsError


@dataclass(frozen=True)
class Announced:
    """Where calls are announced."""

    announce: Annotated[str, typer.Option(help="Where the door takes announcements.")] = "http://127.0.0.1:9091"
    token_file: Annotated[Path | None, typer.Option(help="A file that holds the token of the announcements.")] = None
    ca_file: CaFile = None

    def announcer(self) -> Announcer:
        """
        Raises:
            SettingsError: a file is none.
        """
        words = words_of(self.token_file, "--token-file", most=1)
        tls = tls_of(self.ca_file, encrypted=self.announce.startswith("https:"))
        return Announcer(self.announce, words[0] if words else "", tls)


@with_groups
def audiosocket(
    files: Files,
    calls: Calls,
    announced: Announced,
    line: Line,
    breaks: Breaks,
    door: Annotated[str, typer.Option(help="host:port of the door.")] = "127.0.0.1:9093",
    tls: Annotated[
        bool, typer.Option("--tls", help="Speak TLS to the door, as stunnel does; so does --ca-file.")
    ] = False,
    speed: Speed = 1.0,
    rate_hz: Annotated[int, typer.Option(help="8000 to 192000, those of AudioSocket.")] = 8_000,
) -> None:
    """As Asterisk's AudioSocket: a TCP connection a leg."""
    where = address(door, "--door")
    trouble = line_trouble(line, breaks.break_at)
    context = tls_of(announced.ca_file, encrypted=tls)
    player = AudioSocketPlayer(announced.announcer(), where.host, where.port, rate_hz, speed, trouble, context)
    asyncio.run(play_all(calls.plans(files), player.play, door))


@with_groups
def rtp(
    files: Files,
    calls: Calls,
    announced: Announced,
    line: Line,
    loss: Loss,
    codec: Annotated[str, typer.Option(help=f"As Asterisk's format: {', '.join(FORMATS)}.")] = "ulaw",
    transfer: Annotated[list[float] | None, typer.Option(help="At this second another source (SSRC) goes on.")] = None,
    codec_later: Annotated[str | None, typer.Option(help="ulaw or alaw: the codec from --codec-later-at on.")] = None,
    codec_later_at: Annotated[float, typer.Option(min=0, help="Second at which the codec changes.")] = 10.0,
) -> None:
    """As Asterisk's external media: a UDP stream a leg, in real time."""
    if codec not in FORMATS:
        raise SettingsError(f"--codec: '{codec}' is none of {', '.join(FORMATS)}.")
    player = RtpPlayer(
        announced.announcer(),
        FORMATS[codec],
        line_trouble(line, transfer, loss),
        later=_later(codec, codec_later),
        later_ms=round(1_000 * codec_later_at),
    )
    asyncio.run(play_all(calls.plans(files), player.play, announced.announce))


def _later(codec: str, name: str | None) -> Format | None:
    if name is None:
        return None
    of = FORMATS[codec]
    # Those whose payload type says what they are, and whose clock goes on: a call that is offered anew.
    if name not in ("ulaw", "alaw") or FORMATS[name].rate_hz != of.rate_hz:
        raise SettingsError(
            f"--codec-later: '{name}' cannot follow {codec}: write ulaw or alaw, behind a codec of 8 kHz."
        )
    return FORMATS[name]
