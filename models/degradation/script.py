"""The script of a call of one kind, from the utterances of a caller and an agent.

Turn-taking is drawn alike in every mood and every kind: the rate of overlapping speech says nothing about the
truth.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from math import ceil

import numpy as np

from tonewatch.models.degradation.voices import Mood, Utterance, Voice

CALLER, AGENT = 0, 1

FEWEST = {Mood.CALM: 3, Mood.ANGRY: 2, Mood.HAPPY: 2, Mood.SAD: 2}
"""A voice with fewer clips of a mood than this is not asked for a call that needs it."""


class Kind(StrEnum):
    """The kind of a call.

    sad          calm, then sad: distress counts as degrading
    angry_start  angry from the first word: the degraded stretch begins with it, because a supervisor wants that call
    noisy        steady or escalating, over noise and a lossy line
    """

    ESCALATE = "escalate"
    RECOVER = "recover"
    STEADY = "steady"
    HAPPY = "happy"
    SAD = "sad"
    ANGRY_START = "angry_start"
    NOISY = "noisy"


DEGRADED = {Mood.ANGRY, Mood.SAD}


@dataclass(frozen=True)
class Section:
    """A stretch in one mood; ends between the two times, earlier where few unused clips are left.

    `reserve`: share of the mood's clips that are left for a later section.
    """

    mood: Mood
    least_s: float
    most_s: float
    reserve: float = 0.0


_BEFORE = Section(Mood.CALM, 25.0, 40.0)
_SECTIONS: dict[Kind, tuple[Section, ...]] = {
    Kind.ESCALATE: (_BEFORE, Section(Mood.ANGRY, 16.0, 28.0)),
    Kind.RECOVER: (
        Section(Mood.CALM, 25.0, 36.0, reserve=0.35),
        Section(Mood.ANGRY, 15.0, 24.0),
        Section(Mood.CALM, 22.0, 32.0),
    ),
    Kind.STEADY: (Section(Mood.CALM, 45.0, 70.0),),
    Kind.HAPPY: (_BEFORE, Section(Mood.HAPPY, 16.0, 28.0)),
    Kind.SAD: (_BEFORE, Section(Mood.SAD, 16.0, 28.0)),
    Kind.ANGRY_START: (Section(Mood.ANGRY, 25.0, 45.0),),
}


@dataclass(frozen=True)
class Placed:
    """An utterance and when it begins."""

    channel: int
    start_s: float
    said: Utterance

    @property
    def end_s(self) -> float:
        return self.start_s + self.said.duration_s


@dataclass(frozen=True)
class Script:
    """A call before it is mixed. `reused`: how many of the caller's utterances occur in it a second time."""

    placed: tuple[Placed, ...]
    duration_s: float
    reused: int

    def of(self, channel: int) -> list[Placed]:
        return [one for one in self.placed if one.channel == channel]

    def stretch(self) -> tuple[float | None, float | None, float | None]:
        """onset_s, end_s and recovery_s of the caller's degraded stretch; null where there is none."""
        caller = self.of(CALLER)
        bad = [index for index, one in enumerate(caller) if one.said.mood in DEGRADED]
        if not bad:
            return None, None, None
        after = caller[bad[-1] + 1 :]
        return caller[bad[0]].start_s, caller[bad[-1]].end_s, after[0].start_s if after else None


def sections(kind: Kind, rng: np.random.Generator) -> tuple[Section, ...]:
    """The caller's sections; a noisy call is steady or escalates, evenly."""
    if kind is Kind.NOISY:
        return _SECTIONS[Kind.ESCALATE if rng.random() < 0.5 else Kind.STEADY]
    return _SECTIONS[kind]


def lacking(kind: Kind, voice: Voice) -> list[Mood]:
    """Moods that the kind may need and the voice has too few clips of."""
    needed = {section.mood for section in _SECTIONS.get(kind, _SECTIONS[Kind.ESCALATE])}
    return sorted(mood for mood in needed if voice.count(mood) < FEWEST[mood])


