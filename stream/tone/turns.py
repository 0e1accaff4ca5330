"""Turn-taking from the times at which each party spoke; the agent's voice is used for nothing else."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import msgspec

from tonewatch.stream.messages import AudioSpan

KEPT_MS = 120_000

SAME_TURN_MS = 700
"""A pause within a turn is shorter; a longer silence of the same party ends it."""

HELD_MS = 500
"""Whoever has spoken for less than this is not interrupted: both began at once."""

LATE_MS = 5_000
"""A segment is known this long after its beginning at the latest (4 s of speech and the pause that closes it)."""


class Turn(msgspec.Struct, frozen=True):
    """A stretch of speech of one party. Only the caller's carry where their audio lies."""

    start_ms: int
    end_ms: int
    agent: bool
    segment_id: str = ""
    audio: AudioSpan | None = None


class Interruption(msgspec.Struct, frozen=True):
    """One party begins while the other has the floor."""

    at_ms: int
    by_agent: bool
    overlap_ms: int


def remember(turns: list[Turn], turn: Turn) -> None:
    """Add a turn, in the order of time, and forget what lies more than two minutes back."""
    if turn in turns:
        return
    turns.append(turn)
    turns.sort(key=lambda t: (t.start_ms, t.agent, t.end_ms))
    horizon = max(t.end_ms for t in turns) - KEPT_MS
    turns[:] = [t for t in turns if t.end_ms >= horizon]


def talk_over_ms(turns: Sequence[Turn], start_ms: int, end_ms: int) -> int:
    """How long both spoke at once between the two times."""
    return sum(
        max(0, min(caller.end_ms, agent.end_ms, end_ms) - max(caller.start_ms, agent.start_ms, start_ms))
        for caller in turns
        for agent in turns
        if agent.agent and not caller.agent
    )


def agent_share(turns: Sequence[Turn], start_ms: int, end_ms: int) -> float | None:
    """The agent's share of all that was spoken; null when nobody spoke."""
    spoken = {True: 0, False: 0}
    for turn in turns:
        spoken[turn.agent] += max(0, min(turn.end_ms, end_ms) - max(turn.start_ms, start_ms))
    total = spoken[True] + spoken[False]
    return round(spoken[True] / total, 3) if total else None


def interruptions(turns: Sequence[Turn], start_ms: int, end_ms: int, least_ms: int = 500) -> list[Interruption]:
    """Those that begin between the two times, with at least so much of both speaking at once."""
    spans = {True: _spans(turns, agent=True), False: _spans(turns, agent=False)}
    found = [
        Interruption(first, by_agent, overlap)
        for by_agent in (True, False)
        for first, last in spans[by_agent]
        if start_ms <= first < end_ms and (overlap := _taken_ms(first, last, spans[not by_agent])) >= least_ms
    ]
    return sorted(found, key=lambda i: (i.at_ms, i.by_agent))


def _taken_ms(first: int, last: int, others: Iterable[tuple[int, int]]) -> int:
    """How long a turn that begins at `first` runs beside the one of the other party that it breaks into."""
    return max((min(last, end) - first for start, end in others if start + HELD_MS <= first < end), default=0)


def silences(turns: Sequence[Turn], now_ms: int) -> list[tuple[int, int]]:
    """Where neither spoke, after the first word: (start_ms, end_ms), the last one up to `now_ms` and maybe open."""
    found: list[tuple[int, int]] = []
    reached: int | None = None
    for turn in turns:
        if turn.start_ms >= now_ms:
            break
        if reached is not None and turn.start_ms > reached:
            found.append((reached, turn.start_ms))
        reached = turn.end_ms if reached is None else max(reached, turn.end_ms)
    if reached is not None and now_ms > reached:
        found.append((reached, now_ms))
    return found


def longest_silence_ms(turns: Sequence[Turn], start_ms: int, end_ms: int) -> int:
    """Of both parties, between the two times."""
    return max((min(b, end_ms) - max(a, start_ms) for a, b in silences(turns, end_ms)), default=0)


def _spans(turns: Sequence[Turn], *, agent: bool) -> list[tuple[int, int]]:
    """One party's turns, those apart by a pause within a turn made one."""
    spans: list[tuple[int, int]] = []
    for turn in turns:
        if turn.agent is not agent:
            continue
        if spans and turn.start_ms - spans[-1][1] < SAME_TURN_MS:
            spans[-1] = (spans[-1][0], max(spans[-1][1], turn.end_ms))
        else:
            spans.append((turn.start_ms, turn.end_ms))
    return spans
