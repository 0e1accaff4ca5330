from __future__ import annotations

import json
from typing import Any

import pytest

from tonewatch.stream.doors.audiohook.messages import NULL_UUID, Media, milliseconds
from tonewatch.stream.doors.audiohook.session import AudioHookSession, chosen
from tonewatch.stream.doors.session import Bad, Began, Effect, Heard, Over, Reply
from tonewatch.stream.errors import BadRecord

STEREO = {"type": "audio", "format": "PCMU", "channels": ["external", "internal"], "rate": 8000}


class Client:
    """Counts as a client does."""

    def __init__(self, session: AudioHookSession) -> None:
        self.session = session
        self.seq = 0

    def say(self, kind: str, said: dict[str, Any], **more: Any) -> list[Effect]:
        self.seq += 1
        body = {"version": "2", "id": "s", "type": kind, "seq": self.seq, "serverseq": 0, "position": "PT0S"}
        return list(self.session.take(json.dumps({**body, "parameters": said, **more})))

    def open(self, *media: dict[str, Any], **more: Any) -> list[Effect]:
        said = {"organizationId": "o", "conversationId": "c", "media": list(media or (STEREO,)), **more}
        return self.say("open", said)


def replies(effects: list[Effect]) -> list[tuple[str, dict[str, Any]]]:
    found = [json.loads(one.text) for one in effects if isinstance(one, Reply)]
    return [(one["type"], one["parameters"]) for one in found]


def test_two_channels_are_preferred_to_one_and_what_is_not_read_is_left() -> None:
    mono = Media(format="PCMU", channels=("internal",))
    l16 = Media(format="L16", channels=("external", "internal"))
    assert chosen([mono, l16]) == l16 and chosen([mono]) == mono
    assert chosen([Media(format="OPUS", channels=("external",)), Media(channels=("external",), rate=16_000)]) is None


@pytest.mark.parametrize(
    ("media", "roles", "audio"),
    [
        (STEREO, ("customer", "agent"), bytes(160)),
        ({**STEREO, "format": "L16"}, ("customer", "agent"), bytes(320)),
        ({**STEREO, "channels": ["internal"]}, ("agent",), bytes(80)),
        ({**STEREO, "channels": ["internal", "external"], "format": "L16"}, ("agent", "customer"), bytes(320)),
    ],
)
def test_each_form_of_media_is_heard(media: dict[str, Any], roles: tuple[str, ...], audio: bytes) -> None:
    client = Client(AudioHookSession())
    opened, began = client.open(media)
    assert isinstance(began, Began) and began.facts.roles == roles and isinstance(opened, Reply)
    (heard,) = client.session.take(audio)
    assert isinstance(heard, Heard) and [frame.samples for frame in heard.frames] == [80] * len(roles)


def test_without_media_that_is_read_the_session_is_disconnected() -> None:
    (told,) = replies(Client(AudioHookSession()).open({**STEREO, "format": "OPUS"}))
    assert told[0] == "disconnect" and told[1]["reason"] == "error"


def test_another_organization_than_the_handshakes_is_unauthorized() -> None:
    (told,) = replies(Client(AudioHookSession("s", "another")).open())
    assert (told[0], told[1]["reason"]) == ("disconnect", "unauthorized")


def test_a_message_out_of_order_is_bad_and_told() -> None:
    client = Client(AudioHookSession())
    client.open()
    client.seq += 1
    bad, *rest = client.say("ping", {})
    assert isinstance(bad, Bad) and replies(rest)[0][0] == "disconnect"


def test_the_number_of_the_caller_is_taken_only_where_it_is_asked_for() -> None:
    def caller(custom: dict[str, Any]) -> str:
        client = Client(AudioHookSession())
        _, began = client.open(participant={"ani": "+1"}, customConfig=custom)
        assert isinstance(began, Began) and not began.facts.notice_given
        return began.facts.caller_id

    assert caller({}) == "" and caller({"caller": "ani"}) == "+1" and caller({"caller": "x", "notice": "no"}) == "x"


@pytest.mark.parametrize(
    ("reason", "ended"), [("end", True), ("disconnect", True), ("reconnect", False), ("error", False)]
)
def test_a_close_to_reconnect_leaves_the_call_open(reason: str, ended: bool) -> None:
    client = Client(AudioHookSession())
    client.open()
    closed, over = client.say("close", {"reason": reason})
    assert replies([closed])[0][0] == "closed" and over == Over(ended)


def test_a_door_that_stops_asks_for_a_reconnect_once_it_is_open() -> None:
    client = Client(AudioHookSession())
    assert client.session.drain() == []
    client.open()
    assert replies(list(client.session.drain()))[0][0] == "reconnect"


def test_a_probe_with_languages_is_answered_and_begins_no_call() -> None:
    effects = Client(AudioHookSession()).open(conversationId=NULL_UUID, supportedLanguages=True, language="en-us")
    ((kind, said),) = replies(effects)
    assert kind == "opened" and said["supportedLanguages"] == ["en-us"] and len(effects) == 1


def test_audio_before_the_opening_and_half_a_sample_are_bad() -> None:
    client = Client(AudioHookSession())
    with pytest.raises(BadRecord, match="before its session"):
        client.session.take(bytes(160))
    client.open()
    with pytest.raises(BadRecord, match="within a sample"):
        client.session.take(bytes(161))


def test_durations_are_seconds() -> None:
    assert [milliseconds(text) for text in ("PT0S", "PT1.25S", "PT.5S", "PT30.S")] == [0, 1_250, 500, 30_000]
    for text in ("", "PT1M", "1S", "PT-1S", "PT1e3S", "PTxS"):
        with pytest.raises(BadRecord):
            milliseconds(text)
