"""`tonewatch simulate`: files played to a door as a telephony system would, with what goes wrong on the way."""

from __future__ import annotations

import asyncio
import secrets
import ssl
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from tonewatch.stream.doors.audiohook.client import AudioHookClient
from tonewatch.stream.doors.freeswitch.client import FreeSwitchClient
from tonewatch.stream.doors.plain.client import PlainClient
from tonewatch.stream.doors.replay import Plan, parse_roles, plan, read_about
from tonewatch.stream.doors.simulate.client import Caller, Client
from tonewatch.stream.doors.simulate.leg_commands import audiosocket, rtp
from tonewatch.stream.doors.simulate.play import Player
from tonewatch.stream.doors.simulate.troubles import Troubles
from tonewatch.stream.doors.twilio.client import TwilioClient
from tonewatch.stream.errors import SettingsError

simulate = typer.Typer(help="Play files to a door, as a telephony system would.", no_args_is_help=True)
simulate.command()(audiosocket)
simulate.command()(rtp)
_err = Console(stderr=True)

Files = Annotated[list[Path], typer.Argument(help="WAV, FLAC or OGG, any rate.")]
Url = Annotated[str, typer.Option(help="Of the door, with its path.")]
Channels = Annotated[str | None, typer.Option(help="Who is on each channel, as for replay.")]
Notice = Annotated[bool, typer.Option("--notice-given", help="The caller was told of the analysis.")]
About = Annotated[Path | None, typer.Option(help="JSON list of {file, title, queue, ...}, as for replay.")]
Suffix = Annotated[str | None, typer.Option(help="Call ids are <file name>-<suffix>; random if not given.")]
Speed = Annotated[float, typer.Option(min=0, help="1 is real time; 0 as fast as the door takes it.")]
SecretFile = Annotated[
    Path | None,
    typer.Option(help="A file that holds the secret, for audiohook `KEY SECRET`, for freeswitch `USER PASSWORD`."),
]
CaFile = Annotated[Path | None, typer.Option(help="The CA of the door's certificate, in PEM.")]
SignedUrl = Annotated[str, typer.Option(help="The address to sign, where a proxy stands before the door.")]
Jitter = Annotated[int, typer.Option(min=0, help="Frames are sent up to so many ms late.")]
Holds = Annotated[list[float] | None, typer.Option("--hold", help="At this second nothing is sent for --hold-s.")]
HoldS = Annotated[float, typer.Option(min=0, help="How long a hold lasts.")]
Breaks = Annotated[
    list[float] | None, typer.Option("--break", help="At this second the connection breaks and comes again.")
]
Again = Annotated[list[float] | None, typer.Option(help="At this second another connection comes beside the first.")]
Loss = Annotated[float, typer.Option(min=0, max=1, help="Share of frames that are lost.")]
Swap = Annotated[float, typer.Option(min=0, max=1, help="Share of frames that change places with the next.")]
Twice = Annotated[float, typer.Option(min=0, max=1, help="Share of frames that are sent twice.")]
Seed = Annotated[int, typer.Option(help="The same seed is the same trouble.")]


@dataclass(frozen=True)
class Calls:
    """What is common to all simulators."""

    files: list[Path]
    url: str
    channels: str | None
    notice_given: bool
    about: Path | None
    suffix: str | None
    speed: float
    secret_file: Path | None
    ca_file: Path | None
    signed_url: str = ""

    def plans(self) -> list[Plan]:
        roles, tail = parse_roles(self.channels), self.suffix or secrets.token_hex(3)
        known = read_about(self.about) if self.about else {}
        return [
            plan(file, roles=roles, about=known.get(file.name), notice_given=self.notice_given, suffix=tail)
            for file in self.files
        ]

    def caller(self, of: Plan) -> Caller:
        words = self._secret()
        return Caller(
            call_id=of.call_id,
            roles=tuple(role for _, role in of.sent),
            notice_given=of.notice_given,
            queue=of.about.queue,
            title=of.about.title,
            language=of.about.language,
            caller_id=of.about.caller_id,
            secret=words[-1] if words else "",
            key=words[0] if len(words) == 2 else "",
        )

    def _secret(self) -> list[str]:
        if self.secret_file is None:
            return []
        try:
            words = self.secret_file.read_text(encoding="utf-8").split()
        except (OSError, UnicodeDecodeError) as error:
            raise SettingsError(f"--secret-file {self.secret_file}: cannot be read.") from error
        if len(words) not in (1, 2):
            raise SettingsError(
                f"--secret-file {self.secret_file}: write SECRET, or KEY SECRET for audiohook and freeswitch."
            )
        return words


