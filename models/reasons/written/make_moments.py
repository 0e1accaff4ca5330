"""Moments to write about, out of listened calls: of varied kinds, some beside a twin in which one thing differs."""

from __future__ import annotations

import random
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

import msgspec

from tonewatch.models.reasons.moments import AskedMoment
from tonewatch.models.reasons.utterances import situations
from tonewatch.models.reasons.written.varied_facts import contrast, varied
from tonewatch.models.reasons.written.wanted_words import draw_wanted, words_for
from tonewatch.models.reasons.written.written_moment import Split, WrittenMoment, prompt_of

TWINS = 0.25
"""Share of moments that a twin follows, where something can be changed that the prompt shows."""

KINDS = {"onset": 16, "update": 14, "recovery": 10, "probe": 60}
"""In percent. A probe is a window of no alert, asked about as if there were one: most false alarms are such."""


class MomentTruth(msgspec.Struct, frozen=True):
    """What the corpus says of a moment, kept apart from what a writer sees; null where it is unclear or was changed."""

    id: str
    mood: str | None
    degraded: bool | None


@dataclass(frozen=True)
class Made:
    """A moment, with its truth."""

    moment: WrittenMoment
    truth: MomentTruth


@dataclass(frozen=True)
class MomentSource:
    """A moment of the monitor, or a probe, with the corpus of its call."""

    asked: AskedMoment
    corpus: str


def make_moments(
    sources: Sequence[MomentSource], count: int, split: Split, seed: int, written: Iterable[WrittenMoment] = ()
) -> list[Made]:
    """`count` of them, twins behind the moments that they differ from.

    `written`: those that reasons were written for before: none of the same prompt is made again, and ids go on behind
    theirs.
    """
    rng = random.Random(f"{seed} {split}")
    before = [one for one in written if one.split == split]
    first = 1 + max((int(one.id.removeprefix(_prefix(split))) for one in before), default=-1)
    seen = {one.prompt for one in before}
    found: list[Made] = []
    for source in _mixed(sources, rng):
        number = first + len(found)
        moment = _moment(source, f"{_prefix(split)}{number:04d}", split, rng)
        if moment.prompt not in seen:
            found += [Made(one, _truth(one, source)) for one in _with_twin(moment, number, rng)]
            seen.add(moment.prompt)
        if len(found) >= count:
            break
    return found[:count]


def _truth(moment: WrittenMoment, source: MomentSource) -> MomentTruth:
    is_real = moment.facts.posterior == source.asked.facts.posterior
    mood = source.asked.mood
    return MomentTruth(moment.id, str(mood) if is_real and mood else None, source.asked.degraded if is_real else None)


def _prefix(split: Split) -> str:
    return "t" if split == "train" else "h"


def _mixed(sources: Sequence[MomentSource], rng: random.Random) -> Iterator[MomentSource]:
    """An endless stream in which kinds have their shares, and within each all moods and voices their turn."""
    groups: dict[str, dict[tuple[str, str], list[MomentSource]]] = {}
    for one in sources:
        kind: str = one.asked.kind if one.asked.live else "probe"
        mood = str(one.asked.mood or "")
        groups.setdefault(kind, {}).setdefault((mood, one.asked.speaker), []).append(one)
    kinds = [name for name in KINDS if name in groups]
    while kinds:
        [drawn] = rng.choices(kinds, [KINDS[name] for name in kinds])
        moods = sorted({mood for mood, _ in groups[drawn]})
        chosen = rng.choice(moods)
        speaker = rng.choice(sorted(name for mood, name in groups[drawn] if mood == chosen))
        yield _next(groups[drawn][chosen, speaker], rng)


def _next(waiting: list[MomentSource], rng: random.Random) -> MomentSource:
    """Any, and none again before its neighbours had their turn."""
    one = waiting.pop(rng.randrange((len(waiting) + 1) // 2))
    waiting.append(one)
    return one


def _moment(source: MomentSource, name: str, split: Split, rng: random.Random) -> WrittenMoment:
    asked = source.asked
    wanted = draw_wanted(rng)
    situation = rng.choice(situations(held_out=split == "held_out"))
    table = varied(msgspec.structs.replace(asked.facts, quotes=(), words=(), last_rationale="", repeated=""), rng)
    return _rendered(
        WrittenMoment(
            id=name,
            split=split,
            speaker=asked.speaker,
            corpus=source.corpus,
            call=asked.call,
            situation=situation,
            kind=asked.kind,
            facts=table,
            words=words_for(asked, wanted, situation, rng),
            language=wanted.language,
            wanted=wanted.wish,
        )
    )


def _with_twin(moment: WrittenMoment, number: int, rng: random.Random) -> list[WrittenMoment]:
    if rng.random() >= TWINS:
        return [moment]
    name = f"{_prefix(moment.split)}{number + 1:04d}"
    if rng.random() < 0.4 and moment.words:
        wish = f"the facts of {moment.id} over other words: choose such that the answer or its reason changes"
        return [moment, msgspec.structs.replace(moment, id=name, twin=moment.id, wanted=wish)]
    facts = contrast(moment.facts, rng)
    if facts is None:
        return [moment]
    wish = f"the words of {moment.id}, as you wrote them there: only a fact differs, and the answer follows it"
    return [moment, _rendered(msgspec.structs.replace(moment, id=name, twin=moment.id, wanted=wish, facts=facts))]


def _rendered(moment: WrittenMoment) -> WrittenMoment:
    return msgspec.structs.replace(moment, prompt=prompt_of(moment))
