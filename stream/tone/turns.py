"""Turn-taking from the times at which each party spoke; the agent's voice is used for nothing else."""

from __future__ import annotations

from collections.abc import Iterable

import msgspec

from tonewatch.stream.messages import AudioSpan, Segment

KEPT_MS = 120_000
UNHEARD_KEPT = 32

SAME_TURN_MS = 700
"""A pause within a turn is shorter; a longer silence of the same party ends it."""

HELD_MS = 500
"""Whoever has spoken for less than this is not interrupted: both began at once."""

ANSWER_MS = 4_000
"""What is said so soon behind the agent's words answers them."""

LATE_MS = 5_000
"""A segment is known this long after its beginning at the latest (4 s of speech and the pause that closes it)."""

NO_SPEECH = frozenset({"echo", "too_quiet", "tonal", "no_voice", "noisy", "music", "not_speech"})
"""Why a segment was not judged that make it none of the party's speech: it holds no turn and interrupts nobody. What
was too short, uncertain, or beside the other's voice was spoken all the same."""

SOUND_MS = 1_000
"""Such a sound (music, a tone, noise) is no silence either, where it lasts as long; a click or a cough ends none."""


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


class Turns(msgspec.Struct, kw_only=True):
    """The turns of both parties over the last two minutes, in the order of time.

    `unheard_until_ms`: ends of stretches in which one party's audio was missing, or a sound that was no speech; no
    silence reaches over one.
    """

    spoken: list[Turn] = msgspec.field(default_factory=list)
    unheard_until_ms: list[int] = msgspec.field(default_factory=list)

    def remember(self, segment: Segment, abstained: str | None = None) -> None:
        """Add the turn of a segment; one that is known already, or was no speech, changes nothing.

        `abstained`: why the segment was not judged.
        """
        if abstained in NO_SPEECH:
            if segment.end_ms - segment.start_ms >= SOUND_MS:
                self.unheard(segment.end_ms)
            return
        turn = _turn(segment)
        if turn in self.spoken:
            return
        self.spoken.append(turn)
        # One order for the same turns, however the channels arrived: all below depends on it.
        self.spoken.sort(key=lambda t: (t.start_ms, t.agent, t.end_ms))
        horizon_ms = max(t.end_ms for t in self.spoken) - KEPT_MS
        self.spoken[:] = [t for t in self.spoken if t.end_ms >= horizon_ms]

    def unheard(self, until_ms: int) -> None:
        """One party's audio was missing up to that time, or something else was heard on its line."""
        if until_ms not in self.unheard_until_ms:
            self.unheard_until_ms[:] = sorted([*self.unheard_until_ms, until_ms])[-UNHEARD_KEPT:]

    def talk_over_ms(self, start_ms: int, end_ms: int) -> int:
        """How long both spoke at once between the two times."""
        return sum(
            max(0, min(caller.end_ms, agent.end_ms, end_ms) - max(caller.start_ms, agent.start_ms, start_ms))
            for caller in self.spoken
            for agent in self.spoken
            if agent.agent and not caller.agent
        )

    def agent_share(self, start_ms: int, end_ms: int) -> float | None:
        """The agent's share of all that was spoken; null when nobody spoke."""
        spoken_ms = {True: 0, False: 0}
        for turn in self.spoken:
            spoken_ms[turn.agent] += max(0, min(turn.end_ms, end_ms) - max(turn.start_ms, start_ms))
        total_ms = spoken_ms[True] + spoken_ms[False]
        return round(spoken_ms[True] / total_ms, 3) if total_ms else None

    def interruptions(self, start_ms: int, end_ms: int, least_ms: int = 500) -> list[Interruption]:
        """Those that begin between the two times, with at least so much of both speaking at once."""
        spans = {True: self._spans(agent=True), False: self._spans(agent=False)}
        found = [
            Interruption(first, by_agent, overlap_ms)
            for by_agent in (True, False)
            for first, last in spans[by_agent]
            if start_ms <= first < end_ms and (overlap_ms := _taken_ms(first, last, spans[not by_agent])) >= least_ms
        ]
        return sorted(found, key=lambda i: (i.at_ms, i.by_agent))

    def silences(self, now_ms: int) -> list[tuple[int, int]]:
        """Where neither spoke, after the first word: (start_ms, end_ms), the last one up to `now_ms` and maybe open."""
        found: list[tuple[int, int]] = []
        reached_ms: int | None = None
        for turn in self.spoken:
            if turn.start_ms >= now_ms:
                break
            if reached_ms is not None and turn.start_ms > reached_ms:
                found.append((reached_ms, turn.start_ms))
            reached_ms = turn.end_ms if reached_ms is None else max(reached_ms, turn.end_ms)
        if reached_ms is not None and now_ms > reached_ms:
            found.append((reached_ms, now_ms))
        return [
            (heard_ms, end_ms)
            for start_ms, end_ms in found
            if (heard_ms := self._heard_from_ms(start_ms, end_ms)) < end_ms
        ]

    def _heard_from_ms(self, start_ms: int, end_ms: int) -> int:
        """From where on both parties were heard up to `end_ms`."""
        return max([start_ms, *(until_ms for until_ms in self.unheard_until_ms if start_ms < until_ms <= end_ms)])

    def begun_after(self, at_ms: int) -> int | None:
        """Where the first turn begins after that time."""
        return next((turn.start_ms for turn in self.spoken if turn.start_ms > at_ms), None)

    def longest_silence_ms(self, start_ms: int, end_ms: int) -> int:
        """Of both parties, between the two times."""
        # A silence that was over before `start_ms` would count as less than none.
        return max((max(0, min(b, end_ms) - max(a, start_ms)) for a, b in self.silences(end_ms)), default=0)

    def silent_after_agent_ms(self, start_ms: int, end_ms: int) -> int:
        """The longest silence between the two times that the agent's words leave and the caller's end."""
        agents = {turn.end_ms for turn in self.spoken if turn.agent}
        callers = {turn.start_ms for turn in self.spoken if not turn.agent}
        found = [(a, b) for a, b in self.silences(end_ms) if a >= start_ms and a in agents and b in callers]
        return max((b - a for a, b in found), default=0)

    def is_answer(self, start_ms: int, end_ms: int) -> bool:
        """Is this all that the caller said so far behind the agent's words?"""
        before = [turn for turn in self.spoken if turn.start_ms < start_ms]
        last = max(before, key=lambda turn: turn.end_ms, default=None)
        goes_on = any(not turn.agent and 0 <= turn.start_ms - end_ms < SAME_TURN_MS for turn in self.spoken)
        return last is not None and last.agent and start_ms - last.end_ms < ANSWER_MS and not goes_on

    def of_caller(self) -> list[Turn]:
        """The turns that carry audio."""
        return [turn for turn in self.spoken if turn.audio is not None]

    def _spans(self, *, agent: bool) -> list[tuple[int, int]]:
        """One party's turns, those apart by a pause within a turn made one."""
        spans: list[tuple[int, int]] = []
        for turn in self.spoken:
            if turn.agent is not agent:
                continue
            if spans and turn.start_ms - spans[-1][1] < SAME_TURN_MS:
                spans[-1] = (spans[-1][0], max(spans[-1][1], turn.end_ms))
            else:
                spans.append((turn.start_ms, turn.end_ms))
        return spans


def _turn(segment: Segment) -> Turn:
    if segment.role == "agent":
        return Turn(segment.start_ms, segment.end_ms, True)
    return Turn(segment.start_ms, segment.end_ms, False, segment.segment_id, segment.audio)


def _taken_ms(first_ms: int, last_ms: int, others: Iterable[tuple[int, int]]) -> int:
    """How long a turn that begins at `first_ms` runs beside the one of the other party that it breaks into."""
    overlaps = (min(last_ms, end) - first_ms for start, end in others if start + HELD_MS <= first_ms < end)
    return max(overlaps, default=0)
