"""A facts table as a prompt, and the grammar of the answer.

The model behind it may be a small base model that only continues text, so the prompt is a few worked examples and
the facts are put in words ("louder by 7 dB, clear") rather than in bare columns. The examples come first and never
change, so an engine can keep their computation; they differ in wording on purpose, so that no phrase is repeated
often enough to be copied for its own sake.
"""

from __future__ import annotations

from collections.abc import Iterable

from tonewatch.stream.messages import EMOTIONS, Fact, FactsTable
from tonewatch.stream.messages.measures import PROSODY_BY_NAME
from tonewatch.stream.tone.cues import LEAST_CONFIDENCE
from tonewatch.stream.tone.verdict import STEADY_TONE
from tonewatch.workers.reasons.checker.valence import valence
from tonewatch.workers.reasons.decide import label_of
from tonewatch.workers.reasons.examples import EXAMPLES

INTRODUCTION = (
    "A caller's voice is compared with the same caller's usual voice. The reason uses the facts and nothing else:"
    " what is clear in the voice, the words, whether both agree, how the tone changed. Then comes the answer.\n"
)

# By name of the fact: up, down. Prompt and grammar share the text, and the claim checker must understand it.
_PHRASES = {
    "level": ("louder by {delta:.0f} dB", "quieter by {delta:.0f} dB"),
    "pitch": ("higher in pitch by {delta:.1f} semitones", "lower in pitch by {delta:.1f} semitones"),
    "pitch_range": ("livelier melody by {delta:.1f} semitones", "flatter melody by {delta:.1f} semitones"),
    "effort": ("more vocal effort by {delta:.0f} dB", "less vocal effort by {delta:.0f} dB"),
    "rate": ("faster at {value:.1f} syllables a second", "slower at {value:.1f} syllables a second"),
    "pauses": ("more pauses at {share:.0f} %", "fewer pauses at {share:.0f} %"),
    "stress": ("more stressed syllables", "fewer stressed syllables"),
}
MOST_FACTS = 3
QUOTE_WORDS = 9
QUOTES = 3


def build(facts: FactsTable) -> str:
    """The whole prompt: introduction, examples, and the facts; what follows is the model's."""
    return PREFIX + render(facts) + "\n"


def render(facts: FactsTable) -> str:
    """The facts in words, the voice last: a small model copies best what stands closest, under the same heading."""
    lines = ["Facts:", f"Heard: {_posterior(facts)}."]
    lines += [f'Words: The caller says "{quote}".' for quote in quotes(facts)] or ["Words: none"]
    lines.append(f"Change: {_tone(facts)}.")
    over = " The caller talks over the agent." if facts.talk_over_ms >= 500 else ""
    lines.append(f"Voice: {_stands_out(facts)}.{over}")
    return "\n".join(lines)


def _stands_out(facts: FactsTable) -> str:
    """What is salient, most telling first; where nothing is, what is unchanged."""
    trusted = {f.name: f for f in facts.facts if f.confidence >= LEAST_CONFIDENCE}
    measured = [trusted[name] for name in _PHRASES if name in trusted]
    clear = sorted((f for f in measured if f.salient), key=lambda f: -abs(f.z) * f.confidence)
    same = [f"{PROSODY_BY_NAME[f.name].noun} unchanged" for f in measured if not f.salient and abs(f.z) < 1]
    phrases = [*map(_phrase, clear)][:MOST_FACTS] or same[:MOST_FACTS] or ["nothing measured"]
    text = " and ".join(", ".join(phrases).rsplit(", ", 1))
    return text[0].upper() + text[1:]


def quotes(facts: FactsTable) -> tuple[str, ...]:
    """The newest transcripts, each cut to its first words: the model may quote these and no others."""
    cut = (
        " ".join(quote.text.replace('"', "").split()[:QUOTE_WORDS]).rstrip(".,;") for quote in facts.quotes[-QUOTES:]
    )
    return tuple(dict.fromkeys(text for text in cut if text))


def grammar(facts: FactsTable) -> str:
    """GBNF (llama.cpp) for `<think>...</think><answer>...</answer>`.

    A small model chooses better than it writes. So of each measurement it may say that it went up, down or nowhere,
    with the figure as measured; of the tone, that it fell, rose or is steady; and it may quote what was said. Which of
    these it says is its own choice, right or wrong: the text is checked like any other.
    """
    phrases = _choices(facts)
    voice = _either(f"{phrase[0].upper()}{phrase[1:]}" for phrase in phrases)
    said = [f'The caller says "{quote}".' for quote in quotes(facts)]
    fit = ["The words and the voice agree.", "The words and the voice clash."] if _words_point(facts) else []
    return "\n".join(
        (
            'root ::= "<think>\\nVoice: " voice ( ", " more )? ( " and " more )? "." over end',
            'end ::= "\\nWords: " words "\\nFit: " fit "\\nChange: " tone ".\\n</think>\\n" answer',
            f"voice ::= {voice}",
            f"more ::= {_either(phrases)}",
            f"over ::= {_either(['', ' The caller talks over the agent.'])}",
            f"words ::= {_either(said or ['none'])}",
            f"fit ::= {_either(fit or ['none'])}",
            f"tone ::= {_either(_tones(facts))}",
            'answer ::= "<answer>" label "; degraded " ( "yes" | "no" ) "; confidence 0." [0-9] "</answer>"',
            f"label ::= {_either(EMOTIONS)}",
        )
    )


def _choices(facts: FactsTable) -> list[str]:
    """Up, down and unchanged of each trusted measurement."""
    found = ["nothing measured"]
    trusted = [f for f in facts.facts if f.name in _PHRASES and f.confidence >= LEAST_CONFIDENCE]
    for fact in trusted:
        up, down = _PHRASES[fact.name]
        found += [_filled(up, fact), _filled(down, fact), f"{PROSODY_BY_NAME[fact.name].noun} unchanged"]
    return found[1:] or found


def _tones(facts: FactsTable) -> list[str]:
    both = f"from {facts.tone_before:.2f} to {facts.tone:.2f}"
    return [f"The tone fell {both}", f"The tone rose {both}", f"The tone is steady at {facts.tone:.2f}"]


def _words_point(facts: FactsTable) -> bool:
    return sum(valence(quote.text) for quote in facts.quotes) != 0


def _either(texts: Iterable[str]) -> str:
    return " | ".join(f'"{_escaped(text)}"' for text in texts)


def _phrase(fact: Fact) -> str:
    up, down = _PHRASES[fact.name]
    return _filled(up if fact.delta > 0 else down, fact)


def _filled(words: str, fact: Fact) -> str:
    return words.format(delta=abs(fact.delta), value=fact.value, share=100 * fact.value)


def _posterior(facts: FactsTable) -> str:
    label, share = label_of(facts)
    return f"{label}, {100 * share:.0f} %" if share else "nothing"


def _tone(facts: FactsTable) -> str:
    if abs(facts.tone - facts.tone_before) < STEADY_TONE:
        return f"The tone is steady at {facts.tone:.2f}"
    verb = "fell" if facts.tone < facts.tone_before else "rose"
    return f"The tone {verb} from {facts.tone_before:.2f} to {facts.tone:.2f}"


def _escaped(text: str) -> str:
    """For a GBNF string literal."""
    # The backslash first, or it would escape the escapes.
    return text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", " ")


# Built once: engines cache the computation of it, so it must be the same bytes for every call.
PREFIX = INTRODUCTION + "".join(f"\n{render(table)}\n{answer}\n" for table, answer in EXAMPLES) + "\n"
