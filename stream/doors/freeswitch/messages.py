"""What a stream says of itself: in its first text frame, and in the parameters of its address.

mod_audio_fork and mod_audio_stream send whatever text the command has as its metadata, or none; jambonz sends the
attributes of the call, `sampleRate`, `mixType`, and the verb's `metadata` beside them. Sources:
https://github.com/drachtio/drachtio-freeswitch-modules/tree/main/modules/mod_audio_fork,
https://github.com/amigniter/mod_audio_stream, https://docs.jambonz.org/verbs/verbs/listen
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

import msgspec

from tonewatch.stream.doors.door_call import CallFacts, facts
from tonewatch.stream.doors.frames import LEAST_RATE_HZ, MOST_RATE_HZ
from tonewatch.stream.doors.json_messages import decoded
from tonewatch.stream.errors import Unprocessable
from tonewatch.stream.messages import Role

NAMES: Final = (
    "call_id",
    "callSid",
    "mixType",
    "sampleRate",
    "role",
    "roles",
    "notice",
    "queue",
    "title",
    "language",
    "caller",
    "agent",
    "from",
)
"""What is read; anything else that the frame has is left."""

CALLERS_NUMBER: Final = "from"
"""The `caller` that stands for jambonz' `from`."""

_OTHER: Final[dict[str, Role]] = {"customer": "agent", "agent": "customer"}
_MOST_INT: Final = 2**53
_decoder = msgspec.json.Decoder(dict[str, Any])


@dataclass(frozen=True)
class Described:
    """`channels`: of the call, by the order of the interleaved samples. `rate_hz`: of each."""

    facts: CallFacts
    channels: tuple[int, ...]
    rate_hz: int


def metadata(message: str) -> dict[str, str]:
    """The fields of NAMES that the first text frame has.

    Raises:
        BadRecord: it is no JSON object, or one of these fields is neither text, number nor true or false.
    """
    body = decoded(_decoder, message, "FreeSWITCH's audio streams")
    return {name: text for name in NAMES if (text := _text(name, body.get(name)))}


def described(said: Mapping[str, str]) -> Described:
    """
    Raises:
        Unprocessable: it is not said which call it is, who is on its channels, or at which rate: `bad_call_id`,
            `bad_mix_type`, `bad_role`, `unsupported_rate`.
    """
    carried = _carried(said.get("mixType", ""), said.get("role", ""))
    roles = [role.strip() for role in said.get("roles", "").split(",") if role.strip()] or list(carried)
    if missing := [role for role in carried if role not in roles]:
        raise Unprocessable(f"`roles` lacks {missing[0]}, whom the stream carries.", reason="bad_role")
    caller = said.get("caller", "")
    named = {**said, "caller": said.get("from", "") if caller == CALLERS_NUMBER else caller}
    known = facts(said.get("call_id") or said.get("callSid", ""), roles, named)
    return Described(known, tuple(roles.index(role) for role in carried), _rate_hz(said.get("sampleRate", "")))


def _carried(mix_type: str, role: str) -> tuple[str, ...]:
    """Who is on the stream's channels. FreeSWITCH has what the leg says on the left, what it hears on the right."""
    match mix_type:
        case "stereo" if (role or "customer") in _OTHER:
            left = role or "customer"
            return left, _OTHER[left]
        case "mono" if role in _OTHER:
            return (role,)
        case "mixed" if role == "mixed":
            return (role,)
        case "mono" | "stereo":
            text = "A stream of a leg needs `role`, who speaks on that leg: customer or agent."
            raise Unprocessable(text, reason="bad_role")
        case "mixed":
            text = "A mixed stream has both parties in one channel: say `role` mixed, or send stereo."
            raise Unprocessable(text, reason="bad_role")
    raise Unprocessable("`mixType` is none of mono, stereo, mixed: say that of the command.", reason="bad_mix_type")


def _rate_hz(text: str) -> int:
    """`8000` or `8k`, as the commands have it."""
    digits = text.strip().lower()
    thousands = digits.endswith("k")
    digits = digits.removesuffix("k")
    rate_hz = 0
    if digits.isascii() and digits.isdigit() and len(digits) <= 6:
        rate_hz = int(digits) * (1_000 if thousands else 1)
    if not LEAST_RATE_HZ <= rate_hz <= MOST_RATE_HZ:
        raise Unprocessable("`sampleRate` is no rate: say that of the command, as 8000.", reason="unsupported_rate")
    return rate_hz


def _text(name: str, value: object) -> str:
    match value:
        case None:
            return ""
        case bool():
            return "true" if value else "false"
        case str():
            return value
        case int() if abs(value) <= _MOST_INT:
            return str(value)
    raise Unprocessable(f"`{name}` of the metadata is neither text, number nor true.", reason="bad_metadata")
