"""One stream of Twilio's: two tracks in one connection become two channels of a call.

The customer is heard on the inbound track, unless the parameter `inbound` says `agent` (the agent's own leg is
streamed). Other parameters: `notice` (`true`: the caller was told of the analysis), `queue`, `title`, `language`,
`caller`, and `roles` where a call's tracks come in connections of their own.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from urllib.parse import parse_qsl, urlsplit

from tonewatch.stream.doors.channel_audio import JITTER_MS
from tonewatch.stream.doors.credentials import Refused, Secret, bearer
from tonewatch.stream.doors.door_call import facts
from tonewatch.stream.doors.frames import Frame, check, width
from tonewatch.stream.doors.session import Began, Effect, Heard, Knock, Over
from tonewatch.stream.doors.twilio.messages import CODECS, Media, Start, Track, decode, track
from tonewatch.stream.doors.twilio.signature import HEADER, is_signed
from tonewatch.stream.errors import Unprocessable
from tonewatch.stream.messages import Codec, Role

FIRST_CHUNK = 1
BOTH: tuple[Track, ...] = ("inbound", "outbound")
TELNYX_TOKEN = "x-telnyx-streaming-auth-token"


class TwilioDoor:
    """Twilio is proved by its signature, SignalWire (`authBearerToken`) and Telnyx (`stream_auth_token`) by a token."""

    name = "twilio"
    path = "/twilio"

    def check(self, secrets: Sequence[Secret]) -> None:
        """Any secret will do."""

    def admit(self, knock: Knock, secrets: Sequence[Secret]) -> str:
        given = knock.headers.get(HEADER, "")
        if not given:
            token = knock.headers.get(TELNYX_TOKEN, "")
            return bearer(f"Bearer {token}" if token else knock.headers.get("authorization", ""), secrets)
        for secret in secrets:
            if is_signed(knock.url, secret.secret, given):
                return secret.tenant
        raise Refused(401, "credentials")

    def session(self, knock: Knock) -> TwilioSession:
        """Parameters in the address stand for those that the stream does not bring; Twilio allows none there."""
        return TwilioSession(dict(parse_qsl(urlsplit(knock.path).query)))


class TwilioSession:
    def __init__(self, said: Mapping[str, str] | None = None) -> None:
        self.notice_given = False
        self._said = dict(said or {})
        self._channels: dict[Track, int] = {}
        self._format: tuple[Codec, int] | None = None
        self._ends_ms: dict[Track, float] = {}

    def take(self, message: str | bytes) -> Sequence[Effect]:
        event = decode(message)
        match event.event:
            case "start" if event.start is not None:
                return [self._begin(event.start)]
            case "media" if event.media is not None:
                return [Heard((self._frame(event.media),))]
            case "start" | "media":
                raise Unprocessable("A message lacks what it is named for.", reason="incomplete")
            case "stop":
                return [Over()]
        # connected, dtmf, mark, error, and what may be added: nothing of it is of the call's audio.
        return []

    def refuse(self, reason: str) -> Sequence[Effect]:
        return []

    def drain(self) -> Sequence[Effect]:
        return []

    def _begin(self, start: Start) -> Began:
        if self._format is not None:
            raise Unprocessable("A stream began twice on one connection: each needs its own.", reason="began_twice")
        said = {**self._said, **start.parameters}
        codec, rate_hz = _format(start)
        tracks = _tracks(start, said)
        roles = _roles(tracks, said.get("inbound", "customer"))
        known = facts(start.call_id, _all_roles(roles, said), said)
        self._format, self.notice_given = (codec, rate_hz), known.notice_given
        channels = tuple(known.roles.index(role) for role in roles)
        self._channels = dict(zip(tracks, channels, strict=True))
        return Began(known, channels, first_number=FIRST_CHUNK, tolerance_ms=JITTER_MS)

    def _frame(self, media: Media) -> Frame:
        of = track(media.track)
        if self._format is None or of is None or of not in self._channels:
            raise Unprocessable("Audio came before its stream began, or on a track that it did not name.")
        codec, rate_hz = self._format
        at_ms = media.timestamp if media.timestamp is not None else round(self._ends_ms.get(of, 0.0))
        frame = Frame(self._channels[of], at_ms, media.payload, codec, rate_hz, media.chunk)
        check(frame)
        self._ends_ms[of] = at_ms + len(media.payload) // width(codec) * 1_000 / rate_hz
        return frame


def _format(start: Start) -> tuple[Codec, int]:
    form = start.format
    encoding = form.encoding.partition(";")[0].strip().lower()
    if encoding not in CODECS or form.channels != 1 or form.sample_rate <= 0:
        known = ", ".join(sorted(CODECS))
        raise Unprocessable(f"A stream has a format that is not read: it may have {known}, one channel a track.")
    return CODECS[encoding], form.sample_rate


def _tracks(start: Start, said: Mapping[str, str]) -> tuple[Track, ...]:
    """Those that the start names; where it names none (Telnyx) the parameter `tracks`, else both."""
    named = start.tracks or tuple(name for name in said.get("tracks", "").split(",") if name)
    found = tuple(dict.fromkeys(of for name in named if (of := track(name.strip())) is not None))
    if named and not found:
        raise Unprocessable("A stream names no track that there is.", reason="bad_track")
    return found or BOTH


def _roles(tracks: tuple[Track, ...], inbound: str) -> list[Role]:
    if inbound not in ("customer", "agent"):
        raise Unprocessable("The parameter `inbound` is neither customer nor agent.", reason="bad_role")
    roles: dict[Track, Role] = {"inbound": "customer", "outbound": "agent"}
    if inbound == "agent":
        roles = {"inbound": "agent", "outbound": "customer"}
    return [roles[of] for of in tracks]


def _all_roles(roles: Sequence[Role], said: Mapping[str, str]) -> list[str]:
    """Of all the call's channels, which may be more than those of this stream."""
    named = [role.strip() for role in said.get("roles", "").split(",") if role.strip()] or list(roles)
    if missing := [role for role in roles if role not in named]:
        raise Unprocessable(f"The parameter `roles` lacks {missing[0]}, whom the stream carries.", reason="bad_role")
    return named
