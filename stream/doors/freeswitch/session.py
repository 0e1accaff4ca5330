"""One stream of FreeSWITCH's or jambonz': a text frame that describes it, then binary audio, until it is closed.

Samples are int16 little endian, interleaved where `mixType` is `stereo`. Nothing carries a time: samples are counted,
and the clock of arrival bounds the count, as at AudioSocket. A connection that the other side closes in order ends
its call; one that breaks leaves it open for the time of grace.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from urllib.parse import parse_qsl, urlsplit

from tonewatch.stream.doors.audiosocket.arrival_clock import ArrivalClock, Placed, duration_ms
from tonewatch.stream.doors.audiosocket.connection import monotonic_ms
from tonewatch.stream.doors.audiosocket.frames import Audio
from tonewatch.stream.doors.credentials import Secret, basic_or_bearer
from tonewatch.stream.doors.frames import Frame, check, parted
from tonewatch.stream.doors.freeswitch.messages import NAMES, Described, described, metadata
from tonewatch.stream.doors.session import Bad, Began, Effect, Heard, Knock
from tonewatch.stream.errors import BadRecord, Unprocessable


class FreeSwitchDoor:
    """Proved by a password or a bearer token in the handshake; one in the address is not looked at, proxies log it."""

    name = "freeswitch"
    path = "/freeswitch"

    def check(self, secrets: Sequence[Secret]) -> None:
        """Any secret will do."""

    def admit(self, knock: Knock, secrets: Sequence[Secret]) -> str:
        return basic_or_bearer(knock.headers.get("authorization", ""), secrets)

    def session(self, knock: Knock) -> FreeSwitchSession:
        return FreeSwitchSession(dict(parse_qsl(urlsplit(knock.path).query)))


class FreeSwitchSession:
    """`said`: the parameters of the address, for what the metadata leave out. `now_ms` never goes back."""

    def __init__(self, said: Mapping[str, str] | None = None, now_ms: Callable[[], float] = monotonic_ms) -> None:
        self.notice_given = False
        self._said = {name: text for name, text in (said or {}).items() if name in NAMES}
        self._now_ms = now_ms
        self._of: Described | None = None
        self._began_at_ms = 0.0
        self._clock: ArrivalClock | None = None

    def take(self, message: str | bytes) -> Sequence[Effect]:
        if isinstance(message, str):
            # Later ones are DTMF, or whatever the dialplan sends: nothing of it is of the call's audio.
            return [] if self._of is not None else [self._begin({**self._said, **metadata(message)})]
        if self._of is not None:
            return self._heard(self._of, message)
        began = self._begin(self._said)
        try:
            return [began, *self._heard(self._described, message)]
        except BadRecord as error:
            return [began, Bad(error)]

    def rest(self) -> Sequence[Effect]:
        return self._placed(self._clock.flush()) if self._clock is not None else []

    def refuse(self, reason: str) -> Sequence[Effect]:
        """Nothing: what jambonz is sent becomes an event of the call's."""
        return []

    def drain(self) -> Sequence[Effect]:
        return []

    @property
    def _described(self) -> Described:
        assert self._of is not None
        return self._of

    def _begin(self, said: Mapping[str, str]) -> Began:
        of = described(said)
        self._of, self.notice_given, self._began_at_ms = of, of.facts.notice_given, self._now_ms()
        return Began(of.facts, of.channels, ends_by_closing=True)

    def _heard(self, of: Described, message: bytes) -> Sequence[Effect]:
        parts = parted(message, len(of.channels), "pcm16")
        check(Frame(of.channels[0], 0, parts[0], "pcm16", of.rate_hz))
        # Interleaved samples of two channels are as long as those of one at twice the rate.
        audio, at_ms = Audio(of.rate_hz * len(of.channels), message), self._now_ms()
        if self._clock is None:
            self._clock = ArrivalClock(self._zero_ms(of, at_ms - duration_ms(audio)))
        return self._placed([*self._clock.poll(at_ms), *_pushed(self._clock, at_ms, audio)])

    def _zero_ms(self, of: Described, first_ms: float) -> float:
        """The stream's media time 0. Of a leg beside others that is when it connected; else its first sample."""
        return first_ms if len(of.channels) == len(of.facts.roles) else self._began_at_ms

    def _placed(self, placed: Sequence[Placed]) -> Sequence[Effect]:
        of = self._described
        frames = tuple(
            Frame(channel, round(one.start_ms), part, "pcm16", of.rate_hz)
            for one in placed
            for channel, part in zip(of.channels, parted(one.audio.pcm, len(of.channels), "pcm16"), strict=True)
        )
        return [Heard(frames)] if frames else []


def _pushed(clock: ArrivalClock, at_ms: float, audio: Audio) -> list[Placed]:
    try:
        return clock.push(at_ms, audio)
    except Unprocessable as error:
        text = "Half as much audio comes as time passes: `mixType` or `sampleRate` is not that of the command."
        raise Unprocessable(text, reason="half_rate") from error
