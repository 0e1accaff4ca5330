"""The state of a call as release 0.1 kept it, captured from that release in the middle of a call, is gone on from."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import msgspec
import pytest

from tonewatch.stream.messages import Moment, PastCall, Posterior, SegmentMessage
from tonewatch.stream.tone.config import ToneConfig
from tonewatch.stream.tone.evidence.word_turn import WordTurn
from tonewatch.stream.tone.former_state import from_flat, with_notice
from tonewatch.stream.tone.moments import Moments
from tonewatch.stream.tone.sides import Sides
from tonewatch.stream.tone.state import CallMemory
from tonewatch.stream.tone.step import Output, step

Calls = Any
CONFIG = ToneConfig(most_beyond_nats=100.0, early_beyond_nats=100.0)
"""Without the bound that came after the release which wrote the golden states."""
CAPTURED: list[dict[str, Any]] = msgspec.json.decode(
    (Path(__file__).parent / "golden_state" / "flat.json").read_bytes()
)
"""`memory` after so many messages of the recorded call of `conftest`, each time through JSON, as the monitor does."""


def through_json(memory: CallMemory) -> CallMemory:
    return msgspec.convert(msgspec.to_builtins(memory), CallMemory)


def follow(memory: CallMemory, messages: list[SegmentMessage], past: list[PastCall]) -> tuple[CallMemory, list[Output]]:
    written: list[Output] = []
    for message in messages:
        memory = through_json(memory)
        written += step(memory, message, CONFIG, past)
    return memory, written


WRITTEN_SINCE = {
    "sentence",
    "interruptions_by_caller",
    "interruptions_by_agent",
    "repeated",
    "posterior_since",
    "path",
    "falls_silent_ms",
    "laughs",
    "one_word_answers",
    "onset_ms",
    "bound",
    "sides",
    "joins",
}
"""Texts are spoken in other words now, from facts of which some were not kept then."""


def without_texts(kept: object) -> object:
    def plain(found: object) -> object:
        if isinstance(found, dict):
            quoted = WRITTEN_SINCE | ({"confidence"} if "text" in found else set())
            return {name: plain(value) for name, value in found.items() if name not in quoted}
        return [plain(one) for one in found] if isinstance(found, list | tuple) else found

    return plain(msgspec.to_builtins(kept))


@pytest.fixture
def past_call() -> PastCall:
    calm = Posterior(angry=0.08, happy=0.12, neutral=0.7, sad=0.1)
    return PastCall(
        call_id="before",
        caller="k",
        started_at_ms=1_000,
        ended_at_ms=90_000,
        segments=12,
        speech_ms=30_000,
        alone=calm,
        posterior=calm,
        medians={"pitch": 12.0, "rate": 4.2},
    )


@pytest.fixture
def of_known_caller(recorded: list[SegmentMessage], past_call: PastCall) -> list[SegmentMessage]:
    opened = recorded[0]
    call = msgspec.structs.replace(opened.call, started_at_ms=past_call.ended_at_ms)  # type: ignore[union-attr]
    return [msgspec.structs.replace(opened, call=call, caller="k"), *recorded[1:]]


@pytest.mark.parametrize("captured", CAPTURED, ids=lambda captured: f"after {captured['after']} messages")
def test_what_was_kept_is_what_is_kept_now(
    captured: dict[str, Any], of_known_caller: list[SegmentMessage], past_call: PastCall
) -> None:
    memory, _ = follow(CallMemory(), of_known_caller[: captured["after"]], [past_call])
    for slot in memory.alerts.slots.values():
        if slot.rules:
            # Kept for a rule now, for a cause then: each rule goes on from its cause's.
            (progress,) = slot.rules.values()
            assert slot.judged_ms == -1
            slot.judged_ms, slot.rules = progress.judged_ms, {}
    # Where the newest segment lies in Kafka is kept since; a call that is gone on from learns it with its next segment.
    assert memory.offsets or not memory.counted
    memory.offsets = {}
    # So is which audio the words of a segment belong to.
    memory.word_turn = WordTurn()
    # And whose channels they are, and which side began: of a call that goes on from a former state neither is known.
    memory.bound, memory.sides = {}, Sides()
    former = msgspec.convert(from_flat(captured["memory"]), CallMemory)
    # And what was told of the call: where nothing is new no moment is asked about any more.
    memory.moments = former.moments = Moments()
    assert without_texts(former) == without_texts(memory)


@pytest.mark.parametrize("captured", CAPTURED, ids=lambda captured: f"after {captured['after']} messages")
def test_the_call_goes_on_as_if_it_had_been_judged_by_this_release_alone(
    captured: dict[str, Any], of_known_caller: list[SegmentMessage], past_call: PastCall
) -> None:
    until, after = of_known_caller[: captured["after"]], of_known_caller[captured["after"] :]
    memory, _ = follow(CallMemory(), until, [past_call])
    _, expected = follow(memory, after, [past_call])
    _, written = follow(msgspec.convert(from_flat(captured["memory"]), CallMemory), after, [past_call])
    assert without_texts(judged(written)) == without_texts(judged(expected))


def judged(written: list[Output]) -> list[Output]:
    """Without moments: what of them is worth a text depends on what was told before, which was not kept."""
    return [one for one in written if not isinstance(one, Moment)]


def test_an_empty_state_is_an_empty_state() -> None:
    assert msgspec.convert(from_flat({}), CallMemory) == CallMemory()


@pytest.mark.parametrize(
    ("kept", "told"),
    [
        ({"announced": "live"}, True),
        ({"announced": "not_analysed"}, False),
        ({"announced": "not_analysed", "withdrawn": True}, False),
        ({"announced": "ended", "bound": {"0": ["customer"]}}, True),
        ({"announced": "ended", "bound": {}}, None),
        ({"announced": ""}, None),
        ({}, None),
        ({"announced": "live", "told": None}, None),
        ({"announced": "live", "told": False}, False),
    ],
)
def test_a_state_that_did_not_keep_whether_the_caller_was_told_shows_it(
    kept: dict[str, Any], told: bool | None
) -> None:
    assert msgspec.convert(with_notice(kept), CallMemory).told is told
