"""A moment in a few short lines, for a language model that was trained on moments in this form.

It holds what was measured and what was said, and nothing that the code concluded from it: no verdict, no label, no
rival, no certainty. Whoever trains a model renders its examples with `render`, so that it reads the same when it runs.
"""

from __future__ import annotations

from collections.abc import Iterable

from tonewatch.stream.messages import EMOTIONS, Emotion, Fact, FactsTable, MomentKind
from tonewatch.stream.tone import cues
from tonewatch.stream.tone.evidence.sure_words import LEAST_CONFIDENCE as SURE_WORDS

FORM_KEY, FORM = "tonewatch.form", "compact-1"
"""In the header of an adapter that was trained on moments in this form."""

END = "<|im_end|>"
MOST_TOKENS = 260
MOST_QUOTES = 4
MOST_WORDS = 26
"""Of one quotation. Longer ones are cut where the model reads them; the checker knows them whole."""

_MORE: dict[str, tuple[str, str, str]] = {
    "level": ("louder", "quieter", "loudness"),
    "effort": ("more strained", "less strained", "strain"),
    "rate": ("faster", "slower", "pace"),
    "pauses": ("more pauses", "fewer pauses", "pauses"),
    "pitch": ("higher", "lower", "pitch"),
    "pitch_range": ("livelier", "flatter", "melody"),
    "stress": ("more stressed words", "fewer stressed words", "stress"),
}
"""By name of the fact: more of it, less of it, the measurement."""

_JUST_NOW_MS = 1_000
"""A moment before that is no longer ago is this one."""

_AMOUNT = {"dB": "{:.0f} dB", "st": "{:.1f} st", "syl/s": "{:.1f}/s", "per_s": "{:.1f}/s"}
_EMOTIONS: tuple[Emotion, ...] = ("angry", "happy", "sad", "neutral")


def build(facts: FactsTable, kind: MomentKind) -> str:
    """The whole prompt, in the chat form of SmolLM2; what follows is the model's."""
    return f"<|im_start|>user\n{render(facts, kind)}{END}\n<|im_start|>assistant\n"


def render(facts: FactsTable, kind: MomentKind) -> str:
    """The facts in lines of one subject each; a subject without facts has no line."""
    lines = [
        f"{kind} at {_clock(facts.at_ms)}{_alert(facts, kind)}",
        f"voice: {_voice(facts)}",
        *_sounds(facts),
        *_before(facts),
        *_behaviour(facts),
        *_words(facts),
    ]
    return "\n".join(lines)


def _alert(facts: FactsTable, kind: MomentKind) -> str:
    began = facts.onset_ms if facts.onset_ms is not None else facts.window_start_ms
    return f", {'alert ' if kind == 'onset' else ''}since {_clock(began)}"


def _clock(ms: float) -> str:
    return f"{int(ms) // 60_000}:{int(ms) // 1000 % 60:02d}"


def _voice(facts: FactsTable) -> str:
    if not facts.facts:
        return "usual not known yet"
    moved = [_moved(fact) for fact in _by_weight(facts.facts)]
    same = [_MORE[f.name][2] for f in facts.facts if f.name in _MORE and _is_same(f)]
    unclear = [_MORE[f.name][2] for f in facts.facts if f.name in _MORE and f.confidence < cues.LEAST_CONFIDENCE]
    parts = [", ".join(moved)] if moved else []
    parts += [f"usual {', '.join(same)}"] if same else []
    parts += [f"unclear {', '.join(unclear)}"] if unclear else []
    return "; ".join(parts) or "nothing measured"


def _by_weight(facts: Iterable[Fact]) -> list[Fact]:
    """The trusted ones that differ, the most telling first."""
    known = [f for f in facts if f.name in _MORE and f.confidence >= cues.LEAST_CONFIDENCE and not _is_same(f)]
    return sorted(known, key=lambda f: -abs(f.z) * f.confidence)


def _is_same(fact: Fact) -> bool:
    return fact.confidence >= cues.LEAST_CONFIDENCE and not fact.salient and abs(fact.z) < cues.SAME_Z


