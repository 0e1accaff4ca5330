"""A facts table as a prompt, and the grammar of the answer.

The model behind it may be a small base model that only continues text, so the prompt is a few worked examples and
the facts are put in words ("louder by 7 dB, clear") rather than in bare columns. The examples come first and never
change, so an engine can keep their computation; they differ in wording on purpose, so that no phrase is repeated
often enough to be copied for its own sake.
"""

from __future__ import annotations

from tonewatch.stream.messages import EMOTIONS, Fact, FactsTable
from tonewatch.workers.reasons.examples import EXAMPLES

INTRODUCTION = (
    "A caller's voice is compared with the same caller's usual voice. The reason uses the facts and nothing else:"
    " what is clear in the voice, the words, whether both agree, how the tone changed. Then comes the answer.\n"
)

_LABELS = {
    "level": ("Loudness", "louder", "quieter", "dB"),
    "pitch": ("Pitch", "higher", "lower", "semitones"),
    "pitch_range": ("Melody", "wider", "flatter", "semitones"),
    "effort": ("Vocal effort", "more", "less", "dB"),
    "rate": ("Speaking rate", "faster", "slower", "syllables a second"),
    "pauses": ("Pauses", "more", "fewer", "% of the time"),
    "stress": ("Stressed syllables", "more", "fewer", "a second"),
}
LEAST_CONFIDENCE = 0.3
QUOTE_WORDS = 9
QUOTES = 3


def build(facts: FactsTable) -> str:
    """The whole prompt: introduction, examples, and the facts; what follows is the model's."""
    return PREFIX + render(facts) + "\n"


def render(facts: FactsTable) -> str:
    """The facts in words, one to a line; what is not salient is named as unchanged, without figures."""
    lines = ["Facts:"]
    trusted = {f.name: f for f in facts.facts if f.confidence >= LEAST_CONFIDENCE}
    lines += [_measured(trusted[name]) for name in _LABELS if name in trusted]
    lines += [_heard(trusted[name]) for name in EMOTIONS if name in trusted]
    lines.append(_tone(facts))
    if facts.talk_over_ms >= 500:
        lines.append(f"Talks over the agent for {facts.talk_over_ms / 1000:.1f} s.")
    lines += [f'Words: "{quote}"' for quote in quotes(facts)] or ["Words: none"]
    return "\n".join(lines)


def quotes(facts: FactsTable) -> tuple[str, ...]:
    """The newest words, each cut to its first few: what the model may quote."""
    cut = (" ".join(quote.text.replace('"', "").split()[:QUOTE_WORDS]) for quote in facts.quotes[-QUOTES:])
    return tuple(dict.fromkeys(text for text in cut if text))


def grammar(facts: FactsTable) -> str:
    """GBNF (llama.cpp) for `<think>...</think><answer>...</answer>`; a quotation can only be one that was said."""
    said = " | ".join(f'"{_escaped(quote)}"' for quote in quotes(facts))
    words = f'"none" | "The caller says \\"" ( {said} ) "\\"."' if said else '"none"'
    return "\n".join(
        (
            'root ::= "<think>\\nVoice: " text "\\nWords: " words "\\nFit: " fit "\\nChange: " text end',
            'end ::= "\\n</think>\\n" answer',
            f"words ::= {words}",
            'fit ::= "The words and the voice agree." | "The words and the voice clash." | "none"',
            'answer ::= "<answer>" label "; degraded " ( "yes" | "no" ) "; confidence 0." [0-9] "</answer>"',
            "label ::= " + " | ".join(f'"{name}"' for name in EMOTIONS),
            'text ::= sentence ( " " sentence )?',
            'sentence ::= [A-Z] ( [a-z0-9 ,%()-] | "." [0-9] ){8,140} "."',
        )
    )


def _measured(fact: Fact) -> str:
    label, up, down, unit = _LABELS[fact.name]
    if not fact.salient:
        return f"{label}: unchanged"
    word = up if fact.delta > 0 else down
    if unit in ("dB", "semitones"):
        return f"{label}: {word} by {abs(fact.delta):.{0 if unit == 'dB' else 1}f} {unit}"
    scale, digits = (100, 0) if "%" in unit else (1, 1)
    return f"{label}: {word}, {fact.value * scale:.{digits}f} against {fact.baseline * scale:.{digits}f} {unit}"


def _heard(fact: Fact) -> str:
    return f"Sounds {fact.name}: {100 * fact.value:.0f} %, usually {100 * fact.baseline:.0f} %"


def _tone(facts: FactsTable) -> str:
    verb = "falls" if facts.tone < facts.tone_before else "rises"
    if abs(facts.tone - facts.tone_before) < 0.05:
        return f"Tone: steady at {facts.tone:.2f}"
    return f"Tone: {verb} from {facts.tone_before:.2f} to {facts.tone:.2f}"


def _escaped(text: str) -> str:
    """For a GBNF string literal."""
    return text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", " ")


PREFIX = INTRODUCTION + "".join(f"\n{render(table)}\n{answer}\n" for table, answer in EXAMPLES) + "\n"
