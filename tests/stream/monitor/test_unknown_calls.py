"""Records of calls that never were, as whoever may write to a topic can send any number of: what they leave behind."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import faust
import msgspec
import pytest

from tonewatch.stream.codec import decode_rationale, decode_segment
from tonewatch.stream.errors import NotTheCallers
from tonewatch.stream.messages import (
    AlertAction,
    CallAttributes,
    CallClosed,
    CallOpened,
    CallState,
    LineState,
    Rationale,
    Segment,
    Silence,
    Words,
)
from tonewatch.stream.monitor.call_table import UNKNOWN, CallTable
from tonewatch.stream.monitor.judge import kept_state
from tonewatch.stream.tone.state import CallMemory
from tonewatch.stream.topics import ALERTS
from tonewatch.stream.withdrawn import Withdrawn

from .test_judge import ALERT, GOLDEN_FOLDER, SEGMENT, Judged, forgotten_call, opened, with_alerts

CALLS = 200
MOST_LOGGED_BYTES, MOST_OPENED_BYTES = 400, 1_024
"""In the changelog, of a call that was withdrawn and never known; in memory, of one that was announced and no more."""

REASON = decode_rationale((GOLDEN_FOLDER / "rationale.json").read_bytes())
SAID = decode_segment((GOLDEN_FOLDER / "words.json").read_bytes())
assert isinstance(SAID, Words)
WORDS: Words = SAID
LINE = LineState(channel=0, role="customer", state="on_hold", since_ms=1)


def withdrawal(call_id: str) -> CallOpened:
    return CallOpened(call_id=call_id, call=CallAttributes(), notice_given=False, withdrawn_at_ms=1)


def times_of_an_agent(call_id: str) -> Segment:
    bare = dict.fromkeys(("posterior", "prosody", "uncertainty", "degraded"))
    return msgspec.structs.replace(SEGMENT, call_id=call_id, role="agent", embedding=b"", space="", **bare)


def words(call_id: str) -> Words:
    return msgspec.structs.replace(WORDS, call_id=call_id)


def action(call_id: str) -> AlertAction:
    return AlertAction(
        call_id=call_id, action_id="a", alert_id=ALERT.alert_id, action="acknowledge", by="Ada", acted_at_ms=1
    )


def reason(call_id: str) -> Rationale:
    return msgspec.structs.replace(REASON, call_id=call_id)


LEAVES_NOTHING: dict[str, Any] = {
    "closed": lambda c: CallClosed(call_id=c, reason="ended", duration_ms=60_000),
    "silence": lambda c: Silence(call_id=c, now_ms=60_000, lines=(LINE,)),
    "segment": lambda c: msgspec.structs.replace(SEGMENT, call_id=c),
    "times of an agent": times_of_an_agent,
    "words": words,
    "action": action,
    "reason": reason,
}


@pytest.mark.parametrize("kind", LEAVES_NOTHING)
async def test_nothing_is_kept_and_nothing_written_of_a_call_that_nobody_announced(kind: str) -> None:
    judged = Judged()
    for number in range(CALLS):
        try:
            await judged.take(LEAVES_NOTHING[kind](f"call-{number}"))
        except NotTheCallers as error:
            assert error.reason == "notice_unknown"
    assert (judged.table.data, judged.table.changelog, len(judged.table.withdrawn)) == ({}, [], 0)
    assert judged.log == []


async def test_a_withdrawal_of_a_call_that_never_was_leaves_a_hash() -> None:
    judged = Judged()
    for number in range(CALLS):
        await judged.take(withdrawal(f"call-{number}"))
    assert (judged.table.data, len(judged.table.withdrawn)) == ({}, CALLS)
    assert max(len(msgspec.json.encode(entry)) for _, entry in judged.table.changelog) < MOST_LOGGED_BYTES
    # Redis or the archive may know a call that was forgotten here.
    assert [one.withdrawn for one in judged.written() if isinstance(one, CallState)] == [True] * CALLS


@pytest.mark.parametrize("kind", [*LEAVES_NOTHING, "opened"])
async def test_what_comes_of_it_afterwards_is_refused_and_leaves_no_more(kind: str) -> None:
    judged = Judged()
    await judged.take(withdrawal("c"))
    before = [*judged.log]
    try:
        await judged.take(opened("c") if kind == "opened" else LEAVES_NOTHING[kind]("c"))
    except NotTheCallers as error:
        assert error.reason == "no_notice"
    assert (judged.table.data, judged.log, len(judged.table.withdrawn)) == ({}, before, 1)


async def test_who_erases_a_call_is_answered_each_time() -> None:
    judged = Judged()
    await judged.take(withdrawal("c"))
    await judged.take(withdrawal("c"), offset=5)
    assert [entry["state"]["withdrawn"] for _, entry in judged.table.changelog] == [True, True]
    assert len(judged.written()) == 1


async def test_a_flood_of_withdrawals_pushes_out_none_of_a_call_that_was_known() -> None:
    judged = Judged()
    judged.table.withdrawn = Withdrawn(most=10)
    await judged.take(opened("real"), msgspec.structs.replace(SEGMENT, call_id="real"), withdrawal("real"))
    for number in range(CALLS):
        await judged.take(withdrawal(f"call-{number}"))
    assert len(judged.table.withdrawn) <= 10
    before = len(judged.written())
    await judged.take(opened("real"))
    later = {"start_ms": SEGMENT.end_ms + 500, "end_ms": SEGMENT.end_ms + 3_500}
    with pytest.raises(NotTheCallers, match="was not told"):
        await judged.take(msgspec.structs.replace(SEGMENT, call_id="real", **later))
    assert len(judged.written()) == before
    assert judged.table.data["real"]["state"]["withdrawn"] is True


async def test_a_flood_of_withdrawals_keeps_what_a_call_that_alerted_and_was_forgotten_must_still_end() -> None:
    judged = await forgotten_call(with_alerts("resolved"))
    for number in range(CALLS):
        await judged.take(withdrawal(f"call-{number}"))
    await judged.take(withdrawal("c-1"))
    assert len(judged.topics[ALERTS.name].values) == 1


async def test_a_call_that_was_announced_and_no_more_is_little() -> None:
    judged = Judged()
    await judged.take(opened("c"))
    assert len(msgspec.json.encode(judged.table.data["c"])) < MOST_OPENED_BYTES
    assert msgspec.convert(judged.table.data["c"]["state"], CallMemory).announced == "live"


async def test_an_entry_without_its_blank_parts_is_the_same_memory() -> None:
    judged = Judged()
    await judged.take(opened(), SEGMENT)
    entry = judged.table.data[SEGMENT.call_id]["state"]
    assert msgspec.convert(entry, CallMemory) == msgspec.convert(
        msgspec.to_builtins(msgspec.convert(entry, CallMemory)), CallMemory
    )
    assert kept_state(CallMemory()).keys() & {"baseline", "detector", "alerts", "call"} == set()
    assert msgspec.convert(kept_state(CallMemory()), CallMemory) == CallMemory()


def table() -> CallTable:
    app = faust.App("unknown-calls", store="memory://", topic_disable_leader=True, Table=CallTable)
    made = app.Table("calls", default=dict, partitions=1, key_type=str)
    assert isinstance(made, CallTable)
    return made


def recovered(*entries: tuple[str, dict[str, Any] | None]) -> CallTable:
    """A table that read its changelog again."""
    made = table()
    for key, value in entries:
        message = SimpleNamespace(key=key, value=value, partition=0)
        made.apply_changelog_batch([SimpleNamespace(key=key, value=value, message=message)])
    return made


async def entry_of_withdrawal() -> dict[str, Any]:
    judged = Judged()
    await judged.take(withdrawal("c"), offset=9)
    ((_, entry),) = judged.table.changelog
    return dict(entry)


async def test_a_restart_knows_withdrawals_again_and_holds_as_little_of_them() -> None:
    entry = await entry_of_withdrawal()
    made = recovered(*[(f"call-{number}", entry) for number in range(CALLS)])
    assert (len(made.data), len(made.withdrawn)) == (0, CALLS)


async def test_a_monitor_that_was_stopped_for_long_undoes_no_withdrawal_by_what_it_had_in_its_hands() -> None:
    entry = await entry_of_withdrawal()
    live = {"state": kept_state(CallMemory(told=True, announced="live")), "seen": {"tonewatch.segments.v1": 5}}
    for entries in ([("c", live), ("c", entry)], [("c", entry), ("c", live)]):
        made = recovered(*entries)
        assert ("c" in made.withdrawn, "c" in made.data) == (True, False)


async def test_a_former_release_reads_the_entry_of_a_withdrawal() -> None:
    entry = await entry_of_withdrawal()
    assert entry.pop(UNKNOWN) is True
    memory = msgspec.convert(entry["state"], CallMemory)
    assert (memory.withdrawn, memory.told, memory.announced) == (True, False, "not_analysed")


async def test_the_tables_own_way_of_keeping_leaves_no_entry() -> None:
    made = table()
    logged = []

    async def acknowledged() -> None:
        logged.append("acknowledged")

    def send(_self: object, key: str, value: dict[str, Any]) -> None:
        made.data[key] = value
        made._sent[key] = acknowledged()

    made.__class__ = type("Logged", (CallTable,), {"__setitem__": send})
    await made.keep_withdrawn("c", {"state": {"withdrawn": True}})
    assert (logged, len(made.data), "c" in made.withdrawn, made._sent) == (["acknowledged"], 0, True, {})