@simulate.command()
def twilio(
    files: Files,
    url: Url = "ws://127.0.0.1:8090/twilio",
    channels: Channels = None,
    notice_given: Notice = False,
    about: About = None,
    suffix: Suffix = None,
    speed: Speed = 1.0,
    secret_file: SecretFile = None,
    ca_file: CaFile = None,
    signed_url: SignedUrl = "",
    jitter_ms: Jitter = 0,
    loss: Loss = 0.0,
    swap: Swap = 0.0,
    twice: Twice = 0.0,
    hold: Holds = None,
    hold_s: HoldS = 5.0,
    break_at: Breaks = None,
    again: Again = None,
    seed: Seed = 1,
) -> None:
    """As Twilio Media Streams: mu-law, both tracks in one connection."""
    calls = Calls(files, url, channels, notice_given, about, suffix, speed, secret_file, ca_file, signed_url)
    troubles = _troubles(jitter_ms, hold, hold_s, break_at, again, seed, loss, swap, twice)
    _run(calls, troubles, TwilioClient)


@simulate.command()
def websocket(
    files: Files,
    url: Url = "ws://127.0.0.1:8090/websocket",
    channels: Channels = None,
    notice_given: Notice = False,
    about: About = None,
    suffix: Suffix = None,
    speed: Speed = 1.0,
    secret_file: SecretFile = None,
    ca_file: CaFile = None,
    mulaw: Annotated[bool, typer.Option("--mulaw", help="mu-law instead of 16-bit PCM.")] = False,
    jitter_ms: Jitter = 0,
    hold: Holds = None,
    hold_s: HoldS = 5.0,
    break_at: Breaks = None,
    again: Again = None,
    seed: Seed = 1,
) -> None:
    """As a sender to the plain websocket."""
    calls = Calls(files, url, channels, notice_given, about, suffix, speed, secret_file, ca_file)
    troubles = _troubles(jitter_ms, hold, hold_s, break_at, again, seed)
    _run(calls, troubles, lambda caller: PlainClient(caller, codec="mulaw" if mulaw else "pcm16"))


@simulate.command()
def audiohook(
    files: Files,
    url: Url = "ws://127.0.0.1:8090/audiohook",
    channels: Channels = None,
    notice_given: Notice = False,
    about: About = None,
    suffix: Suffix = None,
    speed: Speed = 1.0,
    secret_file: SecretFile = None,
    ca_file: CaFile = None,
    signed_url: SignedUrl = "",
    l16: Annotated[bool, typer.Option("--l16", help="16-bit PCM instead of mu-law.")] = False,
    jitter_ms: Jitter = 0,
    hold: Holds = None,
    hold_s: HoldS = 5.0,
    break_at: Breaks = None,
    again: Again = None,
    seed: Seed = 1,
) -> None:
    """As Genesys AudioHook: `external` and `internal`, pings, pauses."""
    calls = Calls(files, url, channels, notice_given, about, suffix, speed, secret_file, ca_file, signed_url)
    troubles = _troubles(jitter_ms, hold, hold_s, break_at, again, seed)
    _run(calls, troubles, lambda caller: AudioHookClient(caller, "pcm16" if l16 else "mulaw"))


@simulate.command()
def freeswitch(
    files: Files,
    url: Url = "ws://127.0.0.1:8090/freeswitch",
    channels: Channels = None,
    notice_given: Notice = False,
    about: About = None,
    suffix: Suffix = None,
    speed: Speed = 1.0,
    secret_file: SecretFile = None,
    ca_file: CaFile = None,
    jitter_ms: Jitter = 0,
    hold: Holds = None,
    hold_s: HoldS = 5.0,
    seed: Seed = 1,
) -> None:
    """As FreeSWITCH's mod_audio_fork and jambonz' listen: JSON metadata, then 16-bit PCM until it is closed."""
    calls = Calls(files, url, channels, notice_given, about, suffix, speed, secret_file, ca_file)
    _run(calls, _troubles(jitter_ms, hold, hold_s, None, None, seed), FreeSwitchClient)


def _troubles(
    jitter_ms: int,
    holds: list[float] | None,
    hold_s: float,
    breaks: list[float] | None,
    again: list[float] | None,
    seed: int,
    loss: float = 0.0,
    swap: float = 0.0,
    twice: float = 0.0,
) -> Troubles:
    return Troubles(
        jitter_ms=jitter_ms,
        loss=loss,
        swap=swap,
        twice=twice,
        holds=_ms(holds),
        hold_ms=round(1_000 * hold_s),
        breaks=_ms(breaks),
        again=_ms(again),
        seed=seed,
    )


def _ms(seconds: list[float] | None) -> tuple[int, ...]:
    return tuple(round(1_000 * one) for one in seconds or ())


def _run(calls: Calls, troubles: Troubles, client: Callable[[Caller], Client]) -> None:
    # Without a file of CAs those of the system; a door without TLS needs none.
    encrypted = calls.ca_file is not None or calls.url.startswith("wss:")
    tls = ssl.create_default_context(cafile=str(calls.ca_file) if calls.ca_file else None) if encrypted else None

    async def play(one: Plan) -> None:
        player = Player(calls.url, calls.speed, calls.signed_url, tls)
        await player.play(one, client(calls.caller(one)), troubles)

    async def all_at_once() -> None:
        await asyncio.gather(*(play(one) for one in calls.plans()))

    asyncio.run(all_at_once())
    _err.print(f"{len(calls.files)} calls played to {calls.url}", highlight=False)
