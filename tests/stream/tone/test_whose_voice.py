"""What is measured of a voice that may not be judged is refused, and changes nothing; each attack is a test."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import msgspec
import pytest

from tonewatch.stream.codec import decode_segment
from tonewatch.stream.errors import NotTheCallers
from tonewatch.stream.messages import (
    CallAttributes,
    CallClosed,
    CallOpened,
    Segment,
    SegmentMessage,
    Silence,
    Tone,
    Words,
)
from tonewatch.stream.tone.config import ToneConfig
from tonewatch.stream.tone.state import CallMemory
from tonewatch.stream.tone.step import step
from tonewatch.stream.tone.whose_voice import check

GOLDEN = decode_segment((Path(__file__).parents[1] / "golden" / "segment.json").read_bytes())
assert isinstance(GOLDEN, Segment)
CALLERS: Segment = msgspec.structs.replace(GOLDEN, channel=0, role="customer")
CALL = CALLERS.call_id


def told(roles: tuple[Any, ...] = ("customer", "agent"), *, notice: bool = True) -> CallMemory:
    memory = CallMemory()
    step(memory, opened(roles, notice=notice), ToneConfig())
    return memory


def opened(roles: tuple[Any, ...] = ("customer", "agent"), *, notice: bool = True) -> CallOpened:
    return CallOpened(call_id=CALL, call=CallAttributes(roles=roles), notice_given=notice)


def words(channel: int) -> Words:
    assert CALLERS.model is not None
    return Words(
        call_id=CALL,
        segment_id="s",
        channel=channel,
        start_ms=0,
        end_ms=900,
        text="I want my money back",
        confidence=0.9,
        model=CALLERS.model,
    )


def reason(memory: CallMemory, message: Segment | Words) -> str:
    before = msgspec.to_builtins(memory)
    with pytest.raises(NotTheCallers) as refused:
        check(memory, message)
    assert msgspec.to_builtins(memory) == before
    return refused.value.reason


def test_the_callers_own_voice_is_taken() -> None:
    check(told(), CALLERS)


@pytest.mark.parametrize("field", ["posterior", "prosody", "uncertainty", "degraded", "embedding"])
def test_an_agents_segment_with_anything_but_times_is_refused(field: str) -> None:
    given = {"uncertainty": 0.1, "degraded": 0.9, "embedding": b"xx"}.get(field, getattr(CALLERS, field))
    bare = msgspec.structs.replace(
        CALLERS, posterior=None, prosody=None, uncertainty=None, degraded=None, embedding=b"", role="agent", channel=1
    )
    check(told(), bare)
    assert reason(told(), msgspec.structs.replace(bare, **{field: given})) == "agent_measured"


def test_an_agents_segment_that_calls_itself_the_customers_is_refused() -> None:
    assert reason(told(), msgspec.structs.replace(CALLERS, channel=1)) == "role_not_bound"


def test_an_agents_segment_that_calls_itself_mixed_is_refused() -> None:
    assert reason(told(), msgspec.structs.replace(CALLERS, channel=1, role="mixed")) == "role_not_bound"


def test_a_third_channel_is_refused() -> None:
    assert reason(told(), msgspec.structs.replace(CALLERS, channel=2)) == "channel_not_bound"


def test_words_of_the_agents_channel_are_refused() -> None:
    check(told(), words(0))
    assert reason(told(), words(1)) == "agent_words"


def test_a_call_without_notice_is_refused_whatever_is_measured_of_it() -> None:
    assert reason(told(notice=False), CALLERS) == "no_notice"
    assert reason(told(notice=False), words(0)) == "no_notice"


def test_a_call_that_nobody_announced_is_refused() -> None:
    assert reason(CallMemory(), CALLERS) == "notice_unknown"


BARE: Segment = msgspec.structs.replace(
    CALLERS,
    segment_id=f"{CALL}/0/0",
    start_ms=0,
    end_ms=900,
    posterior=None,
    prosody=None,
    uncertainty=None,
    degraded=None,
    embedding=b"",
    abstained="too_short",
)


@pytest.mark.parametrize(
    "first",
    [
        BARE,
        msgspec.structs.replace(BARE, role="agent", channel=1, abstained=None),
        CallClosed(call_id=CALL, reason="timeout", duration_ms=5),
        Silence(call_id=CALL, now_ms=5_000),
    ],
    ids=lambda first: f"{first.__struct_config__.tag} {getattr(first, 'role', '')}",
)
def test_nothing_but_a_call_s_announcement_opens_it_for_judging(first: SegmentMessage) -> None:
    memory = CallMemory()
    check(memory, first)
    assert (step(memory, first, ToneConfig()), memory.announced) == ([], "")
    assert reason(memory, CALLERS) == reason(memory, words(0)) == "notice_unknown"
    step(memory, opened(), ToneConfig())
    check(memory, CALLERS)
    assert [output for output in step(memory, CALLERS, ToneConfig()) if isinstance(output, Tone)]


def test_a_call_is_told_of_as_its_newest_announcement_says() -> None:
    memory = told()
    step(memory, opened(notice=False), ToneConfig())
    assert reason(memory, CALLERS) == "no_notice"
    step(memory, opened(), ToneConfig())
    check(memory, CALLERS)


def test_a_call_joined_in_its_midst_is_taken_by_the_role_that_its_segments_name() -> None:
    check(told(roles=()), msgspec.structs.replace(CALLERS, channel=1))


def test_a_segment_that_was_open_when_the_channels_changed_sides_is_still_taken() -> None:
    memory = told()
    step(memory, opened(("agent", "customer")), ToneConfig())
    check(memory, CALLERS)
    check(memory, msgspec.structs.replace(CALLERS, channel=1))


def test_channels_cannot_be_bound_to_the_callers_role_by_a_segment() -> None:
    memory = told()
    step(memory, msgspec.structs.replace(CALLERS, channel=1), ToneConfig())
    assert (
        reason(memory, msgspec.structs.replace(CALLERS, channel=1, start_ms=90_000, end_ms=93_000)) == "role_not_bound"
    )
