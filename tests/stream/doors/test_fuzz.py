"""Published messages with something broken in them: a session raises BadRecord or goes on, and nothing else."""

from __future__ import annotations

import json
import random
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tonewatch.stream.doors.announced_calls import AnnouncedCalls
from tonewatch.stream.doors.audiohook.session import AudioHookSession
from tonewatch.stream.doors.audiohook.signature import read
from tonewatch.stream.doors.door_call import CallStream, DoorCall
from tonewatch.stream.doors.freeswitch.session import FreeSwitchSession
from tonewatch.stream.doors.livekit.session import LiveKitSession
from tonewatch.stream.doors.plain.session import PlainSession
from tonewatch.stream.doors.session import Began, Heard, Session
from tonewatch.stream.doors.twilio.session import TwilioSession
from tonewatch.stream.errors import BadRecord

FOLDER = Path(__file__).with_name("transcripts")
SESSIONS: dict[str, Callable[[], Session]] = {
    "twilio": TwilioSession,
    "telnyx": TwilioSession,
    "plain": PlainSession,
    "jambonz": FreeSwitchSession,
    "freeswitch": FreeSwitchSession,
    "livekit": lambda: LiveKitSession({"call_id": "c", "role": "customer"}),
    "audiohook": AudioHookSession,
}
ODD: tuple[Any, ...] = (None, -1, 2**63, 1e308, "", "x" * 5_000, "\u0000", [], {}, True, "١", "PT9999999999S", [[[]]])
ROUNDS = 60


def messages(name: str) -> list[str | bytes]:
    lines = (FOLDER / f"{name}.txt").read_text().splitlines()
    return [bytes(int(one[2:])) if one[0] == "*" else one[2:] for one in lines if one[0] in "*>"]


def broken(message: str | bytes, lot: random.Random) -> str | bytes:
    if isinstance(message, bytes):
        return lot.randbytes(lot.randrange(0, 5_000))
    match lot.randrange(4):
        case 0:
            at = lot.randrange(len(message))
            return (
                message[:at]
                + lot.choice(["", "{", '"', "\\", "0", "\ud800".encode("utf-8", "replace").decode()])
                + message[at + 1 :]
            )
        case 1:
            return message[: lot.randrange(len(message))]
        case 2:
            return message.encode()
        case _:
            body = json.loads(message)
            _spoil(body, lot)
            return json.dumps(body)


def _spoil(body: dict[str, Any], lot: random.Random) -> None:
    """Another value, or none, for one field at some depth."""
    name = lot.choice(list(body))
    if isinstance(body[name], dict) and body[name] and lot.random() < 0.8:
        _spoil(body[name], lot)
    elif lot.random() < 0.3:
        del body[name]
    else:
        body[name] = lot.choice(ODD)


@pytest.mark.parametrize("name", SESSIONS)
@pytest.mark.parametrize("seed", range(3))
def test_a_session_survives_whatever_is_sent(name: str, seed: int) -> None:
    lot = random.Random(seed)
    sent = messages(name)
    refused = 0
    for _ in range(ROUNDS):
        session = SESSIONS[name]()
        stream: CallStream | None = None
        for message in sent:
            try:
                for effect in session.take(broken(message, lot) if lot.random() < 0.3 else message):
                    if isinstance(effect, Began):
                        stream = DoorCall(effect.facts, lambda: 1).join(
                            effect.channels, at_ms=effect.at_ms, first_number=effect.first_number
                        )
                    elif isinstance(effect, Heard) and stream is not None:
                        for frame in effect.frames:
                            stream.take(frame)
            except BadRecord:
                refused += 1
    assert refused > ROUNDS / 4


@pytest.mark.parametrize("seed", range(3))
def test_no_header_makes_a_signature_raise(seed: int) -> None:
    lot = random.Random(seed)
    signs = 'sig1=(";:,)\\x 0@*-'
    for _ in range(300):
        headers = {
            name: "".join(lot.choice(signs) for _ in range(lot.randrange(60)))
            for name in ("signature", "signature-input")
        }
        assert read(headers, "/x", "x") is None


ANNOUNCED = {
    "call_id": "1796034353.24",
    "notice_given": True,
    "queue": "claims",
    "title": "",
    "language": "en-US",
    "caller_id": "x1",
    "agent_id": "a-7",
    "legs": {
        "0": {"role": "customer", "audiosocket": "40325ec2-5efd-4bd3-805f-53576e581d13"},
        "1": {"role": "agent", "rtp": "slin16", "source": "10.1.0.5"},
    },
}
"""Legs by number, so that each can be spoiled as a field is."""


@pytest.mark.parametrize("seed", range(3))
def test_an_announcement_is_taken_or_refused_whatever_it_holds(seed: int) -> None:
    lot, refused = random.Random(seed), 0
    for _ in range(5 * ROUNDS):
        body = json.loads(json.dumps(ANNOUNCED))
        _spoil(body, lot)
        if isinstance(body.get("legs"), dict):
            body["legs"] = [*body["legs"].values()]
        text = json.dumps(body).encode()
        if lot.random() < 0.2:
            text = text[: lot.randrange(len(text))]
        try:
            AnnouncedCalls(lambda: 0.0).announce("acme", text)
        except BadRecord:
            refused += 1
    assert refused > ROUNDS
