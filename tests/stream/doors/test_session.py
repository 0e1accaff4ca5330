"""Each protocol's published messages, both sides of them: transcripts/NAME.txt.

`>` is the client's text, `* N` N bytes of its audio, `<` what the door says, `=` what it does.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from urllib.parse import parse_qsl

import pytest

from tonewatch.stream.doors.audiohook.session import AudioHookSession
from tonewatch.stream.doors.freeswitch.session import FreeSwitchSession
from tonewatch.stream.doors.livekit.session import LiveKitSession
from tonewatch.stream.doors.plain.session import PlainSession
from tonewatch.stream.doors.session import Began, Effect, Heard, Held, Over, Reply, Session
from tonewatch.stream.doors.twilio.session import TwilioSession

FREESWITCH_QUERY = "mixType=stereo&sampleRate=16k&notice=true&queue=claims"
"""Parameters of the address, beside the metadata of the published example."""

LIVEKIT_QUERY = "call_id=RM_1&role=customer&roles=customer,agent&notice=true"

FOLDER = Path(__file__).with_name("transcripts")
SESSIONS: dict[str, Callable[[], Session]] = {
    "twilio": TwilioSession,
    "telnyx": TwilioSession,
    "plain": PlainSession,
    "jambonz": lambda: FreeSwitchSession(now_ms=lambda: 0.0),
    "freeswitch": lambda: FreeSwitchSession(dict(parse_qsl(FREESWITCH_QUERY)), now_ms=lambda: 0.0),
    "livekit": lambda: LiveKitSession(dict(parse_qsl(LIVEKIT_QUERY)), now_ms=lambda: 0.0),
    "audiohook": AudioHookSession,
    "audiohook_probe": AudioHookSession,
}


def lines(effect: Effect) -> list[str]:
    match effect:
        case Reply(text):
            return [f"< {json.dumps(json.loads(text), sort_keys=True)}"]
        case Began(facts, channels):
            named = {
                "queue": facts.queue,
                "title": facts.title,
                "language": facts.language,
                "caller": facts.caller_id,
                "agent": facts.agent_id,
            }
            words = [facts.call_id, ",".join(facts.roles), *(["notice"] if facts.notice_given else [])]
            words += [f"{name}={value}" for name, value in named.items() if value]
            words.append(f"channels={'all' if channels is None else ','.join(map(str, channels))}")
            return [f"= began {' '.join(words)}"]
        case Heard(frames):
            return [
                f"= heard {f.channel} {f.media_ms} {len(f.payload)} {f.codec} {f.rate_hz} {f.number}" for f in frames
            ]
        case Held():
            return ["= held"]
        case Over(ended):
            return [f"= over {'ended' if ended else 'open'}"]
    return [repr(effect)]


@pytest.mark.parametrize("name", SESSIONS)
def test_the_published_messages_are_answered_as_published(name: str) -> None:
    session = SESSIONS[name]()
    written = (FOLDER / f"{name}.txt").read_text().splitlines()
    expected = [f"< {json.dumps(json.loads(one[2:]), sort_keys=True)}" if one[0] == "<" else one for one in written]
    found = []
    for one in expected:
        if one[0] in "<=":
            continue
        found.append(one)
        message: str | bytes = bytes(int(one[2:])) if one[0] == "*" else one[2:]
        found += [line for effect in session.take(message) for line in lines(effect)]
    assert found == expected


def test_every_transcript_is_played() -> None:
    assert {file.stem for file in FOLDER.iterdir()} == set(SESSIONS)
