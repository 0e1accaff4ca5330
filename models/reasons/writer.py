"""Reasons written from facts, in varied language: the target texts of the small explainer.

A reason is put together from the measurements of the table alone: the salient facts, in words and with pointers for
numbers (`workers/reasons/engines/tokens.py`), the most telling quotation, how words and voice fit, the change of the
tone. The truth of the moment is not an input. A reason in which the claim checker does not find every claim true is
discarded, so a mistake in a phrase here costs a sentence and never teaches a falsehood.
"""

from __future__ import annotations

import random
from collections.abc import Sequence

from tonewatch.models.reasons.phrases import (
    BACK,
    EMOTION_CHANGED,
    EMOTION_NOW,
    EMOTION_WITHOUT_BASELINE,
    PHRASES,
    STEADY,
    Phrase,
)
from tonewatch.models.reasons.teacher import TeacherPosterior
from tonewatch.stream.messages import EMOTIONS, Fact, FactsTable
from tonewatch.stream.tone.cues import LEAST_CONFIDENCE
from tonewatch.stream.tone.verdict import STEADY_TONE
from tonewatch.workers.reasons.answer import parse
from tonewatch.workers.reasons.checker.check import check
from tonewatch.workers.reasons.checker.valence import valence
from tonewatch.workers.reasons.checker.verdicts import TALK_OVER_MS, share_of
from tonewatch.workers.reasons.engines import tokens
from tonewatch.workers.reasons.prompt import quotes

TRIES = 12


def write(facts: FactsTable, posterior: TeacherPosterior, rng: random.Random) -> list[str] | None:
    """Symbols of a reason and its answer; None when no try was true in every claim."""
    pointers = tokens.pointers_of(facts)
    for _ in range(TRIES):
        symbols = _symbols(facts, posterior, rng)
        answer = parse(tokens.write(symbols, pointers))
        if answer is None:
            continue
        checked = check(answer.reason, facts)
        if checked.accepted and not checked.dropped:
            return symbols
    return None


def _symbols(facts: FactsTable, posterior: TeacherPosterior, rng: random.Random) -> list[str]:
    parts = (_voice(facts, rng), _words(facts, rng), _fit(facts, rng), _change(facts, rng))
    symbols = [s for head, text in zip(tokens.SECTIONS, parts, strict=True) for s in (head, *tokens.split(text))]
    # The vocabulary has confidences of 0.4 to 0.9.
    tenth = min(9, max(4, round(10 * posterior.confidence)))
    return [*symbols, tokens.ANSWER, f"<{posterior.label}>", f"<{posterior.answer}>", f"<0.{tenth}>", tokens.END]


def _voice(facts: FactsTable, rng: random.Random) -> str:
    trusted = [f for f in facts.facts if f.confidence >= LEAST_CONFIDENCE]
    clear = sorted((f for f in trusted if f.salient and f.name in PHRASES), key=lambda f: -abs(f.z) * f.confidence)
    same = [f for f in trusted if f.name in STEADY and not f.salient and abs(f.z) < 1]
    rng.shuffle(same)
    if not facts.facts:
        return _early(facts, rng)
    named = clear[: rng.choices((2, 3, 4), (2, 5, 3))[0]]
    text = _changed(named, rng) if named else _unchanged(same, rng)
    if named and same and rng.random() < 0.25:
        text += " " + rng.choice(BACK).format(name=STEADY[same[0].name]).capitalize() + "."
    if facts.talk_over_ms >= TALK_OVER_MS and rng.random() < 0.8:
        text += " " + rng.choice(("The caller talks over the agent.", "Both talk at the same time."))
    return f"{text} {_emotion(facts, trusted, rng)}".strip()


def _changed(facts: Sequence[Fact], rng: random.Random) -> str:
    """One or two sentences over the facts in their order; each sentence in one of two shapes."""
    # Three or more facts are split over two sentences half of the time.
    cut = len(facts) if len(facts) < 3 or rng.random() < 0.5 else rng.randint(1, len(facts) - 1)
    return " ".join(_sentence(part, rng) for part in (facts[:cut], facts[cut:]) if part)


def _sentence(facts: Sequence[Fact], rng: random.Random) -> str:
    phrases = [_phrase(fact) for fact in facts]
    if rng.random() < 0.5 and all(p.is_ for p in phrases):
        subject = rng.choice(("The caller is", "The voice is", "The caller sounds", "The voice turns", ""))
        tail = rng.choice(("", "", " than usual", " than before"))
        plain = all("against" not in p.is_[0] for p in phrases)
        return _capital(f"{subject} {_and([rng.choice(p.is_) for p in phrases])}{tail if plain else ''}.".strip())
    return _capital(_and([rng.choice(p.does) for p in phrases]) + ".")


def _phrase(fact: Fact) -> Phrase:
    up, down = PHRASES[fact.name]
    return up if fact.delta > 0 else down


