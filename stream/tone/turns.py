"""Turn-taking from the times at which each party spoke; the agent's voice is used for nothing else."""

from __future__ import annotations

from collections.abc import Sequence

Turn = tuple[int, int, bool]
"""start_ms, end_ms, is it the agent?"""

KEPT_MS = 60_000


def remember(turns: list[Turn], turn: Turn) -> None:
    """Add a turn and forget what lies more than a minute back."""
    turns.append(turn)
    horizon = turn[1] - KEPT_MS
    turns[:] = [t for t in turns if t[1] >= horizon]


def talk_over_ms(turns: Sequence[Turn], start_ms: int, end_ms: int) -> int:
    """How long both spoke at once between the two times."""
    total = 0
    for start, end, agent in turns:
        if agent:
            continue
        for other_start, other_end, other_agent in turns:
            if other_agent:
                total += max(0, min(end, other_end, end_ms) - max(start, other_start, start_ms))
    return total


def agent_share(turns: Sequence[Turn], start_ms: int, end_ms: int) -> float | None:
    """The agent's share of all that was spoken; null when nobody spoke."""
    spoken = {True: 0, False: 0}
    for start, end, agent in turns:
        spoken[agent] += max(0, min(end, end_ms) - max(start, start_ms))
    total = spoken[True] + spoken[False]
    return round(spoken[True] / total, 3) if total else None
