"""The forms of a dead letter: whole, or without bytes where there is no room for them."""

from __future__ import annotations

from typing import Any

import pytest
from aiokafka.errors import MessageSizeTooLargeError
from faust.exceptions import ProducerSendError

from tonewatch.stream.codec import decode_segment
from tonewatch.stream.errors import BadRecord, NotTheCallers, TooLarge, Undecodable
from tonewatch.stream.kafka.bounded_fetch import LEFT_OUT
from tonewatch.stream.kafka.clients import is_size_refused
from tonewatch.stream.kafka.dead_letters import FAULTS, LONGEST_ERROR, DeadLetters, compose
from tonewatch.stream.service.metrics import Metrics
from tonewatch.stream.topics import ALERTS, CALLS, MOMENTS, RATIONALES, SEGMENTS, TONE, TOPICS

WHERE = (CALLS.name, 1, 23)


class Narrow:
    """A producer to which everything with a value is too large."""

    def __init__(self) -> None:
        self.sent: list[tuple[str, dict[str, bytes]]] = []

    async def send(self, topic: str, value: bytes, *, key: bytes | None, headers: list[tuple[str, bytes]]) -> None:
        if value:
            raise MessageSizeTooLargeError
        self.sent.append((topic, dict(headers)))


def test_a_letter_is_tried_whole_and_then_without_what_there_is_no_room_for() -> None:
    error, (whole, without) = compose(WHERE, b"k", b"value", [("trace", b"7")], Undecodable("no"))
    assert (whole.key, whole.value, dict(whole.headers)["original.trace"]) == (b"k", b"value", b"7")
    assert (without.key, without.value, dict(without.headers)["left_out_bytes"]) == (None, b"", b"5")
    assert error.reason == "undecodable"


def test_a_batch_that_was_not_unpacked_has_its_own_reason_and_no_bytes() -> None:
    error, forms = compose(WHERE, None, None, [(LEFT_OUT, b"offsets 3 to 9")], Undecodable("empty"))
    assert (error.reason, len(forms)) == ("batch_too_large", 1)
    assert b"offsets 3 to 9" in dict(forms[0].headers)["error"]


def test_of_a_record_that_may_not_be_kept_a_letter_has_reason_place_and_size_alone() -> None:
    heard, told = b"what was heard", [("who", b"Mrs Example")]
    error, forms = compose(WHERE, b"call-7", heard, told, Undecodable("quotes 'what was heard'"), withheld="no_notice")
    (only,) = forms
    assert (error.reason, only.key, only.value) == ("undecodable", None, b"")
    assert dict(only.headers)["left_out_bytes"] == b"14"
    assert dict(only.headers)["offset"] == b"23"
    said = b" ".join(value for _, value in only.headers)
    assert not [word for word in (heard, b"call-7", b"Mrs Example") if word in said]


DERIVED = [topic.name for topic in TOPICS if topic.derived]


@pytest.mark.parametrize("topic", [*DERIVED, f"{SEGMENTS.name}.shadow.new"])
def test_a_letter_of_what_was_derived_says_where_it_lies_and_holds_none_of_it(topic: str) -> None:
    heard = b'{"type":"segment","call_id":"call-7","closed_by":"oops","embedding":"AAAA"}'
    try:
        decode_segment(heard)
    except BadRecord as wrong:
        error = wrong
    _, (only,) = compose((topic, 1, 23), b"call-7", heard, [("trace", b"7")], error)
    said = dict(only.headers)
    assert (only.key, only.value, said["reason"], said["withheld"]) == (None, b"", b"undecodable", b"derived")
    assert (said["left_out_bytes"], said["offset"]) == (str(len(heard)).encode(), b"23")
    assert not [word for word in (b"call-7", b"AAAA", b"oops") if word in b" ".join(said.values())]


def test_of_what_was_derived_a_letter_tells_which_field_is_wrong_and_our_own_words() -> None:
    told = [
        dict(compose((SEGMENTS.name, 1, 23), None, b"v", [], error)[1][0].headers)["error"].decode()
        for error in (
            Undecodable("Not a JSON message of this topic: Invalid enum value 'oops' - at `$.closed_by`."),
            NotTheCallers("an agent's segment carries more than its times", reason="agent_measured"),
        )
    ]
    assert told[0].endswith("It is wrong at $.closed_by.") and "oops" not in told[0]
    assert told[1].startswith("an agent's segment carries more than its times")


def test_topics_that_hold_what_was_derived_or_said_are_those() -> None:
    assert [topic for topic in TOPICS if topic.derived] == [SEGMENTS, TONE, MOMENTS, ALERTS, RATIONALES]


def test_a_text_in_an_error_does_not_make_a_letter_too_large() -> None:
    _, forms = compose(WHERE, None, b"v", [], Undecodable("x" * 900_000))
    assert all(len(dict(form.headers)["error"]) == LONGEST_ERROR for form in forms)


async def test_a_letter_whose_record_is_not_at_hand_says_where_it_lies() -> None:
    narrow: Any = Narrow()
    await DeadLetters(narrow, Metrics()).refer(CALLS, 1, 23, TooLarge("5.4 MB"))
    ((topic, headers),) = narrow.sent
    assert topic == CALLS.dlq
    assert (headers["reason"], headers["partition"], headers["offset"]) == (b"output_too_large", b"1", b"23")
    assert int(headers["left_out_bytes"]) > 0


def test_a_size_is_told_from_other_refusals_whoever_raises_it() -> None:
    around = ProducerSendError("no")
    around.__cause__ = MessageSizeTooLargeError()
    assert is_size_refused(around) and is_size_refused(MessageSizeTooLargeError())
    assert not is_size_refused(ProducerSendError("away")) and not is_size_refused(None)


def test_nesting_beyond_the_interpreter_s_limit_is_a_fault_of_the_record() -> None:
    assert issubclass(RecursionError, FAULTS)
