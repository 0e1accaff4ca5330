"""The websocket's words."""

from __future__ import annotations

import pytest

from tonewatch.dashboard import frames
from tonewatch.dashboard.store import Entry, newer


def test_a_resume_message_names_an_id_or_null() -> None:
    assert frames.read_resume('{"resume": "1700000000000-3"}') == "1700000000000-3"
    assert frames.read_resume('{"resume": null}') is None


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"resume": "$"}', '{"resume": "1-2-3"}', '{"resume": "²-1"}'])
def test_anything_else_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="resume"):
        frames.read_resume(text)


def test_one_event_is_a_frame_of_its_own_and_more_are_one_frame() -> None:
    one, two = Entry("1-0", b'{"a":1}'), Entry("2-0", b'{"a":2}')
    assert frames.events("1-0", [one]) == '{"kind":"event","id":"1-0","event":{"a":1}}'
    assert frames.events("2-0", [one, two]) == '{"kind":"events","id":"2-0","events":[{"a":1},{"a":2}]}'


def test_stream_ids_compare_as_numbers() -> None:
    assert newer("10-0", "9-5")
    assert newer("9-10", "9-9")
    assert not newer("9-9", "9-9")
