from __future__ import annotations

import json

import pytest

from tonewatch.stream.doors.credentials import Refused, parse
from tonewatch.stream.doors.plain.session import PlainDoor, PlainSession
from tonewatch.stream.doors.session import Began, Heard, Knock, Reply
from tonewatch.stream.errors import BadRecord

HELLO = '{"type":"hello","call_id":"c"%s}'


def test_a_token_is_asked_for() -> None:
    door, secrets = PlainDoor(), parse("websocket acme the-token", "here")
    assert door.admit(Knock("wss://x", "/websocket", {"authorization": "Bearer the-token"}), secrets) == "acme"
    with pytest.raises(Refused):
        door.admit(Knock("wss://x", "/websocket", {}), secrets)


def test_a_hello_that_says_nothing_of_notice_gives_none() -> None:
    began, _ = PlainSession().take(HELLO % "")
    assert isinstance(began, Began) and not began.facts.notice_given and began.at_ms is None


def test_one_channel_of_a_call_may_have_a_connection_of_its_own() -> None:
    session = PlainSession()
    began, _ = session.take(HELLO % ',"channels":[1],"codec":"mulaw","at_ms":700')
    (heard,) = session.take(bytes(80))
    assert isinstance(began, Began) and (began.channels, began.at_ms) == ((1,), 700)
    assert isinstance(heard, Heard) and [(f.channel, f.samples) for f in heard.frames] == [(1, 80)]


@pytest.mark.parametrize(
    "message",
    [
        bytes(80),
        '{"type":"skip","ms":1}',
        '{"type":"hello"}',
        HELLO % ',"codec":"opus"',
        HELLO % ',"roles":["boss"]',
        HELLO % ',"rate_hz":0',
        '{"type":"bye"}',
        "",
    ],
)
def test_what_is_not_in_its_place_or_no_message_is_refused(message: str | bytes) -> None:
    with pytest.raises(BadRecord):
        PlainSession().take(message)


def test_audio_that_ends_within_a_sample_is_refused_and_changes_nothing() -> None:
    session = PlainSession()
    session.take(HELLO % "")
    with pytest.raises(BadRecord):
        session.take(bytes(7))
    (heard,) = session.take(bytes(8))
    assert isinstance(heard, Heard) and heard.frames[0].media_ms == 0
    with pytest.raises(BadRecord, match="second hello"):
        session.take(HELLO % "")


def test_the_other_side_is_told_why() -> None:
    (told,) = PlainSession().refuse("channels")
    assert isinstance(told, Reply) and json.loads(told.text) == {"type": "error", "reason": "channels"}
