"""The frames of the websocket, in both directions."""

from __future__ import annotations

import json
from collections.abc import Callable

import pytest

from tonewatch.dashboard import frames
from tonewatch.dashboard.store import Entry, Snapshot
from tonewatch.stream.messages import CallAttributes


def test_a_resume_message_names_an_id_or_null() -> None:
    assert frames.read_resume('{"resume": "1700000000000-3"}') == frames.ResumeMessage("1700000000000-3")
    assert frames.read_resume('{"resume": null, "packed": true}') == frames.ResumeMessage(None, packed=True)


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"resume": "$"}', '{"resume": "1-2-3"}', '{"resume": "²-1"}'])
def test_anything_else_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="resume"):
        frames.read_resume(text)


@pytest.mark.parametrize("text", ["", "nonsense", "[]", '{"act": 5}', '{"act": {"action": "acknowledge"}}'])
def test_a_message_that_is_no_action_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="act"):
        frames.read_act(text)


def test_a_call_id_is_bound_in_bytes_as_every_reader_of_records_bounds_it() -> None:
    act = {"action_id": "1", "call_id": "€" * 86, "alert_id": "a", "action": "acknowledge", "by": "x"}
    with pytest.raises(ValueError, match="has over 256 bytes"):
        frames.read_act(json.dumps({"act": act}))
    assert frames.read_look(json.dumps({"looked": "€" * 86})) is None
    assert frames.read_look(json.dumps({"looked": "€" * 85})) == "€" * 85


@pytest.mark.parametrize("read", [frames.read_resume, frames.read_act])
def test_a_message_that_is_nested_too_deep_is_refused(read: Callable[[str], object]) -> None:
    with pytest.raises(ValueError, match=r"resume|act"):
        read('{"later": ' + "[" * 50_000 + "]" * 50_000 + "}")


def test_a_snapshot_holds_the_views_as_they_are() -> None:
    board = Snapshot("7-0", [b'{"call_id":"a"}'], {"a": CallAttributes()}, {"shed_llm": 2}, 3)
    frame = json.loads(frames.snapshot(board, at_ms=9))
    assert frame == {
        "kind": "snapshot",
        "id": "7-0",
        "at_ms": 9,
        "calls": [{"call_id": "a"}],
        "counters": {"shed_llm": 2},
        "left_out": 3,
    }


def test_every_kind_of_frame_says_its_kind() -> None:
    made = [frames.status(redis_up=False), frames.heartbeat({}, 1), frames.acted("1", "no"), frames.events("1-0", [])]
    assert [json.loads(text)["kind"] for text in made] == ["status", "heartbeat", "acted", "events"]


def test_one_event_is_a_frame_of_its_own_and_more_are_one_frame() -> None:
    one, two = Entry("1-0", b'{"a":1}'), Entry("2-0", b'{"a":2}')
    assert frames.events("1-0", [one]) == '{"kind":"event","id":"1-0","event":{"a":1}}'
    assert frames.events("2-0", [one, two]) == '{"kind":"events","id":"2-0","events":[{"a":1},{"a":2}]}'
