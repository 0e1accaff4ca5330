"""A record that is keyed by another call than it is about."""

from __future__ import annotations

import pytest

from tonewatch.stream.errors import Unprocessable
from tonewatch.stream.kafka.dead_letters import WITHHELD, compose
from tonewatch.stream.kafka.record_key import check_key
from tonewatch.stream.topics import ALERT_ACTIONS, CALLS


@pytest.mark.parametrize("key", [b"c", None])
def test_a_record_of_the_call_that_is_its_key_or_of_no_key_is_taken(key: bytes | None) -> None:
    check_key(key, "c")


@pytest.mark.parametrize("key", [b"integrator-7", b"", b"C", b"c ", b"\xff"])
def test_one_under_another_key_is_refused_and_nothing_of_it_is_kept(key: bytes) -> None:
    with pytest.raises(Unprocessable) as refused:
        check_key(key, "c")
    for topic in (CALLS, ALERT_ACTIONS):
        _, letters = compose((topic.name, 0, 7), key, b"audio", [("trace", b"t")], refused.value)
        (letter,) = letters
        said = dict(letter.headers)
        assert (letter.key, letter.value, said["reason"], said["offset"]) == (None, b"", b"wrong_key", b"7")
        assert WITHHELD in said and not any(name.startswith("original") for name in said)