def _unchanged(same: Sequence[Fact], rng: random.Random) -> str:
    names = [STEADY[fact.name] for fact in same][: rng.choice((2, 3, 3, 4))]
    if not names:
        return "Nothing measured."
    form = rng.choice(
        (
            "{} stay near this caller's usual.",
            "{} are unchanged.",
            "{} are as usual.",
            "no change in {}.",
            "{} are steady.",
            "there is no change in {}.",
        )
    )
    if len(names) == 1:
        form = rng.choice(("the {} stays near the usual.", "no change in the {}.", "the {} is steady."))
    return _capital(form.format(_and(names)))


def _emotion(facts: FactsTable, trusted: Sequence[Fact], rng: random.Random) -> str:
    """The encoder's emotion: the one that moved most, or now and then the likeliest one."""
    moved = [f for f in trusted if f.name in tokens.EMOTION_FACTS and f.salient]
    if moved and rng.random() < 0.85:
        fact = max(moved, key=lambda f: abs(f.z))
        return rng.choice(EMOTION_CHANGED["+" if fact.delta > 0 else "-"]).format(**_names(fact.name))
    shares = {name: share for name in EMOTIONS if (share := share_of(facts, name)) is not None}
    if not shares or rng.random() < 0.4:
        return ""
    best = max(shares, key=lambda name: shares[name])
    return rng.choice(EMOTION_NOW).format(**_names(best)) if shares[best] > 0.5 else ""


def _early(facts: FactsTable, rng: random.Random) -> str:
    """Without a baseline the likeliest emotion is all that can be said of the voice."""
    shares = {name: share for name in EMOTIONS if (share := share_of(facts, name)) is not None}
    best = max(shares, key=lambda name: shares[name], default="neutral")
    return rng.choice(EMOTION_WITHOUT_BASELINE).format(**_names(best))


def _names(name: str) -> dict[str, str]:
    noun = {"angry": "anger", "happy": "happiness", "sad": "sadness", "neutral": "a neutral voice"}[name]
    more = {"angry": "angrier", "happy": "happier", "sad": "sadder", "neutral": "calmer"}[name]
    return {"adjective": name, "noun": noun, "more": more, "now": f"{{{name}.now}}", "usual": f"{{{name}.usual}}"}


def _words(facts: FactsTable, rng: random.Random) -> str:
    spoken = quotes(facts)
    if not spoken:
        return "none."
    telling = max(range(len(spoken)), key=lambda index: (abs(valence(spoken[index])), index))
    pointer = tokens.QUOTES_READ[telling]
    return rng.choice(
        (
            f'The caller says "{pointer}".',
            f'The words are "{pointer}".',
            f'"{pointer}", says the caller.',
            f'The caller said "{pointer}".',
            f'In the words of the caller: "{pointer}".',
        )
    )


def _fit(facts: FactsTable, rng: random.Random) -> str:
    if not facts.quotes:
        return "none."
    words = sum(valence(quote.text) for quote in facts.quotes)
    if words == 0:
        return rng.choice(
            (
                "The words are plain.",
                "The words are plain, it is the voice that tells.",
                "The words are matter-of-fact.",
                "Plain words.",
                "The words are neutral, the voice alone tells.",
            )
        )
    kind = rng.choice(("friendly", "kind", "warm") if words > 0 else ("critical", "unhappy", "complaining"))
    if abs(facts.tone) < STEADY_TONE:
        return rng.choice((f"The words are {kind}.", f"{_capital(kind)} words."))
    if (words > 0) == (facts.tone > 0):
        return rng.choice(
            (
                "The words and the voice agree.",
                f"The words are {kind}, and the words fit the voice.",
                "The words match the tone.",
                f"{_capital(kind)} words: the words and the voice agree.",
                "The words fit the voice.",
            )
        )
    return rng.choice(
        (
            "The words and the voice clash.",
            f"The words are {kind}, but the words and the voice clash.",
            "The words do not fit the voice.",
            f"{_capital(kind)} words: the words and the voice disagree.",
            "The words and the tone do not agree.",
        )
    )


def _change(facts: FactsTable, rng: random.Random) -> str:
    change = facts.tone - facts.tone_before
    if abs(change) < STEADY_TONE:
        return rng.choice(
            (
                "The tone is steady at {tone.now}.",
                "The tone is unchanged at {tone.now}.",
                "The tone stays at {tone.now}, steady.",
                "No change in tone, at {tone.now}.",
            )
        )
    verbs = ("fell", "dropped", "went down") if change < 0 else ("rose", "went up", "climbed")
    forms = [
        f"The tone {rng.choice(verbs)} from {{tone.usual}} to {{tone.now}}.",
        f"From {{tone.usual}} to {{tone.now}}, the tone {rng.choice(verbs)}.",
        f"The tone {rng.choice(verbs)} to {{tone.now}}.",
        f"The tone {rng.choice(verbs)} over the last {{window}} seconds.",
        f"The tone {'degraded' if change < 0 else 'improved'}, from {{tone.usual}} to {{tone.now}}.",
        f"The tone {rng.choice(verbs)} by {{tone.by}} to {{tone.now}}.",
    ]
    return rng.choice(forms)


def _and(parts: Sequence[str]) -> str:
    return (
        " and ".join(", ".join(parts).rsplit(", ", 1)) if len(parts) > 1 and "," not in parts[-1] else ", ".join(parts)
    )


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]
