from __future__ import annotations

import json
from typing import Any

import pytest

from tonewatch.stream.doors.credentials import Refused, parse
from tonewatch.stream.doors.session import Began, Heard, Knock
from tonewatch.stream.doors.twilio.messages import decode
from tonewatch.stream.doors.twilio.session import TwilioDoor, TwilioSession
from tonewatch.stream.doors.twilio.signature import signature
from tonewatch.stream.errors import BadRecord, Undecodable

URL = "wss://door.example.org/twilio"
SECRETS = parse("twilio acme the-token; twilio - another-token", "here")
MULAW = {"encoding": "audio/x-mulaw", "sampleRate": 8000, "channels": 1}


def start(session: TwilioSession, said: dict[str, str] | None = None, **more: Any) -> Began:
    body = {"callSid": "CA1", "tracks": ["inbound", "outbound"], "mediaFormat": MULAW, "customParameters": said or {}}
    (began,) = session.take(json.dumps({"event": "start", "start": {**body, **more}}))
    assert isinstance(began, Began)
    return began


def test_twilio_is_known_by_its_signature_and_others_by_a_token() -> None:
    door = TwilioDoor()
    for headers, tenant in (
        ({"x-twilio-signature": signature(URL, "the-token")}, "acme"),
        ({"x-twilio-signature": signature(URL, "another-token")}, ""),
        ({"authorization": "Bearer the-token"}, "acme"),
        ({"x-telnyx-streaming-auth-token": "the-token"}, "acme"),
    ):
        assert door.admit(Knock(URL, "/twilio", headers), SECRETS) == tenant


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"x-twilio-signature": "wrong"},
        {"x-twilio-signature": "wrong", "authorization": "Bearer the-token"},
        {"authorization": "Bearer the"},
        {"x-telnyx-streaming-auth-token": "wrong"},
    ],
)
def test_whoever_has_neither_is_refused(headers: dict[str, str]) -> None:
    with pytest.raises(Refused):
        TwilioDoor().admit(Knock(URL, "/twilio", headers), SECRETS)


def test_the_agents_leg_can_be_the_inbound_track() -> None:
    assert start(TwilioSession(), {"inbound": "agent"}).facts.roles == ("agent", "customer")


def test_tracks_may_come_in_connections_of_their_own() -> None:
    both = {"roles": "customer,agent"}
    inbound, outbound = (start(TwilioSession(), both, tracks=[name]) for name in ("inbound", "outbound"))
    assert inbound.facts.roles == outbound.facts.roles == ("customer", "agent")
    assert (inbound.channels, outbound.channels) == ((0,), (1,))


def test_parameters_of_the_address_stand_for_those_that_do_not_come() -> None:
    session = TwilioDoor().session(Knock(URL, "/twilio?notice=true&tracks=inbound&queue=a", {}))
    began = start(session, {"queue": "claims"}, tracks=[])
    assert (began.facts.roles, began.facts.notice_given, began.facts.queue) == (("customer",), True, "claims")


@pytest.mark.parametrize("given", [{"notice": "true"}, [{"name": "notice", "value": "true"}]])
def test_parameters_in_snake_case_come_by_name_or_as_a_list(given: Any) -> None:
    body = {"call_control_id": "v3:c", "media_format": {"encoding": "PCMA", "sample_rate": 8000}}
    (began,) = TwilioSession().take(json.dumps({"event": "start", "start": {**body, "custom_parameters": given}}))
    assert isinstance(began, Began) and began.facts.notice_given and began.facts.call_id == "v3:c"


def test_linear_audio_is_taken_at_the_rate_that_is_said() -> None:
    session = TwilioSession()
    start(session, mediaFormat={"encoding": "audio/L16;rate=24000", "sampleRate": 24000, "channels": 1})
    media = {"track": "inbound", "chunk": "1", "timestamp": "0", "payload": "AAAAAA=="}
    (heard,) = session.take(json.dumps({"event": "media", "media": media}))
    assert isinstance(heard, Heard) and (heard.frames[0].codec, heard.frames[0].rate_hz) == ("pcm16", 24_000)


@pytest.mark.parametrize(
    "body",
    [
        {"callSid": ""},
        {"tracks": ["both"]},
        {"mediaFormat": {**MULAW, "encoding": "audio/opus"}},
        {"mediaFormat": {**MULAW, "channels": 2}},
        {"customParameters": {"inbound": "both"}},
        {"customParameters": {"roles": "agent"}, "tracks": ["inbound"]},
    ],
)
def test_a_start_that_cannot_be_used_is_refused(body: dict[str, Any]) -> None:
    with pytest.raises(BadRecord):
        start(TwilioSession(), **body)


def test_what_is_not_in_its_place_is_refused() -> None:
    session = TwilioSession()
    media = {"track": "inbound", "chunk": "1", "timestamp": "0", "payload": "fn5+"}
    for text in ({"event": "media", "media": media}, {"event": "start"}, {"event": "media"}):
        with pytest.raises(BadRecord):
            session.take(json.dumps(text))
    start(session, tracks=["inbound"])
    with pytest.raises(BadRecord):
        session.take(json.dumps({"event": "media", "media": {**media, "track": "outbound"}}))
    with pytest.raises(BadRecord, match="twice"):
        start(session)


@pytest.mark.parametrize(
    "frame", ["", "{", "[]", '{"event":7}', '{"event":"media","media":{"payload":"jane"}}', b"\xff"]
)
def test_a_bad_frame_is_told_without_its_content(frame: str | bytes) -> None:
    with pytest.raises(Undecodable) as told:
        decode(frame)
    assert "jane" not in str(told.value)


def test_which_key_was_pressed_is_not_read() -> None:
    assert "7" not in repr(decode('{"event":"dtmf","dtmf":{"track":"inbound_track","digit":"7"}}'))