class Deck:
    """Utterances in random order; none is repeated before all were used."""

    def __init__(self, utterances: Sequence[Utterance], rng: np.random.Generator) -> None:
        self._utterances = utterances
        self._rng = rng
        self._left: list[Utterance] = []
        self._last: Utterance | None = None
        self.taken = 0

    @property
    def fresh(self) -> int:
        """Number of unused utterances."""
        return max(0, len(self._utterances) - self.taken)

    @property
    def reused(self) -> int:
        return max(0, self.taken - len(self._utterances))

    def take(self) -> Utterance:
        if not self._left:
            self._left = [self._utterances[int(i)] for i in self._rng.permutation(len(self._utterances))]
            # A new shuffle must not begin with the clip that ended the last one.
            if self._left[-1] is self._last and len(self._left) > 1:
                self._left.insert(0, self._left.pop())
        self._last = self._left.pop()
        self.taken += 1
        return self._last


class _Writer:
    """Places utterances one after another. `now_s`: end of the last one, on either channel."""

    def __init__(self, rng: np.random.Generator) -> None:
        self._rng = rng
        self.placed: list[Placed] = []
        self.now_s = float(rng.uniform(0.6, 1.6))
        self._ends = {CALLER: 0.0, AGENT: 0.0}

    def turn(self, channel: int, deck: Deck, longest_s: float, gap_s: float) -> None:
        """Utterances up to about a length; pauses within a turn are shorter or longer than the one that ends it."""
        # A negative gap talks over the other party, but never over oneself.
        start_s = max(self.now_s + gap_s, self._ends[channel] + 0.15, 0.2)
        until_s = start_s + float(self._rng.uniform(1.0, longest_s))
        while True:
            said = Placed(channel, round(start_s, 3), deck.take())
            self.placed.append(said)
            self._ends[channel] = said.end_s
            start_s = said.end_s + float(self._rng.uniform(0.15, 0.8))
            if start_s >= until_s:
                break
        self.now_s = max(self._ends.values())

    def response_gap_s(self) -> float:
        """Time between two speakers' turns: mostly a short silence, now and then the end is talked over.

        Of the shape that S. C. Levinson and F. Torreira (2015) report for conversations.
        """
        return float(np.clip(self._rng.normal(0.35, 0.45), -0.9, 1.6))


def write(
    parts: Sequence[Section],
    caller: dict[Mood, tuple[Utterance, ...]],
    agent: Sequence[Utterance],
    rng: np.random.Generator,
) -> Script:
    """A call through the given sections; the agent says nothing where it has no utterances."""
    decks = {mood: Deck(caller[mood], rng) for mood in dict.fromkeys(part.mood for part in parts)}
    other = Deck(agent, rng) if agent else None
    writer = _Writer(rng)
    if other and rng.random() < 0.9:
        writer.turn(AGENT, other, 3.0, 0.0)
    for part in parts:
        _section(writer, part, decks[part.mood], other, rng)
    if other and rng.random() < 0.5:
        writer.turn(AGENT, other, 2.5, writer.response_gap_s())
    # Half seconds, because Fourier transforms over a whole call want a length with small factors.
    duration_s = ceil(2 * (writer.now_s + float(rng.uniform(0.8, 1.8)))) / 2
    placed = tuple(sorted(writer.placed, key=lambda one: (one.start_s, one.channel)))
    return Script(placed, duration_s, sum(deck.reused for deck in decks.values()))


def _section(writer: _Writer, part: Section, deck: Deck, other: Deck | None, rng: np.random.Generator) -> None:
    began_s, wanted_s = writer.now_s, float(rng.uniform(part.least_s, part.most_s))
    # Of all the clips of the mood, used and unused.
    kept = round(part.reserve * (deck.fresh + deck.taken))
    while True:
        writer.turn(CALLER, deck, 7.0, writer.response_gap_s())
        passed_s = writer.now_s - began_s
        done = passed_s >= wanted_s or (passed_s >= part.least_s and deck.fresh <= kept)
        if other and rng.random() < (0.5 if done else 0.85):
            writer.turn(AGENT, other, 4.0, writer.response_gap_s())
        if done:
            return
