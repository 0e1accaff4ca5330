"""`tonewatch simulate audiosocket` and `rtp`: files played as Asterisk plays calls that were announced."""

from __future__ import annotations

import asyncio
import secrets
import ssl
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from tonewatch.stream.doors.announcer import Announcer
from tonewatch.stream.doors.audiosocket.player import AudioSocketPlayer
from tonewatch.stream.doors.line_trouble import LineTrouble
from tonewatch.stream.doors.opening import address
from tonewatch.stream.doors.replay import Plan, parse_roles, plan
from tonewatch.stream.doors.rtp.formats import FORMATS
from tonewatch.stream.doors.rtp.player import RtpPlayer
from tonewatch.stream.errors import SettingsError

_err = Console(stderr=True)

Files = Annotated[list[Path], typer.Argument(help="WAV, FLAC or OGG, any rate.")]
Announce = Annotated[str, typer.Option(help="Where the door takes announcements.")]
TokenFile = Annotated[Path | None, typer.Option(help="A file that holds the token of the announcements.")]
Channels = Annotated[str | None, typer.Option(help="Who is on each channel, as for replay.")]
Notice = Annotated[bool, typer.Option("--notice-given", help="The caller was told of the analysis.")]
Suffix = Annotated[str | None, typer.Option(help="Call ids are <file name>-<suffix>; random if not given.")]
Jitter = Annotated[int, typer.Option(min=0, help="Packets are late by up to so many ms, out of order over UDP.")]
Hold = Annotated[float, typer.Option(min=0, help="At this second nothing is sent for --hold-s; 0 for none.")]
HoldS = Annotated[float, typer.Option(min=0, help="How long the hold lasts.")]
Seed = Annotated[int, typer.Option(help="The same seed is the same trouble.")]


def audiosocket(
    files: Files,
    door: Annotated[str, typer.Option(help="host:port of the door.")] = "127.0.0.1:9092",
    announce: Announce = "http://127.0.0.1:9091",
    token_file: TokenFile = None,
    channels: Channels = None,
    notice_given: Notice = False,
    suffix: Suffix = None,
    speed: Annotated[float, typer.Option(min=0, help="1 is real time; 0 as fast as the door takes it.")] = 1.0,
    rate_hz: Annotated[int, typer.Option(help="8000 to 192000, those of AudioSocket.")] = 8_000,
    ca_file: Annotated[Path | None, typer.Option(help="The CA of the door's certificate: speak TLS to it.")] = None,
    jitter_ms: Jitter = 0,
    hold: Hold = 0.0,
    hold_s: HoldS = 5.0,
    break_at: Annotated[float, typer.Option("--break", help="At this second connections break and come again.")] = -1.0,
    seed: Seed = 0,
) -> None:
    """As Asterisk's AudioSocket: a TCP connection a leg."""
    where = address(door, "--door")
    tls = ssl.create_default_context(cafile=str(ca_file)) if ca_file else None
    trouble = _trouble(seed, jitter_ms, hold, hold_s, break_at)
    player = AudioSocketPlayer(
        Announcer(announce, _token(token_file)), where.host, where.port, rate_hz, speed, trouble, tls
    )
    _play(_plans(files, channels, notice_given, suffix), player.play)


def rtp(
    files: Files,
    announce: Announce = "http://127.0.0.1:9091",
    token_file: TokenFile = None,
    codec: Annotated[str, typer.Option(help=f"As Asterisk's format: {', '.join(FORMATS)}.")] = "ulaw",
    channels: Channels = None,
    notice_given: Notice = False,
    suffix: Suffix = None,
    jitter_ms: Jitter = 0,
    loss: Annotated[float, typer.Option(min=0, max=1, help="Share of packets that are lost.")] = 0.0,
    twice: Annotated[float, typer.Option(min=0, max=1, help="Share of packets that come twice.")] = 0.0,
    hold: Hold = 0.0,
    hold_s: HoldS = 5.0,
    transfer: Annotated[float, typer.Option(help="At this second another source (SSRC) goes on.")] = -1.0,
    seed: Seed = 0,
) -> None:
    """As Asterisk's external media: a UDP stream a leg, in real time."""
    if codec not in FORMATS:
        raise SettingsError(f"--codec: '{codec}' is none of {', '.join(FORMATS)}.")
    trouble = _trouble(seed, jitter_ms, hold, hold_s, transfer, loss, twice)
    player = RtpPlayer(Announcer(announce, _token(token_file)), FORMATS[codec], trouble)
    _play(_plans(files, channels, notice_given, suffix), player.play)


def _trouble(
    seed: int, jitter_ms: int, hold: float, hold_s: float, break_at: float, loss: float = 0.0, twice: float = 0.0
) -> LineTrouble:
    held = (round(1_000 * hold), round(1_000 * (hold + hold_s))) if hold else (0, 0)
    return LineTrouble(seed, jitter_ms, loss, twice, held, round(1_000 * break_at) if break_at >= 0 else -1)


def _token(file: Path | None) -> str:
    if file is None:
        return ""
    try:
        return file.read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError) as error:
        raise SettingsError(f"--token-file {file}: cannot be read.") from error


def _plans(files: list[Path], channels: str | None, notice_given: bool, suffix: str | None) -> list[Plan]:
    roles, tail = parse_roles(channels), suffix or secrets.token_hex(3)
    return [plan(file, roles=roles, about=None, notice_given=notice_given, suffix=tail) for file in files]


def _play(plans: list[Plan], play: Callable[[Plan], Awaitable[int]]) -> None:
    async def all_at_once() -> None:
        await asyncio.gather(*(play(one) for one in plans))

    asyncio.run(all_at_once())
    _err.print(f"{len(plans)} calls played", highlight=False)
