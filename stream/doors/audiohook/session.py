"""One AudioHook session: transactions answered, interleaved audio parted, media time kept over pauses.

The customer is `external`, the agent `internal`. `customConfig` of the integration may say `notice` (`true`: the caller
was told of the analysis), `queue`, `title`, `caller` (`ani` for the number of the caller). A call bears the
conversation's id.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import msgspec

from tonewatch.stream.doors.audiohook.admission import AudioHookAdmission
from tonewatch.stream.doors.audiohook.messages import (
    NULL_UUID,
    Close,
    Discarded,
    Media,
    Message,
    Open,
    decode,
    encode,
    parameters,
)
from tonewatch.stream.doors.credentials import Secret
from tonewatch.stream.doors.door_call import CallFacts, facts
from tonewatch.stream.doors.frames import Frame, check, parted, width
from tonewatch.stream.doors.session import Bad, Began, Effect, Heard, Held, Knock, Over, Reply
from tonewatch.stream.errors import Unprocessable
from tonewatch.stream.messages import Codec, Role

RATE_HZ = 8_000
CODECS: dict[str, Codec] = {"PCMU": "mulaw", "L16": "pcm16"}
ROLES: dict[str, Role] = {"external": "customer", "internal": "agent"}

_PREFERRED = [
    (form, parties) for parties in (("external", "internal"), ("internal", "external")) for form in CODECS
] + [(form, (party,)) for party in ROLES for form in CODECS]
"""Two channels before one: turn-taking needs both. mu-law before L16: it is what the line had."""


class AudioHookDoor:
    name = "audiohook"
    path = "/audiohook"

    def __init__(self, admission: AudioHookAdmission | None = None) -> None:
        self._admission = admission or AudioHookAdmission()

    def check(self, secrets: Sequence[Secret]) -> None:
        self._admission.check(secrets)

    def admit(self, knock: Knock, secrets: Sequence[Secret]) -> str:
        return self._admission.admit(knock, secrets)

    def session(self, knock: Knock) -> AudioHookSession:
        headers = knock.headers
        return AudioHookSession(headers.get("audiohook-session-id", ""), headers.get("audiohook-organization-id", ""))


class AudioHookSession:
    """`session_id`, `organization_id`: what the handshake said, and the messages must say too."""

    def __init__(self, session_id: str = "", organization_id: str = "") -> None:
        self.notice_given = False
        self._id = session_id
        self._organization_id = organization_id
        self._seq = 0
        self._clientseq = 0
        self._media: Media | None = None
        self._position = 0  # in samples of a channel
        self._opened = False

    def take(self, message: str | bytes) -> Sequence[Effect]:
        if isinstance(message, bytes):
            return [Heard(self._frames(message))]
        said = decode(message)
        if wrong := self._out_of_order(said):
            return [Bad(Unprocessable(wrong, reason="out_of_order")), *self._disconnect("error", wrong)]
        self._clientseq = said.seq
        return self._answer(said)

    def refuse(self, reason: str) -> Sequence[Effect]:
        return self._disconnect("error", reason)

    def drain(self) -> Sequence[Effect]:
        """Asked to connect again: another process of ours takes it."""
        return [self._say("reconnect", {"info": "the server stops"})] if self._opened else []

    def _out_of_order(self, said: Message) -> str:
        if said.seq != self._clientseq + 1:
            return "Invalid seq value"
        if said.serverseq > self._seq:
            return "Invalid serverseq value"
        self._id = self._id or said.id
        return "" if said.id == self._id else "Session identifier mismatch"

    def _answer(self, said: Message) -> Sequence[Effect]:
        match said.type:
            case "open":
                return self._open(parameters(said, Open))
            case "close":
                return self._close(parameters(said, Close))
            case "ping":
                return [self._say("pong")]
            case "paused":
                return [Held()]
            case "discarded" | "resumed":
                self._move_to(parameters(said, Discarded).end_ms)
                return [Held()]
            case "update":
                return [self._say("updated")]
        # `error`, and what may be added: it is told, and asks for nothing.
        return []

    def _open(self, said: Open) -> Sequence[Effect]:
        if self._opened:
            raise Unprocessable("A session was opened twice.", reason="began_twice")
        if self._organization_id and said.organizationId != self._organization_id:
            return self._disconnect("unauthorized", "organizationId mismatch")
        media = chosen(said.media)
        if media is None:
            return self._disconnect("error", "None of the offered media is read: PCMU or L16 at 8000 Hz")
        self._opened = True
        opened = self._say("opened", self._opened_parameters(said, media))
        if said.conversationId == NULL_UUID:
            return [opened]  # A probe: it is answered, and no call begins.
        known = _facts(said, media)
        self._media, self.notice_given = media, known.notice_given
        # Answered first: the client waits a few seconds for it, whatever Kafka does.
        return [opened, Began(known)]

    def _opened_parameters(self, said: Open, media: Media) -> dict[str, Any]:
        answer: dict[str, Any] = {"startPaused": False, "media": [msgspec.to_builtins(media)]}
        if said.supportedLanguages:
            answer["supportedLanguages"] = [said.language] if said.language else []
        return answer

    def _close(self, said: Close) -> Sequence[Effect]:
        # `reconnect` and `error` may come again.
        return [self._say("closed"), Over(ended=said.reason in ("end", "disconnect"))]

    def _frames(self, audio: bytes) -> tuple[Frame, ...]:
        if self._media is None:
            raise Unprocessable("Audio came before its session was opened.", reason="not_opened")
        codec = CODECS[self._media.format]
        parts = parted(audio, len(self._media.channels), codec)
        at_ms = self._position * 1_000 // RATE_HZ
        frames = tuple(Frame(channel, at_ms, part, codec, RATE_HZ) for channel, part in enumerate(parts))
        check(frames[0])
        self._position += len(parts[0]) // width(codec)
        return frames

    def _move_to(self, at_ms: int) -> None:
        """Media time goes on over what is not sent; never back."""
        self._position = max(self._position, at_ms * RATE_HZ // 1_000)

    def _disconnect(self, reason: str, info: str) -> Sequence[Effect]:
        return [self._say("disconnect", {"reason": reason, "info": info})]

    def _say(self, kind: str, said: dict[str, Any] | None = None) -> Reply:
        self._seq += 1
        return Reply(encode(kind, self._id, self._seq, self._clientseq, said or {}))


def chosen(offered: Sequence[Media]) -> Media | None:
    """What a server takes of what is offered; null where nothing of it is read."""
    usable = [media for media in offered if media.type == "audio" and media.rate == RATE_HZ]
    for form, parties in _PREFERRED:
        for media in usable:
            if (media.format, media.channels) == (form, parties):
                return media
    return None


def _facts(said: Open, media: Media) -> CallFacts:
    custom = {name: str(value) for name, value in said.customConfig.items() if isinstance(value, (str, int, float))}
    custom["notice"] = "true" if str(said.customConfig.get("notice", "")).lower() == "true" else ""
    custom["caller"] = said.participant.ani if custom.get("caller") == "ani" else custom.get("caller", "")
    custom.setdefault("language", said.language)
    return facts(said.conversationId, [ROLES[party] for party in media.channels], custom)