def _moved(fact: Fact) -> str:
    up, down, _ = _MORE[fact.name]
    size = "much " if fact.salient and abs(fact.z) >= cues.MUCH_Z else "" if fact.salient else "slightly "
    return f"{size}{up if fact.delta > 0 else down} {_amount(fact)}"


def _amount(fact: Fact) -> str:
    if fact.unit == "share":
        return f"{100 * abs(fact.delta):.0f} %"
    return _AMOUNT.get(fact.unit, "{:.1f}").format(abs(fact.delta))


def _sounds(facts: FactsTable) -> list[str]:
    """Shares of the encoder's posterior, with this caller's usual beside each."""
    now = {name: cues.share(facts, name) for name in _EMOTIONS}
    # Before enough of the caller was heard the usual is a guess, and the voice has none either.
    usual = {name: cues.share(facts, name, usual=True) if facts.facts else None for name in _EMOTIONS}
    if all(share is None for share in now.values()):
        return []
    shares = [f"{name} {_percent(now[name])}{_usual(usual[name])}" for name in _EMOTIONS if now[name] is not None]
    return [f"sounds: {', '.join(shares)}"]


def _percent(share: float | None) -> str:
    return f"{100 * (share or 0.0):.0f}%"


def _usual(share: float | None) -> str:
    return "" if share is None else f" (usual {_percent(share)})"


def _before(facts: FactsTable) -> list[str]:
    """What differs from the moment before; that one's baseline is never mixed with the caller's usual."""
    if facts.since_ms is None or facts.at_ms - facts.since_ms < _JUST_NOW_MS:
        return []
    parts = [_moved(fact) for fact in _by_weight(facts.changed)][:4]
    for name in EMOTIONS:
        then, now = getattr(facts.posterior_since, name, None), cues.share(facts, name)
        if name != "neutral" and then is not None and now is not None and abs(now - then) >= cues.CLEARLY_MORE:
            parts.append(f"{name} {_percent(then)} to {_percent(now)}")
    return [f"against {_clock(facts.since_ms)}: {', '.join(parts) or 'the same'}"]


def _behaviour(facts: FactsTable) -> list[str]:
    over = {"caller": "caller talks over agent", "agent": "agent talks over caller", "both": "both talk at once"}
    breaks_in = cues.talks_over(facts)
    found = [f"{over[breaks_in]} {facts.talk_over_ms / 1000:.1f} s"] if breaks_in else []
    found += ["line overloads"] if cues.overloads(facts) else []
    found += [f"falls silent {facts.falls_silent_ms / 1000:.0f} s"] if cues.falls_silent(facts) else []
    found += ["one-word answers"] if cues.is_curt(facts) else []
    found += ["laughs"] if facts.laughs else []
    found += [f'repeats "{facts.repeated}"'] if facts.repeated else []
    return [f"does: {', '.join(found)}"] if found else []


def _words(facts: FactsTable) -> list[str]:
    said = [quote for quote in facts.quotes if quote.text.strip()][-MOST_QUOTES:]
    if not said:
        return ["words: none understood"]
    language = f" ({facts.language})" if facts.language not in ("", "en") else ""
    return [f"words{language}:", *(_line(quote.start_ms, quote.text, quote.confidence) for quote in said)]


def _line(start_ms: float, text: str, confidence: float) -> str:
    words = text.replace('"', "").split()
    cut = " ".join(words[:MOST_WORDS]) + (" ..." if len(words) > MOST_WORDS else "")
    unsure = "" if confidence >= SURE_WORDS else " [unsure]"
    return f'{_clock(start_ms)} "{cut}"{unsure}'


def grammar() -> str:
    """GBNF: a thought, an answer, and the text for the reader. A tone degrades into anger or sadness only."""
    return "\n".join(
        (
            'root ::= "<think>" said "</think>\\n<answer>" decided "; confidence 0." [0-9] "; " said "</answer>"',
            'decided ::= ( "angry" | "sad" ) "; degraded yes" | label "; degraded " ( "no" | "unsure" )',
            'label ::= "angry" | "happy" | "sad" | "neutral"',
            "said ::= [A-Z] [^<>\\n]* [.!?]",
        )
    )
