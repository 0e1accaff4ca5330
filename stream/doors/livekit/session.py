"""One track of a LiveKit room, as its track egress sends it to a websocket: raw PCM until it is closed.

Binary frames are int16 little endian at 48 kHz, two channels interleaved that both hold the one track; a text frame
says `{"muted": true}` or false. Nothing carries a time: samples are counted, and the clock of arrival bounds the count.
Which call it is, and who speaks on the track, stands in the address. Sources:
https://docs.livekit.io/transport/media/ingress-egress/egress/track/, and the format in
https://github.com/livekit/egress, pkg/pipeline/builder/audio.go and pkg/pipeline/sink/websocket.go.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from urllib.parse import parse_qsl, urlsplit

from tonewatch.stream.doors.audiosocket.connection import monotonic_ms
from tonewatch.stream.doors.credentials import Refused, Secret
from tonewatch.stream.doors.frames import parted
from tonewatch.stream.doors.freeswitch.session import FreeSwitchSession
from tonewatch.stream.doors.livekit.address import is_proved
from tonewatch.stream.doors.session import Effect, Held, Knock

RATE_HZ = "48000"
CHANNELS = 2
"""Of the interleaved samples; both are the same voice."""


class LiveKitDoor:
    """`now_s`: the wall clock, for how long an address is good."""

    name = "livekit"
    path = "/livekit"

    def __init__(self, now_s: Callable[[], float] = time.time) -> None:
        self._now_s = now_s

    def check(self, secrets: Sequence[Secret]) -> None:
        """Any secret will do."""

    def admit(self, knock: Knock, secrets: Sequence[Secret]) -> str:
        found = [one for one in secrets if is_proved(knock.path, one.secret, self._now_s())]
        if not found:
            raise Refused(401, "credentials")
        return found[0].tenant

    def session(self, knock: Knock) -> LiveKitSession:
        return LiveKitSession(dict(parse_qsl(urlsplit(knock.path).query)))


class LiveKitSession:
    """A track is what FreeSWITCH's modules call a mono stream of a leg, but for its second channel."""

    def __init__(self, said: Mapping[str, str], now_ms: Callable[[], float] = monotonic_ms) -> None:
        # The rate of the address counts, where somebody runs an egress that sends another one.
        self._leg = FreeSwitchSession({"sampleRate": RATE_HZ, **said, "mixType": "mono"}, now_ms)
        self._began = False

    @property
    def notice_given(self) -> bool:
        return self._leg.notice_given

    def take(self, message: str | bytes) -> Sequence[Effect]:
        if isinstance(message, str):
            # Muted or not: nothing more of it is of the call's audio.
            return [Held()] if self._began else []
        effects = self._leg.take(parted(message, CHANNELS, "pcm16")[0])
        self._began = True
        return effects

    def rest(self) -> Sequence[Effect]:
        return self._leg.rest()

    def refuse(self, reason: str) -> Sequence[Effect]:
        return []

    def drain(self) -> Sequence[Effect]:
        return []
