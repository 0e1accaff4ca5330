"""Worked examples for the prompt: a table each, and a reason in which every claim agrees with it.

They are invented, and cover a caller who heats up, one who sinks, one who is delighted, one who does not change, one
whose anger is cold, and one whose words and voice clash.
"""

from __future__ import annotations

from tonewatch.stream.messages import Fact, FactsTable, Posterior, Quote
from tonewatch.stream.messages.measures import unit_of


def _table(
    tone: tuple[float, float], said: str = "", talk_over_ms: int = 0, **measured: tuple[float, float]
) -> FactsTable:
    """`measured`: value and baseline of each fact; it is salient where they differ by at least _LEAST."""
    return FactsTable(
        at_ms=60_000,
        window_start_ms=50_000,
        window_end_ms=60_000,
        baseline_segments=9,
        tone=tone[1],
        tone_before=tone[0],
        facts=tuple(_fact(name, *pair) for name, pair in measured.items()),
        posterior=_posterior({name: pair[0] for name, pair in measured.items() if name in _EMOTIONS}),
        posterior_baseline=_posterior({name: pair[1] for name, pair in measured.items() if name in _EMOTIONS}),
        talk_over_ms=talk_over_ms,
        quotes=(Quote(segment_id="example/0/52000", start_ms=52_000, text=said),) if said else (),
    )


def _posterior(shares: dict[str, float]) -> Posterior:
    full = {name: shares.get(name, 0.05) for name in _EMOTIONS}
    return Posterior(neutral=1 - sum(full.values()), **full)


_EMOTIONS = ("angry", "happy", "sad")
_LEAST = {"pitch": 1.5, "pitch_range": 1.5, "level": 3.0, "effort": 2.0, "rate": 0.6, "stress": 0.4}


def _fact(name: str, value: float, baseline: float) -> Fact:
    salient = abs(value - baseline) >= _LEAST.get(name, 0.1)
    # Two sizes suffice: far beyond the robust spread, or well within it.
    sign = 1.0 if value >= baseline else -1.0
    return Fact(
        name=name,
        value=value,
        baseline=baseline,
        unit=unit_of(name),
        delta=value - baseline,
        z=sign * (3.0 if salient else 0.2),
        salient=salient,
    )


EXAMPLES: tuple[tuple[FactsTable, str], ...] = (
    (
        _table(
            (0.08, -0.55),
            "that is the second time you lose my parcel",
            level=(-15.0, -21.0),
            pitch=(17.1, 14.0),
            rate=(4.7, 4.6),
            pauses=(0.12, 0.13),
            angry=(0.66, 0.15),
            sad=(0.08, 0.1),
        ),
        "<think>\nVoice: Louder by 6 dB and higher in pitch by 3.1 semitones."
        '\nWords: The caller says "that is the second time you lose my parcel".'
        "\nFit: The words and the voice agree."
        "\nChange: The tone fell from 0.08 to -0.55.\n</think>\n"
        "<answer>angry; degraded yes; confidence 0.8</answer>",
    ),
    (
        _table(
            (-0.02, 0.01),
            level=(-20.6, -21.0),
            pitch=(12.1, 12.0),
            pitch_range=(5.0, 5.2),
            rate=(4.4, 4.4),
            angry=(0.1, 0.12),
            happy=(0.2, 0.18),
        ),
        "<think>\nVoice: Loudness unchanged, pitch unchanged and melody unchanged."
        "\nWords: none\nFit: none"
        "\nChange: The tone is steady at 0.01.\n</think>\n"
        "<answer>neutral; degraded no; confidence 0.7</answer>",
    ),
    (
        _table(
            (-0.05, -0.42),
            "I am afraid I will never get it back",
            level=(-26.0, -21.0),
            rate=(3.1, 4.2),
            pauses=(0.36, 0.14),
            pitch=(13.8, 14.0),
            angry=(0.07, 0.1),
            sad=(0.61, 0.12),
        ),
        "<think>\nVoice: Quieter by 5 dB, slower at 3.1 syllables a second and more pauses at 36 %."
        '\nWords: The caller says "I am afraid I will never get it back".'
        "\nFit: The words and the voice agree."
        "\nChange: The tone fell from -0.05 to -0.42.\n</think>\n"
        "<answer>sad; degraded yes; confidence 0.7</answer>",
    ),
    (
        _table(
            (0.1, 0.58),
            "oh perfect, that is so kind of you",
            pitch=(19.4, 16.0),
            pitch_range=(9.1, 6.0),
            level=(-20.0, -21.0),
            happy=(0.72, 0.2),
            angry=(0.06, 0.1),
        ),
        "<think>\nVoice: Higher in pitch by 3.4 semitones and livelier melody by 3.1 semitones."
        '\nWords: The caller says "oh perfect, that is so kind of you".'
        "\nFit: The words and the voice agree."
        "\nChange: The tone rose from 0.10 to 0.58.\n</think>\n"
        "<answer>happy; degraded no; confidence 0.9</answer>",
    ),
    (
        _table(
            (0.02, -0.38),
            "wonderful, thank you very much",
            talk_over_ms=1800,
            pitch_range=(3.2, 6.4),
            level=(-22.0, -21.0),
            effort=(-9.0, -12.5),
            stress=(1.9, 1.1),
            angry=(0.47, 0.14),
        ),
        "<think>\nVoice: Flatter melody by 3.2 semitones, more vocal effort by 4 dB and more stressed syllables."
        " The caller talks over the agent."
        '\nWords: The caller says "wonderful, thank you very much".'
        "\nFit: The words and the voice clash."
        "\nChange: The tone fell from 0.02 to -0.38.\n</think>\n"
        "<answer>angry; degraded yes; confidence 0.6</answer>",
    ),
)
