"""`tonewatch simulate`: files played to a door as a telephony system would, with what goes wrong on the way."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import typer

from tonewatch.stream.doors.audiohook.client import AudioHookClient
from tonewatch.stream.doors.freeswitch.client import FreeSwitchClient
from tonewatch.stream.doors.livekit.client import LiveKitClient
from tonewatch.stream.doors.plain.client import PlainClient
from tonewatch.stream.doors.replay import Plan
from tonewatch.stream.doors.simulate.client import Caller, Client
from tonewatch.stream.doors.simulate.leg_commands import audiosocket, rtp
from tonewatch.stream.doors.simulate.options import (
    Beside,
    Breaks,
    CaFile,
    Calls,
    Files,
    Line,
    Loss,
    SignedUrl,
    Speed,
    Url,
    tls_of,
    troubles,
    with_groups,
    words_of,
)
from tonewatch.stream.doors.simulate.play import Player
from tonewatch.stream.doors.simulate.played import play_all
from tonewatch.stream.doors.simulate.troubles import Troubles
from tonewatch.stream.doors.twilio.client import TwilioClient

simulate = typer.Typer(help="Play files to a door, as a telephony system would.", no_args_is_help=True)


@dataclass(frozen=True)
class Door:
    """How a door on websockets is reached and entered."""

    speed: Speed = 1.0
    secret_file: Annotated[
        Path | None,
        typer.Option(help="A file that holds the secret, for audiohook `KEY SECRET`, for freeswitch `USER PASSWORD`."),
    ] = None
    ca_file: CaFile = None

    def caller(self, of: Plan) -> Caller:
        """
        Raises:
            SettingsError: the file of the secret is none.
        """
        words = words_of(self.secret_file, "--secret-file", most=2)
        return Caller(
            call_id=of.call_id,
            roles=tuple(role for _, role in of.sent),
            notice_given=of.notice_given,
            queue=of.about.queue,
            title=of.about.title,
            language=of.about.language,
            caller_id=of.about.caller_id,
            agent_id=of.about.agent_id,
            secret=words[-1] if words else "",
            key=words[0] if len(words) == 2 else "",
        )


@simulate.command()
@with_groups
def twilio(
    files: Files,
    calls: Calls,
    door: Door,
    line: Line,
    breaks: Breaks,
    beside: Beside,
    loss: Loss,
    swap: Annotated[float, typer.Option(min=0, max=1, help="Share of frames that change places with the next.")] = 0.0,
    url: Url = "ws://127.0.0.1:8090/twilio",
    signed_url: SignedUrl = "",
) -> None:
    """As Twilio Media Streams: mu-law, both tracks in one connection."""
    _play(calls.plans(files), door, url, signed_url, troubles(line, breaks, beside, loss, swap), TwilioClient)


@simulate.command()
@with_groups
def websocket(
    files: Files,
    calls: Calls,
    door: Door,
    line: Line,
    breaks: Breaks,
    beside: Beside,
    mulaw: Annotated[bool, typer.Option("--mulaw", help="mu-law instead of 16-bit PCM.")] = False,
    url: Url = "ws://127.0.0.1:8090/websocket",
) -> None:
    """As a sender to the plain websocket."""
    made = troubles(line, breaks, beside)
    _play(calls.plans(files), door, url, "", made, lambda of: PlainClient(of, codec="mulaw" if mulaw else "pcm16"))


@simulate.command()
@with_groups
def audiohook(
    files: Files,
    calls: Calls,
    door: Door,
    line: Line,
    breaks: Breaks,
    beside: Beside,
    l16: Annotated[bool, typer.Option("--l16", help="16-bit PCM instead of mu-law.")] = False,
    url: Url = "ws://127.0.0.1:8090/audiohook",
    signed_url: SignedUrl = "",
) -> None:
    """As Genesys AudioHook: `external` and `internal`, pings, pauses."""
    made = troubles(line, breaks, beside)
    _play(calls.plans(files), door, url, signed_url, made, lambda of: AudioHookClient(of, "pcm16" if l16 else "mulaw"))


@simulate.command()
@with_groups
def freeswitch(files: Files, calls: Calls, door: Door, line: Line, url: Url = "ws://127.0.0.1:8090/freeswitch") -> None:
    """As FreeSWITCH's mod_audio_fork and jambonz' listen: JSON metadata, then 16-bit PCM until it is closed."""
    _play(calls.plans(files), door, url, "", troubles(line), FreeSwitchClient)


@simulate.command()
@with_groups
def livekit(files: Files, calls: Calls, door: Door, line: Line, url: Url = "ws://127.0.0.1:8090/livekit") -> None:
    """As LiveKit's track egress: a connection a track, 16-bit PCM at 48 kHz, to an address that is signed."""
    tls = tls_of(door.ca_file, encrypted=url.startswith("wss:"))

    async def play(one: Plan) -> None:
        tracks = [LiveKitClient(door.caller(one), channel) for channel in range(len(one.sent))]
        players = [Player(track.address(url, time.time()), door.speed, "", tls) for track in tracks]
        playing = [player.play(one, track, troubles(line)) for player, track in zip(players, tracks, strict=True)]
        await asyncio.gather(*playing)

    asyncio.run(play_all(calls.plans(files), play, url))


simulate.command()(audiosocket)
simulate.command()(rtp)


def _play(
    plans: list[Plan], door: Door, url: str, signed_url: str, trouble: Troubles, client: Callable[[Caller], Client]
) -> None:
    tls = tls_of(door.ca_file, encrypted=url.startswith("wss:"))

    async def play(one: Plan) -> None:
        player = Player(url, door.speed, signed_url, tls)
        await player.play(one, client(door.caller(one)), trouble)

    asyncio.run(play_all(plans, play, url))
