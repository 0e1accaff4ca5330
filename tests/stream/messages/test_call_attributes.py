"""A call's attributes as one record, and what older releases wrote beside each other."""

from __future__ import annotations

from tonewatch.stream.codec import decode_segment, decode_tone, encode
from tonewatch.stream.messages import CallAttributes, CallOpened, CallState

FLAT = b'{"type":"call_state","call_id":"c","state":"live","roles":["customer"],"queue":"billing","title":"A bill"}'


def test_newer_attributes_win_where_they_know_something() -> None:
    known = CallAttributes(queue="billing", title="A bill", started_at_ms=5)
    newer = CallAttributes(title="Two bills", synthetic=True)
    assert known.updated(newer) == CallAttributes(queue="billing", title="Two bills", started_at_ms=5, synthetic=True)


def test_attributes_that_an_older_release_wrote_beside_each_other_are_read_into_one_record() -> None:
    state = decode_tone(FLAT)
    assert isinstance(state, CallState)
    assert state.call == CallAttributes(roles=("customer",), queue="billing", title="A bill")


def test_they_are_written_in_one_record_only() -> None:
    text = encode(decode_tone(FLAT))
    assert text.count(b'"queue"') == text.count(b'"title"') == 1
    assert decode_tone(text) == decode_tone(FLAT)


def test_a_record_of_a_release_in_between_may_say_some_twice_and_the_flat_one_holds() -> None:
    opened = decode_segment(
        b'{"type":"call_opened","call_id":"c","notice_given":true,"call":{"queue":"a","language":"pl"},"queue":"b"}'
    )
    assert isinstance(opened, CallOpened)
    assert (opened.call.queue, opened.call.language) == ("b", "pl")
