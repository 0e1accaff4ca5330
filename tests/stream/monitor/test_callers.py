"""Who called before: the topic's records in any order, and forgetting."""

from __future__ import annotations

import pytest

from tonewatch.stream.codec import encode
from tonewatch.stream.errors import Undecodable
from tonewatch.stream.messages import PastCall, Posterior
from tonewatch.stream.monitor.callers import (
    Callers,
    erasure,
    record_key,
)

CALM = Posterior(angry=0.1, happy=0.1, neutral=0.7, sad=0.1)


def past(call_id: str, at_ms: int, caller: str = "k") -> PastCall:
    return PastCall(
        call_id=call_id,
        caller=caller,
        started_at_ms=at_ms,
        ended_at_ms=at_ms + 60_000,
        segments=9,
        speech_ms=20_000,
        alone=CALM,
        posterior=CALM,
    )


def holding(*calls: PastCall) -> Callers:
    callers = Callers()
    for call in calls:
        callers.apply(record_key(call), encode(call))
    return callers


def test_a_record_that_is_written_twice_counts_once_and_an_empty_one_takes_it_away() -> None:
    first, second = past("one", 1_000), past("two", 2_000)
    callers = holding(second, first, second, past("other", 3_000, "m"))
    assert callers.of("k") == [first, second]
    callers.apply(record_key(first), None)
    assert callers.of("k") == [second]
    assert callers.of("unknown") == []


def test_a_forgotten_caller_has_no_calls_and_those_that_go_on_add_none() -> None:
    callers = holding(past("one", 1_000), past("other", 1_000, "m"))
    for key, value in erasure(callers, "k", 5_000):
        callers.apply(key, value)
    during, after = past("during", 4_000), past("after", 6_000)
    assert (callers.of("k"), callers.keys("k")) == ([], [])
    assert (callers.may_keep(during), callers.may_keep(after)) == (False, True)
    for call in (during, after):
        callers.apply(record_key(call), encode(call))
    assert callers.of("k") == [after]
    assert callers.of("m") == [past("other", 1_000, "m")]


def test_what_is_no_record_is_refused() -> None:
    with pytest.raises(Undecodable):
        Callers().apply("k/one", b"nonsense")
